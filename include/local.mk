# SPDX-License-Identifier: Apache-2.0
include_HEADERS = include/quorsum.h
quorsumincludedir = $(includedir)/quorsum
quorsuminclude_HEADERS = \
	include/quorsum/agreement.h \
	include/quorsum/board.h \
	include/quorsum/bytes.h \
	include/quorsum/ceremony.h \
	include/quorsum/ciphertexts.h \
	include/quorsum/identity.h \
	include/quorsum/key.h \
	include/quorsum/plaintexts.h \
	include/quorsum/plan.h \
	include/quorsum/pool.h \
	include/quorsum/round.h \
	include/quorsum/status.h \
	include/quorsum/threshold.h
