#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a user of the installed library relies on: every header stands alone and may come twice, in C and in
# C++; pkg-config and CMake find the library; shared and static it links and runs; symbols = headers.
# `make installcheck` calls it with CC, CXX, PKG_CONFIG, prefix, libdir, includedir, bindir and version in
# the environment. Usage: run.sh SOURCE_FOLDER
set -eu
here=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

passed() {
    count=$((count + 1))
    echo "ok $count - $*"
}

PKG_CONFIG_PATH="$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
export PKG_CONFIG_PATH
found=$("$PKG_CONFIG" --modversion quorsum)
[ "$found" = "$version" ] || { echo "quorsum.pc says version $found, the build $version"; exit 1; }
[ "$("$PKG_CONFIG" --variable=prefix quorsum)" = "$prefix" ] || { echo "found another installation's quorsum.pc"; exit 1; }
cflags=$("$PKG_CONFIG" --cflags quorsum)
warnings="-Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror"

# ---- every header alone, and twice ----
headers=$(cd "$includedir" && find quorsum.h quorsum -name '*.h' | LC_ALL=C sort)
for header in $headers; do
    printf '#include <%s>\n#include <%s>\nint unused_%d;\n' "$header" "$header" 1 >"$work/alone.c"
    # shellcheck disable=SC2086
    $CC -std=c11 $warnings $cflags -c "$work/alone.c" -o "$work/alone.o"
    if [ -n "${CXX:-}" ]; then
        # shellcheck disable=SC2086
        $CXX -std=c++11 -Wall -Wextra -Wpedantic -Werror $cflags -x c++ -c "$work/alone.c" -o "$work/alone.o"
    fi
    printf '#include <%s>\n#include <%s>\n' "$header" "$header" >>"$work/headers.h"
done
passed "every installed header stands alone and may be included twice: $(echo "$headers" | wc -w) headers"

# ---- shared, static, C++ ----
libs=$("$PKG_CONFIG" --libs quorsum)
# shellcheck disable=SC2086
if ls "$libdir"/libquorsum.so >/dev/null 2>&1; then
    $CC -std=c11 $warnings $cflags "-DHEADER_LIST=\"$work/headers.h\"" "$here/consumer.c" -o "$work/consumer" $libs
    LD_LIBRARY_PATH="$libdir" "$work/consumer" "$version"
    passed "a C program links the shared library through pkg-config and runs"
    if [ -n "${CXX:-}" ]; then
        $CXX -std=c++11 -Wall -Wextra -Werror $cflags "-DHEADER_LIST=\"$work/headers.h\"" \
            -x c++ "$here/consumer.c" -o "$work/consumer" $libs
        LD_LIBRARY_PATH="$libdir" "$work/consumer" "$version"
        passed "so does a C++ program"
    fi
    (cd "$includedir" && sh "$here/../../tools/check-symbols.sh" "$libdir/libquorsum.so" $headers)
    count=$((count + 1))
fi
# shellcheck disable=SC2086
if [ -e "$libdir/libquorsum.a" ]; then
    # The .a by its name, what it needs as pkg-config --static lists it, less the library itself.
    needed=$("$PKG_CONFIG" --static --libs quorsum | sed 's/-lquorsum//')
    $CC -std=c11 $warnings $cflags "-DHEADER_LIST=\"$work/headers.h\"" "$here/consumer.c" -o "$work/consumer" \
        "$libdir/libquorsum.a" $needed
    "$work/consumer" "$version"
    passed "a C program links the static library through pkg-config --static and runs"
fi

# ---- CMake, where it is installed ----
if cmake --version >/dev/null 2>&1; then
    CC="$CC" cmake -S "$here" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DQuorsum_DIR="$libdir/cmake/Quorsum" \
        -DHEADER_LIST="$work/headers.h" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    cmake --build "$work/cmake" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    LD_LIBRARY_PATH="$libdir" "$work/cmake/consumer" "$version"
    passed "a CMake project finds the package and runs"
fi

# ---- the command ----
if [ -x "$bindir/quorsum" ]; then
    LD_LIBRARY_PATH="$libdir" "$bindir/quorsum" --version
    passed "the installed command runs"
fi
echo "installed tree: $count checks passed"
