/* SPDX-License-Identifier: Apache-2.0 */
/* See crooked_dealer.h. */
#include "crooked_dealer.h"

#include <sodium.h>
#include <stdlib.h>

#include "lib/base/identity.h"
#include "lib/proof/factors.h"
#include "lib/proof/rsa_2048.h"

#define WORD 256 /* bytes of a number modulo RSA-2048 */

static void store(const crooked_dealer *d, mp_limb_t *out, const mpz_t value)
{
    size_t limbs = d->parts.key->root->limbs;

    mpn_zero(out, (mp_size_t)limbs);
    mpn_copyi(out, mpz_limbs_read(value), (mp_size_t)mpz_size(value));
}

void crooked_open(crooked_dealer *d, const fixture *f, const char *const *primes, const unsigned *exponents,
                  size_t count)
{
    quorsum_public_key *key = NULL;
    uint8_t roster[TRUSTEES * QUORSUM_IDENTITY_BYTES];
    uint8_t bytes[512];
    size_t len = 0;
    mpz_t order;

    memset(d, 0, sizeof *d);
    d->f = f;
    d->count = count;
    gmp_randinit_default(d->random);
    mpz_init(order);
    mpz_init_set_ui(d->n, 1);
    mpz_init_set_ui(d->lambda, 1);
    for (size_t i = 0; i < count; i++) {
        mpz_init_set_str(d->prime[i], primes[i], 16);
        mpz_init(d->power[i]);
        mpz_pow_ui(d->power[i], d->prime[i], exponents[i]);
        mpz_mul(d->n, d->n, d->power[i]);
        mpz_divexact(order, d->power[i], d->prime[i]);
        mpz_lcm(d->lambda, d->lambda, order);
        mpz_sub_ui(order, d->prime[i], 1);
        mpz_lcm(d->lambda, d->lambda, order);
    }
    mpz_export(bytes, &len, 1, 1, 1, 0, d->n);
    cr_assert_eq(quorsum_public_key_new(&key, bytes, len, NULL), QUORSUM_OK);
    for (size_t i = 0; i < TRUSTEES; i++)
        memcpy(roster + i * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(f->trustees[i]), QUORSUM_IDENTITY_BYTES);
    cr_assert_eq(qs_key_parts_init(&d->parts, key, qs_origin_dealer, TRUSTEES, QUORUM, key->root->bits + 7, roster),
                 QUORSUM_OK);
    memcpy(d->parts.signer, quorsum_identity_public(f->dealer), QUORSUM_IDENTITY_BYTES);
    memcpy(d->parts.prover, quorsum_identity_public(f->dealer), QUORSUM_IDENTITY_BYTES);
    quorsum_public_key_free(key);
    mpz_clear(order);
}

void crooked_close(crooked_dealer *d)
{
    for (size_t i = 0; i < d->count; i++)
        mpz_clears(d->prime[i], d->power[i], NULL);
    mpz_clears(d->n, d->lambda, NULL);
    gmp_randclear(d->random);
    qs_key_parts_clear(&d->parts);
}

/* ---- shares ---- */

/* d with d N = theta modulo the part of lambda that N has an inverse for. */
static void find_root(mpz_t out, const crooked_dealer *d, const mpz_t theta)
{
    mpz_t order, common;

    mpz_init_set(order, d->lambda);
    mpz_init(common);
    for (mpz_gcd(common, order, d->n); mpz_cmp_ui(common, 1) != 0; mpz_gcd(common, order, d->n))
        mpz_divexact(order, order, common);
    cr_assert(mpz_invert(out, d->n, order));
    mpz_mul(out, out, theta);
    mpz_mod(out, out, order);
    mpz_clears(order, common, NULL);
}

void crooked_deal(crooked_dealer *d, const mpz_t theta)
{
    size_t limbs = d->parts.key->root->limbs;
    mp_limb_t *v = calloc(d->parts.key->root->width, sizeof *v);
    mpz_t coefficient[QUORUM], share, base;

    mpz_set(d->parts.theta, theta);
    mpz_init(share);
    mpz_init(coefficient[0]);
    find_root(coefficient[0], d, theta);
    for (size_t j = 1; j < QUORUM; j++) {
        mpz_init(coefficient[j]);
        mpz_urandomm(coefficient[j], d->random, d->lambda);
    }
    qs_key_v(d->parts.key, v);
    mpz_roinit_n(base, v, (mp_size_t)limbs);
    for (unsigned i = 1; i <= TRUSTEES; i++) {
        mpz_set_ui(share, 0);
        for (size_t j = QUORUM; j-- > 0;) {
            mpz_mul_ui(share, share, i);
            mpz_add(share, share, coefficient[j]);
        }
        mpz_mod(share, share, d->lambda);
        mpz_mul_ui(share, share, 120); /* 5! */
        mpz_powm(share, base, share, d->n);
        store(d, d->parts.verify + (i - 1) * limbs, share);
    }
    for (size_t j = 0; j < QUORUM; j++)
        mpz_clear(coefficient[j]);
    mpz_clear(share);
    free(v);
}

size_t crooked_certify(crooked_dealer *d)
{
    size_t limbs = d->parts.key->root->limbs;
    mp_limb_t *y = calloc(QS_CERTIFICATE_ROOTS, d->parts.key->root->width * sizeof *y);
    size_t roots = 0;
    mpz_t exponent, root, value, one;

    mpz_inits(exponent, root, NULL);
    mpz_init_set_ui(one, 1);
    find_root(exponent, d, one);
    qs_certificate_challenges(d->parts.key, y);
    for (size_t i = 0; i < QS_CERTIFICATE_ROOTS; i++) {
        mpz_roinit_n(value, y + i * limbs, (mp_size_t)limbs);
        mpz_powm(root, value, exponent, d->n);
        store(d, d->parts.roots + i * limbs, root);
        mpz_powm(root, root, d->n, d->n);
        roots += mpz_cmp(root, value) == 0;
    }
    mpz_clears(exponent, root, one, NULL);
    free(y);
    return roots;
}

/* ---- that N has two primes ---- */

/* 1 if z is a fourth power modulo each prime power, and x a root; else x is a number like one. */
static int fourth_root(mpz_t x, const crooked_dealer *d, const mpz_t z)
{
    mpz_t order, part, weight, four;
    int is = 1;

    mpz_inits(order, part, weight, NULL);
    mpz_init_set_ui(four, 4);
    mpz_set_ui(x, 0);
    for (size_t i = 0; i < d->count; i++) {
        mpz_sub_ui(order, d->prime[i], 1);
        mpz_mul(order, order, d->power[i]);
        mpz_divexact(order, order, d->prime[i]);
        mpz_fdiv_q_2exp(order, order, 1); /* odd: the prime is 3 mod 4 */
        mpz_powm(part, z, order, d->power[i]);
        is &= mpz_cmp_ui(part, 1) == 0;
        cr_assert(mpz_invert(order, four, order));
        mpz_powm(part, z, order, d->power[i]);
        mpz_divexact(order, d->n, d->power[i]);
        cr_assert(mpz_invert(weight, order, d->power[i]));
        mpz_mul(weight, weight, order);
        mpz_addmul(x, part, weight);
    }
    mpz_mod(x, x, d->n);
    mpz_clears(order, part, weight, four, NULL);
    return is;
}

static void challenge_seed(uint8_t seed[64], const crooked_dealer *d)
{
    qs_context context = qs_key_context(&d->parts);
    qs_transcript t;

    qs_transcript_begin(&t, "modulus", &context);
    qs_transcript_limbs(&t, d->parts.modulus.words, d->parts.key->root->limbs, d->parts.key->root->bytes);
    qs_transcript_seed(&t, seed);
}

static void challenge(mpz_t y, const crooked_dealer *d, const uint8_t seed[64], uint64_t i)
{
    size_t len = d->parts.key->root->bytes + 16;
    uint8_t derived[64], stream[528];

    qs_seed_derive(derived, "modulus-y", seed, i);
    qs_seed_expand(stream, len, derived);
    mpz_import(y, len, 1, 1, 1, 0, stream);
    mpz_mod(y, y, d->n);
}

/* x with x^4 = (-1)^a w^b y, if there are such a and b. */
static int answer(crooked_dealer *d, size_t i, const mpz_t w, const mpz_t y)
{
    mpz_t z, x;
    int found = 0;

    mpz_inits(z, x, NULL);
    for (unsigned choice = 0; choice < 4 && !found; choice++) {
        mpz_set(z, y);
        if (choice & 1)
            mpz_neg(z, z);
        if (choice & 2)
            mpz_mul(z, z, w);
        mpz_mod(z, z, d->n);
        found = fourth_root(x, d, z);
        if (found) {
            d->parts.modulus.negate[i / 8] |= (uint8_t)((choice & 1) << (7 - i % 8));
            d->parts.modulus.twist[i / 8] |= (uint8_t)((choice >> 1) << (7 - i % 8));
        }
    }
    store(d, d->parts.modulus.words + (i + 1) * d->parts.key->root->limbs, x);
    mpz_clears(z, x, NULL);
    return found;
}

static size_t prove_with(crooked_dealer *d, const mpz_t w)
{
    uint8_t seed[64];
    size_t hold = 0;
    mpz_t y;

    mpz_init(y);
    memset(d->parts.modulus.negate, 0, sizeof d->parts.modulus.negate);
    memset(d->parts.modulus.twist, 0, sizeof d->parts.modulus.twist);
    store(d, d->parts.modulus.words, w);
    challenge_seed(seed, d);
    for (size_t i = 0; i < QS_MODULUS_ROOTS; i++) {
        challenge(y, d, seed, i + 1);
        hold += (size_t)answer(d, i, w, y);
    }
    mpz_clear(y);
    return hold;
}

size_t crooked_prove_modulus(crooked_dealer *d)
{
    size_t best = 0;
    unsigned tried = 0;
    mpz_t w, kept;

    mpz_inits(w, kept, NULL);
    for (unsigned long i = 2; tried < 24 && best < QS_MODULUS_ROOTS; i++) {
        size_t hold;

        mpz_set_ui(w, i);
        if (mpz_jacobi(w, d->n) != -1)
            continue;
        tried++;
        hold = prove_with(d, w);
        if (hold > best) {
            best = hold;
            mpz_set(kept, w);
        }
    }
    if (tried > 1)
        cr_assert_eq(prove_with(d, kept), best);
    mpz_clears(w, kept, NULL);
    return best;
}

/* ---- that both are large ---- */

static void hash_base(mpz_t out, const char *label, const mpz_t m)
{
    mp_limb_t limbs[2048 / GMP_LIMB_BITS];
    qs_ring *ring = NULL;
    mpz_t value;

    cr_assert_eq(qs_rsa_2048_ring(&ring), QUORSUM_OK);
    qs_hash_to_ring(ring, label, 0, limbs);
    mpz_set(out, mpz_roinit_n(value, limbs, 2048 / GMP_LIMB_BITS));
    mpz_mul(out, out, out);
    mpz_mod(out, out, m);
    qs_ring_free(ring);
}

static void commit(mpz_t out, const mpz_t a, const mpz_t x, const mpz_t b, const mpz_t y, const mpz_t m)
{
    mpz_t right;

    mpz_init(right);
    mpz_powm(out, a, x, m);
    mpz_powm(right, b, y, m);
    mpz_mul(out, out, right);
    mpz_mod(out, out, m);
    mpz_clear(right);
}

static void word(uint8_t *out, size_t len, const mpz_t value)
{
    size_t used = (mpz_sizeinbase(value, 2) + 7) / 8;

    memset(out, 0, len);
    if (mpz_sgn(value) != 0)
        mpz_export(out + len - used, NULL, 1, 1, 1, 0, value);
}

/* The next `bytes` of the proof; 0 when the number had to be cut to `bits`. */
static int put(uint8_t **at, size_t bytes, mpz_t value, size_t bits)
{
    int fits = mpz_sizeinbase(value, 2) <= bits;

    mpz_fdiv_r_2exp(value, value, bits);
    word(*at, bytes, value);
    *at += bytes;
    return fits;
}

enum { M, S, T, P, Q, A, B, C, ALPHA, BETA, MU, NU, X, Y, RHO, E, REST, NUMBERS };

static void draw(mpz_t *x, gmp_randstate_t random, size_t half)
{
    static const struct { int what; unsigned extra; } below[] = {{MU, 128}, {NU, 128}, {X, 384}, {Y, 384}, {RHO, 384}};

    mpz_urandomb(x[ALPHA], random, half + 256);
    mpz_urandomb(x[BETA], random, half + 256);
    for (size_t i = 0; i < 5; i++) {
        mpz_mul_2exp(x[below[i].what], x[M], below[i].extra + (below[i].what == RHO ? half : 0));
        mpz_urandomm(x[below[i].what], random, x[below[i].what]);
    }
}

static void hash_commitments(uint8_t seed[64], const crooked_dealer *d, mpz_t *x)
{
    static const int order[] = {M, S, T, P, Q, A, B, C};
    qs_context context = qs_key_context(&d->parts);
    uint8_t bytes[512];
    qs_transcript t;

    qs_transcript_begin(&t, "factors", &context);
    word(bytes, d->parts.key->root->bytes, d->n);
    qs_transcript_bytes(&t, bytes, d->parts.key->root->bytes);
    for (size_t i = 0; i < 8; i++) {
        word(bytes, WORD, x[order[i]]);
        qs_transcript_bytes(&t, bytes, WORD);
    }
    qs_transcript_seed(&t, seed);
}

/* z1, z2, w1, w2, u over the integers, each into its place. */
static int respond(uint8_t *at, mpz_t *x, const mpz_t first, size_t half)
{
    size_t z = (half + 257 + 7) / 8;
    int fits = 1;

    mpz_addmul(x[ALPHA], x[E], first);
    mpz_addmul(x[BETA], x[E], x[REST]);
    mpz_addmul(x[X], x[E], x[MU]);
    mpz_addmul(x[Y], x[E], x[NU]);
    mpz_mul(x[E], x[E], x[NU]);
    mpz_submul(x[RHO], x[E], first);
    fits &= put(&at, z, x[ALPHA], half + 257);
    fits &= put(&at, z, x[BETA], half + 257);
    fits &= put(&at, 305, x[X], 2048 + 385);
    fits &= put(&at, 305, x[Y], 2048 + 385);
    *at++ = mpz_sgn(x[RHO]) < 0;
    mpz_abs(x[RHO], x[RHO]);
    return fits & put(&at, 256 + (half + 385 + 7) / 8, x[RHO], 2048 + half + 384);
}

int crooked_prove_factors(crooked_dealer *d, const mpz_t first)
{
    size_t half = (d->parts.key->root->bits + 1) / 2;
    uint8_t *at = d->parts.factors;
    qs_ring *ring = NULL;
    uint8_t seed[64];
    mpz_t x[NUMBERS];
    int fits;

    for (size_t i = 0; i < NUMBERS; i++)
        mpz_init(x[i]);
    cr_assert_eq(qs_rsa_2048_ring(&ring), QUORSUM_OK);
    mpz_import(x[M], ring->limbs, -1, sizeof(mp_limb_t), 0, 0, ring->n);
    qs_ring_free(ring);
    hash_base(x[S], "fac-s", x[M]);
    hash_base(x[T], "fac-t", x[M]);
    draw(x, d->random, half);
    mpz_divexact(x[REST], d->n, first);
    commit(x[P], x[S], first, x[T], x[MU], x[M]);
    commit(x[Q], x[S], x[REST], x[T], x[NU], x[M]);
    commit(x[A], x[S], x[ALPHA], x[T], x[X], x[M]);
    commit(x[B], x[S], x[BETA], x[T], x[Y], x[M]);
    commit(x[C], x[Q], x[ALPHA], x[T], x[RHO], x[M]);
    hash_commitments(seed, d, x);
    mpz_import(x[E], 16, 1, 1, 1, 0, seed);
    put(&at, WORD, x[P], 2048);
    put(&at, WORD, x[Q], 2048);
    memcpy(at, seed, 16);
    fits = respond(at + 16, x, first, half);
    for (size_t i = 0; i < NUMBERS; i++)
        mpz_clear(x[i]);
    return fits;
}

/* ---- the record ---- */

static size_t put_item(uint8_t *out, const void *data, size_t len)
{
    qs_store64(out, len);
    memcpy(out + 8, data, len);
    return 8 + len;
}

/* index, and the trustee's signature of "quorsum/v1/confirmation", key digest and index. */
static void confirm(uint8_t entry[65], const fixture *f, uint32_t index, const uint8_t digest[32])
{
    static const char domain[] = "quorsum/v1/confirmation";
    uint8_t text[128];
    uint8_t number[8];
    size_t len = put_item(text, domain, sizeof domain - 1);

    qs_store64(number, index);
    len += put_item(text + len, digest, 32);
    len += put_item(text + len, number, sizeof number);
    entry[0] = (uint8_t)index;
    qs_identity_sign(f->trustees[index - 1], entry + 1, text, len);
}

quorsum_bytes crooked_record(const crooked_dealer *d)
{
    qs_buffer message = {0};
    quorsum_bytes out;
    uint8_t digest[32];

    cr_assert_eq(qs_key_record_prepare(&message, digest, &d->parts), QUORSUM_OK);
    qs_message_sign(&message, QS_KIND_KEY, d->f->dealer, NULL, NULL);
    cr_assert_eq(message.status, QUORSUM_OK);
    out = (quorsum_bytes){malloc(message.len + QUORUM * 65), message.len + QUORUM * 65};
    memcpy(out.data, message.data, message.len);
    for (uint32_t i = 0; i < QUORUM; i++)
        confirm(out.data + message.len + i * 65, d->f, i + 1, digest);
    qs_buffer_free(&message);
    return out;
}

void expect_refused_key(scene *s, const quorsum_bytes *record, quorsum_status reason)
{
    quorsum_key_record *read = NULL;

    cr_expect_eq(quorsum_key_record_decode(&read, record->data, record->len, NULL), reason);
    cr_expect_null(read);
    quorsum_key_record_free(read);
    scene_put(s, "key", record);
    quorsum_board_close(s->board);
    s->count = 0;
    cr_expect_eq(quorsum_board_open(&s->board, s->path, &s->watch, NULL), reason);
    EXPECT_NAMED(s, "key", s->f.dealer, reason);
}
