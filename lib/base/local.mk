# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/base/bytes.c \
	lib/base/bytes.h \
	lib/base/cbor.c \
	lib/base/cbor.h \
	lib/base/digest_set.c \
	lib/base/digest_set.h \
	lib/base/file.c \
	lib/base/file.h \
	lib/base/identity.c \
	lib/base/identity.h \
	lib/base/invariant.h \
	lib/base/message.c \
	lib/base/message.h \
	lib/base/parallel.c \
	lib/base/parallel.h \
	lib/base/public_bytes.c \
	lib/base/random.h \
	lib/base/seal.c \
	lib/base/seal.h \
	lib/base/secret.c \
	lib/base/secret.h \
	lib/base/status.c \
	lib/base/transcript.c \
	lib/base/transcript.h
lib_shipped_only += lib/base/random.c
