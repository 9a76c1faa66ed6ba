#!/usr/bin/env python3
# SPDX-License-Identifier: CC0-1.0
"""Pooled statistics from opened totals, beside the same from the whole table in the clear, and an HTML report.

usage: pooled.py TOTALS.json TABLE.csv [STEPS.tsv REFUSED-1 REFUSED-2 REPORT.html]      exit 1 if any digit differs
"""
import csv
import html
import json
import sys
from fractions import Fraction
from decimal import Decimal, getcontext

getcontext().prec = 60


def root(x, digits):
    return (Decimal(x.numerator) / Decimal(x.denominator)).sqrt().quantize(Decimal(1).scaleb(-digits))


def rounded(x, digits):
    return (Decimal(x.numerator) / Decimal(x.denominator)).quantize(Decimal(1).scaleb(-digits))


def statistics(count, total, squares):
    mean = Fraction(total, count)
    return mean, Fraction(squares - mean * total, count - 1)


def from_totals(document):
    found = {}
    for field in document["fields"]:
        column, _, what = field["name"].rpartition(": ")
        found.setdefault(column, {})[what] = (Fraction(field["scaled_totals"][0], field["scale"]), field["scale"])
    return found


def clear_columns(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [Fraction(row[name]) for row in rows] for name in rows[0]}


def compare(document, table):
    """Rows (column, patients, mean, deviation, mean in the clear, deviation in the clear, equal)."""
    opened, clear, out = from_totals(document), clear_columns(table), []
    for column, sums in opened.items():
        digits = len(str(sums["sum"][1])) - 1 + 3
        values = clear[column]
        exact = (len(values), sum(values), sum(v * v for v in values))
        got = (sums["count"][0], sums["sum"][0], sums["squares"][0])
        mean, variance = statistics(*got)
        clear_mean, clear_variance = statistics(*exact)
        out.append((column, int(got[0]), rounded(mean, digits), root(variance, digits), rounded(clear_mean, digits),
                    root(clear_variance, digits), got == exact))
    return out


def bars(rows):
    """Coefficient of variation by column: one question, one plot, zero-based."""
    ratios = [(row[0], float(row[3] / row[2])) for row in rows]
    top = max(r for _, r in ratios)
    parts = [f'<svg role="img" viewBox="0 0 800 {18 * len(ratios) + 4}" width="100%"><title>Standard deviation over mean, '
             'by column</title>']
    for k, (name, ratio) in enumerate(ratios):
        y = 18 * k
        parts.append(f'<text x="215" y="{y + 14}" text-anchor="end">{html.escape(name)}</text>'
                     f'<rect x="220" y="{y + 3}" width="{500 * ratio / top:.1f}" height="13" fill="#0072B2"/>'
                     f'<text x="{224 + 500 * ratio / top:.1f}" y="{y + 14}">{ratio:.2f}</text>')
    return "\n".join(parts) + "</svg>"


def report(document, rows, steps, refused):
    cells = "\n".join(
        f"<tr><td>{html.escape(c)}</td><td class=n>{n}</td><td class=n>{m}</td><td class=n>{d}</td>"
        f"<td class=n>{cm}</td><td class=n>{cd}</td><td>{'equal' if equal else 'DIFFERENT'}</td></tr>"
        for c, n, m, d, cm, cd, equal in rows)
    costs = "\n".join("<tr><td>{}</td><td>{}</td><td class=n>{}</td><td class=n>{}</td></tr>".format(
        *map(html.escape, step)) for step in steps)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Pooled statistics of five hospitals</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}}
table{{border-collapse:collapse;width:100%}}th,td{{padding:.2rem .6rem;text-align:left;border-bottom:1px solid #ddd}}
.n{{text-align:right;font-variant-numeric:tabular-nums}}code{{word-break:break-all}}pre{{white-space:pre-wrap;background:#f4f4f4;padding:.6rem}}svg text{{font:12px system-ui,sans-serif}}</style>
</head><body>
<h1>Pooled statistics of five hospitals</h1>
<p>Each hospital encrypted the count, sum and sum of squares of every column of its own patients. A coordinator multiplied
the ciphertexts; trustees {', '.join(map(str, document['opened_by']))} of {document['trustees']} opened the totals, and only
the totals. On the right the same figures, computed in the clear from the whole table.</p>
<table>
<tr><th>Scheme</th><td>{html.escape(document['scheme'])}, {document['bits']} bits, degree {document['degree']}</td></tr>
<tr><th>Key</th><td><code>{document['key']}</code></td></tr>
<tr><th>Task</th><td><code>{document['task']}</code></td></tr>
<tr><th>Cohort</th><td>{document['cohort']} contributions; quorum {document['quorum']} of {document['trustees']}</td></tr>
</table>
<h2>Mean and standard deviation</h2>
<table><tr><th>Column</th><th class=n>Patients</th><th class=n>Mean</th><th class=n>Deviation</th><th class=n>Mean, clear</th>
<th class=n>Deviation, clear</th><th></th></tr>
{cells}</table>
<h2>How much the columns vary</h2>
{bars(rows)}
<h2>What each step cost</h2>
<table><tr><th>Role</th><th>Step</th><th class=n>Seconds</th><th class=n>Bytes sent</th></tr>
{costs}</table>
<h2>What was refused</h2>
<p>On a copy of the board, one bit of trustee 3's partial decryption was changed. It is refused and the trustee named; with
another trustee's help the total was opened all the same.</p>
<pre>{html.escape(refused[0])}</pre>
<p>Two trustees alone:</p>
<pre>{html.escape(refused[1])}</pre>
</body></html>
"""


def print_rows(rows):
    print(f"  {'column':26} {'mean':>16} {'deviation':>16} {'mean, clear':>16} {'deviation, clear':>17}")
    for column, _, mean, deviation, clear_mean, clear_deviation, equal in rows:
        print(f"  {column:26} {mean:>16} {deviation:>16} {clear_mean:>16} {clear_deviation:>17}  "
              + ("equal" if equal else "DIFFERENT"))


def read(name):
    with open(name) as file:
        return file.read()


def main(totals, table, steps_file=None, refused_1=None, refused_2=None, target=None):
    document = json.loads(read(totals))
    rows = compare(document, table)
    print_rows(rows)
    if target is not None:
        steps = [line.split("\t") for line in read(steps_file).splitlines()]
        with open(target, "w") as file:
            file.write(report(document, rows, steps, [read(refused_1), read(refused_2)]))
    wrong = [row[0] for row in rows if not row[6]]
    print(f"  {len(rows) - len(wrong)} of {len(rows)} columns equal to the last digit, {rows[0][1]} patients")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:7]))
