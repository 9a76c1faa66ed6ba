/* SPDX-License-Identifier: Apache-2.0 */
/* The norm proof's statement, sizes and transcript. All public. */
#include "lib/proof/norm.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/proof/absorb.h"
#include "lib/proof/norm_inside.h"
#include "lib/proof/sizes.h"

#define NORM_BITS_MAX 124 /* of B2 */

/* ---- the statement ---- */

static size_t bit_length(qs_wide x)
{
    size_t bits = 0;

    for (; x > 0; x >>= 1)
        bits++;
    return bits;
}

static uint64_t square_root(qs_wide x) /* rounded down; x < 2^124, public */
{
    uint64_t root = 0;

    for (unsigned bit = NORM_BITS_MAX / 2; bit-- > 0;)
        if ((qs_wide)(root | (uint64_t)1 << bit) * (root | (uint64_t)1 << bit) <= x)
            root |= (uint64_t)1 << bit;
    return root;
}

/* n, or 0 if there is none that is allowed. */
static size_t count_values(const qs_norm_statement *statement)
{
    size_t room = mpz_sizeinbase(statement->key->ns, 2) - 1;
    size_t values = 0;

    for (size_t k = 0; k < statement->count; k++) {
        if (statement->slots[k] == 0 || statement->slots[k] > room / statement->slot_bits)
            return 0;
        values += statement->slots[k];
        if (values > QS_NORM_VALUES_MAX)
            return 0;
    }
    return values;
}

/* 2 W B + 1 <= 2^beta says B < 2^(beta-1), too, as W >= 1: the ciphertext packs exactly the x of the commitment. */
static int statement_holds(const qs_norm_statement *statement)
{
    qs_wide reach;

    if (statement->norm_squared == 0 || bit_length(statement->norm_squared) > NORM_BITS_MAX)
        return 0;
    if (statement->max_cohort == 0 || statement->slot_bits == 0)
        return 0;
    reach = (qs_wide)square_root(statement->norm_squared) * statement->max_cohort; /* below 2^126 */
    return bit_length(2 * reach) <= statement->slot_bits && count_values(statement) > 0;
}

quorsum_status qs_norm_check(const qs_norm_statement *statement)
{
    return statement_holds(statement) ? QUORSUM_OK : QUORSUM_ERR_PLAN;
}

/* ---- sizes ---- */

quorsum_status qs_norm_measure(qs_norm_sizes *sizes, const qs_norm_statement *statement)
{
    const quorsum_public_key *key = statement->key;
    size_t word = key->root->bytes;
    size_t mu;

    if (!statement_holds(statement))
        return QUORSUM_ERR_PLAN;
    sizes->values = count_values(statement);
    sizes->b = bit_length(square_root(statement->norm_squared)) + 1;
    sizes->lambda = qs_log2_ceiling(sizes->values);
    mu = QS_CHALLENGE_BITS + QS_SLACK + sizes->lambda;
    sizes->mask_bits = sizes->b + mu;
    sizes->z_bytes = (sizes->mask_bits + 2 + 7) / 8;
    sizes->z_limbs = qs_norm_limbs(sizes->mask_bits + 2);
    sizes->y_bytes = (sizes->mask_bits + 1 + 7) / 8;
    sizes->alpha_mask_bits = key->alpha_bits + mu;
    sizes->w_bytes = (sizes->alpha_mask_bits + 1 + 7) / 8;
    sizes->w_limbs = qs_norm_limbs(sizes->alpha_mask_bits + 1);
    sizes->r_bytes = word + (QS_CHALLENGE_BITS + 2 * QS_SLACK) / 8 + 1;
    sizes->r_limbs = key->root->limbs + (QS_CHALLENGE_BITS + 2 * QS_SLACK) / GMP_LIMB_BITS + 1;
    sizes->e = 2 * word;
    sizes->z = sizes->e + QS_CHALLENGE_BYTES;
    sizes->y = sizes->z + sizes->values * sizes->z_bytes;
    sizes->r = sizes->y + QS_NORM_SQUARES * sizes->y_bytes;
    sizes->w = sizes->r + sizes->r_bytes;
    sizes->t = sizes->w + statement->count * sizes->w_bytes;
    sizes->all = sizes->t + sizes->r_bytes;
    return QUORSUM_OK;
}

size_t qs_norm_bytes(const qs_norm_statement *statement)
{
    qs_norm_sizes sizes;

    return qs_norm_measure(&sizes, statement) == QUORSUM_OK ? sizes.all : 0;
}

/* ---- the transcript ---- */

static void absorb_word(qs_transcript *transcript, const qs_ring *root, const mp_limb_t *x)
{
    qs_transcript_limbs(transcript, x, root->limbs, root->bytes);
}

static void absorb_natural(qs_transcript *transcript, qs_wide value)
{
    uint8_t bytes[16];
    size_t skip = 0;

    qs_store64(bytes, (uint64_t)(value >> 64));
    qs_store64(bytes + 8, (uint64_t)value);
    while (skip < sizeof bytes && bytes[skip] == 0)
        skip++;
    qs_transcript_bytes(transcript, bytes + skip, sizeof bytes - skip);
}

quorsum_status qs_norm_challenge(uint8_t e[QS_CHALLENGE_BYTES], const qs_context *context,
                                 const qs_norm_statement *statement, const qs_norm_sizes *sizes,
                                 const quorsum_ciphertexts *ciphertexts, const qs_norm_messages *messages)
{
    const quorsum_public_key *key = statement->key;
    uint8_t *wire = malloc(key->ring->digits * key->ring->bytes);
    quorsum_ciphertexts encryptions = *ciphertexts; /* lent */
    uint8_t seed[QS_SEED_BYTES];
    qs_transcript transcript;

    if (wire == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_transcript_begin(&transcript, "l2", context);
    qs_transcript_u64(&transcript, key->degree);
    qs_transcript_u64(&transcript, key->alpha_bits);
    qs_transcript_u64(&transcript, statement->count);
    for (size_t k = 0; k < statement->count; k++)
        qs_transcript_u64(&transcript, statement->slots[k]);
    qs_absorb_ciphertexts(&transcript, ciphertexts, wire);
    absorb_natural(&transcript, statement->norm_squared);
    qs_transcript_u64(&transcript, statement->max_cohort);
    qs_transcript_u64(&transcript, statement->slot_bits);
    qs_transcript_u64(&transcript, sizes->b);
    absorb_word(&transcript, key->root, messages->v);
    absorb_word(&transcript, key->root, messages->a);
    encryptions.value = messages->plain;
    qs_absorb_ciphertexts(&transcript, &encryptions, wire);
    absorb_word(&transcript, key->root, messages->c1);
    absorb_word(&transcript, key->root, messages->c0);
    qs_transcript_seed(&transcript, seed);
    memcpy(e, seed, QS_CHALLENGE_BYTES);
    free(wire);
    return QUORSUM_OK;
}
