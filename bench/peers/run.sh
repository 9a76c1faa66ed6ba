#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Quorsum beside other Paillier packages: fetches those into a virtual environment under the build folder, as far as
# they can be had, and compares. Nothing is installed anywhere else. Usage, after `make`, in the build folder:
#     make bench-peers                                   # or, with options of compare.py,
#     make bench-peers PEERS_OPTIONS='--bits 3072'
# What could not be fetched is skipped by name, and the run still succeeds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${top_builddir:-.}
work=$build/bench/peers
python=${PYTHON3:-python3}
missing=$work/missing.txt
mkdir -p "$work"
: >"$missing"

# One line of what pip said: its first complaint, else its last word.
complaint() {
    { sed -n 's/^ERROR: //p' "$1"; tail -n 1 "$1"; } | head -n 1 | cut -c 1-160
}

if [ -x "$work/venv/bin/python" ] || "$python" -m venv "$work/venv" >"$work/pip.log" 2>&1; then
    while read -r name packages; do
        case $name in '' | \#*) continue ;; esac
        # The packages are words of their own.
        # shellcheck disable=SC2086
        if ! "$work/venv/bin/python" -m pip install -q --disable-pip-version-check --retries 1 --timeout 20 \
            --only-binary :all: $packages >"$work/pip.log" 2>&1; then
            echo "$name pip: $(complaint "$work/pip.log")" >>"$missing"
        fi
    done <"$here/packages.txt"
    python=$work/venv/bin/python
else
    echo "no virtual environment, so no peer is fetched: $(tail -n 1 "$work/pip.log")" >&2
fi

exec "$python" "$here/compare.py" --quorsum "$build/bench/peers/quorsum_peer" \
    --primes "$here/../../tests/fixtures/primes.h" --missing "$missing" --csv "$work/peers.csv" "$@"
