# SPDX-License-Identifier: Apache-2.0
# Decoders under arbitrary bytes: one target each and one for whole boards. `make check` replays the corpus by a program of
# the usual compiler; `make fuzz` looks for more with libFuzzer.
fuzz_sources = \
	tests/fuzz/board.c \
	tests/fuzz/ceremonies.c \
	tests/fuzz/edit.c \
	tests/fuzz/edit.h \
	tests/fuzz/formats.c \
	tests/fuzz/inputs.c \
	tests/fuzz/list.c \
	tests/fuzz/target.h \
	tests/fuzz/targets.c \
	tests/fuzz/world.c \
	tests/fuzz/world.h
# what the command reads its user's files with
fuzz_tool_sources = \
	tools/quorsum/command.c \
	tools/quorsum/command.h \
	tools/quorsum/csv.c \
	tools/quorsum/csv.h \
	tools/quorsum/decimal.c \
	tools/quorsum/decimal.h \
	tools/quorsum/fields_json.c \
	tools/quorsum/fields_json.h \
	tools/quorsum/header.c \
	tools/quorsum/header.h \
	tools/quorsum/input.c \
	tools/quorsum/input.h \
	tools/quorsum/input_csv.c \
	tools/quorsum/input_format.h \
	tools/quorsum/input_npy.c \
	tools/quorsum/object.c \
	tools/quorsum/object.h \
	tools/quorsum/object_print.c \
	tools/quorsum/object_print.h \
	tools/quorsum/source.c \
	tools/quorsum/source.h

EXTRA_DIST += \
	tests/fuzz/corpus \
	tests/fuzz/engine.c \
	tests/fuzz/make_corpus.py \
	tests/fuzz/run.sh
dist_check_SCRIPTS += tests/fuzz/replay.sh
.PHONY: fuzz
if WITH_TESTS
if WITH_TOOLS
check_PROGRAMS += tests/fuzz_replay
tests_fuzz_replay_SOURCES = $(fuzz_sources) $(fuzz_tool_sources) tests/fuzz/replay.c
tests_fuzz_replay_CPPFLAGS = $(test_cppflags)
tests_fuzz_replay_CFLAGS = $(test_cflags) $(JANSSON_CFLAGS)
tests_fuzz_replay_LDADD = libquorsum_test.a $(JANSSON_LIBS) $(SODIUM_LIBS) $(GMP_LIBS)
TESTS += tests/fuzz/replay.sh

fuzz: tests/fuzz_replay$(EXEEXT)
	@$(AM_TESTS_ENVIRONMENT) JANSSON_LIBS='$(JANSSON_LIBS)' FUZZ_SECONDS='$(FUZZ_SECONDS)' FUZZ_TARGETS='$(FUZZ_TARGETS)' \
	    FUZZ_SOURCES='$(lib_sources) $(test_twins) $(fuzz_sources) $(fuzz_tool_sources) tests/fuzz/engine.c' \
	    $(SHELL) $(srcdir)/tests/fuzz/run.sh
endif
endif
