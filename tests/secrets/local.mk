# SPDX-License-Identifier: Apache-2.0
# What is left of secrets in memory and in core dumps: the shipped objects, and the command.
check_PROGRAMS += tests/secrets_left
tests_secrets_left_SOURCES = \
	tests/fixtures/primes.h \
	tests/secrets/left.c \
	tests/secrets/scan.c \
	tests/secrets/scan.h
tests_secrets_left_CPPFLAGS = $(AM_CPPFLAGS)
tests_secrets_left_CFLAGS = $(AM_CFLAGS) $(GMP_CFLAGS) $(SODIUM_CFLAGS)
tests_secrets_left_LDADD = libquorsum_core.la $(SODIUM_LIBS) $(GMP_LIBS)
tests_secrets_left_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=qs_random_bytes
TESTS += tests/secrets_left
check_PROGRAMS += tests/secrets_ceremony
tests_secrets_ceremony_SOURCES = \
	tests/secrets/ceremony.c \
	tests/secrets/scan.c \
	tests/secrets/scan.h
tests_secrets_ceremony_CPPFLAGS = $(AM_CPPFLAGS)
tests_secrets_ceremony_CFLAGS = $(AM_CFLAGS) $(GMP_CFLAGS) $(SODIUM_CFLAGS)
tests_secrets_ceremony_LDADD = libquorsum_core.la $(SODIUM_LIBS) $(GMP_LIBS)
tests_secrets_ceremony_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=qs_modulus_bits_min
TESTS += tests/secrets_ceremony
EXTRA_DIST += \
	tests/secrets/command.py \
	tests/secrets/witness.c
if WITH_TOOLS
TESTS += tests/secrets/command.py
endif
