# SPDX-License-Identifier: Apache-2.0
# Commands and calls that are ended, or fail, at every place: the disk, memory, randomness.
EXTRA_DIST += \
	tests/faults/disk.py \
	tests/faults/harness.py \
	tests/faults/shim.c
if WITH_TOOLS
TESTS += tests/faults/disk.py
endif

# Allocations that fail, by the linker's --wrap: over the library as the tests link it, with a toy key.
unit_tests += tests/faults_memory
tests_faults_memory_SOURCES = \
	tests/faults/allocations.c \
	tests/faults/allocations.h \
	tests/faults/ceremony.c \
	tests/faults/memory.c \
	tests/unit/ceremony/group.h \
	tests/unit/ceremony/opens.h \
	tests/unit/round/fixture.c \
	tests/unit/round/fixture.h
tests_faults_memory_CPPFLAGS = $(test_cppflags)
tests_faults_memory_CFLAGS = $(test_cflags)
tests_faults_memory_LDADD = $(test_libs)
tests_faults_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc \
	-Wl,--wrap=strdup,--wrap=strndup,--wrap=free,--wrap=sodium_malloc,--wrap=sodium_free,--wrap=mmap,--wrap=opendir \
	-Wl,--wrap=crypto_pwhash,--wrap=fsync
