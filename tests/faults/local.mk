# SPDX-License-Identifier: Apache-2.0
# Commands and calls that are ended, or fail, at every place: the disk, memory, randomness.
EXTRA_DIST += \
	tests/faults/disk.py \
	tests/faults/harness.py \
	tests/faults/shim.c
if WITH_TOOLS
TESTS += tests/faults/disk.py
endif
