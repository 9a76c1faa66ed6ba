/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordinator's running product: a vector of `width` positions, into which any number of contributions is
 * multiplied one at a time, in memory that does not grow. Each costs one Montgomery product a position; the power of
 * R this leaves is mended once, at the end. Public data.
 */
#ifndef QS_PRODUCT_H
#define QS_PRODUCT_H

#include "lib/paillier/public_key.h"

typedef struct qs_product qs_product;

quorsum_status qs_product_new(qs_product **out, const quorsum_public_key *key, size_t width);
void qs_product_free(qs_product *product);
/* ERR_KEY_MISMATCH, ERR_WIDTH: nothing changed. ERR_CANCELLED, ERR_MEMORY: the product is spoilt, and says so ever
 * after. */
quorsum_status qs_product_multiply(qs_product *product, const quorsum_ciphertexts *factor, const quorsum_run *run);
/* The product of all factors so far; ERR_COHORT when there is none. The product stays usable. */
quorsum_status qs_product_value(quorsum_ciphertexts **out, const qs_product *product, const quorsum_run *run);

#endif
