# SPDX-License-Identifier: Apache-2.0
# The four plots from the four CSV files in `data`, drawn beside them. `here` is this file's folder.
# gnuplot -e "here='bench/plots'; data='docs/plots'" bench/plots/plots.gp
set terminal svg size 720,440 font "sans-serif,12" background "white"
set logscale y
set format y "%.0s%c"
set grid ytics xtics lc rgb "#dddddd"
set key outside right top
set linetype 5 lc rgb "#b22222"
set style data linespoints
set pointsize 0.6

points(file, want, x, us) = sprintf("< awk -f %s/points.awk -v want=%s -v x=%s -v us=%s %s/%s.csv", \
                                    here, want, x, us, data, file)

set ylabel "values a second, one thread"
set output data."/length.svg"
set title "Throughput against the length of a vector, 2048 bits (dotted: portable kernel)"
set xlabel "values in a vector"
set logscale x 2
names = "reach.aggregate reach.encrypt_half reach.decrypt reach.partial reach.complete"
titles = "aggregate encrypt decrypt partial complete"
plot for [i=1:words(names)] points("length", word(names, i), "values", "each_us") lc i title word(titles, i), \
     for [i=1:words(names)] points("length", word(names, i), "values", "portable_us") lc i dt 3 pt 0 notitle

set output data."/modulus.svg"
set title "Throughput against the modulus (dotted: portable kernel, dashed: GMP)"
set xlabel "bits"
unset logscale x
set xtics (2048, 3072, 4096)
set xrange [1900:4250]
plot for [i=1:words(names)] points("modulus", word(names, i), "bits", "each_us") lc i title word(titles, i), \
     for [i=1:words(names)] points("modulus", word(names, i), "bits", "portable_us") lc i dt 3 pt 0 notitle, \
     for [i=1:words(names)] points("modulus", word(names, i), "bits", "reference_us") lc i dt 2 pt 0 notitle

set output data."/threads.svg"
set title "Throughput against threads, 2048 bits"
set xlabel "threads"
set ylabel "values a second, wall clock"
set xtics 1
set xrange [0.8:*]
names = "threads.aggregate threads.validate threads.knowledge threads.encrypt threads.decrypt threads.partial ". \
        "threads.complete"
plot for [i=1:words(names)] points("threads", word(names, i), "threads", "each_us -v one=reference_us") lc i title \
     word(names, i)[9:*]

set output data."/cohort.svg"
set title "Throughput of an aggregator against the cohort, 2048 bits"
set xlabel "contributions of 6,250 values"
set ylabel "values a second, one thread"
set logscale x
set xtics auto
set xrange [*:*]
set key off
unset logscale y
set format y "%.1s%c"
set yrange [0:*]
plot sprintf("< awk -F, '/^rounds.aggregate_[0-9]/ {print $6 / 6250, 1e6 / $10}' %s/cohort.csv | sort -n", data)
