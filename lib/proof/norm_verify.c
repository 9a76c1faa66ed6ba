/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking a norm proof: ranges first, then the first messages as they must have been, then their hash. Responses come
 * as z + 2^(b-1+128), which is not negative; where products of bases are raised to them, and where they are packed, the
 * offset is taken off in one piece. All public.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/base/bytes.h"
#include "lib/proof/norm.h"
#include "lib/proof/norm_inside.h"

typedef struct verifier {
    const quorsum_public_key *key;
    const qs_ring *root;
    const qs_norm_statement *statement;
    const quorsum_ciphertexts *ciphertexts;
    const uint8_t *proof;
    qs_norm_sizes sizes;
    qs_norm_bases bases;
    mpz_t e;
    mpz_t offset;       /* 2^(b-1+128) */
    mpz_t z_r;
    mpz_t z_t;
    mpz_t f;
    mp_limb_t *block;
    mp_limb_t *z;       /* n + 3 exponents, all with the offset: z_limbs each */
    mp_limb_t *w;
    mp_limb_t *packed;  /* plain, K of them */
    mp_limb_t *plain;   /* a_k */
    mp_limb_t *powers;  /* c_k^e, then their inverses */
    mp_limb_t *prefix;  /* as many elements of ring */
    mp_limb_t *v;       /* plain, as the next four; elements of root */
    mp_limb_t *c1;
    mp_limb_t *a;
    mp_limb_t *c0;
    mp_limb_t *product; /* Montgomery form, as the next three */
    mp_limb_t *all;
    mp_limb_t *v_form;
    mp_limb_t *c1_form;
    mp_limb_t *rest;
} verifier;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static quorsum_status reserve(verifier *self)
{
    const quorsum_public_key *key = self->key;
    size_t count = self->statement->count;
    size_t terms = self->sizes.values + QS_NORM_SQUARES;
    size_t rest = larger(qs_ring_scratch(key->ring) + key->ring->width,
                         qs_norm_pack_scratch(key, self->sizes.z_limbs) + key->plain->width + self->sizes.z_limbs);
    mp_limb_t *at = calloc(terms * self->sizes.z_limbs + count * self->sizes.w_limbs + count * key->plain->width +
                           3 * count * key->ring->width + 8 * self->root->width + rest, sizeof *at);

    self->block = at;
    if (at == NULL)
        return QUORSUM_ERR_MEMORY;
    self->z = at;
    self->w = self->z + terms * self->sizes.z_limbs;
    self->packed = self->w + count * self->sizes.w_limbs;
    self->plain = self->packed + count * key->plain->width;
    self->powers = self->plain + count * key->ring->width;
    self->prefix = self->powers + count * key->ring->width;
    self->v = self->prefix + count * key->ring->width;
    self->c1 = self->v + self->root->width;
    self->a = self->c1 + self->root->width;
    self->c0 = self->a + self->root->width;
    self->product = self->c0 + self->root->width;
    self->all = self->product + self->root->width;
    self->v_form = self->all + self->root->width;
    self->c1_form = self->v_form + self->root->width;
    self->rest = self->c1_form + self->root->width;
    return QUORSUM_OK;
}

/* ---- reading ---- */

static void import(mpz_t out, const uint8_t *in, size_t len)
{
    mpz_import(out, len, 1, 1, 1, 0, in);
}

/* V and C1 are units: one product tells for both. */
static quorsum_status read_commitments(verifier *self)
{
    size_t first;

    if (qs_ring_read(self->root, self->v, self->proof) != 0 ||
        qs_ring_read(self->root, self->c1, self->proof + self->root->bytes) != 0)
        return QUORSUM_ERR_RANGE;
    if (!qs_ring_units_vartime(self->root, self->v, self->root->width, 2, &first, self->rest))
        return QUORSUM_ERR_NOT_UNIT;
    qs_ring_enter(self->root, self->v_form, self->v, self->rest);
    qs_ring_enter(self->root, self->c1_form, self->c1, self->rest);
    return QUORSUM_OK;
}

/* z + offset < 2^(b+mu+1) + offset. The sum of the squares of z goes into f, with its sign and weight. */
static quorsum_status read_values(verifier *self)
{
    const qs_norm_sizes *sizes = &self->sizes;
    quorsum_status status = QUORSUM_OK;
    mpz_t z, sum;

    mpz_inits(z, sum, NULL);
    for (size_t i = 0; i < sizes->values && status == QUORSUM_OK; i++) {
        const uint8_t *bytes = self->proof + sizes->z + i * sizes->z_bytes;

        import(z, bytes, sizes->z_bytes);
        mpz_sub(z, z, self->offset);
        if (mpz_sgn(z) > 0 && mpz_sizeinbase(z, 2) > sizes->mask_bits + 1)
            status = QUORSUM_ERR_RANGE;
        else
            (void)qs_limbs_from_bytes(self->z + i * sizes->z_limbs, sizes->z_limbs, bytes, sizes->z_bytes);
        mpz_addmul(sum, z, z);
    }
    mpz_submul_ui(self->f, sum, 4);
    mpz_clears(z, sum, NULL);
    return status;
}

static quorsum_status read_squares(verifier *self)
{
    const qs_norm_sizes *sizes = &self->sizes;
    quorsum_status status = QUORSUM_OK;
    mpz_t z;

    mpz_init(z);
    for (size_t k = 0; k < QS_NORM_SQUARES && status == QUORSUM_OK; k++) {
        mp_limb_t *exponent = self->z + (sizes->values + k) * sizes->z_limbs;

        import(z, self->proof + sizes->y + k * sizes->y_bytes, sizes->y_bytes);
        if (mpz_sizeinbase(z, 2) > sizes->mask_bits + 1)
            status = QUORSUM_ERR_RANGE;
        mpz_submul(self->f, z, z);
        mpz_add(z, z, self->offset);
        if (status == QUORSUM_OK)
            mpn_copyi(exponent, mpz_limbs_read(z), (mp_size_t)mpz_size(z));
    }
    mpz_clear(z);
    return status;
}

/* Below N 2^385. */
static quorsum_status read_exponent(const verifier *self, mpz_t out, size_t at)
{
    quorsum_status status;
    mpz_t top;

    mpz_init(top);
    import(out, self->proof + at, self->sizes.r_bytes);
    mpz_fdiv_q_2exp(top, out, QS_CHALLENGE_BITS + 2 * QS_SLACK + 1);
    status = mpz_cmp(top, self->key->n) < 0 ? QUORSUM_OK : QUORSUM_ERR_RANGE;
    mpz_clear(top);
    return status;
}

static quorsum_status read_randomisers(verifier *self)
{
    const qs_norm_sizes *sizes = &self->sizes;
    size_t spare = 8 * sizes->w_bytes - (sizes->alpha_mask_bits + 1);

    for (size_t k = 0; k < self->statement->count; k++) {
        const uint8_t *bytes = self->proof + sizes->w + k * sizes->w_bytes;

        if (bytes[0] >> (8 - spare) != 0)
            return QUORSUM_ERR_RANGE;
        (void)qs_limbs_from_bytes(self->w + k * sizes->w_limbs, sizes->w_limbs, bytes, sizes->w_bytes);
    }
    return QUORSUM_OK;
}

/* f = 4 (e^2 B2 - sum z_i^2) + e^2 - sum z_(y,k)^2, begun here. */
static void begin_f(verifier *self)
{
    uint8_t bytes[16];

    import(self->e, self->proof + self->sizes.e, QS_CHALLENGE_BYTES);
    mpz_setbit(self->offset, self->sizes.b - 1 + QS_CHALLENGE_BITS);
    qs_store64(bytes, (uint64_t)(self->statement->norm_squared >> 64));
    qs_store64(bytes + 8, (uint64_t)self->statement->norm_squared);
    import(self->f, bytes, sizeof bytes);
    mpz_mul_ui(self->f, self->f, 4);
    mpz_add_ui(self->f, self->f, 1);
    mpz_mul(self->f, self->f, self->e);
    mpz_mul(self->f, self->f, self->e);
}

static quorsum_status read_proof(verifier *self, size_t len)
{
    quorsum_status status;

    if (len != self->sizes.all)
        return len < self->sizes.all ? QUORSUM_ERR_TRUNCATED : QUORSUM_ERR_TRAILING;
    begin_f(self);
    status = read_commitments(self);
    if (status == QUORSUM_OK)
        status = read_values(self);
    if (status == QUORSUM_OK)
        status = read_squares(self);
    if (status == QUORSUM_OK)
        status = read_exponent(self, self->z_r, self->sizes.r);
    if (status == QUORSUM_OK)
        status = read_exponent(self, self->z_t, self->sizes.t);
    if (status == QUORSUM_OK)
        status = read_randomisers(self);
    return status;
}

/* ---- first messages ---- */

/* out, plain = (factor prod bases[i]^exponents[i])^2, factor in Montgomery form or NULL. */
static quorsum_status square_product(const verifier *self, mp_limb_t *out, const mp_limb_t *factor,
                                     const mp_limb_t *const *bases, const mpz_t *exponents, size_t count)
{
    quorsum_status status = qs_power_joint_vartime(self->root, out, bases, exponents, count);

    if (status == QUORSUM_ERR_NOT_UNIT)
        status = QUORSUM_ERR_MODULUS_FACTOR; /* V and C1 are units: it is one of the hashed bases */
    if (status != QUORSUM_OK)
        return status;
    if (factor != NULL)
        qs_ring_mul(self->root, out, out, factor, self->rest);
    qs_ring_sqr(self->root, out, out, self->rest);
    qs_ring_leave(self->root, out, out, self->rest);
    return QUORSUM_OK;
}

/* A = (prod gamma^(z) eta^(z_r) V^(-e))^2 */
static quorsum_status recompute_vector(verifier *self, const quorsum_run *run)
{
    qs_exponents exponents = {self->z, self->sizes.z_limbs, self->sizes.mask_bits + 2};
    qs_bases bases = qs_norm_bases_all(&self->bases);
    const mp_limb_t *few[3] = {self->bases.eta, self->v_form, self->all};
    quorsum_status status = qs_products(self->root, self->product, self->all, &bases, &exponents, 1, run);
    mpz_t signs[3];

    mpz_init_set(signs[0], self->z_r);
    mpz_init(signs[1]);
    mpz_neg(signs[1], self->e);
    mpz_init(signs[2]);
    mpz_neg(signs[2], self->offset);
    if (status == QUORSUM_OK)
        status = square_product(self, self->a, self->product, few, (const mpz_t *)signs, 3);
    for (size_t i = 0; i < 3; i++)
        mpz_clear(signs[i]);
    return status;
}

/* C0 = (gamma_F^F eta^(z_t) C1^(-e))^2 */
static quorsum_status recompute_norm(verifier *self)
{
    const mp_limb_t *bases[3] = {self->bases.gamma_f, self->bases.eta, self->c1_form};
    mpz_t exponents[3];
    quorsum_status status;

    mpz_init_set(exponents[0], self->f);
    mpz_init_set(exponents[1], self->z_t);
    mpz_init(exponents[2]);
    mpz_neg(exponents[2], self->e);
    status = square_product(self, self->c0, NULL, bases, (const mpz_t *)exponents, 3);
    for (size_t i = 0; i < 3; i++)
        mpz_clear(exponents[i]);
    return status;
}

/* The packed z_k: those with the offset, less the packed offset. */
static void pack_responses(const verifier *self)
{
    const qs_ring *plain = self->key->plain;
    size_t limbs = self->sizes.z_limbs;
    const mp_limb_t *z = self->z;
    mp_limb_t *offsets = self->rest;
    mp_limb_t *offset = offsets + plain->width;
    mp_limb_t *rest = offset + limbs;

    memset(offset, 0, limbs * sizeof *offset);
    mpn_copyi(offset, mpz_limbs_read(self->offset), (mp_size_t)mpz_size(self->offset));
    for (size_t k = 0; k < self->statement->count; k++) {
        mp_limb_t *packed = self->packed + k * plain->width;
        size_t slots = self->statement->slots[k];

        qs_norm_pack(self->key, packed, z, limbs, limbs, slots, self->statement->slot_bits, rest);
        qs_norm_pack(self->key, offsets, offset, limbs, 0, slots, self->statement->slot_bits, rest);
        qs_ring_sub(plain, packed, packed, offsets, rest);
        z += slots * limbs;
    }
}

/* a_k = (1+N)^(packed z) h_s^(w_k) c_k^(-e) */
static quorsum_status recompute_plain(const verifier *self, const quorsum_run *run)
{
    const qs_ring *ring = self->key->ring;
    size_t count = self->statement->count;
    quorsum_status status;

    pack_responses(self);
    status = qs_norm_blind(self->key, self->plain, self->packed, self->w, self->sizes.alpha_mask_bits + 1, count, run);
    if (status == QUORSUM_OK)
        status = qs_norm_raise_vartime(self->powers, self->ciphertexts, self->e, run);
    if (status == QUORSUM_OK && qs_ring_invert_all_vartime(ring, self->powers, count, self->prefix, self->rest) != 0)
        status = QUORSUM_ERR_NOT_UNIT;
    for (size_t k = 0; k < count && status == QUORSUM_OK; k++)
        qs_ring_product_vartime(ring, self->plain + k * ring->width, self->plain + k * ring->width,
                                self->powers + k * ring->width, self->rest);
    return status;
}

static quorsum_status recompute(verifier *self, const qs_context *context, const quorsum_run *run)
{
    qs_norm_messages messages = {self->v, self->a, self->plain, self->c1, self->c0};
    uint8_t e[QS_CHALLENGE_BYTES];
    quorsum_status status = qs_norm_bases_init(&self->bases, self->key, self->sizes.values);

    if (status == QUORSUM_OK)
        status = recompute_vector(self, run);
    if (status == QUORSUM_OK)
        status = recompute_norm(self);
    if (status == QUORSUM_OK)
        status = recompute_plain(self, run);
    if (status == QUORSUM_OK)
        status = qs_norm_challenge(e, context, self->statement, &self->sizes, self->ciphertexts, &messages);
    if (status == QUORSUM_OK && memcmp(e, self->proof + self->sizes.e, sizeof e) != 0)
        status = QUORSUM_ERR_PROOF;
    return status;
}

quorsum_status qs_norm_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                      const qs_norm_statement *statement, const quorsum_ciphertexts *ciphertexts,
                                      const quorsum_run *run)
{
    verifier self = {.key = statement->key, .root = statement->key->root, .statement = statement,
                     .ciphertexts = ciphertexts, .proof = proof};
    quorsum_status status;

    if (!qs_public_key_same(statement->key, ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (statement->count != ciphertexts->count)
        return QUORSUM_ERR_WIDTH;
    status = qs_norm_measure(&self.sizes, statement);
    if (status != QUORSUM_OK)
        return status;
    mpz_inits(self.e, self.offset, self.z_r, self.z_t, self.f, NULL);
    status = reserve(&self);
    if (status == QUORSUM_OK)
        status = read_proof(&self, len);
    if (status == QUORSUM_OK)
        status = recompute(&self, context, run);
    qs_norm_bases_clear(&self.bases);
    mpz_clears(self.e, self.offset, self.z_r, self.z_t, self.f, NULL);
    free(self.block);
    return status;
}
