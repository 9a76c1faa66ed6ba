/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fourth roots with the factors. Let m = (p-1)/2, odd, the order of the squares modulo p, and E the inverse of 4 modulo
 * m: (m+1)/4 or (3m+1)/4, whichever is whole; so 4 E = 1 + k m with k odd. For a unit y and r = y^E
 *
 *     r^4 = y y^(k m) = y if y is a square, -y if not:
 *
 * one power gives the root and the Legendre symbol. Powers by E multiply, so the root of (-1)^a w^b y is r times one of
 * four constants, and being a power of a square it is a square. -1 is none modulo p and q, w is one modulo exactly one of
 * them; for y with the symbols (-1)^(y_p), (-1)^(y_q), and w_p likewise,  b = y_p + y_q,  a = y_p + b w_p  mod 2.
 *
 * x modulo N is x_p c_p + x_q c_q,  c_p = q (1/q mod p),  c_q = p (1/p mod q).
 */
#include "lib/proof/modulus.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/mask.h"
#include "lib/arith/multiply.h"
#include "lib/base/random.h"

/* One in two w fits; modulo a toy N, where a y_i is often no unit, one in a few hundred. */
#define DRAWS_MAX 65536

/* ---- what both sides derive ---- */

static void make_seed(uint8_t seed[QS_SEED_BYTES], const qs_context *context, const qs_ring *root, const mp_limb_t *w)
{
    qs_transcript transcript;

    qs_transcript_begin(&transcript, "modulus", context);
    qs_transcript_limbs(&transcript, w, root->limbs, root->bytes);
    qs_transcript_seed(&transcript, seed);
}

/* y_i, i from 1, plain. */
static void make_challenge(const qs_ring *root, mp_limb_t *y, const uint8_t seed[QS_SEED_BYTES], uint64_t i)
{
    uint8_t derived[QS_SEED_BYTES];

    qs_seed_derive(derived, "modulus-y", seed, i);
    qs_seed_to_ring(root, derived, y);
}

static int jacobi_vartime(const qs_ring *root, const mp_limb_t *x)
{
    mpz_t value;
    mpz_t n;

    return mpz_jacobi(mpz_roinit_n(value, x, (mp_size_t)root->limbs), mpz_roinit_n(n, root->n, (mp_size_t)root->limbs));
}

static unsigned bit_at(const uint8_t *bits, size_t i)
{
    return bits[i / 8] >> (7 - i % 8) & 1;
}

static void put_bit(uint8_t *bits, size_t i, unsigned bit)
{
    bits[i / 8] |= (uint8_t)(bit << (7 - i % 8));
}

/* ---- the prover's halves ---- */

typedef struct prime_half {
    qs_ring *ring;        /* Z mod p, guarded */
    mp_limb_t *exponent;  /* E - 1 */
    mp_limb_t *factor[4]; /* ((-1)^a w^b)^E at a + 2 b, Montgomery form */
    mp_limb_t *value;     /* of the ring, Montgomery form */
    mp_limb_t *root;      /* value^E, likewise */
    mp_limb_t *fourth;
    mp_limb_t *part;      /* c_p, key->root, Montgomery form */
    mp_limb_t w;          /* 1 if w is no square here */
} prime_half;

typedef struct prover {
    const qs_ring *root;
    prime_half p;
    prime_half q;
    mp_limb_t *wide; /* two elements of root */
    mp_limb_t *scratch;
    mp_limb_t *block; /* where all of it lies, guarded */
} prover;

static mp_limb_t *take(mp_limb_t **next, size_t limbs)
{
    mp_limb_t *taken = *next;

    *next += limbs;
    return taken;
}

static size_t half_limbs(const qs_ring *root, const qs_ring *ring)
{
    return 8 * ring->limbs + 1 + root->limbs;
}

static size_t larger(size_t x, size_t y)
{
    return x > y ? x : y;
}

/* The most that the steps below need: powers, the product of q and 1/q, and working with root. */
static size_t scratch_limbs(const prover *work)
{
    size_t limbs = work->p.ring->limbs + work->q.ring->limbs;
    size_t most = qs_multiply_scratch(limbs, limbs) + limbs;

    most = larger(most, qs_power_scratch(work->p.ring));
    most = larger(most, qs_power_scratch(work->q.ring));
    return larger(most, qs_ring_scratch(work->root));
}

/* E - 1 = (k m - 3) / 4, with k = 1 if m = 3 mod 4, else 3: k m = 3 mod 4, so the shift takes the 3 away. */
static void make_exponent(prime_half *half)
{
    const qs_ring *ring = half->ring;
    mp_size_t limbs = (mp_size_t)ring->limbs;
    mp_limb_t *e = half->exponent;
    mp_limb_t triple;

    (void)mpn_rshift(e, ring->n, limbs, 1); /* m */
    triple = qs_mask(1 ^ (e[0] >> 1 & 1)) & 2;
    e[limbs] = mpn_addmul_1(e, e, limbs, triple);
    (void)mpn_rshift(e, e, limbs + 1, 2);
}

static void take_half(prime_half *half, const qs_ring *root, mp_limb_t **next)
{
    size_t limbs = half->ring->limbs;

    half->exponent = take(next, limbs + 1);
    for (unsigned i = 0; i < 4; i++)
        half->factor[i] = take(next, limbs);
    half->value = take(next, limbs);
    half->root = take(next, limbs);
    half->fourth = take(next, limbs);
    half->part = take(next, root->limbs);
    make_exponent(half);
}

/* c_p: q^(p-2) = 1/q modulo p, times q. */
static void make_part(prover *work, prime_half *half, const qs_ring *other)
{
    const qs_ring *ring = half->ring;
    size_t limbs = ring->limbs + other->limbs;
    mp_limb_t *product = work->scratch;
    mp_limb_t *rest = product + limbs;
    mp_limb_t *exponent = half->fourth;

    memset(exponent, 0, ring->limbs * sizeof *exponent);
    exponent[0] = 2;
    (void)mpn_sub_n(exponent, ring->n, exponent, (mp_size_t)ring->limbs);
    qs_ring_reduce(ring, half->value, other->n, other->limbs, work->scratch);
    qs_ring_enter(ring, half->value, half->value, work->scratch);
    qs_power(ring, half->value, half->value, exponent, ring->bits, work->scratch);
    qs_ring_leave(ring, half->value, half->value, work->scratch);
    qs_multiply(product, half->value, ring->limbs, other->n, other->limbs, rest);
    memcpy(half->part, product, work->root->limbs * sizeof *product); /* below p q = N */
    qs_ring_enter(work->root, half->part, half->part, work->scratch);
}

/* root = value^E; 1 if value is no square. */
static mp_limb_t take_root(prover *work, prime_half *half)
{
    const qs_ring *ring = half->ring;

    qs_power(ring, half->root, half->value, half->exponent, ring->bits, work->scratch);
    qs_ring_mul(ring, half->root, half->root, half->value, work->scratch);
    qs_ring_sqr(ring, half->fourth, half->root, work->scratch);
    qs_ring_sqr(ring, half->fourth, half->fourth, work->scratch);
    return 1 & ~qs_ring_equal(ring, half->fourth, half->value);
}

/* value = x mod p for an x of root */
static void enter_half(prover *work, prime_half *half, const mp_limb_t *x)
{
    qs_ring_reduce(half->ring, half->value, x, work->root->limbs, work->scratch);
    qs_ring_enter(half->ring, half->value, half->value, work->scratch);
}

static void make_factors(prover *work, prime_half *half, const mp_limb_t *w)
{
    const qs_ring *ring = half->ring;
    size_t size = ring->limbs * sizeof *w;

    memset(half->value, 0, size);
    qs_ring_sub(ring, half->value, half->value, ring->one, work->scratch);
    (void)take_root(work, half);
    memcpy(half->factor[0], ring->one, size);
    memcpy(half->factor[1], half->root, size);
    enter_half(work, half, w);
    half->w = take_root(work, half);
    memcpy(half->factor[2], half->root, size);
    qs_ring_mul(ring, half->factor[3], half->factor[2], half->factor[1], work->scratch);
}

static quorsum_status prover_new(prover *work, const quorsum_public_key *key, const qs_secret *p, const qs_secret *q)
{
    quorsum_status status = qs_ring_new(&work->p.ring, p->limb, p->limbs, 1, 1);
    size_t limbs;
    mp_limb_t *next;

    work->root = key->root;
    if (status == QUORSUM_OK)
        status = qs_ring_new(&work->q.ring, q->limb, q->limbs, 1, 1);
    if (status != QUORSUM_OK)
        return status;
    limbs = half_limbs(key->root, work->p.ring) + half_limbs(key->root, work->q.ring) + 2 * key->root->limbs;
    work->block = qs_secret_block((limbs + scratch_limbs(work)) * sizeof *work->block);
    if (work->block == NULL)
        return QUORSUM_ERR_MEMORY;
    next = work->block;
    take_half(&work->p, key->root, &next);
    take_half(&work->q, key->root, &next);
    work->wide = take(&next, 2 * key->root->limbs);
    work->scratch = next;
    make_part(work, &work->p, work->q.ring);
    make_part(work, &work->q, work->p.ring);
    return QUORSUM_OK;
}

static void prover_free(prover *work)
{
    qs_secret_release(work->block);
    qs_ring_free(work->p.ring);
    qs_ring_free(work->q.ring);
}

/* ---- proving ---- */

/* Whether w and every y_i that follows from it are units, and w is a square modulo one prime only. All public. */
static int w_fits(uint8_t seed[QS_SEED_BYTES], const qs_context *context, const qs_ring *root, const mp_limb_t *w,
                  mp_limb_t *y, mp_limb_t *scratch)
{
    size_t first;
    int fits = jacobi_vartime(root, w) == -1;

    if (fits)
        make_seed(seed, context, root, w);
    for (uint64_t i = 1; i <= QS_MODULUS_ROOTS && fits; i++) {
        make_challenge(root, y, seed, i);
        fits = qs_ring_units_vartime(root, y, root->limbs, 1, &first, scratch);
    }
    return fits;
}

static quorsum_status draw_w(qs_modulus_proof *out, uint8_t seed[QS_SEED_BYTES], const qs_context *context,
                             const qs_ring *root)
{
    mp_limb_t *y = malloc((root->width + qs_ring_scratch(root)) * sizeof *y);
    uint8_t bytes[QS_SEED_BYTES];
    quorsum_status status = QUORSUM_ERR_RANDOM;

    if (y == NULL)
        return QUORSUM_ERR_MEMORY;
    for (unsigned tries = 0; tries < DRAWS_MAX && status != QUORSUM_OK; tries++) {
        qs_random_bytes(bytes, sizeof bytes);
        qs_seed_to_ring(root, bytes, out->words);
        if (w_fits(seed, context, root, out->words, y, y + root->width))
            status = QUORSUM_OK;
    }
    free(y);
    return status;
}

/* sum = or += (root factor) c, of one half; the first is plain, and so is what comes out. */
static void add_part(prover *work, const prime_half *half, unsigned choice, mp_limb_t *sum, int first)
{
    const qs_ring *root = work->root;
    mp_limb_t *term = work->wide + root->limbs;

    memset(term, 0, root->limbs * sizeof *term);
    qs_ring_mul(half->ring, half->fourth, half->root, half->factor[choice], work->scratch);
    qs_ring_leave(half->ring, term, half->fourth, work->scratch);
    qs_ring_mul(root, term, term, half->part, work->scratch);
    if (first)
        memcpy(sum, term, root->limbs * sizeof *sum);
    else
        qs_ring_add(root, sum, sum, term, work->scratch);
}

/* a_i, b_i and x_i become known with the proof; which factor they choose need not be hidden. */
static void make_root(qs_modulus_proof *out, prover *work, const uint8_t seed[QS_SEED_BYTES], size_t i)
{
    const qs_ring *root = work->root;
    mp_limb_t *y = work->wide;
    mp_limb_t y_p, y_q, a, b;
    unsigned choice;

    make_challenge(root, y, seed, i + 1);
    enter_half(work, &work->p, y);
    enter_half(work, &work->q, y);
    y_p = take_root(work, &work->p);
    y_q = take_root(work, &work->q);
    b = y_p ^ y_q;
    a = y_p ^ (b & work->p.w);
    choice = (unsigned)qs_reveal(a + 2 * b);
    put_bit(out->negate, i, choice & 1);
    put_bit(out->twist, i, choice >> 1);
    add_part(work, &work->p, choice, work->wide, 1);
    add_part(work, &work->q, choice, work->wide, 0);
    memcpy(out->words + (i + 1) * root->limbs, work->wide, root->limbs * sizeof *work->wide);
}

quorsum_status qs_modulus_prove(qs_modulus_proof *out, const qs_context *context, const quorsum_public_key *key,
                                const qs_secret *p, const qs_secret *q)
{
    uint8_t seed[QS_SEED_BYTES];
    prover work = {0};
    quorsum_status status;

    memset(out->negate, 0, sizeof out->negate);
    memset(out->twist, 0, sizeof out->twist);
    status = draw_w(out, seed, context, key->root);
    if (status == QUORSUM_OK)
        status = prover_new(&work, key, p, q);
    if (status == QUORSUM_OK) {
        make_factors(&work, &work.p, out->words);
        make_factors(&work, &work.q, out->words);
        for (size_t i = 0; i < QS_MODULUS_ROOTS; i++)
            make_root(out, &work, seed, i);
    }
    prover_free(&work);
    return status;
}

/* ---- verifying ---- */

static quorsum_status check_words(const qs_ring *root, const mp_limb_t *words, mp_limb_t *scratch)
{
    size_t first;

    for (size_t i = 0; i < QS_MODULUS_WORDS; i++) {
        if (mpn_cmp(words + i * root->limbs, root->n, (mp_size_t)root->limbs) >= 0)
            return QUORSUM_ERR_RANGE;
    }
    if (!qs_ring_units_vartime(root, words, root->limbs, QS_MODULUS_WORDS, &first, scratch))
        return QUORSUM_ERR_NOT_UNIT;
    return jacobi_vartime(root, words) == -1 ? QUORSUM_OK : QUORSUM_ERR_MODULUS_PROOF;
}

/* x^4 = (-1)^a w^b y; w in Montgomery form, room for three elements */
static int root_fits(const qs_modulus_proof *proof, const qs_ring *root, const uint8_t seed[QS_SEED_BYTES], size_t i,
                     const mp_limb_t *w, mp_limb_t *room, mp_limb_t *scratch)
{
    mp_limb_t *left = room;
    mp_limb_t *right = left + root->width;
    mp_limb_t *zero = right + root->width;

    qs_ring_enter(root, left, proof->words + (i + 1) * root->limbs, scratch);
    qs_ring_sqr(root, left, left, scratch);
    qs_ring_sqr(root, left, left, scratch);
    make_challenge(root, right, seed, i + 1);
    qs_ring_enter(root, right, right, scratch);
    if (bit_at(proof->twist, i))
        qs_ring_mul(root, right, right, w, scratch);
    memset(zero, 0, root->width * sizeof *zero);
    if (bit_at(proof->negate, i))
        qs_ring_sub(root, right, zero, right, scratch);
    return qs_ring_equal(root, left, right) != 0;
}

quorsum_status qs_modulus_verify_vartime(const qs_modulus_proof *proof, const qs_context *context,
                                         const quorsum_public_key *key)
{
    const qs_ring *root = key->root;
    uint8_t seed[QS_SEED_BYTES];
    mp_limb_t *w = malloc((4 * root->width + qs_ring_scratch(root)) * sizeof *w);
    mp_limb_t *room = w + root->width;
    mp_limb_t *scratch = room + 3 * root->width;
    quorsum_status status;

    if (w == NULL)
        return QUORSUM_ERR_MEMORY;
    status = check_words(root, proof->words, scratch);
    make_seed(seed, context, root, proof->words);
    if (status == QUORSUM_OK)
        qs_ring_enter(root, w, proof->words, scratch);
    for (size_t i = 0; i < QS_MODULUS_ROOTS && status == QUORSUM_OK; i++) {
        if (!root_fits(proof, root, seed, i, w, room, scratch))
            status = QUORSUM_ERR_MODULUS_PROOF;
    }
    free(w);
    return status;
}
