# SPDX-License-Identifier: Apache-2.0
# One Criterion program a layer, one file a module.

unit_tests += tests/unit_base
tests_unit_base_SOURCES = \
	tests/unit/base/test_bytes.c \
	tests/unit/base/test_cbor.c \
	tests/unit/base/test_cbor_oracle.c \
	tests/unit/base/test_file.c \
	tests/unit/base/test_identity.c \
	tests/unit/base/test_message.c \
	tests/unit/base/test_parallel.c \
	tests/unit/base/test_random.c \
	tests/unit/base/test_seal.c \
	tests/unit/base/test_secret.c \
	tests/unit/base/test_status.c \
	tests/unit/base/test_transcript.c
tests_unit_base_CPPFLAGS = $(test_cppflags)
tests_unit_base_CFLAGS = $(test_cflags)
tests_unit_base_LDADD = $(test_libs)

unit_tests += tests/unit_arith
tests_unit_arith_SOURCES = \
	tests/unit/arith/moduli.h \
	tests/unit/arith/test_exponent.c \
	tests/unit/arith/test_fixed_base.c \
	tests/unit/arith/test_kernel.c \
	tests/unit/arith/test_lagrange.c \
	tests/unit/arith/test_multiexp.c \
	tests/unit/arith/test_prime.c \
	tests/unit/arith/test_ring.c
tests_unit_arith_CPPFLAGS = $(test_cppflags)
tests_unit_arith_CFLAGS = $(test_cflags)
tests_unit_arith_LDADD = $(test_libs)

unit_tests += tests/unit_encode
tests_unit_encode_SOURCES = \
	tests/unit/encode/test_fields.c \
	tests/unit/encode/test_plan.c \
	tests/unit/encode/test_slots.c
tests_unit_encode_CPPFLAGS = $(test_cppflags)
tests_unit_encode_CFLAGS = $(test_cflags)
tests_unit_encode_LDADD = $(test_libs)
