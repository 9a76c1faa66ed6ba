#!/usr/bin/env python3
# SPDX-License-Identifier: CC0-1.0
"""How breast_cancer.csv and fields.json were made from the table in Debian's python3-sklearn.

    apt-get download python3-sklearn && dpkg -x python3-sklearn_*.deb x
    python3 prepare.py x/usr/lib/python3/dist-packages/sklearn/datasets/data/breast_cancer.csv

Numbers are copied as text: nothing is rounded. The fields get as many decimals as their column has.
"""
import csv
import json
import os
import sys

BASE = ["radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points",
        "symmetry", "fractal dimension"]
COLUMNS = [f"{kind} {name}" for kind in ("mean", "error of", "worst") for name in BASE] + ["benign"]
HERE = os.path.dirname(os.path.abspath(__file__))


def main(source):
    with open(source, newline="") as file:
        rows = list(csv.reader(file))[1:]
    with open(os.path.join(HERE, "breast_cancer.csv"), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    fields = []
    for index, column in enumerate(COLUMNS[:30]):
        decimals = max(len(row[index].partition(".")[2]) for row in rows)
        assert "e" not in "".join(row[index] for row in rows)
        largest = max(float(row[index]) for row in rows)
        scale = 10 ** decimals
        # room for a hospital of 1000 patients with values up to twice the largest one here
        bits = (int(1000 * 2 * largest * scale)).bit_length()
        square_bits = (int(1000 * (2 * largest * scale) ** 2)).bit_length()
        common = {"column": column, "signed": False}
        fields += [
            {"name": f"{column}: count", "reduce": "count", "bits": 16, **common},
            {"name": f"{column}: sum", "reduce": "sum", "bits": bits, "scale": scale, **common},
            {"name": f"{column}: squares", "reduce": "sum-of-squares", "bits": square_bits, "scale": scale ** 2, **common},
        ]
        assert square_bits + 3 <= 62, column
    with open(os.path.join(HERE, "fields.json"), "w") as file:
        file.write('{"label": "Breast cancer, five hospitals",\n "fields": [\n')
        file.write(",\n".join("  " + json.dumps(field) for field in fields))
        file.write("\n ]}\n")


if __name__ == "__main__":
    main(sys.argv[1])
