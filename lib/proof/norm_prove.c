/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a norm proof. The vector, the three squares, all masks and whatever is computed from them lie in one guarded
 * block and meet no branch; revealed is whether the vector is short enough, and how often three squares are searched.
 *
 * Commitments are to x_i + 2^(b-1) and y_k + 2^(b-1), which are not negative; the product of all bases to the power
 * -2^(b-1), public, mends that.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/mask.h"
#include "lib/arith/multiply.h"
#include "lib/base/bytes.h"
#include "lib/base/invariant.h"
#include "lib/base/random.h"
#include "lib/proof/norm.h"
#include "lib/proof/norm_inside.h"

#define SLACK_LIMBS (QS_SLACK / GMP_LIMB_BITS)

typedef struct prover {
    const quorsum_public_key *key;
    const qs_ring *root;
    const qs_norm_statement *statement;
    const mp_limb_t *alpha;
    qs_norm_sizes sizes;
    qs_norm_bases bases;
    size_t terms;       /* n + 3 */
    mp_limb_t *block;   /* secret, as everything down to rest */
    qs_wide *left;      /* B2 - sum x_i^2 */
    uint64_t *y;        /* the three squares' roots */
    mp_limb_t *x;       /* x_i + 2^(b-1), y_k + 2^(b-1): QS_NORM_VALUE_LIMBS each */
    mp_limb_t *m;       /* their masks, then responses: z_limbs each */
    mp_limb_t *r;       /* r, R, r1, r0: r_limbs each; R becomes z_r and r0 z_t */
    mp_limb_t *w;       /* y'_k, then w_k: w_limbs each */
    mp_limb_t *packed;  /* plain, K of them */
    mp_limb_t *product; /* two elements of root */
    mp_limb_t *power;   /* two elements of root */
    mp_limb_t *f1;      /* 2^(sign bits) - F1 */
    mp_limb_t *f0;      /* -F0 */
    mp_limb_t *term;    /* e times what is masked */
    mp_limb_t *rest;
    mp_limb_t *open;    /* public: elements of root, then a_k */
    mp_limb_t *all;     /* product of all bases, then its power by -2^(b-1); Montgomery form */
    mp_limb_t *v;       /* plain, as those below */
    mp_limb_t *a;
    mp_limb_t *c1;
    mp_limb_t *c0;
    mp_limb_t *plain;   /* a_1 .. a_K */
} prover;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- the vector and its norm ---- */

/* Order-preserving: signed comparisons become unsigned ones, which the compiler turns into a borrow. */
static uint64_t ordered(int64_t value)
{
    return (uint64_t)value ^ (uint64_t)1 << 63;
}

/* All ones if x <= y */
static uint64_t at_most(qs_wide x, qs_wide y)
{
    return (uint64_t)qs_mask((mp_limb_t)(1 ^ (mp_limb_t)((y - x) >> 127))); /* both below 2^127 */
}

/* B2 - sum x^2, if it is not negative. Once a sum has gone beyond B2 it does not matter what becomes of it. */
static quorsum_status find_rest(qs_wide *rest, const prover *self, const int64_t *values)
{
    qs_wide bound = self->statement->norm_squared;
    uint64_t high = ordered((int64_t)(((uint64_t)1 << (self->sizes.b - 1)) - 1));
    uint64_t low = ordered(-(int64_t)((uint64_t)1 << (self->sizes.b - 1)));
    uint64_t good = ~(uint64_t)0;

    *rest = bound;
    for (size_t i = 0; i < self->sizes.values; i++) {
        uint64_t inside = at_most(ordered(values[i]), high) & at_most(low, ordered(values[i]));
        uint64_t x = (uint64_t)values[i] & inside; /* |x| <= 2^62: its square is below 2^127 */
        uint64_t magnitude = (x ^ (0 - (x >> 63))) + (x >> 63);
        qs_wide square = (qs_wide)magnitude * magnitude;

        good &= inside & at_most(square, *rest);
        *rest = (*rest - square) & (((qs_wide)1 << 127) - 1);
    }
    return qs_reveal(good & 1) ? QUORSUM_OK : QUORSUM_ERR_NORM;
}

static void store_value(mp_limb_t *out, uint64_t value)
{
    for (size_t i = 0; i < QS_NORM_VALUE_LIMBS; i++)
        out[i] = (mp_limb_t)(value >> (i * GMP_LIMB_BITS % 64));
}

static void take_vector(const prover *self, const int64_t *values)
{
    uint64_t offset = (uint64_t)1 << (self->sizes.b - 1);

    for (size_t i = 0; i < self->sizes.values; i++)
        store_value(self->x + i * QS_NORM_VALUE_LIMBS, (uint64_t)values[i] + offset);
    for (size_t k = 0; k < QS_NORM_SQUARES; k++)
        store_value(self->x + (self->sizes.values + k) * QS_NORM_VALUE_LIMBS, self->y[k] + offset);
}

/* ---- working space ---- */

static size_t rest_limbs(const prover *self)
{
    const quorsum_public_key *key = self->key;
    size_t rest = larger(qs_power_scratch(self->root), qs_norm_pack_scratch(key, self->sizes.z_limbs));

    rest = larger(rest, qs_multiply_scratch(self->sizes.r_limbs, QS_CHALLENGE_LIMBS));
    rest = larger(rest, qs_multiply_scratch(qs_alpha_limbs(key), QS_CHALLENGE_LIMBS));
    rest = larger(rest, qs_multiply_scratch(QS_NORM_VALUE_LIMBS, QS_CHALLENGE_LIMBS));
    return larger(rest, qs_norm_sums_scratch(&self->sizes));
}

static quorsum_status reserve_secret(prover *self)
{
    const qs_norm_sizes *sizes = &self->sizes;
    size_t y = (2 + QS_NORM_SQUARES) * QS_NORM_VALUE_LIMBS;
    size_t packed = self->statement->count * self->key->plain->width;
    size_t w = self->statement->count * sizes->w_limbs;
    size_t sum = qs_norm_sum_limbs(sizes);
    size_t term = larger(larger(sizes->z_limbs, sizes->w_limbs), sizes->r_limbs) + QS_CHALLENGE_LIMBS;
    size_t limbs = y + self->terms * (QS_NORM_VALUE_LIMBS + sizes->z_limbs) + 4 * sizes->r_limbs + w + packed +
                   4 * self->root->width + 2 * sum + term + rest_limbs(self);

    self->block = qs_secret_block(limbs * sizeof *self->block);
    if (self->block == NULL)
        return QUORSUM_ERR_MEMORY;
    self->left = (qs_wide *)(void *)self->block;
    self->y = (uint64_t *)(self->left + 1);
    self->x = self->block + y;
    self->m = self->x + self->terms * QS_NORM_VALUE_LIMBS;
    self->r = self->m + self->terms * sizes->z_limbs;
    self->w = self->r + 4 * sizes->r_limbs;
    self->packed = self->w + w;
    self->product = self->packed + packed;
    self->power = self->product + 2 * self->root->width;
    self->f1 = self->power + 2 * self->root->width;
    self->f0 = self->f1 + sum;
    self->term = self->f0 + sum;
    self->rest = self->term + term;
    return QUORSUM_OK;
}

static quorsum_status reserve(prover *self)
{
    size_t word = self->root->width;

    self->terms = self->sizes.values + QS_NORM_SQUARES;
    self->open = calloc(5 * word + self->statement->count * self->key->ring->width, sizeof *self->open);
    if (self->open == NULL)
        return QUORSUM_ERR_MEMORY;
    self->all = self->open;
    self->v = self->all + word;
    self->a = self->v + word;
    self->c1 = self->a + word;
    self->c0 = self->c1 + word;
    self->plain = self->c0 + word;
    return reserve_secret(self);
}

/* ---- masks ---- */

/* `count` numbers of exactly `bits` random bits, `limbs` limbs each. */
static void draw(mp_limb_t *out, size_t limbs, size_t bits, size_t count)
{
    size_t whole = bits / GMP_LIMB_BITS;

    qs_random_bytes(out, count * limbs * sizeof *out);
    for (size_t i = 0; i < count; i++)
        for (size_t j = whole; j < limbs; j++)
            out[i * limbs + j] &= j == whole ? ((mp_limb_t)1 << bits % GMP_LIMB_BITS) - 1 : 0;
}

/* Uniform below N 2^(128 slack): a residue, from 128 bits more than it has, before so many random limbs. */
static void draw_exponent(const prover *self, mp_limb_t *out, size_t slack)
{
    const qs_ring *root = self->root;
    size_t low = slack * SLACK_LIMBS;

    qs_random_bytes(self->term, (root->limbs + SLACK_LIMBS) * sizeof *self->term);
    memset(out, 0, self->sizes.r_limbs * sizeof *out);
    qs_ring_reduce(root, out + low, self->term, root->limbs + SLACK_LIMBS, self->rest);
    qs_random_bytes(out, low * sizeof *out);
}

static mp_limb_t *exponent_at(const prover *self, size_t i) /* r, R, r1, r0 */
{
    return self->r + i * self->sizes.r_limbs;
}

static void draw_all(const prover *self)
{
    draw(self->m, self->sizes.z_limbs, self->sizes.mask_bits, self->terms);
    draw(self->w, self->sizes.w_limbs, self->sizes.alpha_mask_bits, self->statement->count);
    draw_exponent(self, exponent_at(self, 0), 1);
    draw_exponent(self, exponent_at(self, 1), 3);
    draw_exponent(self, exponent_at(self, 2), 1);
    draw_exponent(self, exponent_at(self, 3), 3);
}

/* ---- first messages ---- */

/* element (Montgomery form) times eta^exponent, slack as it was drawn; spoils power. */
static void blind(const prover *self, mp_limb_t *element, size_t exponent, size_t slack)
{
    qs_power(self->root, self->power, self->bases.eta, exponent_at(self, exponent),
             self->root->bits + slack * QS_SLACK, self->rest);
    qs_ring_mul(self->root, element, element, self->power, self->rest);
}

/* out, plain: the element or its negative; spoils power. */
static void publish_signed(const prover *self, mp_limb_t *out, const mp_limb_t *element)
{
    const qs_ring *root = self->root;

    memset(self->power, 0, root->width * sizeof *self->power);
    qs_ring_sub(root, self->power, self->power, element, self->rest);
    qs_random_bytes(self->term, sizeof *self->term);
    qs_ring_select(root, self->power, element, self->power, self->term[0] & 1);
    qs_ring_leave(root, out, self->power, self->rest);
}

static void publish_square(const prover *self, mp_limb_t *out, mp_limb_t *element)
{
    qs_ring_sqr(self->root, element, element, self->rest);
    qs_ring_leave(self->root, out, element, self->rest);
}

/* all <- all^(-2^(b-1)), public */
static quorsum_status mend_offset(const prover *self)
{
    const qs_ring *root = self->root;

    for (size_t i = 1; i < self->sizes.b; i++)
        qs_ring_sqr(root, self->all, self->all, self->rest);
    qs_ring_leave(root, self->all, self->all, self->rest);
    if (qs_ring_invert_vartime(root, self->all, self->all) != 0)
        return QUORSUM_ERR_MODULUS_FACTOR;
    qs_ring_enter(root, self->all, self->all, self->rest);
    return QUORSUM_OK;
}

/* V and A, by one pass over the bases. */
static quorsum_status commit_vector(const prover *self, const quorsum_run *run)
{
    const qs_norm_sizes *sizes = &self->sizes;
    qs_exponents exponents[2] = {{self->x, QS_NORM_VALUE_LIMBS, sizes->b + 1},
                                 {self->m, sizes->z_limbs, sizes->mask_bits}};
    qs_bases bases = qs_norm_bases_all(&self->bases);
    mp_limb_t *a = self->product + self->root->width;
    quorsum_status status = qs_products(self->root, self->product, self->all, &bases, exponents, 2, run);

    if (status == QUORSUM_OK)
        status = mend_offset(self);
    if (status != QUORSUM_OK)
        return status;
    qs_ring_mul(self->root, self->product, self->product, self->all, self->rest);
    blind(self, self->product, 0, 1);
    publish_signed(self, self->v, self->product);
    blind(self, a, 1, 3);
    publish_square(self, self->a, a);
    return QUORSUM_OK;
}

/* C1 = +- gamma_F^(F1) eta^(r1), C0 = (gamma_F^(F0) eta^(r0))^2. Both F are negated; F1's offset is public. */
static void commit_norm(const prover *self)
{
    const qs_ring *root = self->root;
    qs_norm_witness witness = {&self->sizes, self->x, self->m};
    mp_limb_t *c1 = self->product;
    mp_limb_t *c0 = c1 + root->width;
    mp_limb_t *offset = self->power;

    qs_norm_sums(self->f1, self->f0, &witness, self->rest);
    qs_power(root, c1, self->bases.gamma_f_inverse, self->f1, qs_norm_sign_bits(&self->sizes) + 1, self->rest);
    qs_power(root, c0, self->bases.gamma_f_inverse, self->f0, qs_norm_f0_bits(&self->sizes), self->rest);
    memcpy(offset, self->bases.gamma_f, root->width * sizeof *offset);
    for (size_t i = 0; i < qs_norm_sign_bits(&self->sizes); i++)
        qs_ring_sqr(root, offset, offset, self->rest);
    qs_ring_mul(root, c1, c1, offset, self->rest);
    blind(self, c1, 2, 1);
    publish_signed(self, self->c1, c1);
    blind(self, c0, 3, 3);
    publish_square(self, self->c0, c0);
}

static quorsum_status encrypt_masks(const prover *self, const quorsum_run *run)
{
    const mp_limb_t *m = self->m;
    size_t limbs = self->sizes.z_limbs;

    for (size_t k = 0; k < self->statement->count; k++) {
        qs_norm_pack(self->key, self->packed + k * self->key->plain->width, m, limbs, limbs, self->statement->slots[k],
                     self->statement->slot_bits, self->rest);
        m += self->statement->slots[k] * limbs;
    }
    return qs_norm_blind(self->key, self->plain, self->packed, self->w, self->sizes.alpha_mask_bits + 1,
                         self->statement->count, run);
}

/* ---- responses ---- */

/* mask (limbs) += e x (count limbs) */
static void respond(const prover *self, mp_limb_t *mask, size_t limbs, const mp_limb_t *x, size_t count,
                    const mp_limb_t *e)
{
    size_t length = count + QS_CHALLENGE_LIMBS;
    mp_limb_t carry = 0;

    memset(self->term, 0, larger(limbs, length) * sizeof *self->term);
    qs_multiply(self->term, x, count, e, QS_CHALLENGE_LIMBS, self->rest);
    for (size_t i = limbs; i < length; i++)
        carry |= self->term[i];
    carry |= mpn_add_n(mask, mask, self->term, (mp_size_t)limbs);
    QS_INVARIANT(carry == 0);
    (void)carry;
}

/* 2^(b-1) (2^128 - e): what turns m + e (x + 2^(b-1)) into z + 2^(b-1+128). Public. */
static void make_offset(const prover *self, mp_limb_t *out, const mp_limb_t *e)
{
    mp_size_t limbs = (mp_size_t)self->sizes.z_limbs;

    memset(out, 0, self->sizes.z_limbs * sizeof *out);
    memcpy(out, e, QS_CHALLENGE_LIMBS * sizeof *out);
    (void)mpn_neg(out, out, QS_CHALLENGE_LIMBS);
    out[QS_CHALLENGE_LIMBS] = (mp_limb_t)mpn_zero_p(e, QS_CHALLENGE_LIMBS);
    qs_norm_shift(out, (size_t)limbs, self->sizes.b - 1);
}

/* z_i with the offset, and z_(y,k). */
static int write_values(const prover *self, uint8_t *out, const mp_limb_t *e)
{
    const qs_norm_sizes *sizes = &self->sizes;
    mp_limb_t *offset = self->f0; /* which has done its work */
    size_t limbs = sizes->z_limbs;
    int misfit = 0;

    make_offset(self, offset, e);
    for (size_t i = 0; i < sizes->values; i++) {
        mp_limb_t *z = self->m + i * limbs;

        respond(self, z, limbs, self->x + i * QS_NORM_VALUE_LIMBS, QS_NORM_VALUE_LIMBS, e);
        (void)mpn_add_n(z, z, offset, (mp_size_t)limbs);
        misfit |= qs_limbs_to_bytes(out + sizes->z + i * sizes->z_bytes, sizes->z_bytes, z, limbs);
    }
    for (size_t k = 0; k < QS_NORM_SQUARES; k++) {
        mp_limb_t *z = self->m + (sizes->values + k) * limbs;
        mp_limb_t *y = self->x + (sizes->values + k) * QS_NORM_VALUE_LIMBS;

        store_value(y, self->y[k]);
        respond(self, z, limbs, y, QS_NORM_VALUE_LIMBS, e);
        misfit |= qs_limbs_to_bytes(out + sizes->y + k * sizes->y_bytes, sizes->y_bytes, z, limbs);
    }
    return misfit;
}

/* z_r and z_t: the mask follows its exponent, r before R and r1 before r0. */
static int write_exponent(const prover *self, uint8_t *out, size_t exponent, const mp_limb_t *e)
{
    mp_limb_t *z = exponent_at(self, exponent + 1);

    respond(self, z, self->sizes.r_limbs, exponent_at(self, exponent), self->sizes.r_limbs, e);
    return qs_limbs_to_bytes(out, self->sizes.r_bytes, z, self->sizes.r_limbs);
}

static void write_responses(const prover *self, uint8_t *out, const mp_limb_t *e)
{
    const qs_norm_sizes *sizes = &self->sizes;
    size_t alpha_limbs = qs_alpha_limbs(self->key);
    int misfit = write_values(self, out, e);

    misfit |= write_exponent(self, out + sizes->r, 0, e);
    misfit |= write_exponent(self, out + sizes->t, 2, e);
    for (size_t k = 0; k < self->statement->count; k++) {
        mp_limb_t *w = self->w + k * sizes->w_limbs;

        respond(self, w, sizes->w_limbs, self->alpha + k * alpha_limbs, alpha_limbs, e);
        misfit |= qs_limbs_to_bytes(out + sizes->w + k * sizes->w_bytes, sizes->w_bytes, w, sizes->w_limbs);
    }
    QS_INVARIANT(misfit == 0);
    (void)misfit;
}

static quorsum_status finish(const prover *self, uint8_t *out, const qs_context *context,
                             const quorsum_ciphertexts *ciphertexts)
{
    qs_norm_messages messages = {self->v, self->a, self->plain, self->c1, self->c0};
    mp_limb_t e[QS_CHALLENGE_LIMBS];
    quorsum_status status = qs_norm_challenge(out + self->sizes.e, context, self->statement, &self->sizes, ciphertexts,
                                              &messages);

    if (status != QUORSUM_OK)
        return status;
    qs_ring_write(self->root, out, self->v);
    qs_ring_write(self->root, out + self->root->bytes, self->c1);
    (void)qs_limbs_from_bytes(e, QS_CHALLENGE_LIMBS, out + self->sizes.e, QS_CHALLENGE_BYTES);
    write_responses(self, out, e);
    return QUORSUM_OK;
}

/* ---- all of it ---- */

static quorsum_status check_witness(const quorsum_encryptor *encryptor, const qs_norm_statement *statement,
                                    const quorsum_ciphertexts *ciphertexts, const qs_secret *alpha)
{
    if (!qs_public_key_same(encryptor->key, statement->key) || !qs_public_key_same(encryptor->key, ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (statement->count != ciphertexts->count || alpha->limbs != ciphertexts->count * qs_alpha_limbs(encryptor->key))
        return QUORSUM_ERR_WIDTH;
    return QUORSUM_OK;
}

/* The norm, three squares for what is left of its bound, and then all else. */
static quorsum_status open_witness(prover *self, const int64_t *values)
{
    unsigned bits = (unsigned)(2 * self->sizes.b); /* of 4 B2 + 1, as B2 has two less at most */
    quorsum_status status = find_rest(self->left, self, values);

    if (status == QUORSUM_OK)
        status = qs_three_squares(self->y, 4 * *self->left + 1, bits);
    if (status == QUORSUM_OK)
        take_vector(self, values);
    return status;
}

quorsum_status qs_norm_prove(uint8_t *out, const qs_context *context, const quorsum_encryptor *encryptor,
                             const qs_norm_statement *statement, const quorsum_ciphertexts *ciphertexts,
                             const int64_t *values, const qs_secret *alpha, const quorsum_run *run)
{
    prover self = {.key = statement->key, .root = statement->key->root, .statement = statement, .alpha = alpha->limb};
    quorsum_status status = check_witness(encryptor, statement, ciphertexts, alpha);

    if (status == QUORSUM_OK)
        status = qs_norm_measure(&self.sizes, statement);
    if (status == QUORSUM_OK)
        status = reserve(&self);
    if (status == QUORSUM_OK)
        status = open_witness(&self, values);
    if (status == QUORSUM_OK)
        status = qs_norm_bases_init(&self.bases, self.key, self.sizes.values);
    if (status == QUORSUM_OK) {
        draw_all(&self);
        status = commit_vector(&self, run);
    }
    if (status == QUORSUM_OK)
        status = encrypt_masks(&self, run);
    if (status == QUORSUM_OK) {
        commit_norm(&self);
        status = finish(&self, out, context, ciphertexts);
    }
    qs_norm_bases_clear(&self.bases);
    free(self.open);
    qs_secret_release(self.block);
    return status;
}
