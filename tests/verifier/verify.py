#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a whole board from its files alone: python3 verify.py BOARD [--json]

One line an object on stdout (with --json one JSON object that also holds the totals). Exit code 0: a finished
board and everything on it is right; 1: a check said no; 2: wrong use. It was written from docs/wire-format.md and
shares nothing with lib/.
"""
import argparse
import json
import sys

sys.dont_write_bytecode = True

import board  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description="Checks every object of a board and recomputes its totals.")
    parser.add_argument("board", metavar="BOARD", help="the board's directory")
    parser.add_argument("--json", action="store_true", help="print one JSON object with verdicts and totals")
    parser.add_argument("--min-bits", type=int, default=2048, help="smallest modulus; below 2048 for tests only")
    return parser.parse_args()


def main():
    options = arguments()
    try:
        files = board.load(options.board)
    except OSError as error:
        print("verify.py: %s: %s" % (options.board, error.strerror), file=sys.stderr)
        return 2
    report = board.check(files, options.min_bits)
    if options.json:
        objects = [{"name": name, "verdict": verdict, "reason": reason} for name, verdict, reason in report.lines]
        print(json.dumps({"ok": report.good, "objects": objects, "totals": report.totals}, indent=1))
    else:
        for name, verdict, reason in report.lines:
            print("%-8s %s%s" % (verdict, name, ": " + reason if reason else ""))
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
