/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Residues to integers. A group of primes with product g is combined in one limb, w_g = sum over l in g of c_l (g / l),
 * and
 *
 *     sum over all l of c_l (M / l) = sum over groups of w_g (M / g),        p_A = that - k M,   k = floor(sum c_l / l)
 *
 * The sum of c_l floor(2^54 / l) is too small by less than sum c_l < 2^10 2^12, so its integer part is k, or k - 1 when
 * the sum's fraction is below 2^22 / 2^54; then what is left is M or more, and M is taken away once more.
 *
 * Keys are taken a few at a time: their streams in parallel, then the candidates, each with all those keys. So memory
 * does not grow with the number of keys, and what a visitor keeps for a candidate is one thread's.
 */
#include "lib/ceremony/candidate.h"

#include <string.h>

#include "lib/arith/mask.h"
#include "lib/base/invariant.h"
#include "lib/base/secret.h"
#include "lib/ceremony/prf.h"
#include "lib/ceremony/sifter.h"
#include "lib/paillier/workers.h"

#define KEYS_AT_ONCE 8
#define CANDIDATES_AT_ONCE 32

/* Of one key and p or q. */
typedef struct combination {
    uint64_t *fraction; /* of each candidate */
    mp_limb_t *word;    /* w_g of candidate c at word[g * count + c] */
} combination;

typedef struct visiting {
    const qs_generation *generation;
    const qs_sifter *sifter;
    const uint8_t *key; /* of those taken now */
    size_t first;       /* number of the first of them */
    size_t keys;        /* how many */
    const uint32_t *candidate;
    size_t count;
    qs_piece_visit visit;
    void *context;
    uint64_t *block;    /* combined, p and q of each key */
    qs_workers draw;    /* a stream and what it gives for a prime */
    qs_workers pieces;
} visiting;

size_t qs_candidate_limbs(const qs_generation *generation)
{
    return generation->sifter->limbs;
}

static size_t combined_bytes(const visiting *self)
{
    size_t words = self->count * self->sifter->groups * sizeof(mp_limb_t);

    return self->count * sizeof(uint64_t) + (words + 7) / 8 * 8;
}

static combination combined_of(const visiting *self, size_t item) /* 2 key + which */
{
    combination combined;
    uint8_t *block = (uint8_t *)self->block + item * combined_bytes(self);

    combined.fraction = (uint64_t *)(void *)block;
    combined.word = (mp_limb_t *)(void *)(block + self->count * sizeof(uint64_t));
    return combined;
}

/* ---- from streams to combined residues ---- */

static void combine(const visiting *self, const combination *to, const qs_sift_prime *prime, const uint32_t *slot,
                    const uint16_t *drawn)
{
    mp_limb_t *word = to->word + prime->group * self->count;

    for (size_t c = 0; c < self->count; c++) {
        uint16_t residue = drawn[slot[self->candidate == NULL ? c : self->candidate[c]]];

        word[c] += residue * prime->in_group;
        to->fraction[c] += residue * prime->fraction;
    }
}

static quorsum_status draw_streams(void *context, unsigned worker, size_t begin, size_t end)
{
    visiting *self = context;
    const qs_sifter *sifter = self->sifter;
    qs_prf *prf = (qs_prf *)(void *)qs_workers_scratch(&self->draw, worker);
    uint16_t *drawn = (uint16_t *)(void *)(prf + 1);

    for (size_t item = begin; item < end; item++) {
        combination to = combined_of(self, item);
        unsigned which = item % 2;

        memset(to.fraction, 0, combined_bytes(self));
        qs_prf_begin(prf, self->key + 32 * (item / 2), which == 0 ? "p" : "q", 0);
        for (size_t l = 0; l < sifter->count; l++) {
            const uint32_t *slot = qs_kept_slots(sifter, self->generation->kept, which, l);

            qs_prf_residues(prf, drawn, sifter->prime[l].slots, sifter->prime[l].prime);
            combine(self, &to, &sifter->prime[l], slot, drawn);
        }
    }
    return QUORSUM_OK;
}

/* ---- from combined residues to pieces ---- */

/* piece (limbs and one more) -= M times `times`, and M once more, unless that would be less than nothing. */
static void take_multiples(const qs_sifter *sifter, mp_limb_t *piece, mp_limb_t times)
{
    const mp_limb_t *modulus = mpz_limbs_read(sifter->product);
    mp_size_t limbs = (mp_size_t)sifter->limbs;
    mp_limb_t below;

    piece[limbs] -= mpn_submul_1(piece, modulus, limbs, times);
    piece[limbs] -= mpn_sub_n(piece, piece, modulus, limbs);
    below = piece[limbs] >> (GMP_LIMB_BITS - 1);
    piece[limbs] += mpn_cnd_add_n(below, piece, piece, modulus, limbs);
    QS_INVARIANT(piece[limbs] == 0 && qs_is_below(piece, modulus, sifter->limbs));
}

static void make_piece(const visiting *self, mp_limb_t *piece, const combination *from, size_t c)
{
    const qs_sifter *sifter = self->sifter;
    mp_size_t limbs = (mp_size_t)sifter->limbs;

    memset(piece, 0, (sifter->limbs + 1) * sizeof *piece);
    for (size_t g = 0; g < sifter->groups; g++)
        piece[limbs] += mpn_addmul_1(piece, sifter->cofactor + g * sifter->limbs, limbs,
                                     from->word[g * self->count + c]);
    take_multiples(sifter, piece, (mp_limb_t)(from->fraction[c] >> QS_SIFT_FRACTION));
}

static quorsum_status make_pieces(void *context, unsigned worker, size_t begin, size_t end)
{
    visiting *self = context;
    mp_limb_t *p = qs_workers_scratch(&self->pieces, worker);
    mp_limb_t *q = p + self->sifter->limbs + 1;

    for (size_t c = begin; c < end; c++) {
        for (size_t k = 0; k < self->keys; k++) {
            combination of_p = combined_of(self, 2 * k);
            combination of_q = combined_of(self, 2 * k + 1);

            make_piece(self, p, &of_p, c);
            make_piece(self, q, &of_q, c);
            self->visit(self->context, c, self->first + k, p, q);
        }
    }
    return QUORSUM_OK;
}

/* ---- all of it ---- */

static quorsum_status prepare(visiting *self, size_t keys, const quorsum_run *run)
{
    const qs_sifter *sifter = self->sifter;
    size_t drawn = (sizeof(qs_prf) + sifter->slots_max * sizeof(uint16_t)) / sizeof(mp_limb_t) + 1;
    quorsum_status status;

    self->block = qs_secret_block(2 * keys * combined_bytes(self));
    if (self->block == NULL)
        return QUORSUM_ERR_MEMORY;
    status = qs_workers_init(&self->draw, run, 2 * keys, 1, drawn, 1);
    if (status == QUORSUM_OK)
        status = qs_workers_init(&self->pieces, run, self->count, CANDIDATES_AT_ONCE, 2 * (sifter->limbs + 1), 1);
    return status;
}

static void clear(visiting *self)
{
    qs_workers_clear(&self->draw);
    qs_workers_clear(&self->pieces);
    qs_secret_release(self->block);
}

quorsum_status qs_candidates_visit(const qs_generation *generation, const uint8_t *key, size_t keys,
                                   const uint32_t *candidate, size_t count, qs_piece_visit visit, void *context,
                                   const quorsum_run *run)
{
    visiting self = {.generation = generation, .sifter = generation->sifter, .candidate = candidate, .count = count,
                     .visit = visit, .context = context};
    size_t most = keys < KEYS_AT_ONCE ? keys : KEYS_AT_ONCE;
    quorsum_status status = QUORSUM_OK;

    if (count > 0)
        status = prepare(&self, most, run);
    for (; count > 0 && status == QUORSUM_OK && self.first < keys; self.first += self.keys) {
        self.key = key + 32 * self.first;
        self.keys = keys - self.first < most ? keys - self.first : most;
        status = qs_parallel(run, 2 * self.keys, 1, draw_streams, &self);
        if (status == QUORSUM_OK)
            status = qs_parallel(run, count, CANDIDATES_AT_ONCE, make_pieces, &self);
    }
    clear(&self);
    return status;
}

typedef struct piece_list {
    size_t limbs;
    mp_limb_t *p;
    mp_limb_t *q;
} piece_list;

static void keep(void *context, size_t place, size_t k, const mp_limb_t *p, const mp_limb_t *q)
{
    piece_list *self = context;

    (void)place;
    memcpy(self->p + k * self->limbs, p, self->limbs * sizeof *p);
    memcpy(self->q + k * self->limbs, q, self->limbs * sizeof *q);
}

quorsum_status qs_candidate_pieces(const qs_generation *generation, const uint8_t *key, size_t keys, uint32_t candidate,
                                   mp_limb_t *p, mp_limb_t *q, const quorsum_run *run)
{
    piece_list pieces = {.limbs = qs_candidate_limbs(generation), .p = p, .q = q};

    return qs_candidates_visit(generation, key, keys, &candidate, 1, keep, &pieces, run);
}
