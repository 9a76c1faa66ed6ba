#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shared library shows exactly the functions that the public headers mark QUORSUM_API, and the headers
# declare no function without the mark.
# Usage: check-symbols.sh LIBRARY HEADER...   (none: what `make check` puts into the environment)
set -eu
if [ $# -eq 0 ]; then
    set -- .libs/libquorsum.so
    for header in $public_headers; do
        set -- "$@" "$top_srcdir/$header"
    done
fi
library=$1
shift
if [ ! -e "$library" ]; then
    echo "no shared library in this build"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Comments, preprocessor lines and linkage braces out; then one declaration a line.
cat "$@" | awk '
    { text = text $0 "\n" }
    END {
        while ((start = index(text, "/*")) > 0) {
            rest = substr(text, start + 2)
            text = substr(text, 1, start - 1) " " substr(rest, index(rest, "*/") + 2)
        }
        count = split(text, line, "\n")
        for (i = 1; i <= count; i++) {
            if (continued || line[i] ~ /^[ \t]*#/) { continued = line[i] ~ /\\$/; continue }
            if (line[i] ~ /extern "C"/) continue
            out = out " " line[i]
        }
        gsub(/[ \t]+/, " ", out)
        gsub(/;/, "\n", out)
        print out
    }' >"$work/declarations"

grep 'QUORSUM_API' "$work/declarations" | grep -o 'quorsum_[a-z0-9_]* *(' | tr -d ' (' | sort -u >"$work/declared"
nm -D --defined-only "$library" | awk '$2 ~ /^[A-Z]$/ && $2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$work/exported"

status=0
if ! diff "$work/declared" "$work/exported" >"$work/diff"; then
    sed -n 's/^< /declared in a public header, but not exported: /p; s/^> /exported, but in no public header: /p' "$work/diff"
    status=1
fi
if grep -v -e QUORSUM_API -e typedef "$work/declarations" | grep -o 'quorsum_[a-z0-9_]* *([^*]' >"$work/unmarked"; then
    sed 's/ *(.$//; s/^/declared without QUORSUM_API: /' "$work/unmarked"
    status=1
fi
[ "$status" -eq 0 ] && echo "ok 1 - $(wc -l <"$work/exported") symbols exported, exactly those declared"
exit "$status"
