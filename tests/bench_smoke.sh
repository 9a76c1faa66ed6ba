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
grep -q '^reach\.partial ' "$work/list"
grep -q '^threads\.partial ' "$work/list"
passed "--list names the cases"

"$bench" --quick --no-portable --only arith --json >"$work/json"
"$bench" --quick --only arith.power --csv >"$work/csv"
QUORSUM_KERNEL=portable "$bench" --quick --only arith.mul --csv >"$work/portable"
"$bench" --quick --only rounds.open >"$work/table"
grep -q '^rounds.open_3_of_5 ' "$work/table"
passed "a whole round opens to the right total"

# The portable kernel's process holds our end of a pipe as long as it lives.
timeout 300 sh -c "'$bench' --quick --only reach. --json 2>&1 | cat" >"$work/reach"
timeout 60 sh -c "'$bench' --quick --values 5 --only threads.validate --csv 2>&1 | cat" >"$work/threads"
passed "the portable kernel's process ends with the run"

if [ -n "${PYTHON3:-}" ]; then
    "$PYTHON3" - "$work" <<'END'
import csv, json, sys

def lines(name):
    return open(sys.argv[1] + "/" + name).read().splitlines()

def read_csv(name):
    machine, *rows = lines(name)
    rows = list(csv.DictReader(rows))
    assert machine.startswith("# ")
    assert rows and all(None not in row and None not in row.values() for row in rows)
    return rows

names = [line.split()[0] for line in lines("list")]
columns = lines("csv")[1].split(",")
mine = {"threads", "kernel", "min_ms", "median_ms", "max_ms", "portable_us", "portable_x", "port_%", "goal_us", "goal"}
assert mine <= set(columns)

machine, *rows = map(json.loads, lines("json"))
machine = machine["machine"]
assert {"quorsum", "compiler", "flags", "gmp", "cpu", "kernel", "threads"} <= set(machine)
assert [row["case"] for row in rows] == [name for name in names if name.startswith("arith.")]
assert all(0 < row["min_ms"] <= row["median_ms"] <= row["max_ms"] for row in rows)
assert all(row["figure"] > 0 and row["reference_us"] > 0 for row in rows)
assert all("portable_us" not in row for row in rows)
assert all(row["kernel"] == machine["kernel"] and row["threads"] == 1 for row in rows)
assert all([name for name in columns if name in row] == list(row) for row in rows)

beside = machine["kernel"] != "portable"
rows = read_csv("csv")
assert [row["case"] for row in rows] == [name for name in names if name.startswith("arith.power")]
assert all((row["portable_us"] != "") == (row["portable_x"] != "") == beside for row in rows)
assert all(row["kernel"] == "portable" and row["portable_us"] == row["port_%"] == "" for row in read_csv("portable"))
assert set(lines("table")[1].split()) <= set(columns)

_, *rows = map(json.loads, lines("reach"))
assert [row["case"] for row in rows] == [name for name in names if name.startswith("reach.")]
assert all(("portable_x" in row) == beside for row in rows)
lanes = machine["kernel"] == "ifma"
assert ("ifma_ns" in machine) == ("ifma_a_cycle" in machine) == lanes
assert all((row.get("port_%", 0) > 0) == lanes for row in rows)
assert all(("goal" in row) == ("goal_us" in row) for row in rows)
judged = {row["case"]: row["asked"] for row in rows if "verdict" in row}
assert not lanes or (judged["reach.partial"], judged["reach.classical"], judged["reach.knowledge_100"]) == (6, 40, 8)
assert lanes or not judged
assert [(row["threads"], row["values"]) for row in read_csv("threads")] == [("2", "5")]
END
    passed "JSON and CSV parse, every case and column in its place"
fi

# bench/profile.awk on nine samples: two of them start-up, three of lib/arith, one GMP's, a page fault, a cell and other code.
cat >"$work/functions" <<'END'
build/lib/arith/a-lanes.o:0000000000000000 t lane_mul
build/lib/arith/a-lanes.o:0000000000000000 t prepare
build/lib/proof/a-knowledge.o:0000000000000000 t prepare
build/lib/proof/a-knowledge.o:0000000000000000 T qs_knowledge_prove
build/tools/quorsum/quorsum-csv.o:0000000000000000 T tool_csv_next
END
cat >"$work/samples" <<'END'
    1 fill (libsodium.so.23)
    2 tool_identity_load (quorsum)

    1 __gmpn_gcd_11 (libgmp.so.10)

    1 inner (inlined)
    2 lane_mul (libquorsum.so.0)
    3 qs_knowledge_prove (libquorsum.so.0)

    1 __gmpn_mul_1 (libgmp.so.10)
    2 lane_mul (libquorsum.so.0)

    1 memcpy (libc.so.6)
    2 lane_mul (libquorsum.so.0)

    1 __gmpn_hgcd2 (libgmp.so.10)

    1 clear_page ([kernel.kallsyms])
    2 exc_page_fault ([kernel.kallsyms])
    3 lane_mul (libquorsum.so.0)

    1 prepare (libquorsum.so.0)
    2 qs_knowledge_prove (libquorsum.so.0)

    1 tool_csv_next (quorsum)
END
profile=${top_srcdir:-.}/bench/profile.awk
set -- $(awk -v head=1 -f "$profile") -- $(awk -v every=0.5 -v name=all -f "$profile" "$work/functions" RS= "$work/samples")
[ "$*" = "beyond start-up kernels GMP hashing signing input packing memory files rest outside -- \
all 4 1.0 1.5 0.5 0.0 0.0 0.5 0.0 0.5 0.0 0.5 42.9 %" ] || { echo "not ok - profile.awk: $*"; exit 1; }
status=0
"${top_builddir:-.}/bench/quorsum-crowd" "$work" none >"$work/crowd" 2>&1 || status=$?
[ "$status" -eq 2 ] || { echo "not ok - quorsum-crowd ends with $status"; exit 1; }
passed "a profile's samples go to the parts they belong to"

for wrong in "--bits 1024" "--only nothing" "--threads 0" "--values 0" "--deals x" "more"; do
    status=0
    # shellcheck disable=SC2086
    "$bench" $wrong >/dev/null 2>&1 || status=$?
    [ "$status" -eq 2 ] || { echo "not ok - '$wrong' ends with $status"; exit 1; }
done
passed "wrong use is refused"
