# SPDX-License-Identifier: Apache-2.0
# Whole rounds between real processes that pass files, and the command line as its users meet it.
protocol_tests = \
	tests/protocol/command_line.py
EXTRA_DIST += $(protocol_tests)
if WITH_TOOLS
TESTS += $(protocol_tests)
endif
