# SPDX-License-Identifier: Apache-2.0
# Ceremonies in which somebody deviates: all parties in one process.

unit_tests += tests/hostile_ceremony
tests_hostile_ceremony_SOURCES = \
	tests/hostile/deed.c \
	tests/hostile/deed.h \
	tests/hostile/judge.c \
	tests/hostile/play.h \
	tests/hostile/stage.c \
	tests/hostile/stage.h \
	tests/hostile/test_dump.c \
	tests/hostile/test_handover.c \
	tests/hostile/test_honest.c \
	tests/hostile/test_lies.c \
	tests/hostile/test_resume.c \
	tests/hostile/test_secrets.c \
	tests/hostile/test_views.c
tests_hostile_ceremony_CPPFLAGS = $(test_cppflags) -I$(top_srcdir)/tests/hostile
tests_hostile_ceremony_CFLAGS = $(test_cflags)
tests_hostile_ceremony_LDADD = $(test_libs)

# Not part of `make check`: it compiles the library once more.
.PHONY: check-threads
check-threads:
	@$(AM_TESTS_ENVIRONMENT) THREADS_SOURCES='$(lib_sources) $(test_twins) tests/hostile/threads.c' \
	    $(SHELL) $(srcdir)/tests/hostile/threads.sh
EXTRA_DIST += tests/hostile/README.md tests/hostile/threads.c tests/hostile/threads.sh
