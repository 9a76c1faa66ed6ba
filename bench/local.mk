# SPDX-License-Identifier: Apache-2.0
# quorsum-bench is built by `make check` (a smoke test keeps it running) and by `make bench`, which runs it with
# BENCH_OPTIONS. It links the library's objects, because it looks inside.
check_PROGRAMS += bench/quorsum-bench
bench_quorsum_bench_SOURCES = \
	bench/aggregate.c \
	bench/agreed.c \
	bench/arith.c \
	bench/ballots.c \
	bench/bench.c \
	bench/bench.h \
	bench/calls.c \
	bench/cohort.c \
	bench/cohort.h \
	bench/compare.c \
	bench/keys.c \
	bench/machine.c \
	bench/measure.c \
	bench/normed.c \
	bench/normed.h \
	bench/opened.c \
	bench/opened.h \
	bench/port.c \
	bench/port.h \
	bench/port_limit.c \
	bench/proofs.c \
	bench/proven.c \
	bench/proven.h \
	bench/reach.c \
	bench/reference.c \
	bench/report.c \
	bench/rounds.c \
	bench/subject.c \
	bench/subject.h \
	bench/threads.c \
	bench/threshold.c \
	bench/twin.c \
	bench/twin.h \
	bench/vectors.c \
	bench/vectors.h \
	tests/fixtures/primes.h
bench_quorsum_bench_CPPFLAGS = $(AM_CPPFLAGS) -DBENCH_FLAGS='"$(CFLAGS)"'
bench_quorsum_bench_CFLAGS = $(AM_CFLAGS) $(GMP_CFLAGS) $(SODIUM_CFLAGS)
bench_quorsum_bench_LDADD = libquorsum_core.la $(SODIUM_LIBS) $(GMP_LIBS)

BENCH_OPTIONS =
.PHONY: bench
bench: bench/quorsum-bench$(EXEEXT)
	./bench/quorsum-bench$(EXEEXT) $(BENCH_OPTIONS)

# The pictures of docs/benchmarks.md, in the source tree. Takes half an hour; PLOT_OPTIONS=--quick makes a draft.
PLOT_OPTIONS =
.PHONY: plots
plots: bench/quorsum-bench$(EXEEXT)
	PLOT_OPTIONS='$(PLOT_OPTIONS)' $(srcdir)/bench/plots/plots.sh ./bench/quorsum-bench$(EXEEXT) $(srcdir)/docs/plots
EXTRA_DIST += bench/plots/plots.sh bench/plots/plots.gp bench/plots/points.awk

dist_check_SCRIPTS += tests/bench_smoke.sh
TESTS += tests/bench_smoke.sh
EXTRA_DIST += docs/benchmarks.md

# ---- where a whole command's time goes ----
check_PROGRAMS += bench/quorsum-crowd
bench_quorsum_crowd_SOURCES = bench/crowd.c
bench_quorsum_crowd_CPPFLAGS = -I$(top_srcdir)/include
bench_quorsum_crowd_LDADD = libquorsum.la

.PHONY: profile
profile: quorsum$(EXEEXT) bench/quorsum-crowd$(EXEEXT)
	$(srcdir)/bench/profile.sh . $(PROFILE_OPTIONS)
PROFILE_OPTIONS =
EXTRA_DIST += bench/profile.sh bench/profile.awk

# ---- whole ceremonies: keys without a dealer ----
check_PROGRAMS += bench/quorsum-ceremony
bench_quorsum_ceremony_SOURCES = bench/ceremony.c
bench_quorsum_ceremony_CFLAGS = $(AM_CFLAGS) $(GMP_CFLAGS) $(SODIUM_CFLAGS)
bench_quorsum_ceremony_LDADD = libquorsum_core.la $(SODIUM_LIBS) $(GMP_LIBS)

# ---- does time depend on a secret? ----
check_PROGRAMS += bench/quorsum-timing
bench_quorsum_timing_SOURCES = \
	bench/timing.c \
	bench/timing.h \
	bench/timing_cases.c \
	bench/timing_measure.c \
	bench/timing_setup.c \
	bench/timing_stats.c \
	tests/fixtures/primes.h
bench_quorsum_timing_CFLAGS = $(AM_CFLAGS) $(GMP_CFLAGS) $(SODIUM_CFLAGS)
bench_quorsum_timing_LDADD = libquorsum_core.la $(SODIUM_LIBS) $(GMP_LIBS)

TIMING_OPTIONS =
.PHONY: timing
timing: bench/quorsum-timing$(EXEEXT)
	./bench/quorsum-timing$(EXEEXT) $(TIMING_OPTIONS)

dist_check_SCRIPTS += tests/timing_smoke.sh
TESTS += tests/timing_smoke.sh
