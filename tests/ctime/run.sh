#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs tests/ctime/ctime.c under valgrind: no jump and no address may depend on a secret, with the portable kernel, with
# the plain bodies of the lanes and with those of the processor's kernels that valgrind can run. Without a word it is
# linked to the objects that are shipped; with "all" (make check-ctime-all) the library is compiled for it by gcc and
# clang at -O1, -O2 and -O3.
set -eu

skip() {
    echo "skipped: $1"
    exit 77
}

command -v valgrind >/dev/null 2>&1 || skip "no valgrind here"
echo '#include <valgrind/memcheck.h>' | $CC -E -x c - >/dev/null 2>&1 || skip "no valgrind/memcheck.h here"

wrap=
for name in qs_modulus_bits_min qs_mulx_usable qs_avx2_usable qs_reveal qs_random_bytes qs_transcript_bytes \
            qs_transcript_limbs qs_norm_challenge quorsum_public_key_new qs_partial_powers qs_verification_key \
            qs_share_prove qs_encrypt_keep qs_identity_sign qs_seed_to_ring qs_modulus_prove qs_factors_prove \
            qs_factors_verify_vartime; do
    wrap="$wrap -Wl,--wrap=$name"
done
mkdir -p "$top_builddir/tests/ctime"
work=$(mktemp -d "$top_builddir/tests/ctime/work-XXXXXX")
trap 'rm -rf "$work"' EXIT
program=$work/ctime
include="-D_GNU_SOURCE -I$top_srcdir -I$top_srcdir/include $LIBRARY_CFLAGS"
number=0
failed=0

# verdict STATUS TEXT
verdict() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        failed=$((failed + 1))
    fi
}

checked() {
    QUORSUM_KERNEL=$1 valgrind -q --error-exitcode=9 --error-limit=no --num-callers=12 "$program" $2
}

# check LIBRARY COMPILER SUFFIX: every kernel of this library, and that a planted jump is found in it.
# The words of these variables are wanted apart.
# shellcheck disable=SC2086
check() {
    $2 -g -O1 $include "$top_srcdir/tests/ctime/ctime.c" $wrap "$1" $LIBRARY_LIBS -lpthread -o "$program"
    # What clang writes about its sources this valgrind may not be able to read; without, reports have no line numbers.
    if checked portable --leak 2>&1 | grep -q 'debuginfo reader'; then
        strip --strip-debug "$program"
    fi
    status=0
    checked portable --leak >/dev/null 2>&1 || status=$?
    verdict $((status != 9)) "a jump on a secret is found$3"
    kernels=portable
    twins=
    if nm "$1" 2>/dev/null | grep -q qs_kernel_lanes_plain; then
        twins="lanes-plain lanes-plain26"
    fi
    if grep -qw adx /proc/cpuinfo 2>/dev/null && grep -qw bmi2 /proc/cpuinfo; then
        kernels="$kernels mulx"
        if grep -qw avx2 /proc/cpuinfo && nm "$1" 2>/dev/null | grep -q qs_kernel_avx2; then
            kernels="$kernels avx2"
            twins=${twins% lanes-plain26} # the body itself runs here; that of ifma nowhere under valgrind
        fi
    fi
    kernels="$kernels $twins"
    for kernel in $kernels; do # side by side
        { checked "$kernel" "" && echo ended; } >"$work/$kernel" 2>&1 &
    done
    wait
    for kernel in $kernels; do
        status=0
        [ "$(cat "$work/$kernel")" = "$(printf '%s: done\nended' "$kernel")" ] || status=1
        [ "$status" -eq 0 ] || head -n 60 "$work/$kernel"
        verdict $status "nothing depends on a secret with the $kernel kernel$3"
    done
}

# compile COMPILER LEVEL: the library's sources into $work/library.a.
# shellcheck disable=SC2086
compile() {
    rm -rf "$work/objects" "$work/library.a"
    mkdir "$work/objects"
    for source in $LIBRARY_SOURCES; do
        case $source in *.c) echo "$source" ;; esac
    done | xargs -P "$(nproc)" -I '{}' sh -c 'name=$1 && shift && "$@" -o "$0/$(echo "$name" | tr / -).o" "$name"' \
        "$work/objects" "$top_srcdir/{}" \
        $1 -c -g $2 -fvisibility=hidden $include -DQUORSUM_VERSION_STRING='"ctime"'
    ar cr "$work/library.a" "$work"/objects/*.o
}

if [ "${1:-}" = all ]; then
    for compiler in gcc clang; do
        if ! command -v "$compiler" >/dev/null 2>&1; then
            echo "skipped: $compiler"
            continue
        fi
        for level in -O1 -O2 -O3; do
            compile "$compiler" "$level"
            check "$work/library.a" "$compiler" " ($compiler $level)"
        done
    done
    echo "$((number - failed)) passed, $failed failed"
else
    library=$top_builddir/.libs/libquorsum_core.a
    test -f "$library" || skip "no $library"
    if nm "$library" 2>/dev/null | grep -q __asan_; then
        skip "sanitizers and valgrind do not go together"
    fi
    check "$library" "$CC" ""
fi
[ "$failed" -eq 0 ]
