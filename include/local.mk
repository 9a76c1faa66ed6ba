# SPDX-License-Identifier: Apache-2.0
quorsumincludedir = $(includedir)/quorsum
quorsuminclude_HEADERS = \
	include/quorsum/identity.h \
	include/quorsum/status.h
