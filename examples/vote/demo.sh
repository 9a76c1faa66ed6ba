#!/usr/bin/env bash
# SPDX-License-Identifier: CC0-1.0
# A vote, and everybody who would like another result: seven attacks, each refused with the culprit named.
# usage: demo.sh BUILD_DIR [OUT_DIR [TRUSTEES]]; TRUSTEES has trustee-1 to -5, each with identity, passphrase, key and share
# as the hospitals' demo leaves them; without it, five trustees make a key first.
set -euo pipefail

build=$(cd "$1" && pwd)
out=${2:-$build/vote}
here=$(cd "$(dirname "$0")" && pwd)
quorsum=$build/quorsum
board=$out/board

rm -rf "$out"
mkdir -p "$out"
out=$(cd "$out" && pwd)
board=$out/board
ceremony=$out/ceremony
from=${3:-$out}
trustees=("$from"/trustee-{1,2,3,4,5})
. "$here/../ceremony.sh"
(umask 077; od -An -tx1 -N16 /dev/urandom | tr -d ' \n' >"$out/passphrase") # one for all: this is one machine

say() { printf '\n%s\n' "$*"; }
id() { case $1 in trustee-*) cat "$from/$1/identity.pub" ;; *) cat "$out/$1.pub" ;; esac; }
as() { # NAME COMMAND...: with that party's identity
    local name=$1 command=$2
    shift 2
    "$quorsum" "$command" --identity "$out/$name" --passphrase-file "$out/passphrase" "$@"
}
quiet() { "$@" >"$out/last" 2>&1 || { cat "$out/last"; echo "demo: $* failed" >&2; exit 1; }; }
named() { # what was said, with names in the place of identities
    local line name
    while IFS= read -r line; do
        for name in coordinator ada ben cleo dan eve trustee-1 trustee-2 trustee-3 trustee-4 trustee-5; do
            line=${line//$(id $name)/$name}
        done
        line=${line//$mallory/mallory}
        printf '    %s\n' "${line//$out\//}"
    done
}
refused() { # COMMAND...: must refuse, with exit code 1
    local code=0
    "$@" >"$out/last" 2>&1 || code=$?
    grep -E 'refused|left out|signed two|broke|needed|QUORSUM_ERR' "$out/last" | named
    [ "$code" = 1 ] || { cat "$out/last"; echo "demo: expected a refusal, got exit code $code" >&2; exit 1; }
}
acknowledge() { # TRUSTEE BOARD
    "$quorsum" acknowledge --board "$2" --identity "$from/trustee-$1/identity" \
        --passphrase-file "$from/trustee-$1/passphrase" --journal "$out/journal-$1"
}
decrypt() { # TRUSTEE BOARD
    "$quorsum" decrypt --board "$2" --share "$from/trustee-$1/share" --identity "$from/trustee-$1/identity" \
        --passphrase-file "$from/trustee-$1/passphrase" --journal "$out/journal-$1"
}
make_key() { # five trustees and their key, of 2048 bits
    local own
    for own in "${trustees[@]}"; do
        mkdir -p "$own"
        cp "$out/passphrase" "$own/passphrase"
        quiet "$quorsum" identity new --out "$own/identity" --passphrase-file "$own/passphrase"
    done
    cat "${trustees[@]/%//identity.pub}" >"$out/trustees"
    quiet as coordinator ceremony new --roster "$out/trustees" --quorum 3 --bits 2048 --purpose "the club's votes" "$ceremony"
    for i in 1 2 3 4 5; do quiet ceremony_join "$i"; done
    echo "  the trustees search a modulus ..."
    quiet ceremony_make
    for i in 1 2 3 4 5; do quiet ceremony_finish "$i"; done
}

say "A vote: five voters and Mallory, a coordinator, a 3-of-5 key without a dealer, of 2048 bits (112-bit security, for speed)"
for name in coordinator ada ben cleo dan eve; do
    quiet "$quorsum" identity new --out "$out/$name" --passphrase-file "$out/passphrase"
done
mallory=$(python3 "$here/mallory.py" name)
for name in ada ben cleo dan eve; do echo "$(id $name) $name"; done >"$out/voters"
echo "$mallory mallory" >>"$out/voters"
[ -e "$from/trustee-1/share" ] || make_key
quiet as coordinator task new --key "$from/trustee-1/key" --fields "$here/vote.json" --min-cohort 3 --max-cohort 100 \
    --admit "$out/voters" --board "$board"
quiet as ada contribute --board "$board" --choice Mayor=Ida --choice Seats=Lea --choice Seats=Pia
quiet as ben contribute --board "$board" --choice Mayor=Jon --choice Seats=Max
quiet as cleo contribute --board "$board" --choice Mayor=Ida --choice Seats=Noa --choice Seats=Pia --choice Seats=Lea
quiet as dan contribute --board "$board" --choice Mayor= --choice Seats=Pia
quiet as eve contribute --board "$board" --choice Mayor=Ida --choice Seats=Lea
echo "  five sealed ballots, each with its proof of being an allowed one: $(wc -c <"$board/contributions/$(id ada)") bytes"

say "1. Ben votes a second time"
refused as ben contribute --board "$board" --choice Mayor=Jon --choice Seats=Max

say "2. Mallory hands in Ada's sealed ballot as her own, with her own good signature"
cp -r "$board" "$out/copied"
python3 "$here/mallory.py" copy "$board/contributions/$(id ada)" "$out/copied"
quiet as coordinator aggregate --board "$out/copied"
grep refused "$out/last" | named

say "3. Mallory makes a ballot five times as heavy out of Cleo's"
cp -r "$board" "$out/stuffed"
python3 "$here/mallory.py" stuff "$board/contributions/$(id cleo)" "$out/stuffed"
quiet as coordinator aggregate --board "$out/stuffed"
grep refused "$out/last" | named

say "   The coordinator signs for the five ballots and closes the vote; four trustees agree to its list"
quiet as coordinator receipt --board "$board"
cp -r "$board" "$out/open"
quiet as coordinator aggregate --board "$board"
for i in 1 2 3 4; do quiet acknowledge "$i" "$board"; done

say "4. The coordinator drops Dan's ballot, for which it signed"
cp -r "$out/open" "$out/dropped"
rm "$out/dropped/contributions/$(id dan)"
mv "$out/dropped/receipts/$(id dan)" "$out/dans-receipt" # Dan has a copy
quiet as coordinator aggregate --board "$out/dropped"
refused "$quorsum" verify --board "$out/dropped" --receipt "$out/dans-receipt"
cp "$out/dans-receipt" "$out/dropped/receipts/$(id dan)"
refused acknowledge 5 "$out/dropped"

say "5. The coordinator closes the vote a second time, without Dan: the difference of two results would be his ballot"
cp -r "$out/open" "$out/second"
rm "$out/second/contributions/$(id dan)" "$out/second/receipts/$(id dan)"
quiet as coordinator aggregate --board "$out/second"
refused acknowledge 1 "$out/second"
echo "    and anybody can prove it:"
refused "$quorsum" verify --board "$out/second" --quiet

say "6. Trustee 1's partial decryption stands in trustee 2's place"
quiet decrypt 1 "$board"
cp "$board/partials/1" "$board/partials/2"
quiet decrypt 3 "$board"
refused "$quorsum" open --board "$board"

say "7. Two trustees would like to know before the others"
cp -r "$board" "$out/two"
rm "$out/two/partials/2"
refused "$quorsum" open --board "$out/two"

say "   Trustee 4 helps, and the vote is counted all the same"
quiet decrypt 4 "$board"
"$quorsum" open --board "$board" 2>"$out/last" | sed -n '/^field/,$p' | cut -c1-66 | sed 's/^/    /'
grep refused "$out/last" | named

say "More of them, one file each: tests/attacks/ (make check). The board is in $board"
