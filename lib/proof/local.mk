# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/proof/absorb.c \
	lib/proof/absorb.h \
	lib/proof/choice.c \
	lib/proof/choice.h \
	lib/proof/choice_check.c \
	lib/proof/choice_prove.c \
	lib/proof/choices.c \
	lib/proof/choices.h \
	lib/proof/knowledge.c \
	lib/proof/knowledge.h \
	lib/proof/share.c \
	lib/proof/share.h
