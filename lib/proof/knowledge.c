/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vector proof of plaintext knowledge. Making it is constant time in plaintexts, randomness and masks, which all
 * lie in guarded memory; the challenges e_k are public.
 */
#include "lib/proof/knowledge.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/multiply.h"
#include "lib/base/bytes.h"
#include "lib/base/invariant.h"
#include "lib/base/random.h"
#include "lib/proof/absorb.h"
#include "lib/proof/sizes.h"

#define CHALLENGE_BITS (8 * QS_CHALLENGE_BYTES)
#define CHALLENGE_LIMBS (CHALLENGE_BITS / GMP_LIMB_BITS)

/* ---- sizes ---- */

static size_t mask_bits(const quorsum_public_key *key, size_t count) /* of y */
{
    return key->alpha_bits + CHALLENGE_BITS + QS_SLACK + qs_log2_ceiling(count);
}

static size_t response_bits(const quorsum_public_key *key, size_t count) /* of w */
{
    return mask_bits(key, count) + 1;
}

static size_t response_limbs(const quorsum_public_key *key, size_t count)
{
    return (response_bits(key, count) + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
}

size_t qs_knowledge_w_bytes(const quorsum_public_key *key, size_t count)
{
    return (response_bits(key, count) + 7) / 8;
}

size_t qs_knowledge_bytes(const quorsum_public_key *key, size_t count)
{
    return QS_SEED_BYTES + key->plain->digits * key->plain->bytes + qs_knowledge_w_bytes(key, count);
}

/* ---- the transcript ---- */

/* commitment: A, plain form. */
static quorsum_status make_seed(uint8_t seed[QS_SEED_BYTES], const qs_context *context,
                                const quorsum_ciphertexts *ciphertexts, const mp_limb_t *commitment)
{
    const quorsum_public_key *key = ciphertexts->key;
    size_t bytes = key->ring->digits * key->ring->bytes;
    uint8_t *wire = malloc(bytes);
    qs_transcript transcript;

    if (wire == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_transcript_begin(&transcript, "pok-vector", context);
    qs_transcript_u64(&transcript, key->degree);
    qs_transcript_u64(&transcript, key->alpha_bits);
    qs_transcript_u64(&transcript, ciphertexts->count);
    qs_absorb_ciphertexts(&transcript, ciphertexts, wire);
    qs_ring_write(key->ring, wire, commitment);
    qs_transcript_bytes(&transcript, wire, bytes);
    qs_transcript_seed(&transcript, seed);
    free(wire);
    return QUORSUM_OK;
}

/* ---- making ---- */

typedef struct prover { /* everything lies in one secret block */
    const quorsum_public_key *key;
    const quorsum_ciphertexts *ciphertexts;
    const quorsum_plaintexts *plaintexts;
    const mp_limb_t *alpha;
    size_t w_limbs;
    mp_limb_t *block;
    mp_limb_t *z;      /* x, then z: plain */
    mp_limb_t *w;      /* y, then w: w_limbs */
    mp_limb_t *term;   /* width of ring, or w_limbs, or the random integer behind x */
    mp_limb_t *sum;    /* width of ring, then a sum for every digit of plain */
    mp_limb_t *rest;
} prover;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t mask_limbs(const quorsum_public_key *key) /* of the integer that x is reduced from */
{
    return key->plain->width + QS_SLACK / GMP_LIMB_BITS;
}

/* Of a sum of e_k times one digit of m_k: K is below 2^32. */
static size_t digit_sum_limbs(const quorsum_public_key *key)
{
    return key->plain->limbs + CHALLENGE_LIMBS + 1;
}

static quorsum_status prepare(prover *self)
{
    const quorsum_public_key *key = self->key;
    size_t sums = larger(key->ring->width, key->plain->digits * digit_sum_limbs(key));
    size_t term, rest;

    self->w_limbs = response_limbs(key, self->ciphertexts->count);
    term = larger(larger(key->ring->width, digit_sum_limbs(key)), larger(self->w_limbs, mask_limbs(key)));
    rest = larger(qs_power_scratch(key->ring), larger(qs_lift_scratch(key), qs_ring_scratch(key->ring)));
    rest = larger(rest, larger(qs_multiply_scratch(qs_alpha_limbs(key), CHALLENGE_LIMBS),
                               qs_multiply_scratch(key->plain->limbs, CHALLENGE_LIMBS)));
    self->block = qs_secret_block((key->plain->width + self->w_limbs + term + sums + rest) * sizeof *self->block);
    if (self->block == NULL)
        return QUORSUM_ERR_MEMORY;
    self->z = self->block;
    self->w = self->z + key->plain->width;
    self->term = self->w + self->w_limbs;
    self->sum = self->term + term;
    self->rest = self->sum + sums;
    return QUORSUM_OK;
}

/* x from 128 bits more than a plaintext has, y from exactly its bits; then A in `sum`. */
static void commit(prover *self)
{
    const quorsum_public_key *key = self->key;
    size_t bits = mask_bits(key, self->ciphertexts->count);
    size_t whole = bits / GMP_LIMB_BITS;

    qs_random_bytes(self->term, mask_limbs(key) * sizeof *self->term);
    qs_ring_reduce(key->plain, self->z, self->term, mask_limbs(key), self->rest);
    qs_random_bytes(self->w, self->w_limbs * sizeof *self->w);
    for (size_t i = whole; i < self->w_limbs; i++)
        self->w[i] &= i == whole ? ((mp_limb_t)1 << bits % GMP_LIMB_BITS) - 1 : 0;
    qs_power(key->ring, self->sum, key->h_s, self->w, bits, self->rest);
    qs_lift(key, self->term, self->z, self->rest);
    qs_ring_mul(key->ring, self->sum, self->sum, self->term, self->rest);
}

static void read_challenge(mp_limb_t e[CHALLENGE_LIMBS], const uint8_t seed[QS_SEED_BYTES], size_t k)
{
    uint8_t bytes[QS_CHALLENGE_BYTES];

    qs_seed_exponent(bytes, seed, k);
    (void)qs_limbs_from_bytes(e, CHALLENGE_LIMBS, bytes, sizeof bytes);
}

/* w += e alpha_k; 2^(bits of y) + K 2^(128 + alpha_bits) is below 2^(bits of y + 1), so nothing is carried out. */
static void add_exponent(prover *self, const mp_limb_t *e, size_t k)
{
    size_t limbs = qs_alpha_limbs(self->key);
    const mp_limb_t *alpha = self->alpha + k * limbs;
    mp_limb_t carry;

    QS_INVARIANT(limbs + CHALLENGE_LIMBS <= self->w_limbs);
    memset(self->term, 0, self->w_limbs * sizeof *self->term);
    qs_multiply(self->term, alpha, limbs, e, CHALLENGE_LIMBS, self->rest);
    carry = mpn_add_n(self->w, self->w, self->term, (mp_size_t)self->w_limbs);
    QS_INVARIANT(carry == 0);
    (void)carry;
}

/* The sums of e_k m_k, digit by digit of m_k, as integers. */
static void add_plaintext(prover *self, const mp_limb_t *e, size_t k)
{
    const qs_ring *plain = self->key->plain;
    mp_size_t limbs = (mp_size_t)(plain->limbs + CHALLENGE_LIMBS);

    for (unsigned i = 0; i < plain->digits; i++) {
        mp_limb_t *sum = self->sum + i * digit_sum_limbs(self->key);

        qs_multiply(self->term, self->plaintexts->value + k * plain->width + i * plain->limbs, plain->limbs, e,
                    CHALLENGE_LIMBS, self->rest);
        sum[limbs] += mpn_add_n(sum, sum, self->term, limbs);
    }
}

/* z = x + sum e_k m_k mod N^s: sum i is taken modulo N^s and moved up by i digits, where those at the top fall off. */
static void respond(prover *self, const uint8_t seed[QS_SEED_BYTES])
{
    const qs_ring *plain = self->key->plain;
    mp_limb_t e[CHALLENGE_LIMBS];

    memset(self->sum, 0, plain->digits * digit_sum_limbs(self->key) * sizeof *self->sum);
    for (size_t k = 0; k < self->ciphertexts->count; k++) {
        read_challenge(e, seed, k);
        add_plaintext(self, e, k);
        add_exponent(self, e, k);
    }
    for (unsigned i = 0; i < plain->digits; i++) {
        size_t shift = i * plain->limbs;

        qs_ring_reduce(plain, self->term, self->sum + i * digit_sum_limbs(self->key), digit_sum_limbs(self->key),
                       self->rest);
        memmove(self->term + shift, self->term, (plain->width - shift) * sizeof *self->term);
        memset(self->term, 0, shift * sizeof *self->term);
        qs_ring_add(plain, self->z, self->z, self->term, self->rest);
    }
}

static quorsum_status check_witness(const quorsum_encryptor *encryptor, const quorsum_ciphertexts *ciphertexts,
                                    const quorsum_plaintexts *plaintexts, const qs_secret *alpha)
{
    if (!qs_public_key_same(encryptor->key, ciphertexts->key) || !qs_public_key_same(encryptor->key, plaintexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (plaintexts->count != ciphertexts->count || alpha->limbs != ciphertexts->count * qs_alpha_limbs(encryptor->key))
        return QUORSUM_ERR_WIDTH;
    return QUORSUM_OK;
}

quorsum_status qs_knowledge_prove(uint8_t *out, const qs_context *context, const quorsum_encryptor *encryptor,
                                  const quorsum_ciphertexts *ciphertexts, const quorsum_plaintexts *plaintexts,
                                  const qs_secret *alpha, const quorsum_run *run)
{
    prover self = {.key = encryptor->key, .ciphertexts = ciphertexts, .plaintexts = plaintexts, .alpha = alpha->limb};
    const qs_ring *plain = self.key->plain;
    quorsum_status status = check_witness(encryptor, ciphertexts, plaintexts, alpha);

    (void)run; /* beside the encryptions before it, one pass over the vector is nothing */
    if (status == QUORSUM_OK)
        status = prepare(&self);
    if (status == QUORSUM_OK) {
        commit(&self);
        status = make_seed(out, context, ciphertexts, self.sum);
    }
    if (status == QUORSUM_OK) {
        respond(&self, out);
        qs_ring_write(plain, out + QS_SEED_BYTES, self.z);
        (void)qs_limbs_to_bytes(out + QS_SEED_BYTES + plain->digits * plain->bytes,
                                qs_knowledge_w_bytes(self.key, ciphertexts->count), self.w, self.w_limbs);
    }
    qs_secret_release(self.block);
    return status;
}

/* ---- checking ---- */

typedef struct verifier { /* all public */
    const quorsum_public_key *key;
    const quorsum_ciphertexts *ciphertexts;
    const uint8_t *proof;
    mp_limb_t *block;
    mp_limb_t *z;      /* plain */
    mp_limb_t *left;   /* (1+N)^z, then A */
    mp_limb_t *right;  /* h_s^(-w) prod c_k^(e_k), then its inverse */
    mp_limb_t *rest;
    uint8_t (*exponents)[QS_CHALLENGE_BYTES]; /* e_k, then the 128-bit digits of w */
} verifier;

static const uint8_t *response_at(const verifier *self)
{
    const qs_ring *plain = self->key->plain;

    return self->proof + QS_SEED_BYTES + plain->digits * plain->bytes;
}

static quorsum_status read_proof(verifier *self, size_t len)
{
    const quorsum_public_key *key = self->key;
    size_t count = self->ciphertexts->count;
    size_t expected = qs_knowledge_bytes(key, count);
    size_t spare = 8 * qs_knowledge_w_bytes(key, count) - response_bits(key, count);

    if (len != expected)
        return len < expected ? QUORSUM_ERR_TRUNCATED : QUORSUM_ERR_TRAILING;
    if (qs_ring_read(key->plain, self->z, self->proof + QS_SEED_BYTES) != 0)
        return QUORSUM_ERR_RANGE;
    return response_at(self)[0] >> (8 - spare) == 0 ? QUORSUM_OK : QUORSUM_ERR_RANGE;
}

static quorsum_status reserve(verifier *self)
{
    const qs_ring *ring = self->key->ring;
    size_t rest = larger(qs_lift_scratch(self->key), qs_ring_scratch(ring));
    size_t exponents = self->ciphertexts->count + qs_public_key_step_count(self->key);

    self->block = malloc((self->key->plain->width + 2 * ring->width + rest) * sizeof *self->block);
    self->exponents = calloc(exponents, sizeof *self->exponents);
    if (self->block == NULL || self->exponents == NULL)
        return QUORSUM_ERR_MEMORY;
    self->z = self->block;
    self->left = self->z + self->key->plain->width;
    self->right = self->left + ring->width;
    self->rest = self->right + ring->width;
    return QUORSUM_OK;
}

/* The 128-bit digits of w, lowest first; the last one may be short. */
static void cut_response(verifier *self)
{
    const uint8_t *w = response_at(self);
    size_t left = qs_knowledge_w_bytes(self->key, self->ciphertexts->count);
    uint8_t (*digit)[QS_CHALLENGE_BYTES] = self->exponents + self->ciphertexts->count;

    QS_INVARIANT(left <= qs_public_key_step_count(self->key) * QS_CHALLENGE_BYTES);
    for (; left > 0; digit++) {
        size_t bytes = left < QS_CHALLENGE_BYTES ? left : QS_CHALLENGE_BYTES;

        left -= bytes;
        memcpy(*digit + QS_CHALLENGE_BYTES - bytes, w + left, bytes);
    }
}

/* left = (1+N)^z h_s^w prod c_k^(-e_k), which is A if the proof is right. The power of h_s is among the products: by
 * itself it would cost as much as those of a hundred ciphertexts. */
static quorsum_status recompute(verifier *self, const quorsum_run *run)
{
    const quorsum_public_key *key = self->key;
    const qs_ring *ring = key->ring;
    size_t count = self->ciphertexts->count;
    const uint8_t (*exponents)[QS_CHALLENGE_BYTES] = (const uint8_t (*)[QS_CHALLENGE_BYTES])self->exponents;
    qs_terms steps = {qs_public_key_steps(key), ring->width, exponents + count, qs_public_key_step_count(key), NULL};
    qs_terms terms = {self->ciphertexts->value, ring->width, exponents, count, &steps};
    quorsum_status status;

    if (steps.bases == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t k = 0; k < count; k++)
        qs_seed_exponent(self->exponents[k], self->proof, k);
    cut_response(self);
    status = qs_multiexp_vartime(ring, self->right, &terms, 1, run);
    if (status == QUORSUM_OK && qs_ring_invert_vartime(ring, self->right, self->right) != 0)
        status = QUORSUM_ERR_PROOF;
    if (status != QUORSUM_OK)
        return status;
    qs_lift(key, self->left, self->z, self->rest);
    qs_ring_product_vartime(ring, self->left, self->left, self->right, self->rest);
    return QUORSUM_OK;
}

quorsum_status qs_knowledge_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                           const quorsum_public_key *key, const quorsum_ciphertexts *ciphertexts,
                                           const quorsum_run *run)
{
    verifier self = {.key = key, .ciphertexts = ciphertexts, .proof = proof};
    uint8_t seed[QS_SEED_BYTES];
    quorsum_status status;

    if (!qs_public_key_same(key, ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    status = reserve(&self);
    if (status == QUORSUM_OK)
        status = read_proof(&self, len);
    if (status == QUORSUM_OK)
        status = recompute(&self, run);
    if (status == QUORSUM_OK)
        status = make_seed(seed, context, ciphertexts, self.left);
    if (status == QUORSUM_OK && memcmp(seed, proof, sizeof seed) != 0)
        status = QUORSUM_ERR_PROOF;
    free(self.block);
    free(self.exponents);
    return status;
}
