# SPDX-License-Identifier: Apache-2.0
# Samples of `perf script -F ip,sym,dso`, a paragraph each, innermost frame first, into one line of a table: where the
# time of a command went. First file: `nm -A` of the library's and the command's objects, which says what folder a
# function is from; a name that stands in two is passed over, and so are inlined ones. Then "RS=" and the samples.
# -v every=MS: what a sample stands for; -v name=TEXT: the first cell. Without files, -v head=1: the table's head.

BEGIN {
    columns = split("start-up kernels GMP hashing signing input packing memory files rest", column, " ")
    if (head) {
        printf "%-32s %8s", "", "beyond"
        for (i = 1; i <= columns; i++)
            printf " %8s", column[i]
        printf " %8s\n", "outside"
        exit
    }
}

function part_of_path(path) {
    if (path ~ /lib.arith/)
        return "kernels"
    if (path ~ /lib.encode/)
        return "packing"
    return path ~ /quorsum-(input|csv|decimal|source|header)/ ? "input" : "rest"
}

FNR == NR {
    split($1, object, ":")
    part = part_of_path(object[1])
    if (!($NF in from))
        from[$NF] = part
    else if (from[$NF] != part)
        from[$NF] = ""
    next
}

function part_of_system(sample) {
    if (sample ~ /exc_page_fault|mmap|munmap|madvise|mprotect|mlock/)
        return "memory"
    return sample ~ /ksys_|vfs_|openat|fsync|linkat|getdents|newfstat/ ? "files" : ""
}

# GMP's assembly does not tell who called it; dividing by small primes is the check of a key's modulus.
function part_of(sample,    count, line, cell, i, part) {
    count = split(sample, line, "\n")
    if (sample ~ /tool_identity_load|load_share|tool_board_load|check_roots|check_differences|ld-linux/ ||
        line[1] ~ /__gmpn_gcd_11|__gmpn_mod_1s/)
        return "start-up"
    if (line[1] ~ /\[kernel/ && (part = part_of_system(sample)) != "")
        return part
    if (sample ~ /qs_message_(close|sign)/)
        return "signing"
    if (line[1] ~ /libsodium/ || sample ~ /getrandom/)
        return "hashing"
    for (i = 1; i <= count; i++) {
        split(line[i], cell, " ")
        if (cell[2] in from && from[cell[2]] != "" && line[i] !~ /lib(gmp|c|sodium)\.so/)
            return from[cell[2]]
    }
    return line[1] ~ /libgmp/ ? "GMP" : "rest"
}

NF {
    spent[part_of($0)]++
    total++
}

END {
    if (head)
        exit
    beyond = total - spent["start-up"]
    printf "%-32s %8.0f", name, beyond * every
    for (i = 1; i <= columns; i++)
        printf " %8.1f", spent[column[i]] * every
    printf " %6.1f %%\n", (beyond ? 100 * (1 - (spent["kernels"] + spent["GMP"]) / beyond) : 0)
}
