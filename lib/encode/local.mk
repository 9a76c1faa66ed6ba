# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/encode/slots.h
