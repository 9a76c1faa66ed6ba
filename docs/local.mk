# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
	docs/architecture.md \
	docs/benchmarks.md \
	docs/changelog.md \
	docs/contributing.md \
	docs/protocol.md \
	docs/security.md \
	docs/wire-format.md \
	README.md
