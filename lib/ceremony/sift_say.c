/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member's shares (T + 4 p)(i) r(i) + o(i) of every slot. Set by set the streams are drawn and added to sums of 32
 * bits, which are reduced when they might run over. The streams of a set go through all slots in one order, so the work
 * is divided among threads by sets, p and q apart, and each has sums of its own. Constant time in the keys.
 */
#include "lib/base/secret.h"
#include "lib/ceremony/generation.h"
#include "lib/ceremony/prf.h"
#include "lib/ceremony/sift.h"
#include "lib/ceremony/wide.h"
#include "lib/paillier/workers.h"

/* A worker's. The sums are of all slots of p, then of q. */
typedef struct slot_sums {
    uint32_t *p;
    uint32_t *r;
    uint32_t *o;
    uint16_t *drawn; /* what a stream gives for one prime */
    qs_prf *prf;     /* p, r, z_1 .. z_t */
    uint32_t *sets;  /* how many have been added since the last reduction */
} slot_sums;

static size_t limbs_of(size_t bytes)
{
    return (bytes + sizeof(mp_limb_t) - 1) / sizeof(mp_limb_t);
}

static size_t sums_limbs(const qs_sifter *sifter)
{
    return limbs_of(3 * 2 * sifter->residues * sizeof(uint32_t)) + limbs_of(3 * sifter->slots_max * sizeof(uint16_t)) +
           limbs_of((sifter->sets->degree + 2) * sizeof(qs_prf)) + limbs_of(sizeof(uint32_t));
}

static slot_sums sums_in(const qs_sifter *sifter, mp_limb_t *scratch)
{
    slot_sums sums;

    sums.p = (uint32_t *)(void *)scratch;
    sums.r = sums.p + 2 * sifter->residues;
    sums.o = sums.r + 2 * sifter->residues;
    scratch += limbs_of(3 * 2 * sifter->residues * sizeof(uint32_t));
    sums.prf = (qs_prf *)(void *)scratch;
    scratch += limbs_of((sifter->sets->degree + 2) * sizeof(qs_prf));
    sums.drawn = (uint16_t *)(void *)scratch;
    scratch += limbs_of(3 * sifter->slots_max * sizeof(uint16_t));
    sums.sets = (uint32_t *)(void *)scratch;
    return sums;
}

static void reduce(const qs_sifter *sifter, uint32_t *sum)
{
    for (unsigned which = 0; which < 2; which++)
        for (size_t l = 0; l < sifter->count; l++)
            for (size_t s = (size_t)sifter->prime[l].slots * sifter->prime[l].parts; s > 0; s--, sum++)
                *sum = qs_sift_reduce(*sum, &sifter->prime[l]);
}

static void reduce_sums(const qs_sifter *sifter, const slot_sums *sums)
{
    reduce(sifter, sums->p);
    reduce(sifter, sums->r);
    reduce(sifter, sums->o);
}

/* A sum that was reduced is no longer than what one set adds. */
static void make_room(const qs_sifter *sifter, const slot_sums *sums)
{
    if (*sums->sets + 2 > UINT32_MAX / sifter->product_max) {
        reduce_sums(sifter, sums);
        *sums->sets = 0;
    }
    ++*sums->sets;
}

/* ---- modulo l > n ---- */

static void add_residues(uint32_t *sum, const uint16_t *drawn, size_t count, uint32_t factor)
{
    for (size_t s = 0; s < count; s++)
        sum[s] += drawn[s] * factor;
}

static void add_plain(const slot_sums *sums, const qs_party *party, const qs_sift_prime *prime, size_t at,
                      int64_t weight)
{
    int64_t rest = weight % (int64_t)prime->prime;
    uint32_t factor = (uint32_t)(rest < 0 ? rest + prime->prime : rest) * prime->inverse % prime->prime;

    qs_prf_residues(&sums->prf[0], sums->drawn, prime->slots, prime->prime);
    add_residues(sums->p + at, sums->drawn, prime->slots, factor);
    qs_prf_residues(&sums->prf[1], sums->drawn, prime->slots, prime->prime);
    add_residues(sums->r + at, sums->drawn, prime->slots, factor);
    for (uint32_t j = 1; j <= party->sets->degree; j++) {
        factor = factor * party->index % prime->prime;
        qs_prf_residues(&sums->prf[1 + j], sums->drawn, prime->slots, prime->prime);
        add_residues(sums->o + at, sums->drawn, prime->slots, factor);
    }
}

/* ---- in GF(l^3) ---- */

/* sum += drawn factor, the drawn ones elements. */
static void add_elements(uint32_t *sum, const uint16_t *drawn, size_t count, const qs_cubic *field, qs_cube factor)
{
    static const qs_cube x = {{0, 1, 0}};
    qs_cube row[3]; /* factor, x factor, x^2 factor */

    row[0] = factor;
    row[1] = qs_cubic_multiply_vartime(field, row[0], x);
    row[2] = qs_cubic_multiply_vartime(field, row[1], x);
    for (size_t s = 0; s < count; s++, sum += 3, drawn += 3)
        for (unsigned d = 0; d < 3; d++)
            sum[d] += drawn[0] * row[0].at[d] + drawn[1] * row[1].at[d] + drawn[2] * row[2].at[d];
}

static void add_scalars(uint32_t *sum, const uint16_t *drawn, size_t count, qs_cube factor)
{
    for (size_t s = 0; s < count; s++, sum += 3)
        for (unsigned d = 0; d < 3; d++)
            sum[d] += drawn[s] * factor.at[d];
}

static void add_cubic(const slot_sums *sums, const qs_party *party, const qs_sift_prime *prime, size_t at, size_t set)
{
    const qs_cubic *field = &prime->field;
    qs_cube point = qs_cubic_point(party->index);
    qs_cube factor = qs_cubic_weight(field, party->sets, set, party->index);
    size_t slots = prime->slots;

    qs_prf_residues(&sums->prf[0], sums->drawn, slots, prime->prime);
    add_scalars(sums->p + at, sums->drawn, slots, factor);
    qs_prf_residues(&sums->prf[1], sums->drawn, 3 * slots, prime->prime);
    add_elements(sums->r + at, sums->drawn, slots, field, factor);
    for (uint32_t j = 1; j <= party->sets->degree; j++) {
        factor = qs_cubic_multiply_vartime(field, factor, point);
        qs_prf_residues(&sums->prf[1 + j], sums->drawn, 3 * slots, prime->prime);
        add_elements(sums->o + at, sums->drawn, slots, field, factor);
    }
}

/* ---- all of it ---- */

typedef struct saying {
    const qs_sifter *sifter;
    const qs_party *party;
    qs_workers workers;
} saying;

static void begin_streams(const slot_sums *sums, const qs_party *party, size_t k, unsigned which)
{
    const uint8_t *key = qs_party_key(party, k);

    qs_prf_begin(&sums->prf[0], key, which == 0 ? "p" : "q", 0);
    qs_prf_begin(&sums->prf[1], key, which == 0 ? "pr" : "qr", 0);
    for (uint32_t j = 1; j <= party->sets->degree; j++)
        qs_prf_begin(&sums->prf[1 + j], key, which == 0 ? "pz" : "qz", j);
}

static quorsum_status add_sets(void *context, unsigned worker, size_t begin, size_t end)
{
    saying *self = context;
    const qs_sifter *sifter = self->sifter;
    slot_sums sums = sums_in(sifter, qs_workers_scratch(&self->workers, worker));

    for (size_t item = begin; item < end; item++) {
        size_t k = item / 2;
        unsigned which = item % 2;

        make_room(sifter, &sums);
        begin_streams(&sums, self->party, k, which);
        for (size_t l = 0; l < sifter->count; l++) {
            const qs_sift_prime *prime = &sifter->prime[l];
            size_t at = which * sifter->residues + prime->first;

            if (prime->parts == 1)
                add_plain(&sums, self->party, prime, at, qs_party_weight(self->party, k));
            else
                add_cubic(&sums, self->party, prime, at, qs_party_set(self->party, k));
        }
    }
    return QUORSUM_OK;
}

/* (T + 4 p) r + o, everything reduced. The sum is that of the c; what makes p of it is the same for all sets. */
static uint32_t plain_share(const qs_sift_prime *prime, uint32_t p, uint32_t r, uint32_t o)
{
    return qs_sift_reduce(qs_sift_reduce(prime->least + prime->scale * p, prime) * r + o, prime);
}

static void cubic_share(const qs_sift_prime *prime, uint16_t *out, const uint32_t *p, const uint32_t *r,
                        const uint32_t *o)
{
    uint32_t c[5] = {0};
    uint32_t share[3];

    for (unsigned d = 0; d < 3; d++) {
        uint32_t factor = qs_sift_reduce((d == 0 ? prime->least : 0) + prime->scale * p[d], prime);

        for (unsigned e = 0; e < 3; e++)
            c[d + e] += factor * r[e];
    }
    qs_cubic_fold(&prime->field, share, c);
    for (unsigned d = 0; d < 3; d++)
        out[d] = (uint16_t)qs_sift_reduce(share[d] + o[d], prime);
}

/* The sums of all workers in the first one's, reduced. */
static slot_sums gather(const saying *self)
{
    const qs_sifter *sifter = self->sifter;
    slot_sums all = sums_in(sifter, qs_workers_scratch(&self->workers, 0));

    reduce_sums(sifter, &all);
    for (unsigned w = 1; w < self->workers.count; w++) {
        slot_sums more = sums_in(sifter, qs_workers_scratch(&self->workers, w));

        reduce_sums(sifter, &more);
        for (size_t s = 0; s < 3 * 2 * sifter->residues; s++)
            all.p[s] += more.p[s]; /* p, r and o lie one behind the other */
    }
    reduce_sums(sifter, &all);
    return all;
}

static void shares(const saying *self, uint16_t *share)
{
    const qs_sifter *sifter = self->sifter;
    slot_sums all = gather(self);

    for (unsigned which = 0; which < 2; which++) {
        for (size_t l = 0; l < sifter->count; l++) {
            const qs_sift_prime *prime = &sifter->prime[l];

            for (size_t s = 0; s < prime->slots; s++) {
                size_t at = which * sifter->residues + prime->first + prime->parts * s;

                if (prime->parts == 1)
                    share[at] = (uint16_t)plain_share(prime, all.p[at], all.r[at], all.o[at]);
                else
                    cubic_share(prime, share + at, all.p + at, all.r + at, all.o + at);
            }
        }
    }
}

quorsum_status qs_sift_say(qs_generation *generation, const qs_party *party, uint8_t *body, const quorsum_run *run)
{
    const qs_sifter *sifter = generation->sifter;
    saying self = {.sifter = sifter, .party = party};
    uint16_t *share = qs_secret_block(2 * sifter->residues * sizeof *share);
    size_t items = 2 * party->sets->own;
    quorsum_status status = share == NULL ? QUORSUM_ERR_MEMORY : QUORSUM_OK;

    if (status == QUORSUM_OK)
        status = qs_workers_init(&self.workers, run, items, 1, sums_limbs(sifter), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, items, 1, add_sets, &self);
    if (status == QUORSUM_OK) {
        shares(&self, share);
        qs_sift_write(sifter, body, share);
    }
    qs_workers_clear(&self.workers);
    qs_secret_release(share);
    return status;
}
