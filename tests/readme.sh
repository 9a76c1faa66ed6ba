#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the README shows works as shown: its C program is examples/sum.c word for word, which compiles without
# a warning and prints the sum it promises.
set -eu

shown=$(awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$top_srcdir/README.md")
kept=$(grep -v '^/\*.*\*/$' "$top_srcdir/examples/sum.c")
if [ "$shown" != "$kept" ]; then
    echo "not ok 1 - the README's C program is examples/sum.c"
    echo "$shown" >readme-shown.tmp
    echo "$kept" | diff readme-shown.tmp - || :
    rm -f readme-shown.tmp
    exit 1
fi
echo "ok 1 - the README's C program is examples/sum.c"

answer=$("$top_builddir/examples/sum")
if [ "$answer" != 42 ]; then
    echo "not ok 2 - examples/sum prints 42; it printed: $answer"
    exit 1
fi
echo "ok 2 - examples/sum prints 42"
