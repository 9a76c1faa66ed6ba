/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decryption with the factors (Paillier 1999 section 7, Damgard-Jurik 2001 section 4.2), constant time, for every s.
 *
 * Modulo p^(s+1) the group has order p^s (p-1), which divides N^s (p-1): so c^(p-1) = (1+pq)^(m (p-1)), whatever the
 * randomiser. Its digits in base p are 1 and then those of q S(x), x = m (p-1) mod p^s, with the series S of digits.h
 * for n = p, c_k = q^(k-1)/k!. That gives m_p = m mod p^s, likewise m_q, and
 *
 *     m = m_q + q^s ((m_p - m_q) q^(-s) mod p^s),    0 <= m < N^s
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/paillier/digits.h"
#include "lib/paillier/private_key.h"
#include "lib/paillier/workers.h"

typedef struct decryption {
    const quorsum_private_key *key;
    const quorsum_ciphertexts *ciphertexts;
    quorsum_plaintexts *result;
    qs_workers workers;
} decryption;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The scratch of one half, and of the joining, below what they keep themselves. */
static size_t half_scratch(const qs_prime_half *half)
{
    size_t longest = larger(qs_power_scratch(half->ring), qs_ring_scratch(half->ring));

    longest = larger(longest, qs_series_scratch(half->plain));
    return 2 * half->ring->width + longest;
}

static size_t join_scratch(const quorsum_private_key *key)
{
    size_t longest = larger(qs_ring_scratch(key->key->plain), qs_ring_scratch(key->p.plain));

    longest = larger(longest, larger(qs_digits_scratch(key->p.plain), qs_digits_scratch(key->q.plain)));
    return 2 * key->p.plain->width + key->q.plain->width + key->key->plain->width + longest;
}

static size_t decryption_scratch(const quorsum_private_key *key)
{
    size_t longest = larger(half_scratch(&key->p), half_scratch(&key->q));

    return key->p.plain->width + key->q.plain->width + larger(longest, join_scratch(key));
}

/* out = m mod prime^s. The ciphertext's base-N digits become base-prime digits by Horner. */
static void decrypt_half(const qs_prime_half *half, const qs_ring *public_ring, mp_limb_t *out, const mp_limb_t *c,
                         mp_limb_t *scratch)
{
    const qs_ring *ring = half->ring;
    mp_limb_t *value = scratch;
    mp_limb_t *digit = value + ring->width;
    mp_limb_t *rest = digit + ring->width;

    memset(value, 0, ring->width * sizeof *value);
    for (unsigned i = public_ring->digits; i-- > 0;) {
        qs_ring_mul(ring, value, value, half->modulus, rest);
        qs_ring_reduce(ring, digit, c + i * public_ring->limbs, public_ring->limbs, rest);
        qs_ring_add(ring, value, value, digit, rest);
    }
    qs_ring_enter(ring, value, value, rest);
    qs_power(ring, value, value, half->exponent, ring->bits, rest);
    qs_ring_leave(ring, value, value, rest);
    qs_ring_mul(half->plain, digit, value + ring->limbs, half->unlift, rest);
    qs_series_solve(half->plain, half->coefficient, out, digit, rest);
    qs_ring_mul(half->plain, out, out, half->unscale, rest);
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
    mp_limb_t *m_p = qs_workers_scratch(&job->workers, worker);
    mp_limb_t *m_q = m_p + key->p.plain->width;
    mp_limb_t *rest = m_q + key->q.plain->width;

    for (size_t i = begin; i < end; i++) {
        const mp_limb_t *c = job->ciphertexts->value + i * ring->width;

        decrypt_half(&key->p, ring, m_p, c, rest);
        decrypt_half(&key->q, ring, m_q, c, rest);
        join_halves(key, job->result->value + i * key->key->plain->width, m_p, m_q, rest);
    }
    return QUORSUM_OK;
}

quorsum_status quorsum_decrypt(quorsum_plaintexts **out, const quorsum_private_key *key,
                               const quorsum_ciphertexts *ciphertexts, const quorsum_run *run)
{
    decryption job = {.key = key, .ciphertexts = ciphertexts};
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || key == NULL || ciphertexts == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_public_key_same(key->key, ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    status = quorsum_plaintexts_new(&job.result, key->key, ciphertexts->count);
    if (status == QUORSUM_OK)
        status = qs_workers_init(&job.workers, run, ciphertexts->count, 1, decryption_scratch(key), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, ciphertexts->count, 1, decrypt_block, &job);
    if (status == QUORSUM_OK) {
        *out = job.result;
        job.result = NULL;
    }
    qs_workers_clear(&job.workers);
    quorsum_plaintexts_free(job.result);
    return status;
}
