# SPDX-License-Identifier: Apache-2.0
# Points of a plot from lines of quorsum-bench --csv: x is the column of that name, y values a second by the column us.
# -v want=CASE -v x=COLUMN -v us=COLUMN [-v one=COLUMN]: a point for x = 1 before the others, from that column
BEGIN { FS = "," }
/^#/ { next }
$1 == "case" {
    for (i = 1; i <= NF; i++)
        at[$i] = i
    next
}
$1 == want && one != "" && $at[one] > 0 {
    print 1, 1e6 / $at[one]
    one = ""
}
$1 == want && $at[us] > 0 { print $at[x], 1e6 / $at[us] }
