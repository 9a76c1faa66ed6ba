# SPDX-License-Identifier: Apache-2.0
quorsumincludedir = $(includedir)/quorsum
quorsuminclude_HEADERS = \
	include/quorsum/bytes.h \
	include/quorsum/ciphertexts.h \
	include/quorsum/identity.h \
	include/quorsum/key.h \
	include/quorsum/plaintexts.h \
	include/quorsum/plan.h \
	include/quorsum/status.h
