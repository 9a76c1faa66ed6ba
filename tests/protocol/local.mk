# SPDX-License-Identifier: Apache-2.0
# Whole rounds between real processes that pass files, and the command line as its users meet it.
protocol_tests = \
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
