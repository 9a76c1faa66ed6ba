# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/proof/absorb.c \
	lib/proof/absorb.h \
	lib/proof/choice.c \
	lib/proof/choice.h \
	lib/proof/choice_block.h \
	lib/proof/choice_check.c \
	lib/proof/choice_equation.c \
	lib/proof/choice_prove.c \
	lib/proof/choice_read.c \
	lib/proof/choice_weigh.c \
	lib/proof/choices.c \
	lib/proof/choices.h \
	lib/proof/factors.c \
	lib/proof/factors.h \
	lib/proof/knowledge.c \
	lib/proof/knowledge.h \
	lib/proof/modulus.c \
	lib/proof/modulus.h \
	lib/proof/norm.c \
	lib/proof/norm.h \
	lib/proof/norm_bases.c \
	lib/proof/norm_bases.h \
	lib/proof/norm_inside.h \
	lib/proof/norm_plain.c \
	lib/proof/norm_prove.c \
	lib/proof/norm_sums.c \
	lib/proof/norm_verify.c \
	lib/proof/rsa_2048.c \
	lib/proof/rsa_2048.h \
	lib/proof/share.c \
	lib/proof/share.h \
	lib/proof/sizes.h \
	lib/proof/three_squares.c \
	lib/proof/three_squares.h
