/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for secret primes. Every worker draws its own random windows, sieves them, and tests what the
 * sieve left, one candidate a step, until one of them has found a prime. The public checks of a modulus are
 * in modulus_check.c.
 *
 * A safe prime p = 2 p' + 1 is tested in this order, cheapest refusal first: p' by Fermat to base 2, p by Fermat
 * to base 2, p' by 64 strong tests to random bases (error 4^-64 whatever the candidate). p then needs none:
 * Pocklington with the prime p' > sqrt(p): 2^(p-1) = 1 mod p and gcd(2^2 - 1, p) = 1 prove p prime.
 */
#include "lib/arith/prime.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/mask.h"
#include "lib/arith/ring.h"
#include "lib/arith/sieve.h"
#include "lib/base/parallel.h"
#include "lib/base/random.h"

#define ROUNDS 64
/* A safe prime of 1024 bits takes about 190,000 candidates; a sieve up to 2^20 leaves 1 in 240 of them to be tested,
 * at half a millisecond each, and costs 15 ms a window, nearly all of it for the residues of its start. */
#define WINDOW ((size_t)1 << 17)
#define SIEVE_LIMIT ((uint32_t)1 << 20)
#define PRIME_BITS_MAX ((size_t)1 << 14)

/* One worker's secrets, all in one guarded block. */
typedef struct searcher {
    mp_limb_t *start;     /* of the window, 3 mod 4 */
    mp_limb_t *candidate; /* p */
    mp_limb_t *half;      /* (p - 1) / 2 */
    mp_limb_t *work;      /* for the tests: work_limbs */
    uint8_t *marks;
    size_t next;          /* index of the next candidate; the window's end means: draw a new one */
} searcher;

typedef struct search {
    size_t bits;
    size_t limbs;
    size_t window;
    int safe;
    const qs_small_prime *primes;
    size_t prime_count;
    searcher *searchers;
    pthread_mutex_t lock;
    int found; /* under the lock, as is *out */
    qs_secret *out;
    const quorsum_run *run;
} search;

/* ---- tests of one secret candidate; all answer 1 for "may be prime" ---- */

static size_t work_limbs(size_t bits)
{
    size_t limbs = (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    qs_ring shape = {.limbs = limbs, .width = limbs, .bits = bits, .digits = 1};

    return 6 * limbs + qs_power_scratch(&shape);
}

/* 2^n = 2 mod n, which for an odd n is 2^(n-1) = 1. */
static int passes_fermat(const qs_ring *ring, mp_limb_t *work)
{
    mp_limb_t *power = work;
    mp_limb_t *two = power + ring->limbs;
    mp_limb_t *rest = two + ring->limbs;

    qs_ring_add(ring, two, ring->one, ring->one, rest);
    qs_power(ring, power, two, ring->n, ring->bits, rest);
    return (int)(qs_ring_equal(ring, power, two) & 1);
}

/* One strong test to base a (Montgomery form). With n - 1 = 2^s d, n passes if a^d = 1 or a^(2^j d) = -1 for a
 * j < s. s is secret, so the last GMP_LIMB_BITS bits of n - 1 go one by one, and every value on the way counts if
 * only zeros follow. (s >= GMP_LIMB_BITS, which one candidate in 2^63 has, may refuse a prime, never more.) */
static int passes_strong(const qs_ring *ring, const mp_limb_t *a, const mp_limb_t *minus_one, mp_limb_t *work)
{
    mp_limb_t *power = work;
    mp_limb_t *times = power + ring->limbs;
    mp_limb_t *rest = times + ring->limbs;
    mp_limb_t low = ring->n[0] - 1;
    size_t slow = ring->bits < GMP_LIMB_BITS ? ring->bits : GMP_LIMB_BITS;
    mp_limb_t passed = 0;

    qs_power(ring, power, a, ring->n + 1, ring->bits - slow, rest);
    for (size_t bit = slow; bit-- > 0;) {
        mp_limb_t set = low >> bit & 1;
        mp_limb_t last = qs_is_zero(low & (((mp_limb_t)1 << bit) - 1)); /* only zeros follow this bit */

        qs_ring_sqr(ring, power, power, rest);
        qs_ring_mul(ring, times, power, a, rest);
        qs_ring_select(ring, power, power, times, set);
        passed |= last & set & qs_ring_equal(ring, power, ring->one);
        passed |= last & (mp_limb_t)(bit > 0) & qs_ring_equal(ring, power, minus_one);
    }
    return (int)(passed & 1);
}

/* Random bases, reduced from twice their length so that they are evenly spread. */
static int passes_strong_rounds(const qs_ring *ring, mp_limb_t *work)
{
    mp_limb_t *base = work;
    mp_limb_t *minus_one = base + ring->limbs;
    mp_limb_t *wide = minus_one + ring->limbs;
    mp_limb_t *rest = wide + 2 * ring->limbs;
    int passed = 1;

    memset(minus_one, 0, ring->limbs * sizeof *minus_one);
    qs_ring_sub(ring, minus_one, minus_one, ring->one, rest);
    for (unsigned round = 0; round < ROUNDS && passed; round++) {
        qs_random_bytes(wide, 2 * ring->limbs * sizeof *wide);
        qs_ring_reduce(ring, base, wide, 2 * ring->limbs, rest);
        passed = passes_strong(ring, base, minus_one, rest);
    }
    return passed;
}

typedef int (*prime_test)(const qs_ring *ring, mp_limb_t *work);

static quorsum_status apply_test(int *passed, prime_test test, const mp_limb_t *n, size_t bits, mp_limb_t *work)
{
    qs_ring *ring;
    quorsum_status status = qs_ring_new(&ring, n, (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS, 1, 1);

    if (status == QUORSUM_OK)
        *passed = test(ring, work);
    qs_ring_free(ring);
    return status;
}

static quorsum_status test_candidate(int *passed, const search *all, const searcher *own)
{
    const mp_limb_t *strong = all->safe ? own->half : own->candidate;
    size_t strong_bits = all->safe ? all->bits - 1 : all->bits;
    quorsum_status status = QUORSUM_OK;

    *passed = 1;
    if (all->safe)
        status = apply_test(passed, passes_fermat, own->half, all->bits - 1, own->work);
    if (status == QUORSUM_OK && *passed)
        status = apply_test(passed, passes_fermat, own->candidate, all->bits, own->work);
    if (status == QUORSUM_OK && *passed)
        status = apply_test(passed, passes_strong_rounds, strong, strong_bits, own->work);
    return status;
}

/* ---- windows ---- */

static void set_bit(mp_limb_t *x, size_t bit)
{
    x[bit / GMP_LIMB_BITS] |= (mp_limb_t)1 << bit % GMP_LIMB_BITS;
}

/* Exactly `bits` random bits, the top two set, 3 mod 4. */
static void draw_start(const search *all, searcher *own)
{
    unsigned excess = (unsigned)(all->limbs * GMP_LIMB_BITS - all->bits);

    qs_random_bytes(own->start, all->limbs * sizeof *own->start);
    own->start[all->limbs - 1] &= ~(mp_limb_t)0 >> excess;
    set_bit(own->start, all->bits - 1);
    set_bit(own->start, all->bits - 2);
    own->start[0] |= 3;
}

static void new_window(const search *all, searcher *own)
{
    draw_start(all, own);
    qs_sieve_window(own->marks, all->window, all->primes, all->prime_count, own->start, all->limbs, all->safe);
    own->next = 0;
}

/* candidate = start + 4 k and half = (candidate - 1) / 2. 0 if the candidate left the range of `bits` bits with
 * the top two set, which happens only at toy sizes. */
static int set_candidate(const search *all, searcher *own, size_t k)
{
    mp_limb_t carry = 4 * (mp_limb_t)k;
    size_t top = all->bits - 2;

    for (size_t i = 0; i < all->limbs; i++) {
        own->candidate[i] = own->start[i] + carry;
        carry = (mp_limb_t)(own->candidate[i] < carry);
    }
    mpn_rshift(own->half, own->candidate, (mp_size_t)all->limbs, 1);
    if (carry != 0 || (all->bits % GMP_LIMB_BITS != 0 &&
                       own->candidate[all->limbs - 1] >> all->bits % GMP_LIMB_BITS != 0))
        return 0;
    return (int)(own->candidate[top / GMP_LIMB_BITS] >> top % GMP_LIMB_BITS & 1);
}

/* The next unmarked candidate of this window, or of a new one if this is used up. 0 if there is none: the next
 * step then draws again. */
static int next_candidate(const search *all, searcher *own)
{
    if (own->next >= all->window)
        new_window(all, own);
    while (own->next < all->window) {
        size_t k = own->next++;

        if (!own->marks[k])
            return set_candidate(all, own, k);
    }
    return 0;
}

static void keep(search *all, const searcher *own)
{
    pthread_mutex_lock(&all->lock);
    if (!all->found)
        memcpy(all->out->limb, own->candidate, all->limbs * sizeof *own->candidate);
    all->found = 1;
    pthread_mutex_unlock(&all->lock);
}

/* A step is one candidate. EXISTS, which nothing else here answers, ends the loop once there is a prime. */
static quorsum_status do_steps(void *context, unsigned worker, size_t begin, size_t end)
{
    search *all = context;
    searcher *own = &all->searchers[worker];
    quorsum_status status = QUORSUM_OK;

    for (size_t i = begin; i < end && status == QUORSUM_OK; i++) {
        int passed = next_candidate(all, own);

        if (passed)
            status = test_candidate(&passed, all, own);
        if (status == QUORSUM_OK && passed) {
            keep(all, own);
            status = QUORSUM_ERR_EXISTS;
        }
    }
    return status;
}

static int forward_progress(uint64_t done, uint64_t total, void *user)
{
    const search *all = user;

    (void)total;
    return all->run->progress(done, 0, all->run->user);
}

/* On average a search takes fewer than bits^2 / 8 steps at every size, far fewer at large ones: 100 bits^2 steps
 * without a prime mean that the randomness is none. */
static quorsum_status run_search(search *all)
{
    quorsum_run inner = {0};
    quorsum_status status;

    if (all->run != NULL)
        inner = *all->run;
    if (inner.progress != NULL) {
        inner.progress = forward_progress;
        inner.user = all;
    }
    status = qs_parallel(&inner, 100 * all->bits * all->bits, 1, do_steps, all);
    if (all->found)
        return QUORSUM_OK;
    return status == QUORSUM_OK ? QUORSUM_ERR_RANDOM : status;
}

/* ---- setting up ---- */

static quorsum_status open_searcher(const search *all, searcher *own)
{
    size_t limbs = all->limbs;
    size_t marks = (all->window + sizeof(mp_limb_t) - 1) / sizeof(mp_limb_t);

    own->start = qs_secret_block((3 * limbs + work_limbs(all->bits) + marks) * sizeof(mp_limb_t));
    if (own->start == NULL)
        return QUORSUM_ERR_MEMORY;
    own->candidate = own->start + limbs;
    own->half = own->candidate + limbs;
    own->work = own->half + limbs;
    own->marks = (uint8_t *)(own->work + work_limbs(all->bits));
    own->next = all->window;
    return QUORSUM_OK;
}

static quorsum_status search_with(search *all, size_t threads)
{
    quorsum_status status = QUORSUM_OK;

    all->searchers = calloc(threads, sizeof *all->searchers);
    if (all->searchers == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < threads && status == QUORSUM_OK; i++)
        status = open_searcher(all, &all->searchers[i]);
    if (status == QUORSUM_OK)
        status = run_search(all);
    for (size_t i = 0; i < threads; i++)
        qs_secret_release(all->searchers[i].start);
    free(all->searchers);
    return status;
}

/* Toy sizes: no sieving prime may be as large as a candidate's half, and the window stays within the range. */
quorsum_status qs_prime_generate(qs_secret *out, size_t bits, int safe, const quorsum_run *run)
{
    search all = {.bits = bits, .safe = safe, .out = out, .run = run, .window = WINDOW};
    uint32_t limit = bits / 2 < 20 ? (uint32_t)1 << bits / 2 : SIEVE_LIMIT;
    qs_small_prime *primes;
    quorsum_status status = QUORSUM_OK;

    *out = (qs_secret){0};
    if (bits < 16 || bits > PRIME_BITS_MAX)
        return QUORSUM_ERR_ARGUMENT;
    if (run != NULL && run->progress != NULL && run->progress(0, 0, run->user) != 0)
        return QUORSUM_ERR_CANCELLED; /* a search may be over before its threads come to report */
    if (bits < 20)
        all.window = (size_t)1 << (bits - 4);
    all.limbs = (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
    primes = qs_small_primes(limit, &all.prime_count);
    all.primes = primes;
    if (primes == NULL || qs_secret_init(out, all.limbs) != 0)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK && pthread_mutex_init(&all.lock, NULL) != 0)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK) {
        status = search_with(&all, qs_run_threads(run));
        pthread_mutex_destroy(&all.lock);
    }
    if (status != QUORSUM_OK)
        qs_secret_clear(out);
    free(primes);
    return status;
}
