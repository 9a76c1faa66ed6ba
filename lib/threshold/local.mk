# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/threshold/dealer.h \
	lib/threshold/key_record.h \
	lib/threshold/opening.h
