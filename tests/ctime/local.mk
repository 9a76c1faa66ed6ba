# SPDX-License-Identifier: Apache-2.0
# The shipped objects with their secrets marked, under valgrind where there is one.
dist_check_SCRIPTS += tests/ctime/run.sh
EXTRA_DIST += tests/ctime/ctime.c
TESTS += tests/ctime/run.sh

# The same for every compiler and level of optimisation: minutes, so not a part of `make check`.
.PHONY: check-ctime-all
check-ctime-all:
	@$(AM_TESTS_ENVIRONMENT) LIBRARY_SOURCES='$(lib_sources) $(lib_shipped_only)' \
	    $(SHELL) $(srcdir)/tests/ctime/run.sh all
