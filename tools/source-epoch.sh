#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the time a source archive is dated with, in seconds: SOURCE_DATE_EPOCH if it is set, else the last
# commit's time, else (unpacked release) the newest date in the changelog. Usage: source-epoch.sh TOP_SRCDIR
set -eu
top=$1

if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
    echo "$SOURCE_DATE_EPOCH"
elif [ -e "$top/.git" ] && git -C "$top" log -1 --format=%ct 2>/dev/null; then
    :
else
    day=$(sed -n 's/^## .*\([0-9]\{4\}-[0-9][0-9]-[0-9][0-9]\).*/\1/p' "$top/docs/changelog.md" 2>/dev/null | head -n 1)
    date -u -d "${day:-1970-01-01}" +%s
fi
