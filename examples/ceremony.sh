# SPDX-License-Identifier: CC0-1.0
# Sourced by the demos: trustees make a key together, each a process of its own with a directory of its own. They share the
# ceremony's directory alone. Set $quorsum, $ceremony, and trustees=(DIR...), each with `identity` and `passphrase`; at the
# end each has `key` and `share`, too, both sealed under the same passphrase.

ceremony_party() { # VERB TRUSTEE [OPTION]...
    local verb=$1 own=${trustees[$2 - 1]}
    shift 2
    "$quorsum" ceremony "$verb" "$ceremony" --identity "$own/identity" --passphrase-file "$own/passphrase" \
        --state "$own/ceremony-state" "$@"
}

ceremony_join() { ceremony_party join "$1"; } # TRUSTEE

# All of them at once, until the key is made; the first one's last words and exit code where one fails.
ceremony_make() {
    local i processes=() failed=0
    for ((i = 1; i <= ${#trustees[@]}; i++)); do
        ceremony_party step "$i" --watch --threads 1 >"${trustees[$i - 1]}/ceremony-log" 2>&1 &
        processes+=($!)
    done
    for i in "${!processes[@]}"; do
        wait "${processes[$i]}" || { failed=$?; tail -n 5 "${trustees[$i]}/ceremony-log"; }
    done
    return "$failed"
}

ceremony_finish() { # TRUSTEE
    ceremony_party finish "$1" --key "${trustees[$1 - 1]}/key" --share "${trustees[$1 - 1]}/share"
}
