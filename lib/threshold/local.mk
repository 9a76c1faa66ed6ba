# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/threshold/combine.c \
	lib/threshold/combiner.c \
	lib/threshold/combiner.h \
	lib/threshold/complete.c \
	lib/threshold/deal.c \
	lib/threshold/dealer.c \
	lib/threshold/dealer.h \
	lib/threshold/exact.c \
	lib/threshold/exact.h \
	lib/threshold/key_check.c \
	lib/threshold/key_confirm.c \
	lib/threshold/key_lineage.c \
	lib/threshold/key_record.c \
	lib/threshold/key_record.h \
	lib/threshold/key_share.c \
	lib/threshold/key_wire.c \
	lib/threshold/opening.c \
	lib/threshold/opening.h \
	lib/threshold/partial.c \
	lib/threshold/partial.h
