/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decryption with the factors (Paillier 1999 section 7, Damgard-Jurik 2001 section 4.2), constant time, for every s.
 *
 * Modulo p^(s+1) the group has order p^s (p-1), which divides N^s (p-1): so c^(p-1) = (1+pq)^(m (p-1)), whatever the
 * randomiser. Its digits in base p are 1 and then those of q S(x), x = m (p-1) mod p^s, with the series S of digits.h
 * for n = p, c_k = q^(k-1)/k!. That gives m_p = m mod p^s, likewise m_q, and
 *
 *     m = m_q + q^s ((m_p - m_q) q^(-s) mod p^s),    0 <= m < N^s
 *
 * Nearly all of the time goes into the two powers. They are taken of eight ciphertexts at once where the rings of p and
 * q have lanes; the rest is done one by one.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/lanes.h"
#include "lib/paillier/digits.h"
#include "lib/paillier/private_key.h"
#include "lib/paillier/workers.h"

typedef struct decryption {
    const quorsum_private_key *key;
    const quorsum_ciphertexts *ciphertexts;
    quorsum_plaintexts *result;
    size_t block; /* ciphertexts that a worker takes at a time */
    qs_workers workers;
} decryption;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- one prime's half ---- */

/* The scratch below the values themselves. */
static size_t half_scratch(const qs_prime_half *half)
{
    const qs_lanes *lanes = half->ring->lanes;
    size_t single = larger(qs_power_scratch(half->ring), qs_ring_scratch(half->ring));
    size_t together = 0;

    if (lanes != NULL)
        together = QS_LANES_SLACK + 2 * qs_lanes_group(lanes) + qs_lanes_power_scratch(lanes);
    return larger(half->ring->width + larger(single, qs_series_scratch(half->plain)), together);
}

/* value = c modulo prime^(s+1): each piece of c times what it counts for. The one may be anything below the R of ring.h
 * if the other is canonical. */
static void reduce_ciphertext(const qs_prime_half *half, const qs_ring *public_ring, mp_limb_t *value,
                              const mp_limb_t *c, mp_limb_t *scratch)
{
    const qs_ring *ring = half->ring;
    const mp_limb_t *weight = half->weight;
    mp_limb_t *piece = scratch;
    mp_limb_t *rest = piece + ring->width;

    memset(value, 0, ring->width * sizeof *value);
    for (unsigned i = 0; i < public_ring->digits; i++, c += public_ring->limbs)
        for (size_t from = 0; from < public_ring->limbs; from += ring->limbs, weight += ring->width) {
            size_t left = public_ring->limbs - from;

            memset(piece, 0, ring->width * sizeof *piece);
            memcpy(piece, c + from, (left < ring->limbs ? left : ring->limbs) * sizeof *piece);
            qs_ring_mul(ring, piece, piece, weight, rest);
            qs_ring_add(ring, value, value, piece, rest);
        }
}

static void raise_one(const qs_prime_half *half, mp_limb_t *value, mp_limb_t *scratch)
{
    const qs_ring *ring = half->ring;

    qs_ring_enter(ring, value, value, scratch);
    qs_power(ring, value, value, half->exponent, ring->bits, scratch);
    qs_ring_leave(ring, value, value, scratch);
}

static void raise_together(const qs_prime_half *half, mp_limb_t *values, size_t count, mp_limb_t *scratch)
{
    const qs_ring *ring = half->ring;
    const qs_lanes *lanes = ring->lanes;
    mp_limb_t *x = qs_lanes_align(scratch);
    mp_limb_t *power = x + qs_lanes_group(lanes);
    mp_limb_t *rest = power + qs_lanes_group(lanes);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];

    qs_lanes_sources(sources, values, ring->width, count);
    qs_lanes_places(places, values, ring->width, count);
    qs_lanes_enter(lanes, x, sources, rest);
    qs_lanes_power(lanes, power, x, half->exponent, ring->bits, rest);
    qs_lanes_leave(lanes, places, power, rest);
}

/* out = m mod prime^s, from c^(prime-1). */
static void solve_half(const qs_prime_half *half, mp_limb_t *out, const mp_limb_t *value, mp_limb_t *scratch)
{
    const qs_ring *plain = half->plain;
    mp_limb_t *digits = scratch;
    mp_limb_t *rest = digits + plain->width;

    qs_ring_mul(plain, digits, value + half->ring->limbs, half->unlift, rest);
    qs_series_solve(plain, half->coefficient, out, digits, rest);
    qs_ring_mul(plain, out, out, half->unscale, rest);
}

/* The halves of `count` plaintexts; as many values of the ring for them. */
static void decrypt_half(const qs_prime_half *half, const qs_ring *public_ring, mp_limb_t *out, const mp_limb_t *c,
                         size_t count, mp_limb_t *values, mp_limb_t *scratch)
{
    const qs_ring *ring = half->ring;

    for (size_t i = 0; i < count; i++)
        reduce_ciphertext(half, public_ring, values + i * ring->width, c + i * public_ring->width, scratch);
    if (ring->lanes != NULL && count >= QS_LANES_WORTH)
        raise_together(half, values, count, scratch);
    else
        for (size_t i = 0; i < count; i++)
            raise_one(half, values + i * ring->width, scratch);
    for (size_t i = 0; i < count; i++)
        solve_half(half, out + i * half->plain->width, values + i * ring->width, scratch);
}

/* ---- the whole ---- */

static size_t join_scratch(const quorsum_private_key *key)
{
    size_t longest = larger(qs_ring_scratch(key->key->plain), qs_ring_scratch(key->p.plain));

    longest = larger(longest, larger(qs_digits_scratch(key->p.plain), qs_digits_scratch(key->q.plain)));
    return 2 * key->p.plain->width + key->q.plain->width + key->key->plain->width + longest;
}

/* Both rings are of one size: p and q have equally many bits. */
static size_t decryption_scratch(const decryption *job)
{
    const quorsum_private_key *key = job->key;
    size_t longest = larger(half_scratch(&key->p), half_scratch(&key->q));
    size_t widths = key->p.plain->width + key->q.plain->width + key->p.ring->width;

    return job->block * widths + larger(longest, join_scratch(key));
}

/* out = the m modulo N^s with these residues, as base-N digits. */
static void join_halves(const quorsum_private_key *key, mp_limb_t *out, const mp_limb_t *m_p, const mp_limb_t *m_q,
                        mp_limb_t *scratch)
{
    const qs_ring *plain = key->key->plain;
    const qs_ring *p = key->p.plain;
    const qs_ring *q = key->q.plain;
    mp_limb_t *low = scratch;          /* m_q as an integer */
    mp_limb_t *high = low + q->width;  /* (m_p - m_q) q^(-s) mod p^s, then that as an integer */
    mp_limb_t *integer = high + p->width;
    mp_limb_t *sum = integer + p->width;
    mp_limb_t *rest = sum + plain->width;

    qs_digits_integer(q, low, m_q, rest);
    qs_ring_reduce(p, high, low, q->width, rest);
    qs_ring_sub(p, high, m_p, high, rest);
    qs_ring_mul(p, high, high, key->unmix, rest);
    qs_digits_integer(p, integer, high, rest);
    qs_ring_reduce(plain, sum, integer, p->width, rest);
    qs_ring_mul(plain, sum, sum, key->mix, rest);
    qs_ring_reduce(plain, out, low, q->width, rest);
    qs_ring_add(plain, out, out, sum, rest);
}

static quorsum_status decrypt_block(void *context, unsigned worker, size_t begin, size_t end)
{
    decryption *job = context;
    const quorsum_private_key *key = job->key;
    const qs_ring *ring = key->key->ring;
    const mp_limb_t *c = job->ciphertexts->value + begin * ring->width;
    size_t count = end - begin;
    mp_limb_t *m_p = qs_workers_scratch(&job->workers, worker);
    mp_limb_t *m_q = m_p + job->block * key->p.plain->width;
    mp_limb_t *values = m_q + job->block * key->q.plain->width;
    mp_limb_t *rest = values + job->block * key->p.ring->width;

    decrypt_half(&key->p, ring, m_p, c, count, values, rest);
    decrypt_half(&key->q, ring, m_q, c, count, values, rest);
    for (size_t i = 0; i < count; i++)
        join_halves(key, job->result->value + (begin + i) * key->key->plain->width, m_p + i * key->p.plain->width,
                    m_q + i * key->q.plain->width, rest);
    return QUORSUM_OK;
}

quorsum_status quorsum_decrypt(quorsum_plaintexts **out, const quorsum_private_key *key,
                               const quorsum_ciphertexts *ciphertexts, const quorsum_run *run)
{
    decryption job = {.key = key, .ciphertexts = ciphertexts, .block = 1};
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || key == NULL || ciphertexts == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_public_key_same(key->key, ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (key->p.ring->lanes != NULL && ciphertexts->count >= QS_LANES_WORTH)
        job.block = QS_LANES;
    status = quorsum_plaintexts_new(&job.result, key->key, ciphertexts->count);
    if (status == QUORSUM_OK)
        status = qs_workers_init(&job.workers, run, ciphertexts->count, job.block, decryption_scratch(&job), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, ciphertexts->count, job.block, decrypt_block, &job);
    if (status == QUORSUM_OK) {
        *out = job.result;
        job.result = NULL;
    }
    qs_workers_clear(&job.workers);
    quorsum_plaintexts_free(job.result);
    return status;
}
