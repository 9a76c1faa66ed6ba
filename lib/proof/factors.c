/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two factors, both large. Why every response fits its bound, with p, q < 2^h or the proof's maker cheats:
 *
 *     z1 < 2^(h + 256) + 2^128 2^h < 2^(h + 257)            alpha hides e p within 2^-128
 *     w1 < M 2^384 + 2^128 M 2^128 < M 2^385                 x hides e mu within 2^-128
 *     u  < rho < M 2^(h + 384), u > -2^128 M 2^128 2^h       rho hides e nu p within 2^-128
 *
 * so u is negative for one in 2^128 proofs; it is written as if it could be, without a look at its sign.
 */
#include "lib/proof/factors.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/mask.h"
#include "lib/arith/multiply.h"
#include "lib/base/bytes.h"
#include "lib/base/invariant.h"
#include "lib/base/random.h"
#include "lib/proof/rsa_2048.h"

#define CHALLENGE_BITS (8 * QS_CHALLENGE_BYTES)
#define CHALLENGE_LIMBS ((QS_CHALLENGE_BYTES + sizeof(mp_limb_t) - 1) / sizeof(mp_limb_t))
#define WORD QS_RSA_2048_BYTES
#define HIDING_BITS QS_SLACK                                       /* mu, nu below M 2^128 */
#define OPENING_BITS (CHALLENGE_BITS + 2 * QS_SLACK)               /* x, y below M 2^384 */
#define DRAWS_MAX 256                                              /* one succeeds with probability 3/4 */

/* ---- sizes ---- */

static size_t half_bits(size_t modulus_bits)
{
    return (modulus_bits + 1) / 2;
}

static size_t mask_bits(size_t modulus_bits) /* of alpha and beta; z has one more */
{
    return half_bits(modulus_bits) + CHALLENGE_BITS + QS_SLACK;
}

static size_t limbs_for(size_t bits)
{
    return (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
}

static size_t bytes_for(size_t bits)
{
    return (bits + 7) / 8;
}

/* Where the parts of a proof stand. */
typedef struct places {
    size_t p, q, e, z1, z2, w1, w2, sign, u, end;
} places;

static places places_of(size_t modulus_bits)
{
    size_t z = bytes_for(mask_bits(modulus_bits) + 1);
    size_t w = bytes_for(QS_RSA_2048_BITS + OPENING_BITS + 1);
    places at = {.p = 0, .q = WORD, .e = 2 * WORD, .z1 = 2 * WORD + QS_CHALLENGE_BYTES};

    at.z2 = at.z1 + z;
    at.w1 = at.z2 + z;
    at.w2 = at.w1 + w;
    at.sign = at.w2 + w;
    at.u = at.sign + 1;
    at.end = at.u + WORD + bytes_for(half_bits(modulus_bits) + OPENING_BITS + 1);
    return at;
}

size_t qs_factors_proof_bytes(size_t modulus_bits)
{
    return places_of(modulus_bits).end;
}

/* ---- what both sides derive ---- */

/* The commitments' group and bases, and what is committed to or recomputed; plain form, `width` limbs each. */
typedef struct commitments {
    qs_ring *ring; /* modulo M */
    mp_limb_t *block;
    mp_limb_t *s, *t, *p, *q, *a, *b, *c; /* c is T */
    mp_limb_t *scratch;
} commitments;

static quorsum_status commitments_new(commitments *work)
{
    quorsum_status status = qs_rsa_2048_ring(&work->ring);
    size_t width;

    if (status != QUORSUM_OK)
        return status;
    width = work->ring->width;
    work->block = calloc(7 * width + qs_ring_scratch(work->ring), sizeof *work->block);
    if (work->block == NULL)
        return QUORSUM_ERR_MEMORY;
    work->s = work->block;
    work->t = work->s + width;
    work->p = work->t + width;
    work->q = work->p + width;
    work->a = work->q + width;
    work->b = work->a + width;
    work->c = work->b + width;
    work->scratch = work->c + width;
    qs_hash_to_ring(work->ring, "fac-s", 0, work->s);
    qs_ring_product_vartime(work->ring, work->s, work->s, work->s, work->scratch);
    qs_hash_to_ring(work->ring, "fac-t", 0, work->t);
    qs_ring_product_vartime(work->ring, work->t, work->t, work->t, work->scratch);
    return QUORSUM_OK;
}

static void commitments_free(commitments *work)
{
    free(work->block);
    qs_ring_free(work->ring);
}

static void challenge(uint8_t e[QS_CHALLENGE_BYTES], const qs_context *context, const quorsum_public_key *key,
                      const commitments *work)
{
    const mp_limb_t *const items[] = {work->s, work->t, work->p, work->q, work->a, work->b, work->c};
    qs_transcript transcript;
    uint8_t seed[QS_SEED_BYTES];

    qs_transcript_begin(&transcript, "factors", context);
    qs_transcript_limbs(&transcript, key->root->n, key->root->limbs, key->root->bytes);
    qs_transcript_bytes(&transcript, qs_rsa_2048, sizeof qs_rsa_2048);
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
        qs_transcript_limbs(&transcript, items[i], work->ring->limbs, WORD);
    qs_transcript_seed(&transcript, seed);
    memcpy(e, seed, QS_CHALLENGE_BYTES);
}

/* ---- proving ---- */

/* A secret number and the public bound on its bits. */
typedef struct number {
    mp_limb_t *limb;
    size_t limbs;
    size_t bits;
} number;

typedef struct prover {
    commitments *work;
    number p, q;
    number alpha, beta; /* masks, then z1 and z2 */
    number mu, nu;
    number x, y;        /* masks, then w1 and w2 */
    number rho;         /* mask, then |u| */
    mp_limb_t *term;    /* e nu p, and what leads to it */
    mp_limb_t *product;
    mp_limb_t *left, *right; /* elements, Montgomery form */
    mp_limb_t *scratch;
    mp_limb_t *block;
} prover;

static number take_number(mp_limb_t **next, size_t bits)
{
    number taken = {*next, limbs_for(bits), bits};

    *next += taken.limbs;
    return taken;
}

/* Room for the numbers one behind the other, in their order; without a block only their sizes. */
static mp_limb_t *place_numbers(prover *own, size_t modulus_bits, mp_limb_t *next)
{
    own->alpha = take_number(&next, mask_bits(modulus_bits) + 1);
    own->beta = take_number(&next, mask_bits(modulus_bits) + 1);
    own->mu = take_number(&next, QS_RSA_2048_BITS + HIDING_BITS);
    own->nu = take_number(&next, QS_RSA_2048_BITS + HIDING_BITS);
    own->x = take_number(&next, QS_RSA_2048_BITS + OPENING_BITS + 1);
    own->y = take_number(&next, QS_RSA_2048_BITS + OPENING_BITS + 1);
    own->rho = take_number(&next, QS_RSA_2048_BITS + half_bits(modulus_bits) + OPENING_BITS + 1);
    return next;
}

static quorsum_status prover_new(prover *own, commitments *work, size_t modulus_bits, const qs_secret *p,
                                 const qs_secret *q)
{
    const qs_ring *ring = work->ring;
    size_t factors = p->limbs > q->limbs ? p->limbs : q->limbs;
    size_t product = limbs_for(QS_RSA_2048_BITS + HIDING_BITS) + CHALLENGE_LIMBS;
    size_t numbers = 2 * limbs_for(mask_bits(modulus_bits) + 1) + 2 * limbs_for(QS_RSA_2048_BITS + HIDING_BITS) +
                     2 * limbs_for(QS_RSA_2048_BITS + OPENING_BITS + 1) +
                     limbs_for(QS_RSA_2048_BITS + half_bits(modulus_bits) + OPENING_BITS + 1);
    size_t most = product + factors;
    size_t scratch = qs_multiply_scratch(most, most);
    size_t power = qs_power_scratch(ring);

    scratch = scratch > power ? scratch : power;
    own->block = qs_secret_block((numbers + product + most + 2 * ring->width + scratch) * sizeof *own->block);
    if (own->block == NULL)
        return QUORSUM_ERR_MEMORY;
    own->work = work;
    own->p = (number){p->limb, p->limbs, p->limbs * GMP_LIMB_BITS};
    own->q = (number){q->limb, q->limbs, q->limbs * GMP_LIMB_BITS};
    own->product = place_numbers(own, modulus_bits, own->block);
    own->term = own->product + product;
    own->left = own->term + most;
    own->right = own->left + ring->width;
    own->scratch = own->right + ring->width;
    return QUORSUM_OK;
}

static void draw_bits(mp_limb_t *out, size_t bits)
{
    size_t limbs = limbs_for(bits);

    qs_random_bytes(out, limbs * sizeof *out);
    if (bits % GMP_LIMB_BITS != 0)
        out[limbs - 1] &= ((mp_limb_t)1 << bits % GMP_LIMB_BITS) - 1;
}

/* Uniform in [0, M 2^extra): `extra` bits below a number below M. What is thrown away says nothing about what is kept. */
static quorsum_status draw_below(prover *own, const number *out, size_t extra)
{
    const qs_ring *ring = own->work->ring;
    mp_limb_t *high = own->scratch;
    mp_limb_t *into = out->limb + extra / GMP_LIMB_BITS;
    unsigned shift = extra % GMP_LIMB_BITS;
    unsigned tries = 0;
    mp_limb_t low;

    do {
        if (tries++ == DRAWS_MAX)
            return QUORSUM_ERR_RANDOM;
        qs_random_bytes(high, ring->limbs * sizeof *high);
    } while (qs_reveal(qs_is_below(high, ring->n, ring->limbs)) == 0);
    memset(out->limb, 0, out->limbs * sizeof *out->limb);
    draw_bits(out->limb, extra);
    if (shift == 0) {
        memcpy(into, high, ring->limbs * sizeof *into);
        return QUORSUM_OK;
    }
    low = into[0];
    into[ring->limbs] = mpn_lshift(into, high, (mp_size_t)ring->limbs, shift);
    into[0] |= low;
    return QUORSUM_OK;
}

static quorsum_status draw_masks(prover *own, size_t modulus_bits)
{
    size_t extra = half_bits(modulus_bits) + OPENING_BITS;
    quorsum_status status;

    draw_bits(own->alpha.limb, mask_bits(modulus_bits));
    draw_bits(own->beta.limb, mask_bits(modulus_bits));
    status = draw_below(own, &own->mu, HIDING_BITS);
    if (status == QUORSUM_OK)
        status = draw_below(own, &own->nu, HIDING_BITS);
    if (status == QUORSUM_OK)
        status = draw_below(own, &own->x, OPENING_BITS);
    if (status == QUORSUM_OK)
        status = draw_below(own, &own->y, OPENING_BITS);
    return status == QUORSUM_OK ? draw_below(own, &own->rho, extra) : status;
}

/* out = base^e t^f, plain */
static void commit(prover *own, mp_limb_t *out, const mp_limb_t *base, const number *e, const number *f)
{
    const qs_ring *ring = own->work->ring;

    qs_ring_enter(ring, own->left, base, own->scratch);
    qs_power(ring, own->left, own->left, e->limb, e->bits, own->scratch);
    qs_ring_enter(ring, own->right, own->work->t, own->scratch);
    qs_power(ring, own->right, own->right, f->limb, f->bits, own->scratch);
    qs_ring_mul(ring, own->left, own->left, own->right, own->scratch);
    qs_ring_leave(ring, out, own->left, own->scratch);
}

/* sum += e x. The bounds above say that what is cut off is zero. */
static void add_multiple(prover *own, const number *sum, const mp_limb_t e[CHALLENGE_LIMBS], const number *x)
{
    size_t term = x->limbs + CHALLENGE_LIMBS;
    size_t overlap = term < sum->limbs ? term : sum->limbs;
    mp_limb_t carry;

    qs_multiply(own->term, x->limb, x->limbs, e, CHALLENGE_LIMBS, own->scratch);
    for (size_t i = overlap; i < term; i++)
        QS_INVARIANT(own->term[i] == 0);
    carry = mpn_add_n(sum->limb, sum->limb, own->term, (mp_size_t)overlap);
    for (size_t i = overlap; i < sum->limbs; i++) {
        sum->limb[i] += carry;
        carry = (mp_limb_t)(sum->limb[i] < carry);
    }
    QS_INVARIANT(carry == 0);
}

/* rho = |rho - e nu p|; 1 if it was negative. */
static mp_limb_t subtract_product(prover *own, const mp_limb_t e[CHALLENGE_LIMBS])
{
    const number *rho = &own->rho;
    size_t limbs = own->nu.limbs + CHALLENGE_LIMBS;
    size_t term = limbs + own->p.limbs;
    size_t overlap = term < rho->limbs ? term : rho->limbs;
    mp_limb_t borrow, negative, carry;

    qs_multiply(own->product, own->nu.limb, own->nu.limbs, e, CHALLENGE_LIMBS, own->scratch);
    qs_multiply(own->term, own->product, limbs, own->p.limb, own->p.limbs, own->scratch);
    for (size_t i = overlap; i < term; i++)
        QS_INVARIANT(own->term[i] == 0);
    borrow = mpn_sub_n(rho->limb, rho->limb, own->term, (mp_size_t)overlap);
    for (size_t i = overlap; i < rho->limbs; i++) {
        mp_limb_t before = rho->limb[i];

        rho->limb[i] = before - borrow;
        borrow = (mp_limb_t)(before < borrow);
    }
    negative = borrow;
    carry = negative;
    for (size_t i = 0; i < rho->limbs; i++) {
        rho->limb[i] = (rho->limb[i] ^ qs_mask(negative)) + carry;
        carry = (mp_limb_t)(rho->limb[i] < carry);
    }
    return negative;
}

static void respond(prover *own, uint8_t *out, const places *at)
{
    mp_limb_t e[CHALLENGE_LIMBS];
    const number *const responses[] = {&own->alpha, &own->beta, &own->x, &own->y, &own->rho};
    const size_t begin[] = {at->z1, at->z2, at->w1, at->w2, at->u};
    const size_t end[] = {at->z2, at->w1, at->w2, at->sign, at->end};

    (void)qs_limbs_from_bytes(e, CHALLENGE_LIMBS, out + at->e, QS_CHALLENGE_BYTES);
    out[at->sign] = (uint8_t)subtract_product(own, e);
    add_multiple(own, &own->alpha, e, &own->p);
    add_multiple(own, &own->beta, e, &own->q);
    add_multiple(own, &own->x, e, &own->mu);
    add_multiple(own, &own->y, e, &own->nu);
    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++)
        (void)qs_limbs_to_bytes(out + begin[i], end[i] - begin[i], responses[i]->limb, responses[i]->limbs);
}

quorsum_status qs_factors_prove(uint8_t *out, const qs_context *context, const quorsum_public_key *key,
                                const qs_secret *p, const qs_secret *q)
{
    size_t bits = key->root->bits;
    places at = places_of(bits);
    commitments work = {0};
    prover own = {0};
    quorsum_status status = commitments_new(&work);

    if (status == QUORSUM_OK)
        status = prover_new(&own, &work, bits, p, q);
    if (status == QUORSUM_OK)
        status = draw_masks(&own, bits);
    if (status == QUORSUM_OK) {
        commit(&own, work.p, work.s, &own.p, &own.mu);
        commit(&own, work.q, work.s, &own.q, &own.nu);
        commit(&own, work.a, work.s, &own.alpha, &own.x);
        commit(&own, work.b, work.s, &own.beta, &own.y);
        commit(&own, work.c, work.q, &own.alpha, &own.rho);
        qs_ring_write(work.ring, out + at.p, work.p);
        qs_ring_write(work.ring, out + at.q, work.q);
        challenge(out + at.e, context, key, &work);
        respond(&own, out, &at);
    }
    qs_secret_release(own.block);
    commitments_free(&work);
    return status;
}

/* ---- verifying ---- */

typedef struct responses {
    mpz_t e, z1, z2, w1, w2, u;
    mpz_t minus_e; /* -e, then -N e */
} responses;

static void take_integer(mpz_t out, const uint8_t *proof, size_t begin, size_t end)
{
    mpz_import(out, end - begin, 1, 1, 1, 0, proof + begin);
}

/* x < M 2^extra */
static int is_below(const mpz_t x, size_t extra)
{
    mpz_t bound;
    int below;

    mpz_init(bound);
    mpz_import(bound, WORD, 1, 1, 1, 0, qs_rsa_2048);
    mpz_mul_2exp(bound, bound, extra);
    below = mpz_cmp(x, bound) < 0;
    mpz_clear(bound);
    return below;
}

static quorsum_status take_responses(responses *r, const uint8_t *proof, const places *at, size_t modulus_bits)
{
    take_integer(r->e, proof, at->e, at->z1);
    take_integer(r->z1, proof, at->z1, at->z2);
    take_integer(r->z2, proof, at->z2, at->w1);
    take_integer(r->w1, proof, at->w1, at->w2);
    take_integer(r->w2, proof, at->w2, at->sign);
    take_integer(r->u, proof, at->u, at->end);
    if (mpz_sizeinbase(r->z1, 2) > mask_bits(modulus_bits) + 1 || mpz_sizeinbase(r->z2, 2) > mask_bits(modulus_bits) + 1)
        return QUORSUM_ERR_RANGE;
    if (!is_below(r->w1, OPENING_BITS + 1) || !is_below(r->w2, OPENING_BITS + 1) ||
        !is_below(r->u, half_bits(modulus_bits) + OPENING_BITS + 1) || proof[at->sign] > 1)
        return QUORSUM_ERR_RANGE;
    if (proof[at->sign] == 1 && mpz_sgn(r->u) == 0)
        return QUORSUM_ERR_NOT_CANONICAL;
    if (proof[at->sign] == 1)
        mpz_neg(r->u, r->u);
    mpz_neg(r->minus_e, r->e);
    return QUORSUM_OK;
}

static quorsum_status take_commitments(commitments *work, const uint8_t *proof, const places *at)
{
    const qs_ring *ring = work->ring;
    size_t first;

    if (qs_ring_read(ring, work->p, proof + at->p) != 0 || qs_ring_read(ring, work->q, proof + at->q) != 0)
        return QUORSUM_ERR_RANGE;
    if (!qs_ring_units_vartime(ring, work->p, ring->width, 2, &first, work->scratch)) /* Q is P's neighbour */
        return QUORSUM_ERR_NOT_UNIT;
    return QUORSUM_OK;
}

/* out = x^a y^b z^c, all plain */
static quorsum_status recompute(const commitments *work, mp_limb_t *out, const mp_limb_t *const bases[3],
                                const mpz_t a, const mpz_t b, const mpz_t c)
{
    const qs_ring *ring = work->ring;
    mp_limb_t *entered = calloc(3 * ring->width, sizeof *entered);
    const mp_limb_t *elements[3];
    const mpz_t exponents[3] = {{*a}, {*b}, {*c}}; /* lent, not copied */
    quorsum_status status;

    if (entered == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < 3; i++) {
        qs_ring_enter(ring, entered + i * ring->width, bases[i], work->scratch);
        elements[i] = entered + i * ring->width;
    }
    status = qs_power_joint_vartime(ring, out, elements, exponents, 3);
    qs_ring_leave(ring, out, out, work->scratch);
    free(entered);
    return status;
}

static quorsum_status check_challenge(commitments *work, responses *r, const uint8_t *e, const qs_context *context,
                                      const quorsum_public_key *key)
{
    const mp_limb_t *const first[3] = {work->s, work->t, work->p};
    const mp_limb_t *const second[3] = {work->s, work->t, work->q};
    const mp_limb_t *const third[3] = {work->q, work->t, work->s};
    uint8_t expected[QS_CHALLENGE_BYTES];
    quorsum_status status = recompute(work, work->a, first, r->z1, r->w1, r->minus_e);

    if (status == QUORSUM_OK)
        status = recompute(work, work->b, second, r->z2, r->w2, r->minus_e);
    mpz_mul(r->minus_e, r->minus_e, key->n);
    if (status == QUORSUM_OK)
        status = recompute(work, work->c, third, r->z1, r->u, r->minus_e);
    if (status != QUORSUM_OK)
        return status;
    challenge(expected, context, key, work);
    return memcmp(expected, e, sizeof expected) == 0 ? QUORSUM_OK : QUORSUM_ERR_MODULUS_PROOF;
}

quorsum_status qs_factors_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                         const quorsum_public_key *key)
{
    places at = places_of(key->root->bits);
    commitments work = {0};
    responses r;
    quorsum_status status;

    if (len != at.end)
        return len < at.end ? QUORSUM_ERR_TRUNCATED : QUORSUM_ERR_TRAILING;
    mpz_inits(r.e, r.z1, r.z2, r.w1, r.w2, r.u, r.minus_e, NULL);
    status = take_responses(&r, proof, &at, key->root->bits);
    if (status == QUORSUM_OK)
        status = commitments_new(&work);
    if (status == QUORSUM_OK)
        status = take_commitments(&work, proof, &at);
    if (status == QUORSUM_OK)
        status = check_challenge(&work, &r, proof + at.e, context, key);
    commitments_free(&work);
    mpz_clears(r.e, r.z1, r.z2, r.w1, r.w2, r.u, r.minus_e, NULL);
    return status;
}
