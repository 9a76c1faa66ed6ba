/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vectors of secret integers modulo N^s, kept as base-N digits in guarded memory.
 *
 * The block of a vector ends with the scratch that setting an element needs: one thread at a time may write, and a
 * guarded allocation for every element would cost more than the element. Reading may go on in several threads and
 * brings its own.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/mask.h"
#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/paillier/digits.h"
#include "lib/paillier/public_key.h"

/* Either use needs the integer, N^s or its half, one more number, and the ring's or the digits' own. */
static size_t scratch_limbs(const quorsum_public_key *key)
{
    size_t ring = qs_ring_scratch(key->plain);
    size_t digits = qs_digits_scratch(key->plain);

    return 3 * key->plain->width + (ring > digits ? ring : digits);
}

quorsum_status quorsum_plaintexts_new(quorsum_plaintexts **out, const quorsum_public_key *key, size_t count)
{
    quorsum_plaintexts *plaintexts;
    size_t limbs;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || key == NULL || count == 0)
        return QUORSUM_ERR_ARGUMENT;
    if (count > QS_COUNT_MAX || count > SIZE_MAX / (2 * sizeof(mp_limb_t)) / key->plain->width)
        return QUORSUM_ERR_LIMIT;
    plaintexts = calloc(1, sizeof *plaintexts);
    if (plaintexts == NULL)
        return QUORSUM_ERR_MEMORY;
    limbs = count * key->plain->width + scratch_limbs(key);
    plaintexts->value = qs_secret_block(limbs * sizeof(mp_limb_t));
    if (plaintexts->value == NULL) {
        free(plaintexts);
        return QUORSUM_ERR_MEMORY;
    }
    plaintexts->key = qs_public_key_hold(key);
    plaintexts->count = count;
    *out = plaintexts;
    return QUORSUM_OK;
}

void quorsum_plaintexts_free(quorsum_plaintexts *plaintexts)
{
    if (plaintexts == NULL)
        return;
    qs_secret_release(plaintexts->value);
    quorsum_public_key_free(plaintexts->key);
    free(plaintexts);
}

size_t quorsum_plaintexts_count(const quorsum_plaintexts *plaintexts)
{
    return plaintexts->count;
}

/* N^s, or its half rounded down, padded to the width of an element. */
static void load_bound(const quorsum_public_key *key, mp_limb_t *out, unsigned halvings)
{
    size_t used = mpz_size(key->ns);

    memset(out, 0, key->plain->width * sizeof *out);
    memcpy(out, mpz_limbs_read(key->ns), used * sizeof *out);
    if (halvings > 0)
        (void)mpn_rshift(out, out, (mp_size_t)used, halvings);
}

/* Stores the integer in the scratch, negated if `negative`. Both signs are computed. */
static quorsum_status store_integer(quorsum_plaintexts *plaintexts, size_t index, mp_limb_t negative)
{
    const qs_ring *plain = plaintexts->key->plain;
    mp_limb_t *integer = plaintexts->value + plaintexts->count * plain->width;
    mp_limb_t *bound = integer + plain->width;
    mp_limb_t *minus = bound + plain->width;
    mp_limb_t *rest = minus + plain->width;
    mp_limb_t below;

    load_bound(plaintexts->key, bound, 0);
    below = qs_is_below(integer, bound, plain->width);
    if (qs_reveal(below)) {
        mp_limb_t *value = plaintexts->value + index * plain->width;
        mp_limb_t *plus = bound; /* no longer needed */

        qs_ring_reduce(plain, plus, integer, plain->width, rest);
        memset(value, 0, plain->width * sizeof *value);
        qs_ring_sub(plain, minus, value, plus, rest);
        qs_ring_select(plain, value, plus, minus, negative);
    }
    memset(integer, 0, 3 * plain->width * sizeof *integer);
    return qs_reveal(below) ? QUORSUM_OK : QUORSUM_ERR_RANGE;
}

quorsum_status quorsum_plaintexts_set(quorsum_plaintexts *plaintexts, size_t index, const uint8_t *magnitude,
                                      size_t len, int negative)
{
    const qs_ring *plain;
    mp_limb_t *integer;

    if (plaintexts == NULL || index >= plaintexts->count || (magnitude == NULL && len > 0))
        return QUORSUM_ERR_ARGUMENT;
    if ((unsigned)negative > 1)
        return QUORSUM_ERR_ARGUMENT;
    plain = plaintexts->key->plain;
    integer = plaintexts->value + plaintexts->count * plain->width;
    if (qs_limbs_from_bytes(integer, plain->width, magnitude, len) != 0)
        return QUORSUM_ERR_RANGE;
    return store_integer(plaintexts, index, (mp_limb_t)negative);
}

quorsum_status quorsum_plaintexts_set_int64(quorsum_plaintexts *plaintexts, size_t index, int64_t value)
{
    uint64_t bits = (uint64_t)value;
    uint64_t negative = bits >> 63;
    uint8_t magnitude[8];
    quorsum_status status;

    qs_store64(magnitude, (bits ^ (0 - negative)) + negative);
    status = quorsum_plaintexts_set(plaintexts, index, magnitude, sizeof magnitude, (int)negative);
    sodium_memzero(magnitude, sizeof magnitude);
    return status;
}

/* The integer in (-N^s/2, N^s/2): X, or N^s - X with the sign when X is beyond the half. N^s is odd: no tie. */
static mp_limb_t centre(const quorsum_public_key *key, mp_limb_t *magnitude, const mp_limb_t *value, mp_limb_t *scratch)
{
    size_t width = key->plain->width;
    mp_limb_t *bound = scratch;
    mp_limb_t *other = bound + width;
    mp_limb_t *rest = other + width;
    mp_limb_t negative;

    qs_digits_integer(key->plain, magnitude, value, rest);
    load_bound(key, bound, 1);
    negative = qs_is_below(bound, magnitude, width);
    load_bound(key, bound, 0);
    (void)mpn_sub_n(other, bound, magnitude, (mp_size_t)width);
    qs_ring_select(key->plain, magnitude, magnitude, other, negative);
    return negative;
}

quorsum_status quorsum_plaintexts_get(const quorsum_plaintexts *plaintexts, size_t index, uint8_t *magnitude,
                                      size_t len, int *negative)
{
    const quorsum_public_key *key;
    mp_limb_t *block;
    quorsum_status status = QUORSUM_OK;

    if (magnitude != NULL)
        memset(magnitude, 0, len);
    if (negative != NULL)
        *negative = 0;
    if (plaintexts == NULL || index >= plaintexts->count || magnitude == NULL || negative == NULL)
        return QUORSUM_ERR_ARGUMENT;
    key = plaintexts->key;
    block = qs_secret_block(scratch_limbs(key) * sizeof *block);
    if (block == NULL)
        return QUORSUM_ERR_MEMORY;
    *negative = (int)centre(key, block, plaintexts->value + index * key->plain->width, block + key->plain->width);
    if (qs_limbs_to_bytes(magnitude, len, block, key->plain->width) != 0) {
        *negative = 0;
        status = QUORSUM_ERR_RANGE;
    }
    qs_secret_release(block);
    return status;
}

quorsum_status quorsum_plaintexts_get_int64(const quorsum_plaintexts *plaintexts, size_t index, int64_t *value)
{
    uint8_t bytes[8];
    uint64_t magnitude, sign;
    int negative;
    quorsum_status status;

    if (value == NULL)
        return QUORSUM_ERR_ARGUMENT;
    *value = 0;
    status = quorsum_plaintexts_get(plaintexts, index, bytes, sizeof bytes, &negative);
    magnitude = qs_load64(bytes);
    sign = (uint64_t)negative;
    if (status == QUORSUM_OK && magnitude > (uint64_t)INT64_MAX + sign)
        status = QUORSUM_ERR_RANGE;
    if (status == QUORSUM_OK)
        *value = (int64_t)((magnitude ^ (0 - sign)) + sign);
    sodium_memzero(bytes, sizeof bytes);
    return status;
}
