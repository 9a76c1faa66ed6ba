# SPDX-License-Identifier: Apache-2.0
# Whole rounds between real processes that pass files, and the command line as its users meet it.
protocol_tests = \
	tests/protocol/ceremony.py \
	tests/protocol/command_line.py \
	tests/protocol/completion.py \
	tests/protocol/hostile_board.py \
	tests/protocol/pool.py \
	tests/protocol/second_opinion.py
EXTRA_DIST += $(protocol_tests) tests/protocol/keys.py
if WITH_TOOLS
TESTS += $(protocol_tests)
endif

# The library's own rounds, crashes and full disks, over a toy key.
unit_tests += tests/protocol_round
tests_protocol_round_SOURCES = tests/protocol/test_round.c
tests_protocol_round_CPPFLAGS = $(test_cppflags)
tests_protocol_round_CFLAGS = $(test_cflags)
tests_protocol_round_LDADD = $(test_libs)

# The command with moduli of any size, for whole ceremonies in seconds; its randomness is the system's.
if WITH_TOOLS
if WITH_TESTS
check_PROGRAMS += tests/protocol/quorsum-toy
endif
endif
tests_protocol_quorsum_toy_SOURCES = $(quorsum_SOURCES)
tests_protocol_quorsum_toy_CPPFLAGS = $(test_cppflags)
tests_protocol_quorsum_toy_CFLAGS = $(test_cflags) $(JANSSON_CFLAGS)
tests_protocol_quorsum_toy_LDADD = libquorsum_test.a $(JANSSON_LIBS) $(SODIUM_LIBS) $(GMP_LIBS)
