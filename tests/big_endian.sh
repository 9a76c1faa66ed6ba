#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make check-big-endian`: a round between this machine and a big-endian one. The tool is built for s390x with a cross
# compiler and run by an emulator; both write on one board in turn, both kinds of lanes in plain C at work on the other
# side, and each verifies what the other one wrote. Not part of `make check`: it needs packages of another architecture.
#
#     dpkg --add-architecture s390x && apt-get update
#     apt-get install qemu-user-static gcc-s390x-linux-gnu libgmp-dev:s390x libsodium-dev:s390x libjansson-dev:s390x
set -eu
for program in qemu-s390x-static s390x-linux-gnu-gcc; do
    command -v "$program" >/dev/null || { echo "check-big-endian: $program is missing; see $0" >&2; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pkgconfig=/usr/lib/s390x-linux-gnu/pkgconfig:/usr/share/pkgconfig
mkdir -p big-endian
(unset CC; cd big-endian && PKG_CONFIG_LIBDIR=$pkgconfig "$top_srcdir/configure" -q --host=s390x-linux-gnu --disable-shared \
    --disable-tests 2>/dev/null && make -s)
here=$QUORSUM
there() { kernel=$1; shift; QUORSUM_KERNEL=$kernel qemu-s390x-static big-endian/quorsum "$@"; }
for kernel in portable lanes-plain lanes-plain26; do
    there "$kernel" --version | grep -q "^kernel: $kernel$" || { echo "not ok - kernel $kernel on s390x"; exit 1; }
done

cd "$work"
ln -s "$OLDPWD/big-endian" big-endian
echo secret >secret
quiet() { "$@" >out 2>&1 || { cat out; echo "not ok - $*"; exit 1; }; }
for name in coordinator alice bob trustee-1 trustee-2 trustee-3; do
    quiet "$here" identity new --out "$name" --passphrase-file secret
done
cat trustee-[1-3].pub >trustees
quiet "$here" keygen --bits 2048 --trustees 3 --quorum 2 --roster trustees --out keys
cp keys/key confirmed-there
quiet there portable confirm --key confirmed-there --share keys/share-1 --passphrase-file keys/passphrase-1 \
    --identity trustee-1 --identity-passphrase-file secret
quiet "$here" confirm --key keys/key --share keys/share-3 --passphrase-file keys/passphrase-3 --identity trustee-3 \
    --identity-passphrase-file secret --take confirmed-there
echo '{"fields": [{"name": "v", "count": 900, "bits": 16}]}' >fields.json
awk 'BEGIN { print "v"; for (i = 0; i < 900; i++) print i * 37 % 60000 - 30000 }' >numbers.csv
quiet "$here" task new --key keys/key --fields fields.json --min-cohort 2 --max-cohort 9 --board board \
    --identity coordinator --passphrase-file secret
quiet there lanes-plain contribute --board board --identity alice --passphrase-file secret --input numbers.csv
quiet "$here" contribute --board board --identity bob --passphrase-file secret --input numbers.csv
quiet there lanes-plain26 receipt --board board --identity coordinator --passphrase-file secret
quiet there lanes-plain26 aggregate --board board --identity coordinator --passphrase-file secret
quiet "$here" acknowledge --board board --share keys/share-1 --identity trustee-1 --passphrase-file secret
quiet there lanes-plain acknowledge --board board --share keys/share-2 --identity trustee-2 --passphrase-file secret
quiet there lanes-plain26 acknowledge --board board --share keys/share-3 --identity trustee-3 --passphrase-file secret
quiet there lanes-plain decrypt --board board --share keys/share-1 --passphrase-file keys/passphrase-1 \
    --identity trustee-1 --identity-passphrase-file secret
quiet "$here" decrypt --board board --share keys/share-3 --passphrase-file keys/passphrase-3 \
    --identity trustee-3 --identity-passphrase-file secret
there lanes-plain open --board board --format csv >opened-there
quiet "$here" verify --board board
there lanes-plain26 verify --board board >/dev/null
"$here" open --board board --format csv >opened-here
cmp opened-here opened-there
echo "ok - one round on two machines of different byte order"
