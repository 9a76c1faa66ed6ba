# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += \
	docs/contributing.md \
	docs/wire-format.md
