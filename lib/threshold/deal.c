/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorsum_deal: finds the safe primes, then deals from them. Both primes have their top two bits set, so N has exactly
 * twice their length (9/16 2^bits <= N < 2^bits).
 */
#include <string.h>

#include "lib/arith/prime.h"
#include "lib/threshold/dealer.h"

#define DEFAULT_BITS 3072
#define PRIME_BITS_MIN 16 /* of qs_prime_generate; only toy keys of test builds come near */
#define SECOND_TRIES 8    /* p = q again and again is a broken generator, not bad luck */

/* Two searches reported as one rising count of candidates. */
typedef struct search {
    const quorsum_run *outer;
    uint64_t before;
    uint64_t now;
} search;

static int report_candidates(uint64_t done, uint64_t total, void *user)
{
    search *both = user;

    (void)total;
    both->now = both->before + done;
    return both->outer->progress(both->now, 0, both->outer->user);
}

static quorsum_status find_prime(qs_secret *out, size_t bits, search *both)
{
    quorsum_run run = {0};

    if (both->outer != NULL)
        run.threads = both->outer->threads;
    if (both->outer != NULL && both->outer->progress != NULL) {
        run.progress = report_candidates;
        run.user = both;
        both->before = both->now;
    }
    qs_secret_clear(out);
    return qs_prime_generate(out, bits, 1, &run);
}

/* Constant time; both have one length. */
static int same(const qs_secret *p, const qs_secret *q)
{
    mp_limb_t difference = 0;

    for (size_t i = 0; i < p->limbs && i < q->limbs; i++)
        difference |= p->limb[i] ^ q->limb[i];
    return (int)qs_reveal(difference == 0);
}

static quorsum_status find_primes(qs_secret *p, qs_secret *q, size_t bits, const quorsum_run *run)
{
    search both = {.outer = run};
    quorsum_status status = find_prime(p, bits, &both);

    for (unsigned tries = 0; status == QUORSUM_OK && tries < SECOND_TRIES; tries++) {
        status = find_prime(q, bits, &both);
        if (status == QUORSUM_OK && !same(p, q))
            return QUORSUM_OK;
    }
    return status != QUORSUM_OK ? status : QUORSUM_ERR_RANDOM;
}

static quorsum_status check_options(const quorsum_deal_options *options)
{
    quorsum_key_options complete;
    uint32_t bits = options->key.modulus_bits;

    if (options->trustees < 1 || options->trustees > QUORSUM_TRUSTEES_MAX || options->quorum < 1 ||
        options->quorum > options->trustees)
        return QUORSUM_ERR_ARGUMENT;
    if (bits % 2 != 0 || bits < 2 * PRIME_BITS_MIN || !qs_modulus_bits_allowed(bits))
        return QUORSUM_ERR_MODULUS_SIZE;
    return qs_key_options_complete(&complete, &options->key);
}

quorsum_status quorsum_deal(quorsum_key_record **record, quorsum_key_share **shares,
                            const quorsum_deal_options *options, const quorsum_identity *signer,
                            const quorsum_run *run)
{
    quorsum_deal_options wanted;
    qs_secret p = {0};
    qs_secret q = {0};
    quorsum_status status;

    if (record != NULL)
        *record = NULL;
    if (record == NULL || shares == NULL || options == NULL || signer == NULL)
        return QUORSUM_ERR_ARGUMENT;
    wanted = *options;
    if (wanted.key.modulus_bits == 0)
        wanted.key.modulus_bits = DEFAULT_BITS;
    status = check_options(&wanted);
    if (status != QUORSUM_OK)
        return status;
    memset(shares, 0, wanted.trustees * sizeof *shares);
    status = find_primes(&p, &q, wanted.key.modulus_bits / 2, run);
    if (status == QUORSUM_OK)
        status = qs_deal_from_primes(record, shares, &p, &q, &wanted, signer, run);
    qs_secret_clear(&p);
    qs_secret_clear(&q);
    return status;
}
