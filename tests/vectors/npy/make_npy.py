#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes small .npy files byte by byte from the format's description, without NumPy: python3 make_npy.py [FOLDER]"""
import pathlib
import struct
import sys

VALUES = (1.5, -2.25, 0.125, 1000.0, -0.5, 65536.0)
WHOLE = (1, -2, 3, 1000, -5, 65536)


def npy(descr, shape, elements, version=(1, 0), fortran=False):
    header = "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, fortran, shape)
    width = 2 if version[0] == 1 else 4
    start = b"\x93NUMPY" + bytes(version)
    header += " " * (-(len(start) + width + len(header) + 1) % 64) + "\n"
    return start + len(header).to_bytes(width, "little") + header.encode() + elements


FILES = {
    "f8.npy": npy("'<f8'", "(6,)", struct.pack("<6d", *VALUES)),
    "f8_2d.npy": npy("'<f8'", "(2, 3)", struct.pack("<6d", *VALUES)),
    "f8_big.npy": npy("'>f8'", "(6,)", struct.pack(">6d", *VALUES)),
    "f4.npy": npy("'<f4'", "(3, 2)", struct.pack("<6f", *VALUES)),
    "f4_big_v3.npy": npy("'>f4'", "(6,)", struct.pack(">6f", *VALUES), version=(3, 0)),
    "i4.npy": npy("'<i4'", "(6,)", struct.pack("<6i", *WHOLE)),
    "i4_big.npy": npy("'>i4'", "(1, 6)", struct.pack(">6i", *WHOLE)),
    "i8_v2.npy": npy("'<i8'", "(6, 1)", struct.pack("<6q", *WHOLE), version=(2, 0)),
    "i8_big.npy": npy("'>i8'", "(6,)", struct.pack(">6q", *WHOLE)),
    "i8_extreme.npy": npy("'<i8'", "(6,)", struct.pack("<6q", 2**63 - 1, -2**63, 2**62, -2**62, 0, 1)),
    "f8_row_fortran.npy": npy("'<f8'", "(1, 6)", struct.pack("<6d", *VALUES), fortran=True),
    "f8_fortran.npy": npy("'<f8'", "(2, 3)", struct.pack("<6d", *VALUES), fortran=True),
    "f8_nan.npy": npy("'<f8'", "(2, 3)", struct.pack("<6d", 1, 2, 3, 4, float("nan"), 6)),
    "f4_infinite.npy": npy("'<f4'", "(6,)", struct.pack("<6f", 1, 2, float("-inf"), 4, 5, 6)),
    "f8_3d.npy": npy("'<f8'", "(1, 2, 3)", struct.pack("<6d", *VALUES)),
    "f8_0d.npy": npy("'<f8'", "()", struct.pack("<d", 1.0)),
    "f2.npy": npy("'<f2'", "(6,)", struct.pack("<6e", *VALUES[:5], 1.0)),
    "u1.npy": npy("'|u1'", "(6,)", bytes(6)),
    "records.npy": npy("[('a', '<f8')]", "(6,)", struct.pack("<6d", *VALUES)),
}

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
