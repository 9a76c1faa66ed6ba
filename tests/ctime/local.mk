# SPDX-License-Identifier: Apache-2.0
# The shipped objects with their secrets marked, under valgrind where there is one.
dist_check_SCRIPTS += tests/ctime/run.sh
EXTRA_DIST += tests/ctime/ctime.c
TESTS += tests/ctime/run.sh
