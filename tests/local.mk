# SPDX-License-Identifier: Apache-2.0
# Three kinds of test, all run by `make check`: Criterion programs (one a layer), scripts, and after an
# installation (`make installcheck`) the programs of tests/install.

# ---- what every test finds in its environment ----
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; \
	QUORSUM='$(abs_top_builddir)/quorsum$(EXEEXT)'; \
	QUORSUM_TOY='$(abs_top_builddir)/tests/protocol/quorsum-toy$(EXEEXT)'; \
	CC='$(CC)'; PYTHON3='$(PYTHON3)'; \
	LIBRARY_CFLAGS='$(GMP_CFLAGS) $(SODIUM_CFLAGS)'; LIBRARY_LIBS='$(SODIUM_LIBS) $(GMP_LIBS)'; \
	public_headers='$(include_HEADERS) $(quorsuminclude_HEADERS)'; \
	case '$(CFLAGS)' in *-fsanitize*) SANITIZED=1; export SANITIZED;; esac; \
	export top_srcdir top_builddir QUORSUM QUORSUM_TOY CC PYTHON3 LIBRARY_CFLAGS LIBRARY_LIBS public_headers;
TEST_EXTENSIONS = .sh .py
SH_LOG_COMPILER = $(SHELL)
PY_LOG_COMPILER = $(PYTHON3)

EXTRA_DIST += tests/lsan.supp tests/summary.sh

# Needs a cross compiler and an emulator: the script says which packages.
.PHONY: check-big-endian
check-big-endian: quorsum$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/tests/big_endian.sh
EXTRA_DIST += tests/big_endian.sh

# ---- the library as the tests link it ----
# Compiled once more, with its invariants checked (QS_TEST_BUILD) and with fixed-seed twins of the files in
# lib_shipped_only.
test_cppflags = $(AM_CPPFLAGS) -DQS_TEST_BUILD
test_cflags = $(AM_CFLAGS) $(GMP_CFLAGS) $(SODIUM_CFLAGS) $(TEST_CFLAGS)
test_libs = libquorsum_test.a $(TEST_LIBS) $(SODIUM_LIBS) $(GMP_LIBS)
test_twins = \
	tests/twin/modulus_bits.c \
	tests/twin/random.c

if WITH_TESTS
check_LIBRARIES += libquorsum_test.a
libquorsum_test_a_SOURCES = $(lib_sources) $(test_twins)
libquorsum_test_a_CPPFLAGS = $(test_cppflags)
libquorsum_test_a_CFLAGS = $(test_cflags)

check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests) tests/lanes.sh tests/made_keys.sh tests/old_processor.sh
endif
dist_check_SCRIPTS += tests/lanes.sh tests/made_keys.sh tests/old_processor.sh

unit_tests =
include tests/unit/local.mk
include tests/attacks/local.mk
include tests/hostile/local.mk
include tests/ctime/local.mk
include tests/protocol/local.mk
include tests/verifier/local.mk
include tests/faults/local.mk
include tests/fuzz/local.mk
include tests/secrets/local.mk

# ---- installed tree ----
EXTRA_DIST += \
	tests/install/CMakeLists.txt \
	tests/install/consumer.c \
	tests/install/run.sh

installcheck-local:
	@if test -n "$(DESTDIR)"; then echo "installcheck: not with DESTDIR, the installed files name $(prefix)"; exit 1; fi
	CC='$(CC)' CXX='$(CXX)' PKG_CONFIG='$(PKG_CONFIG)' version='$(PACKAGE_VERSION)' \
	prefix='$(prefix)' libdir='$(libdir)' includedir='$(includedir)' bindir='$(bindir)' \
	    $(SHELL) $(srcdir)/tests/install/run.sh $(srcdir)/tests/install

# ---- data and what made it ----
TESTS += tests/vectors/test_norm.py
dist_check_SCRIPTS += tests/vectors/test_norm.py
EXTRA_DIST += \
	tests/fixtures/made_key.h \
	tests/fixtures/primes.h \
	tests/vectors/make_choice.py \
	tests/vectors/make_modulus.py \
	tests/vectors/make_norm.py \
	tests/vectors/make_paillier.py \
	tests/vectors/make_sift.py \
	tests/vectors/make_threshold.py \
	tests/vectors/make_transcript.py \
	tests/vectors/npy/f2.npy \
	tests/vectors/npy/f4.npy \
	tests/vectors/npy/f4_big_v3.npy \
	tests/vectors/npy/f4_infinite.npy \
	tests/vectors/npy/f8.npy \
	tests/vectors/npy/f8_0d.npy \
	tests/vectors/npy/f8_2d.npy \
	tests/vectors/npy/f8_3d.npy \
	tests/vectors/npy/f8_big.npy \
	tests/vectors/npy/f8_fortran.npy \
	tests/vectors/npy/f8_nan.npy \
	tests/vectors/npy/f8_row_fortran.npy \
	tests/vectors/npy/i4.npy \
	tests/vectors/npy/i4_big.npy \
	tests/vectors/npy/i8_big.npy \
	tests/vectors/npy/i8_extreme.npy \
	tests/vectors/npy/i8_v2.npy \
	tests/vectors/npy/make_npy.py \
	tests/vectors/npy/records.npy \
	tests/vectors/npy/u1.npy \
	tests/vectors/choice.json \
	tests/vectors/modulus.json \
	tests/vectors/norm.json \
	tests/vectors/paillier.json \
	tests/vectors/threshold.json \
	tests/vectors/transcript.json
