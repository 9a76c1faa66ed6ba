#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The layers above lib/arith once more, with every batch done in lanes and every single power across them, by the plain
# bodies: what a processor with vectors for it does, on any processor.
set -eu
program=$top_builddir/.libs/quorsum
[ -x "$program" ] || program=$QUORSUM
if grep -q __asan_init "$program" && "$QUORSUM" --version | grep -q '^kernel: \(ifma\|avx2\)$'; then
    echo "ok 1 # SKIP with sanitizers this takes long, and the suite itself went through this processor's lanes"
    exit 77
fi
QUORSUM_KERNEL=lanes-plain
export QUORSUM_KERNEL
if ! "$QUORSUM" --version | grep -q '^kernel: lanes-plain$'; then
    echo "ok 1 # SKIP this build has no lanes: limbs are not of 64 bits"
    exit 77
fi
count=0
for QUORSUM_KERNEL in lanes-plain lanes-plain26; do
    for run in 'unit_arith --filter @(fixed_base|exponent|multiexp|products|ring)/*' \
               'unit_proof --filter !(factors_proof)/*' 'unit_proof --filter factors_proof/!(every_*)' unit_threshold \
               'unit_paillier --filter @(encrypt|pool|sum|ciphertexts|operations|private_key|vectors)/*'; do
        count=$((count + 1))
        set -f
        if ! "$top_builddir"/tests/${run} >lanes-$$.tmp 2>&1; then
            cat lanes-$$.tmp
            rm -f lanes-$$.tmp
            echo "not ok $count - $run with QUORSUM_KERNEL=$QUORSUM_KERNEL"
            exit 1
        fi
        rm -f lanes-$$.tmp
        echo "ok $count - $run with QUORSUM_KERNEL=$QUORSUM_KERNEL"
    done
done
