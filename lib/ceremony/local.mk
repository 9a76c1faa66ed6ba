# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/ceremony/generation.h \
	lib/ceremony/handover.h \
	lib/ceremony/prf.c \
	lib/ceremony/prf.h \
	lib/ceremony/sets.c \
	lib/ceremony/sets.h
