#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes one man page from what the built command says with --help; the page's file name says of which
# subcommand: quorsum.1, quorsum-keygen.1. HELP2MAN, VERSION and top_srcdir come from the environment.
# Usage: man-page.sh QUORSUM OUTPUT
set -eu
quorsum=$1
output=$2
page=$(basename "$output" .1)
subcommand=${page#quorsum}
subcommand=${subcommand#-}

SOURCE_DATE_EPOCH=$(sh "$top_srcdir/tools/source-epoch.sh" "$top_srcdir")
export SOURCE_DATE_EPOCH
if [ -n "$subcommand" ]; then
    name=$("$quorsum" --help | awk -v sub_name="$subcommand" '$1 == sub_name { $1 = ""; print substr($0, 2); exit }')
else
    name="exact sums of private numbers that only a quorum can open"
fi

trap 'rm -f "$output.new"' EXIT
$HELP2MAN --no-info --section=1 --name="$name" --source="quorsum $VERSION" --version-string="$VERSION" \
    "$quorsum${subcommand:+ $subcommand}" >"$output.new"
# The page is named as its file is, so that `man quorsum-keygen` and apropos agree.
sed -e "s/^\.TH [^ ]*/.TH $(echo "$page" | tr '[:lower:]' '[:upper:]')/" \
    -e "s/^quorsum $subcommand \\\\-/$page \\\\-/" "$output.new" >"$output.newer"
mv "$output.newer" "$output"
