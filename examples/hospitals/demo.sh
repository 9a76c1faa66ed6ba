#!/usr/bin/env bash
# SPDX-License-Identifier: CC0-1.0
# Five hospitals, a coordinator and five trustees. Every role has its own directory below $out and passes only files.
# usage: demo.sh BUILD_DIR [OUT_DIR]
set -euo pipefail

build=$(cd "$1" && pwd)
out=${2:-$build/demo}
here=$(cd "$(dirname "$0")" && pwd)
quorsum=$build/quorsum
hospitals=(Aachen Basel Cork Delft Espoo)
lines=(170 140 110 90 59) # patients of each: 569 in all

rm -rf "$out"
mkdir -p "$out"/{coordinator,auditor}
out=$(cd "$out" && pwd)
board=$out/board
ceremony=$out/ceremony
trustees=("$out"/trustee-{1,2,3,4,5})
. "$here/../ceremony.sh"
steps=$out/steps.tsv
: >"$steps"

say() { printf '\n%s\n' "$*"; }

# step NAME WHAT FILE COMMAND...: runs the command, notes its time and the bytes of FILE (what the role sends)
step() {
    local role=$1 what=$2 file=$3 from=$EPOCHREALTIME
    shift 3
    "$@" >"$out/last" 2>&1 || { cat "$out/last"; echo "demo: $role: $what failed" >&2; exit 1; }
    local to=$EPOCHREALTIME bytes=0
    if [ -n "$file" ]; then bytes=$(cat $file | wc -c); fi
    LC_ALL=C awk -v r="$role" -v w="$what" -v a="$from" -v b="$to" -v n="$bytes" 'BEGIN {
        gsub(",", ".", a); gsub(",", ".", b); printf "%s\t%s\t%.2f\t%d\n", r, w, b - a, n }' >>"$steps"
    tail -n 1 "$steps" | awk -F '\t' '{ printf "  %-12s %-46s %7.2f s %10d B\n", $1, $2, $3, $4 }'
}

# A passphrase of one's own, for the identity and the share.
passphrase() { (umask 077; od -An -tx1 -N16 /dev/urandom | tr -d ' \n' >"$1"); }

say "Quorsum $("$quorsum" --version | head -n 1 | cut -d' ' -f2): mean and deviation over five hospitals' patients, and nothing else"
echo "  working in $out"

say "Identities: a coordinator, five hospitals, five trustees"
for name in coordinator "${hospitals[@]}" trustee-1 trustee-2 trustee-3 trustee-4 trustee-5; do
    mkdir -p "$out/$name"
    passphrase "$out/$name/passphrase"
    "$quorsum" identity new --out "$out/$name/identity" --passphrase-file "$out/$name/passphrase" >/dev/null
done
for name in "${hospitals[@]}"; do sed "s/$/ $name/" "$out/$name/identity.pub"; done >"$out/coordinator/roster"
for i in 1 2 3 4 5; do sed "s/$/ trustee-$i/" "$out/trustee-$i/identity.pub"; done >"$out/coordinator/trustees"
echo "  done: each sealed under its own passphrase; the public halves make two rosters"

say "Five trustees make the key together: any 3 of them open, two learn nothing, and nobody ever holds it whole"
echo "  2048 bits (112-bit security): at 3072, the default, the search takes three times the work, and with bad luck minutes"
step coordinator "propose a ceremony: who, how many, what for" "$ceremony/ceremony.qs" \
    "$quorsum" ceremony new --roster "$out/coordinator/trustees" --quorum 3 --bits 2048 \
    --purpose "statistics over five hospitals' patients" \
    --identity "$out/coordinator/identity" --passphrase-file "$out/coordinator/passphrase" "$ceremony"
for i in 1 2 3 4 5; do
    step "trustee-$i" "read the proposal, commit to own secrets" "$ceremony/messages/*-$i.qs" ceremony_join "$i"
done
step trustees "five processes search a modulus, on $(nproc) cores" "$ceremony/messages/*" ceremony_make
for i in 1 2 3 4 5; do
    step "trustee-$i" "keep key record and share, forget the rest" "${trustees[$i - 1]}/key" ceremony_finish "$i"
done
step auditor "replay the ceremony from its files alone" "" \
    "$quorsum" verify "$ceremony" --key "$out/trustee-1/key" --quiet
grep -E '^(verified|fingerprint|made|confirmed)' "$out/last" | sed 's/^/  /'
cp "$out/trustee-1/key" "$out/coordinator/key"

say "The task: count, sum and sum of squares of 30 columns; only these five contribute"
step coordinator "make the task and its board" "$board/key $board/task" \
    "$quorsum" task new --key "$out/coordinator/key" --fields "$here/fields.json" --min-cohort 5 --max-cohort 8 \
    --admit "$out/coordinator/roster" --board "$board" \
    --identity "$out/coordinator/identity" --passphrase-file "$out/coordinator/passphrase"

say "Each hospital encrypts its own rows"
first=2
for k in 0 1 2 3 4; do
    name=${hospitals[$k]}
    { head -n 1 "$here/breast_cancer.csv"
      tail -n "+$first" "$here/breast_cancer.csv" | head -n "${lines[$k]}"; } >"$out/$name/patients.csv" || true
    first=$((first + lines[k]))
    step "$name" "encrypt, prove, sign (${lines[$k]} patients)" "$board/contributions/$(cat "$out/$name/identity.pub")" \
        "$quorsum" contribute --board "$board" --identity "$out/$name/identity" --passphrase-file "$out/$name/passphrase" \
        --input "$out/$name/patients.csv"
done

coordinate() { # COMMAND: of the coordinator, on the board
    "$quorsum" "$1" --board "$board" --identity "$out/coordinator/identity" \
        --passphrase-file "$out/coordinator/passphrase"
}

say "The coordinator signs for what it received, closes the task and multiplies the ciphertexts"
step coordinator "check five contributions, give receipts" "$board/receipts/*" coordinate receipt
step coordinator "check five contributions and aggregate" "$board/manifest $board/aggregate" coordinate aggregate
step Cork "is my contribution in? (a path in the tree)" "" \
    "$quorsum" verify --board "$board" --receipt "$board/receipts/$(cat "$out/Cork/identity.pub")"

acknowledge() { # TRUSTEE
    "$quorsum" acknowledge --board "$board" --share "$out/trustee-$1/share" --identity "$out/trustee-$1/identity" \
        --passphrase-file "$out/trustee-$1/passphrase"
}

decrypt() { # TRUSTEE BOARD
    "$quorsum" decrypt --board "$2" --share "$out/trustee-$1/share" --identity "$out/trustee-$1/identity" \
        --passphrase-file "$out/trustee-$1/passphrase"
}

say "Four of the five trustees must agree to one list before any of them decrypts"
for i in 1 2 3 5; do step "trustee-$i" "check all, acknowledge" "$board/acks/$i" acknowledge "$i"; done

say "Three trustees make partial decryptions"
for i in 1 3; do step "trustee-$i" "partial decryption" "$board/partials/$i" decrypt "$i" "$board"; done
cp -r "$board" "$out/two-alone"
step trustee-5 "partial decryption" "$board/partials/5" decrypt 5 "$board"
cp -r "$board" "$out/tampered"

say "Anyone opens the total and checks the whole"
step coordinator "combine, complete, check by re-encryption" "$board/result" "$quorsum" open --board "$board"
cp -r "$board" "$out/auditor/board"
step auditor "verify the board from its files alone" "" "$quorsum" verify --board "$out/auditor/board"
"$quorsum" open --board "$board" --format json >"$out/coordinator/totals.json"
"$quorsum" open --board "$board" --format html >"$out/coordinator/totals.html"

say "Pooled mean and standard deviation, beside the same computed in the clear"
python3 "$here/pooled.py" "$out/coordinator/totals.json" "$here/breast_cancer.csv"

refused() { # FILE COMMAND...: the command must refuse, with exit code 1
    local log=$1 code=0
    shift
    "$@" >"$log" 2>&1 || code=$?
    sed 's/^/  /' "$log"
    [ "$code" = 1 ] || { echo "demo: expected a refusal, got exit code $code" >&2; exit 1; }
}

say "Refused, 1: somebody changes one bit of trustee 3's partial decryption"
printf '%s\n' "  (on a copy of the board)"
size=$(stat -c %s "$out/tampered/partials/3")
byte=$(od -An -tu1 -j $((size - 100)) -N1 "$out/tampered/partials/3" | tr -d ' ')
printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$out/tampered/partials/3" bs=1 seek=$((size - 100)) conv=notrunc status=none
refused "$out/refused-1" "$quorsum" open --board "$out/tampered"
echo "  ... and the honest ones still reach the total: trustee 2 steps in"
mv "$out/tampered/partials/3" "$out/auditor/tampered-partial-3"
decrypt 2 "$out/tampered" >/dev/null
"$quorsum" open --board "$out/tampered" --format csv 2>/dev/null | grep '^# trustees' | sed 's/^# /  /'

say "Refused, 2: two trustees alone"
refused "$out/refused-2" "$quorsum" open --board "$out/two-alone"

python3 "$here/pooled.py" "$out/coordinator/totals.json" "$here/breast_cancer.csv" "$steps" "$out"/refused-[12] \
    "$out/report.html" >/dev/null

say "Done. Report: $out/report.html"
echo "  The board is in $board; try: $quorsum verify --board $board"
echo "  The ceremony is in $ceremony; try: $quorsum ceremony status $ceremony"
