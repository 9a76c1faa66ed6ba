#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tree is the architecture: includes point upward in the list of layers only. Also: what a public header
# may include, that a .c file includes its own header first, that every file says its licence, and that
# randomness, output and process exits stay where they belong. Prints each offence; exit 1 if there is one.
# Usage: check-layers.sh [TOP_SRCDIR]
set -eu
cd "${1:-${top_srcdir:-.}}"
found=$(mktemp)
trap 'rm -f "$found"' EXIT

# layer: what it may include besides itself. A name is a folder of lib/; "public" is every header under
# include/ (encode fills and reads the public plaintext vectors, though it stands below lib/paillier).
may_include() {
    case $1 in
    base)      echo "" ;;
    arith)     echo "base" ;;
    encode)    echo "base arith public" ;;
    paillier)  echo "base arith encode" ;;
    proof)     echo "base arith encode paillier" ;;
    threshold) echo "base arith encode paillier proof" ;;
    ceremony)  echo "base arith encode paillier proof threshold" ;;
    round)     echo "base arith encode paillier proof threshold" ;;
    esac
}

# public header: the layer that implements it, and so the lowest one that may include it
layer_of() {
    case $1 in
    status|bytes|identity)      echo base ;;
    plan)                       echo encode ;;
    key|plaintexts|ciphertexts|pool) echo paillier ;;
    threshold)                  echo threshold ;;
    ceremony)                   echo ceremony ;;
    *)                          echo round ;;
    esac
}

# Lines "file include" for every quoted or bracketed include of the files given.
includes_of() {
    awk 'match($0, /^[ \t]*#[ \t]*include[ \t]*["<][^">]*[">]/) {
        line = substr($0, RSTART, RLENGTH)
        sub(/^[ \t]*#[ \t]*include[ \t]*/, "", line)
        print FILENAME, line
    }' "$@" </dev/null
}

sources_in() {
    find "$@" -name '*.[ch]' -type f 2>/dev/null | LC_ALL=C sort
}

# ---- layers of lib/ ----
for layer in base arith encode paillier proof threshold ceremony round; do
    files=$(sources_in "lib/$layer")
    [ -n "$files" ] || continue
    allowed=" $layer $(may_include "$layer") "
    # shellcheck disable=SC2086
    includes_of $files | while read -r file header; do
        case $header in
        '"lib/'*) want=${header#\"lib/} want=${want%%/*} ;;
        '"quorsum/'*)
            case $allowed in *" public "*) continue ;; esac
            want=${header#\"quorsum/} want=$(layer_of "${want%.h\"}") ;;
        '<gmp.h>'|'<sodium.h>') continue ;;
        '<'*)
            case $header in
            '<quorsum'*|'<lib/'*) echo "$file: $header: quotes, not angles, for our own headers" ;;
            *jansson*|*criterion*) echo "$file: $header: the library depends on GMP and libsodium only" ;;
            esac
            continue ;;
        *) echo "$file: $header: write the path from the top of the tree" ; continue ;;
        esac
        case $allowed in
        *" $want "*) ;;
        *) echo "$file: $header: lib/$layer may not include $want" ;;
        esac
    done
done >>"$found"

# ---- public headers: no other library's headers ----
# shellcheck disable=SC2046
includes_of $(sources_in include) | while read -r file header; do
    case $header in
    '<stddef.h>'|'<stdint.h>'|'"quorsum/'*) ;;
    *) echo "$file: $header: a public header includes <stddef.h>, <stdint.h> and quorsum/... only" ;;
    esac
done >>"$found"

# ---- examples, bindings and the installed-tree test see what users see ----
# shellcheck disable=SC2046
includes_of $(sources_in examples bindings tests/install) | while read -r file header; do
    case $header in
    '"lib/'*|'"tools/'*|'"tests/'*) echo "$file: $header: outside lib/ only the public headers count" ;;
    esac
done >>"$found"

# ---- the tools stand on top: nothing includes them ----
# shellcheck disable=SC2046
includes_of $(sources_in lib include) | while read -r file header; do
    case $header in
    '"tools/'*|'"tests/'*) echo "$file: $header: nothing below the tools may include this" ;;
    esac
done >>"$found"

# ---- a .c file with a header of its own includes it first, which proves that the header stands alone ----
for file in $(sources_in lib | grep '\.c$' || :); do
    own=${file%.c}.h
    [ -f "$own" ] || continue
    first=$(includes_of "$file" | head -n 1 | cut -d ' ' -f 2)
    [ "$first" = "\"$own\"" ] || echo "$file: includes $first before its own header"
done >>"$found"

# ---- one entry for randomness; no output, no exit, no process-wide setting in the library ----
for file in $(sources_in lib); do
    # Comments and strings speak of these names freely.
    awk -v file="$file" '
        { gsub(/"([^"\\]|\\.)*"/, "\"\"") }
        in_comment { if (!sub(/^.*\*\//, "")) next; in_comment = 0 }
        { gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, ""); sub(/\/\/.*/, "") }
        sub(/\/\*.*/, "") { in_comment = 1 }
        /(^|[^a-z0-9_])(randombytes[a-z_]*|getrandom|getentropy|s?rand(om)?|mpz_u?randomm|mpz_urandomb|mpz_rrandomb)[ ]*\(/ \
            && file != "lib/base/random.c" { print file ":" FNR ": randomness comes from lib/base/random.c" }
        /(^|[^a-z0-9_])(printf|fprintf|vfprintf|puts|fputs|putchar|perror)[ ]*\(/ { print file ":" FNR ": the library prints nothing" }
        /(^|[^a-z0-9_])(abort|exit|_exit|quick_exit|mp_set_memory_functions|sodium_set_misuse_handler|setlocale|signal|sigaction)[ ]*\(/ {
            print file ":" FNR ": the library ends nothing and sets nothing for the whole process" }
    ' "$file"
done >>"$found"

# ---- a secret never meets a variable-time routine, as far as text can tell: the limbs of what is declared
# qs_secret, in this file or in a header, do not stand in one statement with a _vartime or an mpz call ----
for file in $(sources_in lib | grep '\.c$' || :); do
    # shellcheck disable=SC2046
    awk -v file="$file" '
        FILENAME != last { last = FILENAME; statement = ""; in_comment = 0 }
        in_comment { if (!sub(/^.*\*\//, "")) next; in_comment = 0 }
        { gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "") }
        sub(/\/\*.*/, "") { in_comment = 1 }
        match($0, /(^|[^a-z_])qs_secret [^()]*;/) || match($0, /(^|[^a-z_])qs_secret \*?[a-z_0-9]+/) {
            names = substr($0, RSTART, RLENGTH)
            sub(/^.*qs_secret /, "", names)
            gsub(/=[^,;]*|[*;]|\[[^]]*\]/, "", names)
            n = split(names, name, /[ ,]+/)
            for (i = 1; i <= n; i++) if (name[i] != "") secret[name[i]] = 1
        }
        FILENAME == file {
            if (statement == "") start = FNR
            statement = statement " " $0
            if ($0 !~ /[;{}]/) next
            gsub(/mpz_(limbs_read|size|sizeinbase) *\(/, "(", statement) # these only lend a public operand
            if (statement ~ /_vartime[ ]*\(/ || statement ~ /[^a-z_]mpz_[a-z_0-9]+[ ]*\(/)
                for (name_of in secret)
                    if (statement ~ ("(^|[^a-z_0-9])" name_of "(\\[[^]]*\\])?(\\.|->)limb[^s]"))
                        print file ":" start ": the secret " name_of " in a variable-time statement"
            statement = ""
        }
    ' $(sources_in lib | grep '\.h$') "$file"
done >>"$found"

# ---- every source says its licence on line 1 or, behind a "#!" line, on line 2 ----
for file in $(find include lib tools tests bench examples bindings -type f \
        \( -name '*.[ch]' -o -name '*.py' -o -name '*.sh' -o -name '*.mk' \) 2>/dev/null | LC_ALL=C sort); do
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier:' || echo "$file: no SPDX-License-Identifier line at its head"
done >>"$found"

if [ -s "$found" ]; then
    cat "$found"
    exit 1
fi
echo "ok 1 - includes point upward in the list of layers only"
