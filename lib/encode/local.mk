# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/encode/fields.c \
	lib/encode/fields.h \
	lib/encode/plan.c \
	lib/encode/plan.h \
	lib/encode/slots.c \
	lib/encode/slots.h
