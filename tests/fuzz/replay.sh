#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every committed input and every good message of the present format once through its target.
set -eu
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
"$top_builddir/tests/fuzz_replay" --seeds "$seeds"
"$top_builddir/tests/fuzz_replay" --all "$seeds" "$top_srcdir/tests/fuzz/corpus" 2>"$seeds/log" || {
    tail -n 5 "$seeds/log"
    exit 1
}
