#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs tests/ctime/ctime.c, linked to the objects that are shipped, under valgrind: no jump and no address may depend
# on a secret, with the portable kernel and with the processor's own.
set -eu

skip() {
    echo "skipped: $1"
    exit 77
}

library=$top_builddir/.libs/libquorsum_core.a
program=$top_builddir/tests/ctime/ctime-under-valgrind
command -v valgrind >/dev/null 2>&1 || skip "no valgrind here"
echo '#include <valgrind/memcheck.h>' | $CC -E -x c - >/dev/null 2>&1 || skip "no valgrind/memcheck.h here"
test -f "$library" || skip "no $library"
if nm "$library" 2>/dev/null | grep -q __asan_; then
    skip "sanitizers and valgrind do not go together"
fi

wrap=
for name in qs_modulus_bits_min qs_mulx_usable qs_reveal qs_random_bytes qs_transcript_bytes qs_transcript_limbs \
            quorsum_public_key_new qs_partial_powers qs_verification_key qs_share_prove \
            qs_encrypt_keep qs_identity_sign; do
    wrap="$wrap -Wl,--wrap=$name"
done
mkdir -p "$top_builddir/tests/ctime"
trap 'rm -f "$program"' EXIT
# The words of these variables are wanted apart.
# shellcheck disable=SC2086
$CC -g -O1 -D_GNU_SOURCE -I"$top_srcdir" -I"$top_srcdir/include" $LIBRARY_CFLAGS \
    "$top_srcdir/tests/ctime/ctime.c" $wrap "$library" $LIBRARY_LIBS -lpthread -o "$program"

checked() {
    QUORSUM_KERNEL=$1 valgrind -q --error-exitcode=9 --error-limit=no --num-callers=12 "$program" $2
}

# What clang writes about its sources this valgrind may not be able to read; without, reports have no line numbers.
if checked portable --leak 2>&1 | grep -q 'debuginfo reader'; then
    strip --strip-debug "$program"
fi
if checked portable --leak >/dev/null 2>&1; then
    echo "not ok 1 - a jump on a secret is found"
    exit 1
fi
echo "ok 1 - a jump on a secret is found"

number=1
kernels=portable
if nm "$library" 2>/dev/null | grep -q qs_kernel_lanes_plain; then
    kernels="$kernels lanes-plain lanes-plain26"
fi
if grep -qw adx /proc/cpuinfo 2>/dev/null && grep -qw bmi2 /proc/cpuinfo; then
    kernels="$kernels mulx"
fi
for kernel in $kernels; do
    number=$((number + 1))
    if said=$(checked "$kernel" "" 2>&1) && [ "$said" = "$kernel: done" ]; then
        echo "ok $number - nothing depends on a secret with the $kernel kernel"
    else
        echo "$said" | head -n 60
        echo "not ok $number - nothing depends on a secret with the $kernel kernel"
        exit 1
    fi
done
