/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof of a correct share. Both sides of the statement are squares (C^4, and E^2 = (C^4)^(S_i)), so that it
 * lives in the squares of Z_N^*, the group v generates. The challenge is bound to v_i as the key record has it, to
 * the trustee's index and identity, to key and task, and through the seed to every ciphertext and every partial.
 *
 *     z = x + e S_i < 2^(l_S + 256) + 2^(128 + l_S) < 2^(l_S + 257);  x hides e S_i within 2^-128
 */
#include "lib/proof/share.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/multiply.h"
#include "lib/arith/prime.h"
#include "lib/base/bytes.h"
#include "lib/base/random.h"

#define CHALLENGE_BITS (8 * QS_CHALLENGE_BYTES)
#define CHALLENGE_LIMBS ((QS_CHALLENGE_BYTES + sizeof(mp_limb_t) - 1) / sizeof(mp_limb_t))
#define MASK_BITS(share_bits) ((share_bits) + CHALLENGE_BITS + QS_SLACK)
#define RESPONSE_BITS(share_bits) (MASK_BITS(share_bits) + 1)

static size_t limbs_for(size_t bits)
{
    return (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
}

static size_t response_bytes(size_t share_bits)
{
    return (RESPONSE_BITS(share_bits) + 7) / 8;
}

size_t qs_share_proof_bytes(size_t share_bits)
{
    return QS_CHALLENGE_BYTES + response_bytes(share_bits);
}

/* What prover and verifier both derive from the statement. Public; everything in one allocation of root elements. */
typedef struct share_batch {
    uint8_t seed[QS_SEED_BYTES];
    mp_limb_t *block;
    mp_limb_t *c;       /* C, plain */
    mp_limb_t *e;       /* E, plain */
    mp_limb_t *c4;      /* C^4, Montgomery form */
    mp_limb_t *e2;      /* E^2, likewise */
    mp_limb_t *v;       /* likewise */
    mp_limb_t *v_i;     /* likewise */
    mp_limb_t *scratch; /* qs_ring_scratch limbs */
} share_batch;

static void absorb(qs_transcript *transcript, const qs_ring *root, const mp_limb_t *value)
{
    qs_transcript_limbs(transcript, value, root->limbs, root->bytes);
}

/* One item: all residues of a vector in wire form. Written out piece by piece, since vectors may be large. */
static void absorb_vector(qs_transcript *transcript, const qs_ring *root, const mp_limb_t *values, size_t stride,
                          size_t count)
{
    uint8_t word[QS_MODULUS_BITS_MAX / 8];
    uint8_t length[8];

    qs_store64(length, (uint64_t)count * root->bytes);
    crypto_generichash_update(&transcript->state, length, sizeof length);
    for (size_t k = 0; k < count; k++) {
        qs_ring_write(root, word, values + k * stride);
        crypto_generichash_update(&transcript->state, word, root->bytes);
    }
}

static void batch_seed(uint8_t seed[QS_SEED_BYTES], const qs_context *context, const qs_share_statement *statement)
{
    const qs_ring *root = statement->key->root;
    qs_transcript transcript;

    qs_transcript_begin(&transcript, "share-batch", context);
    qs_transcript_u64(&transcript, statement->trustee);
    absorb(&transcript, root, statement->v);
    absorb(&transcript, root, statement->v_i);
    qs_transcript_u64(&transcript, statement->count);
    absorb_vector(&transcript, root, statement->bases, statement->stride, statement->count);
    absorb_vector(&transcript, root, statement->partials, root->limbs, statement->count);
    qs_transcript_seed(&transcript, seed);
}

static quorsum_status batch_new(share_batch *batch, const qs_ring *root)
{
    size_t width = root->width;

    memset(batch, 0, sizeof *batch);
    batch->block = calloc(6 * width + qs_ring_scratch(root), sizeof(mp_limb_t));
    if (batch->block == NULL)
        return QUORSUM_ERR_MEMORY;
    batch->c = batch->block;
    batch->e = batch->c + width;
    batch->c4 = batch->e + width;
    batch->e2 = batch->c4 + width;
    batch->v = batch->e2 + width;
    batch->v_i = batch->v + width;
    batch->scratch = batch->v_i + width;
    return QUORSUM_OK;
}

/* C and E: the products with the exponents that the seed gives. */
static quorsum_status batch_products(share_batch *batch, const qs_share_statement *statement, const quorsum_run *run)
{
    const qs_ring *root = statement->key->root;
    uint8_t (*exponents)[QS_CHALLENGE_BYTES] = calloc(statement->count, sizeof *exponents);
    qs_terms terms = {.bases = statement->bases, .stride = statement->stride, .count = statement->count};
    quorsum_status status;

    if (exponents == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t k = 0; k < statement->count; k++)
        qs_seed_exponent(exponents[k], batch->seed, k);
    terms.exponents = (const uint8_t (*)[QS_CHALLENGE_BYTES])exponents;
    status = qs_multiexp_vartime(root, batch->c, &terms, 1, run);
    terms.bases = statement->partials;
    terms.stride = root->limbs;
    if (status == QUORSUM_OK)
        status = qs_multiexp_vartime(root, batch->e, &terms, 1, run);
    free(exponents);
    return status;
}

static quorsum_status batch_make(share_batch *batch, const qs_context *context, const qs_share_statement *statement,
                                 const quorsum_run *run)
{
    const qs_ring *root = statement->key->root;
    quorsum_status status = batch_new(batch, root);

    if (status == QUORSUM_OK) {
        batch_seed(batch->seed, context, statement);
        status = batch_products(batch, statement, run);
    }
    if (status != QUORSUM_OK)
        return status;
    qs_ring_enter(root, batch->c4, batch->c, batch->scratch);
    qs_ring_sqr(root, batch->c4, batch->c4, batch->scratch);
    qs_ring_sqr(root, batch->c4, batch->c4, batch->scratch);
    qs_ring_enter(root, batch->e2, batch->e, batch->scratch);
    qs_ring_sqr(root, batch->e2, batch->e2, batch->scratch);
    qs_ring_enter(root, batch->v, statement->v, batch->scratch);
    qs_ring_enter(root, batch->v_i, statement->v_i, batch->scratch);
    return QUORSUM_OK;
}

static void batch_free(share_batch *batch)
{
    free(batch->block);
    batch->block = NULL;
}

/* e, from the first messages A and B (Montgomery form, left here). */
static void challenge(uint8_t e[QS_CHALLENGE_BYTES], const qs_context *context, const qs_share_statement *statement,
                      const share_batch *batch, mp_limb_t *first, mp_limb_t *second)
{
    const qs_ring *root = statement->key->root;
    qs_transcript transcript;
    uint8_t seed[QS_SEED_BYTES];

    qs_ring_leave(root, first, first, batch->scratch);
    qs_ring_leave(root, second, second, batch->scratch);
    qs_transcript_begin(&transcript, "share", context);
    qs_transcript_bytes(&transcript, batch->seed, sizeof batch->seed);
    qs_transcript_u64(&transcript, statement->trustee);
    absorb(&transcript, root, statement->v);
    absorb(&transcript, root, statement->v_i);
    absorb(&transcript, root, batch->c);
    absorb(&transcript, root, batch->e);
    absorb(&transcript, root, first);
    absorb(&transcript, root, second);
    qs_transcript_seed(&transcript, seed);
    memcpy(e, seed, QS_CHALLENGE_BYTES);
}

/* The prover's secret working space, one block. */
typedef struct share_prover {
    qs_secret block;
    size_t limbs;      /* of x and z */
    mp_limb_t *x;      /* mask, then response */
    mp_limb_t *first;  /* A */
    mp_limb_t *second; /* B */
    mp_limb_t *product; /* e S_i */
    mp_limb_t *scratch;
} share_prover;

static quorsum_status prover_new(share_prover *prover, const qs_ring *root, size_t share_limbs, size_t share_bits)
{
    size_t product = share_limbs + CHALLENGE_LIMBS;
    size_t power = qs_power_scratch(root);
    size_t mul = qs_multiply_scratch(share_limbs, CHALLENGE_LIMBS);

    memset(prover, 0, sizeof *prover);
    prover->limbs = limbs_for(RESPONSE_BITS(share_bits));
    if (qs_secret_init(&prover->block, prover->limbs + 2 * root->width + product + (power > mul ? power : mul)) != 0)
        return QUORSUM_ERR_MEMORY;
    prover->x = prover->block.limb;
    prover->first = prover->x + prover->limbs;
    prover->second = prover->first + root->width;
    prover->product = prover->second + root->width;
    prover->scratch = prover->product + product;
    return QUORSUM_OK;
}

/* x uniform in [0, 2^(l_S + 256)) */
static void draw_mask(share_prover *prover, size_t share_bits)
{
    size_t bits = MASK_BITS(share_bits);
    size_t limbs = limbs_for(bits);

    qs_random_bytes(prover->x, limbs * sizeof(mp_limb_t));
    if (bits % GMP_LIMB_BITS != 0)
        prover->x[limbs - 1] &= ((mp_limb_t)1 << bits % GMP_LIMB_BITS) - 1;
}

/* z = x + e S_i, in place of x. The share's limbs above its bits are zero, so what is cut off the product is too. */
static void respond(share_prover *prover, const uint8_t challenge[QS_CHALLENGE_BYTES], const qs_secret *share)
{
    mp_limb_t e[CHALLENGE_LIMBS];
    size_t product = share->limbs + CHALLENGE_LIMBS;
    size_t overlap = product < prover->limbs ? product : prover->limbs;
    mp_limb_t carry;

    (void)qs_limbs_from_bytes(e, CHALLENGE_LIMBS, challenge, QS_CHALLENGE_BYTES);
    qs_multiply(prover->product, share->limb, share->limbs, e, CHALLENGE_LIMBS, prover->scratch);
    carry = mpn_add_n(prover->x, prover->x, prover->product, (mp_size_t)overlap);
    for (size_t i = overlap; i < prover->limbs; i++) {
        prover->x[i] += carry;
        carry = (mp_limb_t)(prover->x[i] < carry);
    }
}

quorsum_status qs_share_prove(uint8_t *out, const qs_context *context, const qs_share_statement *statement,
                              const qs_secret *share, const quorsum_run *run)
{
    const qs_ring *root = statement->key->root;
    size_t share_bits = statement->share_bits;
    share_batch batch = {0};
    share_prover prover = {0};
    quorsum_status status;

    if (statement->count == 0 || share->limbs != limbs_for(share_bits))
        return QUORSUM_ERR_ARGUMENT;
    status = batch_make(&batch, context, statement, run);
    if (status == QUORSUM_OK)
        status = prover_new(&prover, root, share->limbs, share_bits);
    if (status == QUORSUM_OK) {
        draw_mask(&prover, share_bits);
        qs_power(root, prover.first, batch.c4, prover.x, MASK_BITS(share_bits), prover.scratch);
        qs_power(root, prover.second, batch.v, prover.x, MASK_BITS(share_bits), prover.scratch);
        challenge(out, context, statement, &batch, prover.first, prover.second);
        respond(&prover, out, share);
        (void)qs_limbs_to_bytes(out + QS_CHALLENGE_BYTES, response_bytes(share_bits), prover.x, prover.limbs);
    }
    qs_secret_clear(&prover.block);
    batch_free(&batch);
    return status;
}

/* Every partial below N and a unit. The bases are digits of ciphertexts, which are valid by construction. */
static quorsum_status check_partials(const qs_share_statement *statement, mp_limb_t *scratch)
{
    const qs_ring *root = statement->key->root;
    size_t first;

    for (size_t k = 0; k < statement->count; k++) {
        if (mpn_cmp(statement->partials + k * root->limbs, root->n, (mp_size_t)root->limbs) >= 0)
            return QUORSUM_ERR_RANGE;
    }
    if (!qs_ring_units_vartime(root, statement->partials, root->limbs, statement->count, &first, scratch))
        return QUORSUM_ERR_NOT_UNIT;
    return QUORSUM_OK;
}

/* base^z other^(-e), Montgomery form */
static quorsum_status first_message(const qs_ring *root, mp_limb_t *out, const mp_limb_t *base, const mp_limb_t *other,
                                    const mpz_t z, const mpz_t e)
{
    const mp_limb_t *bases[2] = {base, other};
    mpz_t exponents[2];
    quorsum_status status;

    mpz_init_set(exponents[0], z);
    mpz_init(exponents[1]);
    mpz_neg(exponents[1], e);
    status = qs_power_joint_vartime(root, out, bases, (const mpz_t *)exponents, 2);
    mpz_clear(exponents[1]);
    mpz_clear(exponents[0]);
    return status;
}

/* Recomputes A and B, which overwrite the batch's c4 and v, and with them the challenge. */
static quorsum_status check_challenge(const uint8_t *proof, const mpz_t z, const qs_context *context,
                                      const qs_share_statement *statement, share_batch *batch)
{
    const qs_ring *root = statement->key->root;
    uint8_t expected[QS_CHALLENGE_BYTES];
    mpz_t e;
    quorsum_status status;

    mpz_init(e);
    mpz_import(e, QS_CHALLENGE_BYTES, 1, 1, 1, 0, proof);
    status = first_message(root, batch->c4, batch->c4, batch->e2, z, e);
    if (status == QUORSUM_OK)
        status = first_message(root, batch->v, batch->v, batch->v_i, z, e);
    if (status == QUORSUM_OK) {
        challenge(expected, context, statement, batch, batch->c4, batch->v);
        status = memcmp(expected, proof, sizeof expected) == 0 ? QUORSUM_OK : QUORSUM_ERR_PROOF;
    }
    mpz_clear(e);
    return status;
}

quorsum_status qs_share_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                       const qs_share_statement *statement, const quorsum_run *run)
{
    size_t expected = qs_share_proof_bytes(statement->share_bits);
    share_batch batch = {0};
    mpz_t z;
    quorsum_status status = QUORSUM_OK;

    if (statement->count == 0)
        return QUORSUM_ERR_ARGUMENT;
    if (len != expected)
        return len < expected ? QUORSUM_ERR_TRUNCATED : QUORSUM_ERR_TRAILING;
    mpz_init(z);
    mpz_import(z, len - QS_CHALLENGE_BYTES, 1, 1, 1, 0, proof + QS_CHALLENGE_BYTES);
    if (mpz_sizeinbase(z, 2) > RESPONSE_BITS(statement->share_bits))
        status = QUORSUM_ERR_RANGE;
    if (status == QUORSUM_OK)
        status = batch_new(&batch, statement->key->root);
    if (status == QUORSUM_OK)
        status = check_partials(statement, batch.scratch);
    batch_free(&batch);
    if (status == QUORSUM_OK)
        status = batch_make(&batch, context, statement, run);
    if (status == QUORSUM_OK)
        status = check_challenge(proof, z, context, statement, &batch);
    batch_free(&batch);
    mpz_clear(z);
    return status;
}
