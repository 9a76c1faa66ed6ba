# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/proof/knowledge.h \
	lib/proof/share.h
