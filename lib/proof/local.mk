# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/proof/knowledge.c \
	lib/proof/knowledge.h \
	lib/proof/share.c \
	lib/proof/share.h
