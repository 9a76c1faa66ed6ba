/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making private keys: what follows from p and q, in constant time and guarded memory, generation, and the sealed
 * form. Decryption is in decrypt.c.
 */
#include "lib/paillier/private_key.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/mask.h"
#include "lib/arith/prime.h"
#include "lib/base/bytes.h"
#include "lib/base/seal.h"

#define KIND "private-key"
#define HEAD_BYTES 2 /* degree and randomiser before the primes in the sealed form */

/* ---- constants of a half ---- */

/* Working space for what follows: make_half and make_coefficients keep a number each, invert_secret two, and the
 * power at the end needs the most (it holds the ring's own scratch). */
static size_t making_scratch(const qs_ring *ring)
{
    return 4 * ring->width + qs_power_scratch(ring);
}

/* r = 1/x modulo prime^digits, Montgomery form, r not x: x^(prime-2) is right modulo the prime, and Newton's
 * r <- r (2 - x r) doubles the digits that are right. Three rounds do for eight. */
static void invert_secret(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch)
{
    mp_limb_t *error = scratch;
    mp_limb_t *exponent = error + ring->width;
    mp_limb_t *rest = exponent + ring->width;

    memset(exponent, 0, ring->limbs * sizeof *exponent);
    exponent[0] = 2;
    (void)mpn_sub_n(exponent, ring->n, exponent, (mp_size_t)ring->limbs);
    qs_power(ring, r, x, exponent, ring->bits, rest);
    for (unsigned right = 1; right < ring->digits; right *= 2) {
        qs_ring_mul(ring, error, x, r, rest);
        qs_ring_sub(ring, error, ring->one, error, rest);
        qs_ring_add(ring, error, error, ring->one, rest);
        qs_ring_mul(ring, r, r, error, rest);
    }
}

/* r = integer mod n^digits, Montgomery form. */
static void enter_integer(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *integer, size_t limbs, mp_limb_t *scratch)
{
    qs_ring_reduce(ring, r, integer, limbs, scratch);
    qs_ring_enter(ring, r, r, scratch);
}

/* c_k = c_(k-1) other / k, from c_1 = 1. */
static void make_coefficients(const qs_prime_half *half, unsigned degree, const mp_limb_t *other, mp_limb_t *scratch)
{
    const qs_ring *plain = half->plain;
    mp_limb_t *inverse = scratch;
    mp_limb_t *rest = inverse + plain->width;
    const mp_limb_t *before = plain->one;

    for (mp_limb_t k = 2; k <= degree; k++) {
        mp_limb_t *coefficient = half->coefficient + (k - 2) * plain->width;

        enter_integer(plain, coefficient, &k, 1, rest);
        invert_secret(plain, inverse, coefficient, rest);
        qs_ring_mul(plain, coefficient, inverse, other, rest);
        qs_ring_mul(plain, coefficient, coefficient, before, rest);
        before = coefficient;
    }
}

/* A ciphertext is s+1 digits of N's limbs; here each of those is cut into pieces of the prime's limbs. Piece k of digit
 * i counts for R^k N^i, R being ring.h's. */
static size_t pieces(const quorsum_public_key *key, const qs_ring *ring)
{
    return (key->root->limbs + ring->limbs - 1) / ring->limbs;
}

static void make_weights(const qs_prime_half *half, const quorsum_public_key *key, mp_limb_t *scratch)
{
    const qs_ring *ring = half->ring;
    mp_limb_t *modulus = scratch; /* N */
    mp_limb_t *rest = modulus + ring->width;
    mp_limb_t *weight = half->weight;
    size_t each = pieces(key, ring) * ring->width;

    enter_integer(ring, modulus, key->root->n, key->root->limbs, rest);
    memcpy(weight, ring->one, ring->width * sizeof *weight);
    for (unsigned i = 0; i <= key->degree; i++, weight += each) {
        if (i > 0)
            qs_ring_mul(ring, weight, weight - each, modulus, rest);
        for (size_t k = ring->width; k < each; k += ring->width)
            qs_ring_mul(ring, weight + k, weight + k - ring->width, ring->square, rest);
    }
}

static size_t half_limbs(const quorsum_public_key *key, const qs_ring *ring)
{
    size_t weights = (key->degree + 1) * pieces(key, ring);

    return ring->limbs + (weights + 2 + key->degree) * ring->width; /* plain is no wider than ring */
}

static quorsum_status make_rings(qs_prime_half *half, const qs_secret *prime, unsigned degree)
{
    quorsum_status status = qs_ring_new(&half->ring, prime->limb, prime->limbs, degree + 1, 1);

    if (status == QUORSUM_OK)
        status = qs_ring_add_lanes(half->ring);
    if (status == QUORSUM_OK)
        status = qs_ring_new(&half->plain, prime->limb, prime->limbs, degree, 1);
    return status;
}

/* Fills the half's numbers into `block` and answers the first limb behind them. */
static mp_limb_t *make_half(qs_prime_half *half, const quorsum_public_key *key, const qs_secret *other,
                            mp_limb_t *block, mp_limb_t *scratch)
{
    const qs_ring *plain = half->plain;
    mp_limb_t *number = scratch;
    mp_limb_t *rest = number + plain->width;

    half->exponent = block;
    half->unlift = half->exponent + half->ring->limbs;
    half->unscale = half->unlift + half->ring->width;
    half->coefficient = half->unscale + half->ring->width;
    half->weight = half->coefficient + key->degree * half->ring->width;
    memcpy(half->exponent, half->ring->n, half->ring->limbs * sizeof *block);
    half->exponent[0] -= 1; /* odd: no borrow */
    make_weights(half, key, scratch);
    enter_integer(plain, number, half->exponent, half->ring->limbs, rest);
    invert_secret(plain, half->unscale, number, rest);
    enter_integer(plain, number, other->limb, other->limbs, rest);
    invert_secret(plain, half->unlift, number, rest);
    make_coefficients(half, key->degree, number, rest);
    return block + half_limbs(key, half->ring);
}

/* r = x^power for a small public power >= 1, Montgomery form. */
static void small_power(const qs_ring *ring, mp_limb_t *r, const mp_limb_t *x, unsigned power, mp_limb_t *scratch)
{
    memcpy(r, ring->one, ring->width * sizeof *r);
    for (unsigned i = 0; i < power; i++)
        qs_ring_mul(ring, r, r, x, scratch);
}

static quorsum_status make_constants(quorsum_private_key *key, const qs_secret *p, const qs_secret *q)
{
    const quorsum_public_key *public = key->key;
    const qs_ring *plain = public->plain;
    size_t halves = half_limbs(public, key->p.ring) + half_limbs(public, key->q.ring);
    size_t working = making_scratch(key->p.ring);
    mp_limb_t *scratch;

    if (working < plain->width + qs_ring_scratch(plain))
        working = plain->width + qs_ring_scratch(plain);
    key->block = qs_secret_block((halves + key->p.plain->width + plain->width) * sizeof *key->block);
    scratch = qs_secret_block(working * sizeof *scratch);
    if (key->block != NULL && scratch != NULL) {
        mp_limb_t *next = make_half(&key->p, public, q, key->block, scratch);

        key->unmix = make_half(&key->q, public, p, next, scratch);
        small_power(key->p.plain, key->unmix, key->p.unlift, public->degree, scratch);
        key->mix = key->unmix + key->p.plain->width;
        enter_integer(plain, scratch, q->limb, q->limbs, scratch + plain->width);
        small_power(plain, key->mix, scratch, public->degree, scratch + plain->width);
    }
    qs_secret_release(scratch);
    return key->block != NULL && scratch != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}

/* ---- from primes ---- */

static size_t bit_length(const qs_secret *x) /* public: primes of a key have a known length */
{
    size_t limbs = x->limbs;

    while (limbs > 0 && qs_reveal(x->limb[limbs - 1] == 0))
        limbs--;
    return limbs == 0 ? 0 : qs_reveal(mpn_sizeinbase(x->limb, (mp_size_t)limbs, 2));
}

static int primes_fit(const qs_secret *p, const qs_secret *q)
{
    mp_limb_t difference = 0;
    size_t bits = bit_length(p);

    if (bits < 3 || bits != bit_length(q) || p->limbs != q->limbs)
        return 0;
    if ((bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS != p->limbs || qs_reveal(p->limb[0] & q->limb[0] & 1) == 0)
        return 0;
    for (size_t i = 0; i < p->limbs; i++)
        difference |= p->limb[i] ^ q->limb[i];
    return (int)qs_reveal(difference != 0);
}

/* N = p q as public bytes without leading zeros. */
static quorsum_status multiply_primes(uint8_t *modulus, size_t *len, const qs_secret *p, const qs_secret *q)
{
    mp_size_t limbs = (mp_size_t)p->limbs;
    size_t product_limbs = 2 * p->limbs;
    mp_limb_t *block = qs_secret_block((product_limbs + (size_t)mpn_sec_mul_itch(limbs, limbs)) * sizeof *block);

    if (block == NULL)
        return QUORSUM_ERR_MEMORY;
    mpn_sec_mul(block, p->limb, limbs, q->limb, limbs, block + product_limbs);
    while (qs_reveal(block[product_limbs - 1] == 0))
        product_limbs--;
    *len = (qs_reveal(mpn_sizeinbase(block, (mp_size_t)product_limbs, 2)) + 7) / 8;
    (void)qs_limbs_to_bytes(modulus, *len, block, product_limbs);
    qs_secret_release(block);
    return QUORSUM_OK;
}

quorsum_status qs_private_key_from_primes(quorsum_private_key **out, const qs_secret *p, const qs_secret *q,
                                          const quorsum_key_options *options)
{
    uint8_t modulus[QS_MODULUS_BITS_MAX / 8 + 2 * sizeof(mp_limb_t)];
    size_t len = 0;
    quorsum_private_key *key;
    quorsum_status status;

    *out = NULL;
    if (!primes_fit(p, q))
        return QUORSUM_ERR_ARGUMENT;
    if (bit_length(p) > QS_MODULUS_BITS_MAX / 2)
        return QUORSUM_ERR_MODULUS_SIZE;
    key = calloc(1, sizeof *key);
    if (key == NULL)
        return QUORSUM_ERR_MEMORY;
    status = multiply_primes(modulus, &len, p, q);
    if (status == QUORSUM_OK)
        status = quorsum_public_key_new(&key->key, modulus, len, options);
    if (status == QUORSUM_OK)
        status = make_rings(&key->p, p, key->key->degree);
    if (status == QUORSUM_OK)
        status = make_rings(&key->q, q, key->key->degree);
    if (status == QUORSUM_OK)
        status = make_constants(key, p, q);
    if (status == QUORSUM_OK) {
        *out = key;
        key = NULL;
    }
    quorsum_private_key_free(key);
    return status;
}

void quorsum_private_key_free(quorsum_private_key *key)
{
    if (key == NULL)
        return;
    qs_ring_free(key->p.ring);
    qs_ring_free(key->p.plain);
    qs_ring_free(key->q.ring);
    qs_ring_free(key->q.plain);
    qs_secret_release(key->block);
    quorsum_public_key_free(key->key);
    free(key);
}

const quorsum_public_key *quorsum_private_key_public(const quorsum_private_key *key)
{
    return key->key;
}

/* ---- generation ---- */

/* Two searches as one: the second one's count goes on where the first one's ended. */
typedef struct search {
    const quorsum_run *run;
    uint64_t before;
    uint64_t latest;
} search;

static int report_search(uint64_t done, uint64_t total, void *user)
{
    search *state = user;

    state->latest = state->before + done;
    return state->run->progress(state->latest, total, state->run->user);
}

static quorsum_status find_prime(qs_secret *prime, size_t bits, search *state)
{
    quorsum_run run = {.threads = state->run != NULL ? state->run->threads : 0};

    state->before = state->latest;
    if (state->run != NULL && state->run->progress != NULL) {
        run.progress = report_search;
        run.user = state;
    }
    return qs_prime_generate(prime, bits, 0, &run);
}

quorsum_status quorsum_private_key_generate(quorsum_private_key **out, const quorsum_key_options *options,
                                            const quorsum_run *run)
{
    quorsum_key_options wanted;
    search state = {.run = run};
    qs_secret p = {0};
    qs_secret q = {0};
    quorsum_status status;

    if (out == NULL)
        return QUORSUM_ERR_ARGUMENT;
    *out = NULL;
    status = qs_key_options_complete(&wanted, options);
    if (status != QUORSUM_OK)
        return status;
    if (wanted.modulus_bits == 0)
        wanted.modulus_bits = QS_MODULUS_BITS_DEFAULT;
    if (wanted.modulus_bits % 2 != 0 || wanted.modulus_bits < 32 || !qs_modulus_bits_allowed(wanted.modulus_bits))
        return QUORSUM_ERR_MODULUS_SIZE;
    status = find_prime(&p, wanted.modulus_bits / 2, &state);
    if (status == QUORSUM_OK)
        status = find_prime(&q, wanted.modulus_bits / 2, &state);
    if (status == QUORSUM_OK)
        status = qs_private_key_from_primes(out, &p, &q, &wanted);
    qs_secret_clear(&p);
    qs_secret_clear(&q);
    return status;
}

/* ---- the sealed form ---- */

quorsum_status quorsum_private_key_seal(quorsum_bytes *out, const quorsum_private_key *key, const char *passphrase,
                                        size_t passphrase_len)
{
    qs_buffer sealed = {0};
    uint8_t *content;
    size_t bytes;
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || key == NULL)
        return QUORSUM_ERR_ARGUMENT;
    bytes = key->p.ring->bytes;
    content = qs_secret_block(HEAD_BYTES + 2 * bytes);
    if (content != NULL) {
        content[0] = (uint8_t)key->key->degree;
        content[1] = (uint8_t)key->key->randomiser;
        (void)qs_limbs_to_bytes(content + HEAD_BYTES, bytes, key->p.ring->n, key->p.ring->limbs);
        (void)qs_limbs_to_bytes(content + HEAD_BYTES + bytes, bytes, key->q.ring->n, key->q.ring->limbs);
        status = qs_seal(&sealed, KIND, content, HEAD_BYTES + 2 * bytes, passphrase, passphrase_len);
    }
    qs_secret_release(content);
    if (status == QUORSUM_OK)
        *out = (quorsum_bytes){sealed.data, sealed.len};
    else
        qs_buffer_free(&sealed);
    return status;
}

/* ERR_RANGE for what no key of ours contains: the seal was made by someone with the passphrase, not by this code. */
static quorsum_status read_content(quorsum_private_key **out, const uint8_t *content, size_t len)
{
    size_t bytes = (len - HEAD_BYTES) / 2;
    size_t limbs = (bytes + sizeof(mp_limb_t) - 1) / sizeof(mp_limb_t);
    quorsum_key_options options = {.degree = content[0], .randomiser = (quorsum_randomiser)content[1]};
    qs_secret p = {0};
    qs_secret q = {0};
    quorsum_status status = QUORSUM_OK;

    if (content[0] == 0 || content[HEAD_BYTES] == 0)
        return QUORSUM_ERR_RANGE;
    if (qs_secret_init(&p, limbs) != 0 || qs_secret_init(&q, limbs) != 0)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK) {
        (void)qs_limbs_from_bytes(p.limb, limbs, content + HEAD_BYTES, bytes); /* as many bits as the limbs */
        (void)qs_limbs_from_bytes(q.limb, limbs, content + HEAD_BYTES + bytes, bytes);
        status = qs_private_key_from_primes(out, &p, &q, &options);
    }
    qs_secret_clear(&p);
    qs_secret_clear(&q);
    return status == QUORSUM_ERR_ARGUMENT ? QUORSUM_ERR_RANGE : status;
}

quorsum_status quorsum_private_key_unseal(quorsum_private_key **out, const uint8_t *sealed, size_t len,
                                          const char *passphrase, size_t passphrase_len)
{
    void *content = NULL;
    size_t content_len = 0;
    quorsum_status status;

    if (out == NULL)
        return QUORSUM_ERR_ARGUMENT;
    *out = NULL;
    status = qs_unseal(&content, &content_len, KIND, sealed, len, passphrase, passphrase_len);
    if (status == QUORSUM_OK && content_len < HEAD_BYTES + 2)
        status = QUORSUM_ERR_TRUNCATED;
    if (status == QUORSUM_OK && (content_len % 2 != 0 || content_len > HEAD_BYTES + QS_MODULUS_BITS_MAX / 8))
        status = QUORSUM_ERR_TRAILING;
    if (status == QUORSUM_OK)
        status = read_content(out, content, content_len);
    qs_secret_release(content);
    return status;
}
