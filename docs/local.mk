# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
	docs/architecture.md \
	docs/benchmarks.md \
	docs/ceremonies.md \
	docs/changelog.md \
	docs/contributing.md \
	docs/plots/cohort.csv \
	docs/plots/cohort.svg \
	docs/plots/length.csv \
	docs/plots/length.svg \
	docs/plots/modulus.csv \
	docs/plots/modulus.svg \
	docs/plots/threads.csv \
	docs/plots/threads.svg \
	docs/protocol.md \
	docs/security.md \
	docs/wire-format.md \
	README.md
