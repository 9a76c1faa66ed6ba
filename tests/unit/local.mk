# SPDX-License-Identifier: Apache-2.0
# One Criterion program a layer, one file a module.

unit_tests += tests/unit_arith
tests_unit_arith_SOURCES = \
	tests/unit/arith/moduli.h \
	tests/unit/arith/test_ring.c
tests_unit_arith_CPPFLAGS = $(test_cppflags)
tests_unit_arith_CFLAGS = $(test_cflags)
tests_unit_arith_LDADD = $(test_libs)
