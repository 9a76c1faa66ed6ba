/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dealer (docs/protocol.md): N = pq from safe primes p = 2p'+1, q = 2q'+1, m' = p'q',
 *
 *     D = N^(-s) mod m',   f(X) = D + a_1 X + ... + a_t X^t,  a_j uniform below m',   s_i = f(i) mod m',   S_i = n! s_i
 *
 * Z_m'^* has (p'-1)(q'-1) elements, so D = N^((p'-1)(q'-1) - s): one power with a secret exponent, no inversion.
 * (p'-1)(q'-1) > s because p' and q' are distinct odd primes, one of them at least 5, and s <= 4; N is a unit modulo
 * m' as gcd(pq, p'q') = 1.
 *
 * s_i < m' < N/4, so S_i < 2^(bits(N) - 2) 2^bits(n!): share_bits is that sum, a public bound (2053 at 2048 bits for
 * n = 5). Secrets stand in guarded memory at full width; no routine they meet looks at their value.
 */
#include "lib/threshold/dealer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/lagrange.h"
#include "lib/arith/mask.h"
#include "lib/arith/multiply.h"
#include "lib/arith/prime.h"
#include "lib/base/bytes.h"
#include "lib/base/invariant.h"
#include "lib/base/random.h"
#include "lib/proof/factors.h"
#include "lib/threshold/opening.h"
#include "lib/threshold/partial.h"

#define DRAWS_MAX 256 /* one succeeds with probability above 1/2 */

typedef struct dealing {
    const quorsum_deal_options *options;
    const qs_secret *p;
    const qs_secret *q;
    quorsum_public_key *key;
    mpz_t delta;               /* n! */
    size_t share_bits;
    qs_secret p_half;          /* p' */
    qs_secret q_half;          /* q' */
    qs_ring *order;            /* m', guarded */
    qs_secret polynomial;      /* D, a_1 .. a_t: Montgomery form in order */
    qs_secret scratch;         /* four elements of order, then what its powers need */
    quorsum_key_share **shares; /* the caller's room */
} dealing;

/* ---- limbs of different lengths ---- */

/* x = y, as 1 or 0 */
static mp_limb_t equal(const qs_secret *x, const qs_secret *y)
{
    size_t limbs = x->limbs > y->limbs ? x->limbs : y->limbs;
    mp_limb_t difference = 0;

    for (size_t i = 0; i < limbs; i++)
        difference |= (i < x->limbs ? x->limb[i] : 0) ^ (i < y->limbs ? y->limb[i] : 0);
    return qs_is_zero(difference);
}

/* x > small, as 1 or 0 */
static mp_limb_t exceeds(const qs_secret *x, mp_limb_t small)
{
    mp_limb_t high = 0;

    for (size_t i = 1; i < x->limbs; i++)
        high |= x->limb[i];
    return (1 ^ qs_is_zero(high)) | qs_is_below(&small, x->limb, 1);
}

/* out = x y in x_limbs + y_limbs limbs. ERR_MEMORY. */
static quorsum_status multiply(mp_limb_t *out, const mp_limb_t *x, size_t x_limbs, const mp_limb_t *y, size_t y_limbs)
{
    qs_secret scratch = {0};

    if (qs_secret_init(&scratch, qs_multiply_scratch(x_limbs, y_limbs)) != 0)
        return QUORSUM_ERR_MEMORY;
    qs_multiply(out, x, x_limbs, y, y_limbs, scratch.limb);
    qs_secret_clear(&scratch);
    return QUORSUM_OK;
}

/* ---- what is asked for ---- */

static int options_are_sound(const quorsum_deal_options *options)
{
    return options->trustees >= 1 && options->trustees <= QUORSUM_TRUSTEES_MAX && options->quorum >= 1 &&
           options->quorum <= options->trustees;
}

/* half = p' = (p-1)/2 */
static quorsum_status halve(qs_secret *half, const qs_secret *p)
{
    if (p->limbs == 0)
        return QUORSUM_ERR_ARGUMENT;
    if (qs_secret_init(half, p->limbs) != 0)
        return QUORSUM_ERR_MEMORY;
    (void)mpn_rshift(half->limb, p->limb, (mp_size_t)p->limbs, 1);
    return QUORSUM_OK;
}

/* p != q, p', q' > n, p = q = 3 mod 4, gcd(pq, p'q') = 1: for primes the last means p' != q and q' != p. Only whether
 * all of it holds is ever branched on. */
static quorsum_status take_primes(dealing *work, const qs_secret *p, const qs_secret *q)
{
    quorsum_status status = halve(&work->p_half, p);
    mp_limb_t sound;

    if (status == QUORSUM_OK)
        status = halve(&work->q_half, q);
    if (status != QUORSUM_OK)
        return status;
    sound = (p->limb[0] & q->limb[0] & 1) & (work->p_half.limb[0] & work->q_half.limb[0] & 1);
    sound &= exceeds(&work->p_half, work->options->trustees) & exceeds(&work->q_half, work->options->trustees);
    sound &= 1 ^ equal(p, q);
    sound &= 1 ^ equal(&work->p_half, q);
    sound &= 1 ^ equal(&work->q_half, p);
    return qs_reveal(sound) ? QUORSUM_OK : QUORSUM_ERR_ARGUMENT;
}

/* N = pq, public from here on. */
static quorsum_status make_key(dealing *work, const qs_secret *p, const qs_secret *q)
{
    size_t limbs = p->limbs + q->limbs;
    size_t len = limbs * sizeof(mp_limb_t);
    qs_secret n = {0};
    uint8_t *bytes = malloc(len);
    size_t skip = 0;
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (bytes != NULL && qs_secret_init(&n, limbs) == 0)
        status = multiply(n.limb, p->limb, p->limbs, q->limb, q->limbs);
    if (status == QUORSUM_OK) {
        (void)qs_limbs_to_bytes(bytes, len, n.limb, limbs);
        while (skip < len - 1 && qs_reveal(bytes[skip] == 0))
            skip++;
        status = quorsum_public_key_new(&work->key, bytes + skip, len - skip, &work->options->key);
    }
    qs_secret_clear(&n);
    free(bytes);
    return status;
}

/* ---- the polynomial ---- */

static size_t order_limbs(const dealing *work)
{
    return (work->key->root->bits - 2 + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS; /* m' < N/4 */
}

static quorsum_status make_order(dealing *work)
{
    size_t limbs = work->p_half.limbs + work->q_half.limbs;
    qs_secret m = {0};
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (qs_secret_init(&m, limbs) == 0)
        status = multiply(m.limb, work->p_half.limb, work->p_half.limbs, work->q_half.limb, work->q_half.limbs);
    if (status == QUORSUM_OK)
        status = qs_ring_new(&work->order, m.limb, order_limbs(work), 1, 1);
    if (status == QUORSUM_OK) {
        size_t power = qs_power_scratch(work->order);
        size_t plain = qs_ring_scratch(work->order);

        if (qs_secret_init(&work->scratch, 4 * work->order->width + (power > plain ? power : plain)) != 0)
            status = QUORSUM_ERR_MEMORY;
    }
    qs_secret_clear(&m);
    return status;
}

/* exponent = (p'-1)(q'-1) - s. p' and q' are odd, so taking one away clears a bit. */
static quorsum_status secret_exponent(qs_secret *exponent, dealing *work)
{
    size_t limbs = work->p_half.limbs + work->q_half.limbs;
    qs_secret degree = {0};
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (qs_secret_init(exponent, limbs) == 0 && qs_secret_init(&degree, limbs) == 0) {
        work->p_half.limb[0] ^= 1;
        work->q_half.limb[0] ^= 1;
        status = multiply(exponent->limb, work->p_half.limb, work->p_half.limbs, work->q_half.limb,
                          work->q_half.limbs);
        work->p_half.limb[0] ^= 1;
        work->q_half.limb[0] ^= 1;
        degree.limb[0] = work->key->degree;
        (void)mpn_sub_n(exponent->limb, exponent->limb, degree.limb, (mp_size_t)limbs);
    }
    qs_secret_clear(&degree);
    return status;
}

/* D into the polynomial's first place. */
static quorsum_status make_secret(dealing *work)
{
    const qs_ring *order = work->order;
    const qs_ring *root = work->key->root;
    mp_limb_t *d = work->polynomial.limb;
    mp_limb_t *rest = work->scratch.limb;
    qs_secret exponent = {0};
    quorsum_status status = secret_exponent(&exponent, work);

    if (status == QUORSUM_OK) {
        qs_ring_reduce(order, d, root->n, root->limbs, rest);
        qs_ring_enter(order, d, d, rest);
        qs_power(order, d, d, exponent.limb, order->bits, rest);
    }
    qs_secret_clear(&exponent);
    return status;
}

/* Uniform below m'. What is thrown away says nothing about what is kept. */
static quorsum_status draw_below_order(const qs_ring *order, mp_limb_t *out)
{
    unsigned top = order->bits % GMP_LIMB_BITS;

    for (unsigned tries = 0; tries < DRAWS_MAX; tries++) {
        qs_random_bytes(out, order->limbs * sizeof *out);
        if (top != 0)
            out[order->limbs - 1] &= ((mp_limb_t)1 << top) - 1;
        if (qs_reveal(qs_is_below(out, order->n, order->limbs)))
            return QUORSUM_OK;
    }
    return QUORSUM_ERR_RANDOM;
}

/* A uniform residue is as uniform in Montgomery form, so the a_j are drawn in it. */
static quorsum_status make_polynomial(dealing *work)
{
    size_t width = work->order->width;
    quorsum_status status;

    if (qs_secret_init(&work->polynomial, work->options->quorum * width) != 0)
        return QUORSUM_ERR_MEMORY;
    status = make_secret(work);
    for (uint32_t j = 1; j < work->options->quorum && status == QUORSUM_OK; j++)
        status = draw_below_order(work->order, work->polynomial.limb + j * width);
    return status;
}

/* s = f(i) mod m', plain, in the scratch's first place. */
static const mp_limb_t *evaluate(dealing *work, uint32_t i)
{
    const qs_ring *order = work->order;
    size_t width = order->width;
    mp_limb_t *sum = work->scratch.limb;
    mp_limb_t *point = sum + width;
    mp_limb_t *rest = sum + 4 * width;

    memset(point, 0, width * sizeof *point);
    point[0] = i; /* below m': p' > n */
    qs_ring_enter(order, point, point, rest);
    memcpy(sum, work->polynomial.limb + (work->options->quorum - 1) * width, width * sizeof *sum);
    for (uint32_t j = work->options->quorum - 1; j-- > 0;) {
        qs_ring_mul(order, sum, sum, point, rest);
        qs_ring_add(order, sum, sum, work->polynomial.limb + j * width, rest);
    }
    qs_ring_leave(order, sum, sum, rest);
    return sum;
}

/* ---- shares ---- */

/* S_i = n! s_i over Z. */
static quorsum_status make_share(dealing *work, uint32_t trustee)
{
    const mp_limb_t *s = evaluate(work, trustee);
    size_t limbs = mpz_size(work->delta) + work->order->limbs;
    quorsum_key_share *share = NULL;
    qs_secret product = {0};
    quorsum_status status = qs_key_share_new(&share, trustee, work->share_bits);

    work->shares[trustee - 1] = share;
    if (status == QUORSUM_OK && qs_secret_init(&product, limbs) != 0)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK)
        status = multiply(product.limb, mpz_limbs_read(work->delta), mpz_size(work->delta), s, work->order->limbs);
    if (status == QUORSUM_OK) {
        QS_INVARIANT(share->value.limbs <= limbs);
        memcpy(share->value.limb, product.limb, share->value.limbs * sizeof(mp_limb_t));
        for (size_t i = share->value.limbs; i < limbs; i++)
            QS_INVARIANT(product.limb[i] == 0);
    }
    qs_secret_clear(&product);
    return status;
}

static quorsum_status make_shares(dealing *work)
{
    quorsum_status status = QUORSUM_OK;

    qs_factorial(work->delta, work->options->trustees);
    work->share_bits = work->key->root->bits - 2 + mpz_sizeinbase(work->delta, 2);
    for (uint32_t i = 1; i <= work->options->trustees && status == QUORSUM_OK; i++)
        status = make_share(work, i);
    return status;
}

/* ---- the record ---- */

static quorsum_status make_verification_keys(const dealing *work, qs_key_parts *parts)
{
    const qs_ring *root = work->key->root;
    mp_limb_t *v = calloc(root->width, sizeof *v);
    quorsum_status status = v != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    if (v != NULL)
        qs_key_v(work->key, v);
    for (uint32_t i = 0; i < parts->trustees && status == QUORSUM_OK; i++)
        status = qs_verification_key(parts->verify + i * root->limbs, work->key, v, &work->shares[i]->value,
                                     work->share_bits);
    free(v);
    return status;
}

/* The partials of trustees 1..quorum for the certificate's challenges: quorum arrays behind each other. */
static quorsum_status certificate_partials(const dealing *work, mp_limb_t *values, const mp_limb_t *challenges,
                                           const quorsum_run *run)
{
    const qs_ring *root = work->key->root;
    quorsum_status status = QUORSUM_OK;

    for (uint32_t i = 0; i < work->options->quorum && status == QUORSUM_OK; i++)
        status = qs_partial_powers(values + (size_t)i * QS_CERTIFICATE_ROOTS * root->limbs, work->key, challenges,
                                   root->limbs, QS_CERTIFICATE_ROOTS, &work->shares[i]->value, work->share_bits, run);
    return status;
}

/* rho_1 .. rho_7 as trustees open any ciphertext: a live test of the shares. */
static quorsum_status make_certificate(const dealing *work, qs_key_parts *parts, const quorsum_run *run)
{
    size_t limbs = work->key->root->limbs;
    size_t array = QS_CERTIFICATE_ROOTS * limbs;
    mp_limb_t *challenges = calloc(parts->quorum + 1, array * sizeof *challenges);
    const mp_limb_t **partials = calloc(parts->quorum, sizeof *partials);
    uint32_t *trustees = calloc(parts->quorum, sizeof *trustees);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (challenges != NULL && partials != NULL && trustees != NULL) {
        mp_limb_t *values = challenges + array;

        qs_certificate_challenges(work->key, challenges);
        for (uint32_t i = 0; i < parts->quorum; i++) {
            trustees[i] = i + 1;
            partials[i] = values + i * array;
        }
        status = certificate_partials(work, values, challenges, run);
    }
    if (status == QUORSUM_OK)
        status = qs_combine_roots_vartime(parts->roots, parts, challenges, limbs, QS_CERTIFICATE_ROOTS, trustees,
                                          partials, run);
    free(trustees);
    free(partials);
    free(challenges);
    return status;
}

static quorsum_status make_proofs(const dealing *work, qs_key_parts *parts)
{
    qs_context context = qs_key_context(parts);
    quorsum_status status = qs_modulus_prove(&parts->modulus, &context, work->key, work->p, work->q);

    if (status == QUORSUM_OK)
        status = qs_factors_prove(parts->factors, &context, work->key, work->p, work->q);
    return status;
}

static quorsum_status make_record(quorsum_key_record **record, const dealing *work, const quorsum_identity *signer,
                                  const quorsum_run *run)
{
    const quorsum_deal_options *options = work->options;
    qs_key_parts parts = {0};
    quorsum_status status = qs_key_parts_init(&parts, work->key, qs_origin_dealer, options->trustees, options->quorum,
                                              work->share_bits, options->roster);

    if (status == QUORSUM_OK) {
        memcpy(parts.signer, quorsum_identity_public(signer), QUORSUM_IDENTITY_BYTES);
        memcpy(parts.prover, parts.signer, sizeof parts.prover);
        status = make_verification_keys(work, &parts);
    }
    if (status == QUORSUM_OK)
        status = make_certificate(work, &parts, run);
    if (status == QUORSUM_OK)
        status = make_proofs(work, &parts);
    if (status == QUORSUM_OK)
        status = qs_key_record_make(record, &parts, signer, run);
    qs_key_parts_clear(&parts);
    for (uint32_t i = 0; i < options->trustees && status == QUORSUM_OK; i++)
        memcpy(work->shares[i]->key, (*record)->digest, QUORSUM_DIGEST_BYTES);
    return status;
}

static void dealing_clear(dealing *work)
{
    qs_secret_clear(&work->p_half);
    qs_secret_clear(&work->q_half);
    qs_secret_clear(&work->polynomial);
    qs_secret_clear(&work->scratch);
    qs_ring_free(work->order);
    mpz_clear(work->delta);
    quorsum_public_key_free(work->key);
}

quorsum_status qs_deal_from_primes(quorsum_key_record **record, quorsum_key_share **shares, const qs_secret *p,
                                   const qs_secret *q, const quorsum_deal_options *options,
                                   const quorsum_identity *signer, const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    dealing work = {.options = options, .p = p, .q = q, .shares = shares};
    quorsum_status status;

    *record = NULL;
    if (!options_are_sound(options))
        return QUORSUM_ERR_ARGUMENT;
    memset(shares, 0, options->trustees * sizeof *shares);
    mpz_init(work.delta);
    status = take_primes(&work, p, q);
    if (status == QUORSUM_OK)
        status = make_key(&work, p, q);
    if (status == QUORSUM_OK)
        status = make_order(&work);
    if (status == QUORSUM_OK)
        status = make_polynomial(&work);
    if (status == QUORSUM_OK)
        status = make_shares(&work);
    if (status == QUORSUM_OK)
        status = make_record(record, &work, signer, &quiet);
    for (uint32_t i = 0; status != QUORSUM_OK && i < options->trustees; i++) {
        quorsum_key_share_free(shares[i]);
        shares[i] = NULL;
    }
    dealing_clear(&work);
    return status;
}
