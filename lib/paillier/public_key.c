/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making public keys. Everything in one follows from (N, s, randomiser), so whoever has those has the same key, and
 * its digest names it. All public. Objects made under a key hold it by counting, not by copying.
 */
#include "lib/paillier/public_key.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/prime.h"
#include "lib/base/bytes.h"
#include "lib/base/invariant.h"

#define HASH_SLACK_BYTES 16 /* hashed bits beyond |N|: the residue is uniform but for 2^-128 */

/* ---- hashing ---- */

static void begin_hash(qs_transcript *hash, const char *domain, size_t out_len)
{
    (void)crypto_generichash_init(&hash->state, NULL, 0, out_len); /* no key and a valid length: cannot fail */
    qs_transcript_bytes(hash, domain, strlen(domain));
}

static void hash_modulus(qs_transcript *hash, const qs_ring *root)
{
    qs_transcript_limbs(hash, root->n, root->limbs, root->bytes);
}

void qs_seed_to_ring(const qs_ring *root, const uint8_t seed[QS_SEED_BYTES], mp_limb_t *out)
{
    uint8_t stream[QS_MODULUS_BITS_MAX / 8 + HASH_SLACK_BYTES];
    size_t len = root->bytes + HASH_SLACK_BYTES;
    mpz_t integer;

    QS_INVARIANT(len <= sizeof stream);
    qs_seed_expand(stream, len, seed);
    mpz_init(integer);
    mpz_import(integer, len, 1, 1, 1, 0, stream);
    qs_ring_from_mpz_vartime(root, out, integer);
    mpz_clear(integer);
}

/* seed = BLAKE2b-512 over L("quorsum/v1/hash-to-z") L(label) L(N) L(index); |N|+128 bits expanded from it, mod N. */
void qs_hash_to_ring(const qs_ring *root, const char *label, uint64_t index, mp_limb_t *out)
{
    uint8_t seed[QS_SEED_BYTES];
    qs_transcript hash;

    begin_hash(&hash, "quorsum/v1/hash-to-z", sizeof seed);
    qs_transcript_bytes(&hash, label, strlen(label));
    hash_modulus(&hash, root);
    qs_transcript_u64(&hash, index);
    (void)crypto_generichash_final(&hash.state, seed, sizeof seed);
    qs_seed_to_ring(root, seed, out);
}

void qs_hash_to_residue(const quorsum_public_key *key, const char *label, uint64_t index, mp_limb_t *out)
{
    qs_hash_to_ring(key->root, label, index, out);
}

static void make_digest(quorsum_public_key *key)
{
    qs_transcript hash;

    begin_hash(&hash, "quorsum/v1/public-key", sizeof key->digest);
    hash_modulus(&hash, key->root);
    qs_transcript_u64(&hash, key->degree);
    qs_transcript_u64(&hash, (uint64_t)key->randomiser);
    (void)crypto_generichash_final(&hash.state, key->digest, sizeof key->digest);
}

/* ---- making ---- */

int qs_modulus_bits_allowed(size_t bits)
{
    /* 2048, 3072 and 4096; below 2048 whatever the build lets through */
    return bits >= qs_modulus_bits_min() && bits <= QS_MODULUS_BITS_MAX && (bits < 2048 || bits % 1024 == 0);
}

quorsum_status qs_key_options_complete(quorsum_key_options *out, const quorsum_key_options *options)
{
    *out = options != NULL ? *options : (quorsum_key_options){0};
    if (out->degree == 0)
        out->degree = 1;
    if (out->degree > QS_DEGREE_MAX || (unsigned)out->randomiser > QUORSUM_RANDOMISER_FULL)
        return QUORSUM_ERR_ARGUMENT;
    return QUORSUM_OK;
}

static size_t alpha_bits(quorsum_randomiser randomiser, size_t bits)
{
    switch (randomiser) {
    case QUORSUM_RANDOMISER_SHORT:
        return bits < QS_ALPHA_SHORT ? bits : QS_ALPHA_SHORT; /* a toy N has no 384-bit group to hide in */
    case QUORSUM_RANDOMISER_FULL:
        return bits + QS_SLACK;
    case QUORSUM_RANDOMISER_HALF:
    default:
        return (bits + 1) / 2;
    }
}

static quorsum_status check_modulus(const mpz_t n, uint32_t declared)
{
    size_t bits = mpz_sizeinbase(n, 2);

    if (!qs_modulus_bits_allowed(bits) || (declared != 0 && declared != bits))
        return QUORSUM_ERR_MODULUS_SIZE;
    return qs_modulus_check_vartime(n, bits);
}

static quorsum_status make_rings(quorsum_public_key *key)
{
    const mp_limb_t *n = mpz_limbs_read(key->n);
    size_t limbs = mpz_size(key->n);
    quorsum_status status = qs_ring_new(&key->ring, n, limbs, key->degree + 1, 0);

    if (status == QUORSUM_OK)
        status = qs_ring_new(&key->root, n, limbs, 1, 0);
    if (status == QUORSUM_OK)
        status = qs_ring_new(&key->plain, n, limbs, key->degree, 0);
    return status;
}

/* 1/k! mod N^s: N has no factor as small as 4. */
static void make_binomials(quorsum_public_key *key, mp_limb_t *scratch)
{
    mpz_t value;

    mpz_init(value);
    for (unsigned k = 2; k <= key->degree; k++) {
        mp_limb_t *out = key->binomial + (k - 2) * key->plain->width;

        mpz_fac_ui(value, k);
        (void)mpz_invert(value, value, key->ns);
        qs_ring_from_mpz_vartime(key->plain, out, value);
        qs_ring_enter(key->plain, out, out, scratch);
    }
    mpz_clear(value);
}

/* h = HashToZ(N, "h")^2. One that shares a factor with N has found that factor. */
static quorsum_status make_h(quorsum_public_key *key, mp_limb_t *scratch)
{
    size_t first;
    quorsum_status status;

    qs_hash_to_residue(key, "h", 0, key->h);
    qs_ring_product_vartime(key->root, key->h, key->h, key->h, scratch);
    if (!qs_ring_units_vartime(key->root, key->h, key->root->limbs, 1, &first, scratch))
        return QUORSUM_ERR_MODULUS_FACTOR;
    status = qs_randomiser_vartime(key, key->h_s, key->h);
    if (status == QUORSUM_OK)
        qs_ring_enter(key->ring, key->h_s, key->h_s, scratch);
    return status;
}

static quorsum_status make_constants(quorsum_public_key *key)
{
    mp_limb_t *scratch = malloc(qs_ring_scratch(key->ring) * sizeof *scratch);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    key->h = calloc(key->root->width, sizeof *key->h);
    key->h_s = calloc(key->ring->width, sizeof *key->h_s);
    if (key->degree > 1)
        key->binomial = calloc((key->degree - 1) * key->plain->width, sizeof *key->binomial);
    if (scratch != NULL && key->h != NULL && key->h_s != NULL && (key->degree == 1 || key->binomial != NULL)) {
        if (key->degree > 1)
            make_binomials(key, scratch);
        status = make_h(key, scratch);
    }
    free(scratch);
    return status;
}

static quorsum_public_key *empty_key(const quorsum_key_options *options)
{
    quorsum_public_key *key = calloc(1, sizeof *key);

    if (key == NULL)
        return NULL;
    atomic_init(&key->references, 1);
    atomic_init(&key->steps, NULL);
    key->degree = options->degree;
    key->randomiser = options->randomiser;
    mpz_init(key->n);
    mpz_init(key->ns);
    return key;
}

quorsum_status quorsum_public_key_new(quorsum_public_key **out, const uint8_t *modulus, size_t len,
                                      const quorsum_key_options *options)
{
    quorsum_key_options wanted;
    quorsum_public_key *key;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || modulus == NULL || len == 0 || modulus[0] == 0)
        return QUORSUM_ERR_ARGUMENT;
    status = qs_key_options_complete(&wanted, options);
    if (status != QUORSUM_OK)
        return status;
    if (len > QS_MODULUS_BITS_MAX / 8)
        return QUORSUM_ERR_MODULUS_SIZE;
    key = empty_key(&wanted);
    if (key == NULL)
        return QUORSUM_ERR_MEMORY;
    mpz_import(key->n, len, 1, 1, 1, 0, modulus);
    status = check_modulus(key->n, wanted.modulus_bits);
    if (status == QUORSUM_OK) {
        mpz_pow_ui(key->ns, key->n, key->degree);
        key->alpha_bits = alpha_bits(key->randomiser, mpz_sizeinbase(key->n, 2));
        status = make_rings(key);
    }
    if (status == QUORSUM_OK)
        status = make_constants(key);
    if (status == QUORSUM_OK) {
        make_digest(key);
        *out = key;
        key = NULL;
    }
    quorsum_public_key_free(key);
    return status;
}

/* ---- steps ---- */

#define STEP_BITS 128

size_t qs_public_key_step_count(const quorsum_public_key *key)
{
    return (key->alpha_bits + 3 * QS_SLACK + STEP_BITS - 1) / STEP_BITS;
}

/* h_s is a unit: h is, and was checked. */
static mp_limb_t *make_steps(const quorsum_public_key *key)
{
    const qs_ring *ring = key->ring;
    size_t count = qs_public_key_step_count(key);
    mp_limb_t *steps = malloc(((count + 1) * ring->width + qs_ring_scratch(ring)) * sizeof *steps);
    mp_limb_t *power = steps + count * ring->width;
    mp_limb_t *scratch = power + ring->width;

    if (steps == NULL)
        return NULL;
    qs_ring_leave(ring, power, key->h_s, scratch);
    (void)qs_ring_invert_vartime(ring, power, power);
    qs_ring_enter(ring, power, power, scratch);
    for (size_t k = 0; k < count; k++) {
        for (unsigned i = 0; k > 0 && i < STEP_BITS; i++)
            qs_ring_sqr(ring, power, power, scratch);
        qs_ring_leave(ring, steps + k * ring->width, power, scratch);
    }
    return steps;
}

const mp_limb_t *qs_public_key_steps(const quorsum_public_key *key)
{
    quorsum_public_key *held = (quorsum_public_key *)(uintptr_t)key; /* immutable but for this and its counter */
    mp_limb_t *steps = atomic_load(&held->steps);
    mp_limb_t *before = NULL;

    if (steps != NULL)
        return steps;
    steps = make_steps(key);
    if (steps == NULL || atomic_compare_exchange_strong(&held->steps, &before, steps))
        return steps;
    free(steps);
    return before;
}

/* ---- holding ---- */

quorsum_public_key *qs_public_key_hold(const quorsum_public_key *key)
{
    quorsum_public_key *held = (quorsum_public_key *)(uintptr_t)key; /* immutable but for its counter and steps */

    (void)atomic_fetch_add(&held->references, 1);
    return held;
}

int qs_public_key_same(const quorsum_public_key *a, const quorsum_public_key *b)
{
    return a == b || memcmp(a->digest, b->digest, sizeof a->digest) == 0;
}

void quorsum_public_key_free(quorsum_public_key *key)
{
    if (key == NULL || atomic_fetch_sub(&key->references, 1) > 1)
        return;
    qs_ring_free(key->ring);
    qs_ring_free(key->root);
    qs_ring_free(key->plain);
    mpz_clear(key->n);
    mpz_clear(key->ns);
    free(key->h);
    free(key->h_s);
    free(atomic_load(&key->steps));
    free(key->binomial);
    free(key);
}

/* ---- asking ---- */

uint32_t quorsum_public_key_bits(const quorsum_public_key *key)
{
    return (uint32_t)key->root->bits;
}

uint32_t quorsum_public_key_degree(const quorsum_public_key *key)
{
    return key->degree;
}

quorsum_randomiser quorsum_public_key_randomiser(const quorsum_public_key *key)
{
    return key->randomiser;
}

uint32_t quorsum_public_key_plaintext_bits(const quorsum_public_key *key)
{
    return (uint32_t)mpz_sizeinbase(key->ns, 2);
}

size_t quorsum_public_key_modulus_bytes(const quorsum_public_key *key)
{
    return key->root->bytes;
}

size_t quorsum_public_key_ciphertext_bytes(const quorsum_public_key *key)
{
    return key->ring->digits * key->ring->bytes;
}

void quorsum_public_key_modulus(const quorsum_public_key *key, uint8_t *out)
{
    (void)qs_limbs_to_bytes(out, key->root->bytes, key->root->n, key->root->limbs);
}

const uint8_t *quorsum_public_key_digest(const quorsum_public_key *key)
{
    return key->digest;
}
