#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Looks for inputs that break a decoder, with clang's libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer:
#
#     make fuzz FUZZ_SECONDS=60           all targets, so many seconds together; one after the other on each core
#     make fuzz FUZZ_TARGETS='task board' these alone
#
# What is found lies in tests/fuzz/found/ of the build folder, and is run again by `tests/fuzz_replay TARGET FILE` there; the
# inputs that reached new code stay in tests/fuzz/corpus/ and are where the next run begins. Memory is bounded at 2 GiB
# a target, an input at 25 seconds. Without clang and its libFuzzer this says so and does nothing: `make check` replays
# the corpus with any compiler, and AFL++ may drive fuzz_replay (docs/contributing.md).
set -eu
seconds=${FUZZ_SECONDS:-60}
clang=${FUZZ_CC:-clang}
work=$top_builddir/tests/fuzz
case $seconds in
*[!0-9]* | '') echo "FUZZ_SECONDS: '$seconds' is no number of seconds" >&2; exit 2 ;;
esac
mkdir -p "$work/objects" "$work/found"
flags="-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined"
echo 'int LLVMFuzzerTestOneInput(const char *data, unsigned long len); int LLVMFuzzerTestOneInput(const char *data, unsigned long len) { return len > 99 && data[0] == 7 ? 0 : 0; }' >"$work/probe.c"
if ! "$clang" -fsanitize=fuzzer,address,undefined "$work/probe.c" -o "$work/probe" 2>"$work/probe.log"; then
    echo "fuzz: $clang with -fsanitize=fuzzer is not here: nothing is fuzzed (on Debian: apt-get install clang)"
    exit 0
fi

include="-D_GNU_SOURCE -DQS_TEST_BUILD -I$top_srcdir -I$top_srcdir/include $LIBRARY_CFLAGS"
for source in $FUZZ_SOURCES; do
    case $source in *.c) echo "$source" ;; esac
done >"$work/sources"
# shellcheck disable=SC2086
compile() {
    name=$(echo "$1" | tr / -)
    object=$work/objects/$name.o
    # anything newer than the object, headers included, makes it anew
    if [ -e "$object" ] && [ -z "$(find "$top_srcdir/lib" "$top_srcdir/include" "$top_srcdir/tools" "$top_srcdir/tests/fuzz" \
                                        "$top_srcdir/tests/twin" -name '*.[ch]' -newer "$object" | head -n 1)" ]; then
        return 0
    fi
    "$clang" -std=gnu11 -c $flags -fsanitize=fuzzer-no-link $include -DQUORSUM_VERSION_STRING='"fuzz"' -o "$object" "$top_srcdir/$1"
}
if [ "${1:-}" = compile ]; then
    compile "$2"
    exit
fi
export FUZZ_SOURCES LIBRARY_CFLAGS top_srcdir top_builddir
xargs -P "$(nproc)" -n 1 sh "$0" compile <"$work/sources"
objects=
while read -r source; do
    objects="$objects $work/objects/$(echo "$source" | tr / -).o"
done <"$work/sources"
# shellcheck disable=SC2086
"$clang" $flags -fsanitize=fuzzer $objects $LIBRARY_LIBS $JANSSON_LIBS -lpthread -lm -o "$work/engine"

"$top_builddir/tests/fuzz_replay" --list >"$work/targets"
if [ -n "${FUZZ_TARGETS:-}" ]; then
    for target in $FUZZ_TARGETS; do
        grep "^$target " "$work/targets" || { echo "fuzz: no target '$target'" >&2; exit 2; }
    done >"$work/chosen"
    mv "$work/chosen" "$work/targets"
fi
mkdir -p "$work/seeds" "$work/corpus"
"$top_builddir/tests/fuzz_replay" --seeds "$work/seeds"
count=$(grep -c . "$work/targets")
each=$((seconds * $(nproc) / count))
[ "$each" -ge 1 ] || each=1
echo "fuzz: $count targets, $each s each, $(nproc) at a time"
cat >"$work/one.sh" <<'ONE'
target=$1 max_len=$2 shared=$3
mkdir -p "$work/corpus/$target" "$work/seeds/$target"
folders="$work/corpus/$target $work/seeds/$target"
for name in "$target" "$shared"; do
    [ ! -d "$top_srcdir/tests/fuzz/corpus/$name" ] || folders="$folders $top_srcdir/tests/fuzz/corpus/$name"
done
status=0
# shellcheck disable=SC2086
QS_FUZZ_TARGET=$target ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 \
    "$work/engine" -max_total_time="$each" -max_len="$max_len" -rss_limit_mb=2048 -timeout=25 -print_final_stats=1 \
    -artifact_prefix="$work/found/$target-" $folders >"$work/$target.log" 2>&1 || status=$?
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$target.log")
new=$(sed -n 's/^stat::new_units_added: *//p' "$work/$target.log")
if [ "$status" -eq 0 ]; then
    echo "ok - $target: ${runs:-?} inputs, ${new:-?} new"
else
    echo "not ok - $target: see $work/$target.log"
    grep -E '^(fuzz:|==[0-9]*==ERROR|SUMMARY|.*runtime error)' "$work/$target.log" | head -n 5
    exit 1
fi
ONE
export work each
status=0
xargs -P "$(nproc)" -n 3 sh "$work/one.sh" <"$work/targets" || status=1
exit $status
