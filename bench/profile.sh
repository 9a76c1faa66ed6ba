#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where a whole command's time goes: a board with real sizes is made in a temporary directory, then each command runs on
# it, with one thread and with two, and is sampled by perf where there is one, else only timed. About a minute.
#
#     bench/profile.sh BUILD [VALUES [CONTRIBUTIONS [SMALL]]]
#
# BUILD is a build directory with quorsum and bench/quorsum-crowd. VALUES of 16 bits (100000) by CONTRIBUTIONS (20) are one
# board; SMALL contributions (1000) of 450 values, six ciphertexts at 2048 bits, another.
set -euo pipefail
build=$(cd "${1:?a build directory}" && pwd)
values=${2:-100000}
contributions=${3:-20}
small=${4:-1000}
here=$(cd "$(dirname "$0")" && pwd)
every=0.5 # milliseconds a sample
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The programs themselves: libtool's wrappers would be profiled with them.
export LD_LIBRARY_PATH=$build/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
program() { if [ -x "$build/$1.libs/$2" ]; then echo "$build/$1.libs/$2"; else echo "$build/$1$2"; fi; }
quorsum=$(program '' quorsum)
crowd=$(program bench/ quorsum-crowd)

perf=0
sampler=()
if ! command -v perf >/dev/null; then
    echo "perf is not installed: only the time of each command follows"
elif ! perf record -q -e cpu-clock -o try.perf true 2>/dev/null; then
    echo "perf may not sample here (kernel.perf_event_paranoid): only the time of each command follows"
else
    perf=1
    sampler=(perf record -q -e cpu-clock -F 2000 --call-graph 'dwarf,8192' -o perf.data)
    nm -A "$build"/lib/*/*.o "$build"/tools/quorsum/quorsum-*.o 2>/dev/null | awk '$(NF - 1) ~ /^[tT]$/' >functions
fi

make_board() { # board values most
    echo "{\"guard_bits\": 0, \"fields\": [{\"name\": \"v\", \"count\": $2, \"bits\": 16}]}" >"$1.json"
    { echo v; seq "$2" | awk '{ print $1 * 7919 % 60000 - 30000 }'; } >"$1.csv"
    "$quorsum" task new --key keys/key --fields "$1.json" --min-cohort 2 --max-cohort "$3" --board "$1" \
        --identity alice --passphrase-file pass >/dev/null
}

# With one thread, then with two: run NAME UNDO WORD..., where UNDO takes back what the first run did to the board.
run() {
    local name=$1 undo=$2 threads TIMEFORMAT='%R %U %S'
    shift 2
    for threads in 1 2; do
        if [ $threads = 2 ]; then $undo; fi
        { time "${sampler[@]}" "$quorsum" "$@" --threads $threads --progress none >/dev/null 2>log; } 2>times ||
            { cat log >&2; exit 1; }
        if [ $perf = 1 ]; then
            perf script -i perf.data -F ip,sym,dso 2>/dev/null >samples
            awk -v every=$every -v name="$name, $threads" -f "$here/profile.awk" functions RS= samples
        else
            read -r wall user system <times
            printf '%-32s %8s %8s %8s\n' "$name, $threads" "$wall" "$user" "$system"
        fi
    done
}

take_back() { rm -rf $(printf "$board/%s " "$@"); }

decrypt() { # trustee
    echo decrypt --board $board --share keys/share-$1 --passphrase-file keys/passphrase-$1 --identity trustee-$1 \
        --identity-passphrase-file pass --journal $board.journal-$1
}

acknowledge() { # trustee
    echo acknowledge --board $board --identity trustee-$1 --passphrase-file pass --journal $board.journal-$1
}

echo pass >pass
for i in 1 2 3 4 5; do "$quorsum" identity new --out trustee-$i --passphrase-file pass >/dev/null; done
cat trustee-[1-5].pub >trustees
"$quorsum" keygen --trustees 5 --quorum 3 --bits 2048 --roster trustees --out keys --progress none >/dev/null 2>&1
for i in 1 2 3; do
    "$quorsum" confirm --key keys/key --share keys/share-$i --passphrase-file keys/passphrase-$i --identity trustee-$i \
        --identity-passphrase-file pass >/dev/null
done
"$quorsum" identity new --out alice --passphrase-file pass >/dev/null
make_board large "$values" 1000
make_board small 450 $((small + 1))
"$crowd" large "$contributions"
"$crowd" small "$small"

"$quorsum" --version | paste -s -d ' '
echo "large: $contributions contributions of $values values; small: $small of 450. Then the command's threads."
if [ $perf = 1 ]; then
    echo "milliseconds of processor time"
    awk -v head=1 -f "$here/profile.awk"
else
    printf '%-32s %8s %8s %8s\n' seconds wall user system
fi
for board in small large; do
    run "contribute $board" "take_back contributions/$(cat alice.pub)" contribute --board $board --identity alice \
        --passphrase-file pass --input $board.csv
    run "aggregate $board" "take_back manifest aggregate" aggregate --board $board --identity alice \
        --passphrase-file pass
    run "acknowledge $board" "take_back acks/1 ../$board.journal-1" $(acknowledge 1)
    for trustee in 2 3 4; do
        "$quorsum" $(acknowledge $trustee) --progress none >/dev/null 2>&1
    done
    run "decrypt $board" "take_back partials/1" $(decrypt 1)
    for trustee in 2 3; do
        "$quorsum" $(decrypt $trustee) --progress none >/dev/null 2>&1
    done
    run "complete $board" "take_back completions" complete --board $board --part 1/1
    take_back completions
    run "open $board" "take_back result" open --board $board
    run "verify $board" : verify --board $board
done
