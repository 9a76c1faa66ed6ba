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

# The tool's input side, compiled with the invariants of the library it is tested with.
unit_tests += tests/unit_tools
tests_unit_tools_SOURCES = \
	tests/unit/tools/files.h \
	tests/unit/tools/test_csv.c \
	tests/unit/tools/test_decimal.c \
	tests/unit/tools/test_fields_json.c \
	tests/unit/tools/test_input.c \
	tools/quorsum/csv.c \
	tools/quorsum/decimal.c \
	tools/quorsum/fields_json.c \
	tools/quorsum/header.c \
	tools/quorsum/input.c \
	tools/quorsum/input_csv.c \
	tools/quorsum/input_npy.c \
	tools/quorsum/source.c
tests_unit_tools_CPPFLAGS = $(test_cppflags)
tests_unit_tools_CFLAGS = $(test_cflags)
tests_unit_tools_LDADD = $(test_libs)
