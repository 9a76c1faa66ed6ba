# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/arith/exponent.c \
	lib/arith/exponent.h \
	lib/arith/fixed_base.c \
	lib/arith/fixed_base.h \
	lib/arith/karatsuba.c \
	lib/arith/karatsuba.h \
	lib/arith/kernel.c \
	lib/arith/kernel.h \
	lib/arith/kernel_list.h \
	lib/arith/kernel_mulx.c \
	lib/arith/kernel_portable.c \
	lib/arith/lagrange.c \
	lib/arith/lagrange.h \
	lib/arith/lanes.c \
	lib/arith/lanes.h \
	lib/arith/lanes_avx2.c \
	lib/arith/lanes_body.h \
	lib/arith/lanes_check.c \
	lib/arith/lanes_comb.c \
	lib/arith/lanes_ifma.c \
	lib/arith/lanes_kernel.h \
	lib/arith/lanes_lay26.h \
	lib/arith/lanes_lookup.h \
	lib/arith/lanes_plain.c \
	lib/arith/lanes_plain26.c \
	lib/arith/lanes_plain_vec.h \
	lib/arith/lanes_power.c \
	lib/arith/mask.h \
	lib/arith/modulus_check.c \
	lib/arith/multiexp.c \
	lib/arith/prime.c \
	lib/arith/prime.h \
	lib/arith/ring.c \
	lib/arith/ring.h \
	lib/arith/ring_convert.c \
	lib/arith/sieve.c \
	lib/arith/sieve.h \
	lib/arith/table.c \
	lib/arith/table.h
lib_shipped_only += lib/arith/modulus_bits.c
