# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/paillier/ciphertexts.c \
	lib/paillier/decrypt.c \
	lib/paillier/digits.c \
	lib/paillier/digits.h \
	lib/paillier/encrypt.c \
	lib/paillier/intake.c \
	lib/paillier/intake.h \
	lib/paillier/lift.c \
	lib/paillier/operations.c \
	lib/paillier/plaintext.c \
	lib/paillier/pool.c \
	lib/paillier/pool.h \
	lib/paillier/pool_file.c \
	lib/paillier/private_key.c \
	lib/paillier/private_key.h \
	lib/paillier/public_key.c \
	lib/paillier/public_key.h \
	lib/paillier/sum.c \
	lib/paillier/workers.c \
	lib/paillier/workers.h
