# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/paillier/product.h \
	lib/paillier/public_key.h
