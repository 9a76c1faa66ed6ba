# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/ceremony/box.c \
	lib/ceremony/box.h \
	lib/ceremony/digest.c \
	lib/ceremony/digest.h \
	lib/ceremony/generation.h \
	lib/ceremony/handover.h \
	lib/ceremony/log.c \
	lib/ceremony/log.h \
	lib/ceremony/prf.c \
	lib/ceremony/prf.h \
	lib/ceremony/proposal.c \
	lib/ceremony/proposal.h \
	lib/ceremony/sets.c \
	lib/ceremony/sets.h \
	lib/ceremony/step_message.c \
	lib/ceremony/step_message.h
