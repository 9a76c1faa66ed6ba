#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The library on processors that are not this one, by an emulator that knows their instructions and no others: it loads,
# chooses the kernel they can run, and the arithmetic's tests pass.
set -eu
emulator=$(command -v qemu-x86_64-static || command -v qemu-x86_64 || true)
if [ "$(uname -m)" != x86_64 ] || [ -z "$emulator" ]; then
    echo "ok 1 # SKIP no emulator: qemu-x86_64 (Debian's qemu-user) is not here"
    exit 77
fi
program=$top_builddir/.libs/quorsum
[ -x "$program" ] || program=$top_builddir/quorsum
if grep -q __asan_init "$program"; then
    echo "ok 1 # SKIP a sanitizer's memory map does not go with the emulator's"
    exit 77
fi
LD_LIBRARY_PATH=$top_builddir/.libs
export LD_LIBRARY_PATH
count=0

# expect CPU KERNEL
expect() {
    count=$((count + 1))
    if ! "$emulator" -cpu "$1" "$program" --version 2>/dev/null | grep -q "^kernel: $2$"; then
        "$emulator" -cpu "$1" "$program" --version || :
        echo "not ok $count - $1 gets the kernel $2"
        exit 1
    fi
    echo "ok $count - $1 gets the kernel $2"
}
expect Nehalem portable   # no AVX
expect Haswell portable   # AVX2 and BMI2, but no ADX
expect EPYC avx2

count=$((count + 1))
if ! "$emulator" -cpu Nehalem "$top_builddir/tests/unit_arith" --filter '@(kernel|ring|exponent|fixed_base|multiexp)/*' \
    >old-$$.tmp 2>&1; then
    cat old-$$.tmp
    rm -f old-$$.tmp
    echo "not ok $count - arithmetic without AVX"
    exit 1
fi
rm -f old-$$.tmp
echo "ok $count - arithmetic without AVX"
