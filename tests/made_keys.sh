#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is built on a key once more, over keys of the shape that a ceremony gives them (tests/fixtures/made_key.h): theta is
# not 1, shares are longer, and the record names its trustees and needs the word of all of them.
set -eu
QUORSUM_TEST_KEYS=made
export QUORSUM_TEST_KEYS
count=0
for run in unit_threshold unit_round 'unit_proof --filter share_proof/*' protocol_round; do
    count=$((count + 1))
    set -f
    if ! "$top_builddir"/tests/${run} >made-$$.tmp 2>&1; then
        cat made-$$.tmp
        rm -f made-$$.tmp
        echo "not ok $count - $run over keys without a dealer"
        exit 1
    fi
    rm -f made-$$.tmp
    echo "ok $count - $run over keys without a dealer"
done
