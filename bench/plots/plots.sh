#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plots.sh BENCH FOLDER: runs BENCH (quorsum-bench) and draws how throughput depends on the length of a vector, the
# modulus, the threads and the cohort. FOLDER gets each plot as SVG, beside the lines it was drawn from as CSV, which
# name the commands that printed them. PLOT_OPTIONS are added to each command: --quick for a draft.
set -eu
here=$(dirname "$0")
bench=$1
folder=$2

command -v gnuplot >/dev/null || { echo "plots.sh: gnuplot is missing (Debian: apt install gnuplot-nox)" >&2; exit 1; }
mkdir -p "$folder"
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

# run FILE OPTION...: adds the run's lines to FILE.csv; the machine and the column names only at first.
run() {
    file=$folder/$1.csv
    shift
    echo "# quorsum-bench --csv $* ${PLOT_OPTIONS:-}" | sed 's/ *$//' >>"$file"
    # shellcheck disable=SC2086
    "$bench" --csv "$@" ${PLOT_OPTIONS:-} >"$lines"
    if grep -q '^case,' "$file"; then
        grep -v -e '^case,' -e '^#' "$lines" >>"$file"
    else
        cat "$lines" >>"$file"
    fi
}

for name in length modulus threads cohort; do
    rm -f "$folder/$name.csv"
done

for values in 1 2 4 8 16 32 64 128 256; do
    for name in aggregate encrypt_half decrypt partial complete; do
        run length --only reach.$name --values $values
    done
done

for bits in 2048 3072 4096; do
    for name in aggregate encrypt_half decrypt partial complete; do
        run modulus --only reach.$name --bits $bits
    done
done

threads=2
while [ "$threads" -le "$(nproc)" ]; do
    run threads --only threads. --threads $threads --no-portable
    threads=$((threads * 2))
done

for cohort in 30 100 300 1000; do
    run cohort --only rounds.aggregate --contributions $cohort --values 6250 --no-portable
done

gnuplot -e "here='$here'; data='$folder'" "$here/plots.gp"
