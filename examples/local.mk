# SPDX-License-Identifier: Apache-2.0
# Whole programs for real stories; `make check` builds and runs them.
check_PROGRAMS += examples/sum
examples_sum_SOURCES = examples/sum.c
examples_sum_CPPFLAGS = -I$(top_srcdir)/include
examples_sum_LDADD = libquorsum.la

dist_check_SCRIPTS += tests/readme.sh
TESTS += tests/readme.sh

EXTRA_DIST += \
	examples/LICENSE \
	examples/ceremony.sh \
	examples/hospitals/README.md \
	examples/hospitals/breast_cancer.csv \
	examples/hospitals/demo.sh \
	examples/hospitals/fields.json \
	examples/hospitals/pooled.py \
	examples/hospitals/prepare.py \
	examples/vote/README.md \
	examples/vote/demo.sh \
	examples/vote/mallory.py \
	examples/vote/vote.json
