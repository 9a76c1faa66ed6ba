# SPDX-License-Identifier: Apache-2.0
# The scripts that check the tree, and the programs.
dist_check_SCRIPTS += tools/check-layers.sh tools/check-symbols.sh
TESTS += tools/check-layers.sh tools/check-symbols.sh

include tools/quorsum/local.mk
