/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening the slots: interpolation at 0 from members 1..2t+1, whose values the others' must fit. Public.
 */
#include <stdlib.h>

#include "lib/ceremony/sift.h"
#include "lib/ceremony/wide.h"

typedef struct hearing {
    const qs_sifter *sifter;
    qs_kept *kept;
    const uint8_t *const *body;
    uint16_t **share; /* of each member, as qs_sift_read has them */
    uint8_t *misfit;  /* bodies that are not as they must be; primes whose shares are off the polynomial */
    size_t *found;    /* slots kept of each prime of p, then of q */
} hearing;

static quorsum_status read_bodies(void *context, unsigned worker, size_t begin, size_t end)
{
    hearing *self = context;

    (void)worker;
    for (size_t i = begin; i < end; i++)
        self->misfit[i] = qs_sift_read(self->sifter, self->share[i], self->body[i]) != 0;
    return QUORSUM_OK;
}

static uint32_t degree_of(const hearing *self)
{
    return 2 * self->sifter->sets->degree;
}

/* ---- one slot's value at `at` from what members 1..2t+1 say ---- */

typedef struct factors {
    uint32_t plain[QS_MEMBERS_MAX];
    qs_cube cubic[QS_MEMBERS_MAX];
} factors;

static void set_factors(factors *out, const qs_sift_prime *prime, uint32_t degree, uint32_t at)
{
    for (uint32_t j = 1; j <= degree + 1; j++) {
        int64_t rest = qs_wide_lagrange(degree, j, at) % (int64_t)prime->prime;

        out->plain[j - 1] = (uint32_t)(rest < 0 ? rest + prime->prime : rest);
        if (prime->parts == 3)
            out->cubic[j - 1] = qs_cubic_lagrange(&prime->field, degree, j, at);
    }
}

/* 15 products of residues below 2^12 fit. */
static void plain_value(uint16_t *out, const hearing *self, const qs_sift_prime *prime, const factors *by, size_t at)
{
    uint32_t sum = 0;

    for (uint32_t j = 0; j <= degree_of(self); j++)
        sum += self->share[j][at] * by->plain[j];
    *out = (uint16_t)qs_sift_reduce(sum, prime);
}

static void cubic_value(uint16_t *out, const hearing *self, const qs_sift_prime *prime, const factors *by, size_t at)
{
    uint32_t c[5] = {0};
    uint32_t value[3];

    for (uint32_t j = 0; j <= degree_of(self); j++)
        for (unsigned d = 0; d < 3; d++)
            for (unsigned e = 0; e < 3; e++)
                c[d + e] += self->share[j][at + d] * by->cubic[j].at[e];
    qs_cubic_fold(&prime->field, value, c);
    for (unsigned d = 0; d < 3; d++)
        out[d] = (uint16_t)qs_sift_reduce(value[d], prime);
}

static void value_at(uint16_t *out, const hearing *self, const qs_sift_prime *prime, const factors *by, size_t at)
{
    if (prime->parts == 1)
        plain_value(out, self, prime, by, at);
    else
        cubic_value(out, self, prime, by, at);
}

/* ---- one prime ---- */

static size_t place_of(const hearing *self, size_t item)
{
    const qs_sift_prime *prime = &self->sifter->prime[item % self->sifter->count];

    return item / self->sifter->count * self->sifter->residues + prime->first;
}

static int consistent(const hearing *self, size_t item)
{
    const qs_sift_prime *prime = &self->sifter->prime[item % self->sifter->count];
    uint16_t value[3];
    factors by;

    for (uint32_t m = degree_of(self) + 2; m <= self->sifter->sets->members; m++) {
        set_factors(&by, prime, degree_of(self), m);
        for (size_t s = 0; s < prime->slots; s++) {
            size_t at = place_of(self, item) + s * prime->parts;

            value_at(value, self, prime, &by, at);
            for (unsigned d = 0; d < prime->parts; d++)
                if (value[d] != self->share[m - 1][at + d])
                    return 0;
        }
    }
    return 1;
}

static void open_slots(hearing *self, size_t item)
{
    const qs_sifter *sifter = self->sifter;
    const qs_sift_prime *prime = &sifter->prime[item % sifter->count];
    uint32_t *slot = self->kept->slot + item * sifter->wanted;
    factors by;

    set_factors(&by, prime, degree_of(self), 0);
    self->found[item] = 0;
    for (size_t s = 0; s < prime->slots; s++) {
        size_t at = place_of(self, item) + s * prime->parts;
        uint16_t *value = self->kept->opened + at;

        value_at(value, self, prime, &by, at);
        if ((prime->parts == 1 ? value[0] : value[0] | value[1] | value[2]) == 0 || self->found[item] == sifter->wanted)
            continue;
        slot[self->found[item]++] = (uint32_t)s;
    }
}

static quorsum_status open_primes(void *context, unsigned worker, size_t begin, size_t end)
{
    hearing *self = context;

    (void)worker;
    for (size_t item = begin; item < end; item++) {
        self->misfit[item] = !consistent(self, item);
        open_slots(self, item);
    }
    return QUORSUM_OK;
}

/* ---- all of it ---- */

static quorsum_status hearing_new(hearing *self, qs_generation *generation, const uint8_t *const *body)
{
    const qs_sifter *sifter = generation->sifter;
    size_t items = 2 * sifter->count + sifter->sets->members;

    self->sifter = sifter;
    self->body = body;
    self->misfit = calloc(items, sizeof *self->misfit);
    self->found = calloc(items, sizeof *self->found);
    self->share = calloc(sifter->sets->members, sizeof *self->share);
    if (self->misfit == NULL || self->found == NULL || self->share == NULL)
        return QUORSUM_ERR_MEMORY;
    for (uint32_t i = 0; i < sifter->sets->members; i++) {
        self->share[i] = malloc(2 * sifter->residues * sizeof **self->share);
        if (self->share[i] == NULL)
            return QUORSUM_ERR_MEMORY;
    }
    return qs_kept_new(&self->kept, sifter);
}

static void hearing_free(hearing *self)
{
    for (uint32_t i = 0; self->share != NULL && i < self->sifter->sets->members; i++)
        free(self->share[i]);
    free(self->share);
    free(self->misfit);
    free(self->found);
    qs_kept_free(self->kept);
}

static int any(const uint8_t *misfit, size_t count)
{
    uint8_t all = 0;

    for (size_t i = 0; i < count; i++)
        all |= misfit[i];
    return all;
}

static size_t fewest(const hearing *self)
{
    size_t fewest = self->sifter->wanted;

    for (size_t item = 0; item < 2 * self->sifter->count; item++)
        if (self->found[item] < fewest)
            fewest = self->found[item];
    return fewest;
}

quorsum_status qs_sift_hear(qs_generation *generation, const uint8_t *const *body, qs_ruling *ruling,
                            const quorsum_run *run)
{
    hearing self = {0};
    quorsum_status status = hearing_new(&self, generation, body);
    size_t members = generation->sifter->sets->members;
    size_t items = 2 * generation->sifter->count;

    *ruling = QS_FAULT;
    if (status == QUORSUM_OK)
        status = qs_parallel(run, members, 1, read_bodies, &self);
    if (status == QUORSUM_OK && !any(self.misfit, members)) {
        status = qs_parallel(run, items, 8, open_primes, &self);
        if (status == QUORSUM_OK && !any(self.misfit, items)) {
            *ruling = QS_GO_ON;
            qs_kept_free(generation->kept);
            generation->kept = self.kept;
            generation->candidates = fewest(&self);
            self.kept = NULL;
        }
    }
    hearing_free(&self);
    return status;
}

static size_t len(const qs_generation *generation, uint32_t index)
{
    (void)index;
    return qs_sift_len(generation->sifter);
}

const qs_generation_round qs_round_sift = {"sift", 1, len, qs_sift_say, qs_sift_hear};
