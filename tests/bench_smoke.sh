#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# quorsum-bench runs and its machine-readable output can be read. No time is judged here: a test that fails on a busy
# machine says nothing about the code.
set -eu
bench=${top_builddir:-.}/bench/quorsum-bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

passed() {
    count=$((count + 1))
    echo "ok $count - $*"
}

"$bench" --list >"$work/list"
grep -q '^arith\.mul ' "$work/list"
passed "--list names the cases"

"$bench" --quick --only arith --json >"$work/json"
"$bench" --quick --only arith.power --csv >"$work/csv"
"$bench" --quick --only rounds.open >"$work/table"
grep -q '^rounds.open_3_of_5 ' "$work/table"
passed "a whole round opens to the right total"

if [ -n "${PYTHON3:-}" ]; then
    "$PYTHON3" - "$work/list" "$work/json" "$work/csv" <<'END'
import csv, json, sys

names = [line.split()[0] for line in open(sys.argv[1])]
lines = [json.loads(line) for line in open(sys.argv[2])]
assert {"quorsum", "compiler", "flags", "gmp", "cpu", "kernel", "threads"} <= set(lines[0]["machine"])
assert [row["case"] for row in lines[1:]] == [name for name in names if name.startswith("arith.")]
assert all(0 < row["min_ms"] <= row["median_ms"] <= row["max_ms"] for row in lines[1:])
assert all(row["figure"] > 0 and row["reference_us"] > 0 for row in lines[1:])
machine, *rows = open(sys.argv[3]).read().splitlines()
rows = list(csv.DictReader(rows))
assert machine.startswith("# ")
assert [row["case"] for row in rows] == [name for name in names if name.startswith("arith.power")]
assert all(None not in row and None not in row.values() for row in rows)
END
    passed "JSON and CSV parse, every case in its place"
fi

for wrong in "--bits 1024" "--only nothing" "--threads 0" "--deals x" "more"; do
    status=0
    # shellcheck disable=SC2086
    "$bench" $wrong >/dev/null 2>&1 || status=$?
    [ "$status" -eq 2 ] || { echo "not ok - '$wrong' ends with $status"; exit 1; }
done
passed "wrong use is refused"
