#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A whole ceremony and a hand-over, five threads each, under ThreadSanitizer: `make check-threads`. The library is compiled
# for it in a folder of its own, which takes a minute or two on two cores.
set -eu
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
flags="-std=gnu11 -O1 -g -fsanitize=thread -D_GNU_SOURCE -DQS_TEST_BUILD -I$top_srcdir -I$top_srcdir/include"
export out flags top_srcdir CC LIBRARY_CFLAGS
for source in $THREADS_SOURCES; do
    case $source in *.c) echo "$source" ;; esac
done | xargs -P "$(nproc)" -n 1 sh -c '
    $CC $flags $LIBRARY_CFLAGS "-DQUORSUM_VERSION_STRING=\"threads\"" -c "$top_srcdir/$0" -o "$out/$(echo "$0" | tr / -).o"'
# shellcheck disable=SC2086
$CC -fsanitize=thread "$out"/*.o $LIBRARY_LIBS -lm -lpthread -o "$out/threads"
TSAN_OPTIONS="halt_on_error=1 ${TSAN_OPTIONS:-}" "$out/threads"
