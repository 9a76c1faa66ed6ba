#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Adds up what the tests under `make check` said, prints one line a program and, last, alone on its line:
#     N passed, N failed
# A Criterion program or a Python unittest counts with its own figures, another script with its "ok" and
# "not ok" lines, or as one case if it prints none. A program that ended badly counts at least one failure, whatever it printed.
# Exit 1 if anything failed or nothing ran. Usage: summary.sh BUILD_DIR [--quiet]
set -eu
build=$1
quiet=${2:-}
results=$(find "$build" -name '*.trs' -type f | LC_ALL=C sort)
[ -n "$results" ] || { echo "no test has run in $build" >&2; exit 1; }

# shellcheck disable=SC2086
awk -v quiet="$quiet" -v build="$build" '
    function finish() {
        if (name == "") return
        if (counted) { good = tested - bad; }
        if (result == "SKIP") { line = "skipped"; good = bad = 0; skipped++ }
        else {
            if (result != "PASS" && bad == 0) bad = 1
            if (good + bad == 0) good = 1
            line = good " passed" (bad ? ", " bad " FAILED" : "")
        }
        passed += good; failed += bad
        if (quiet == "") printf "  %-44s %s\n", name, line
    }
    FNR == 1 {
        file = FILENAME
        if (file ~ /\.trs$/) {
            finish()
            name = substr(file, length(build) + 2); sub(/\.trs$/, "", name)
            result = "FAIL"; counted = tested = good = bad = 0
        }
    }
    file ~ /\.trs$/ && /^:global-test-result:/ { result = $2 }
    file ~ /\.log$/ && /Synthesis: Tested: [0-9]+/ {
        counted = 1
        for (i = 1; i < NF; i++) {
            if ($i == "Tested:") tested += $(i + 1)
            if ($i == "Failing:" || $i == "Crashing:") bad += $(i + 1)
        }
    }
    file ~ /\.log$/ && /^Ran [0-9]+ tests? in / { counted = 1; tested += $2 }
    file ~ /\.log$/ && /^(OK|FAILED) \(/ && counted {
        if (match($0, /skipped=[0-9]+/)) tested -= substr($0, RSTART + 8, RLENGTH - 8)
        sub(/skipped=[0-9]+/, "")
        count = split($0, part, /[^0-9]+/)
        for (i = 1; i <= count; i++) bad += part[i]
    }
    file ~ /\.log$/ && /^ok [0-9]+/ && !counted { good++ }
    file ~ /\.log$/ && /^not ok [0-9]+/ && !counted { bad++ }
    END {
        finish()
        if (skipped && quiet == "") printf "  (%d skipped: see the .log files)\n", skipped
        printf "%d passed, %d failed\n", passed, failed
        exit (failed > 0 || passed == 0)
    }
' $(for trs in $results; do echo "$trs"; log=${trs%.trs}.log; [ ! -e "$log" ] || echo "$log"; done)
