/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The winner's test, 64 times. Every member of a set says the set's factors u_A = g^(p_A + q_A) for all bases; the one
 * whose turn it is says them in full, the others their hash. A set has an honest member, so a wrong factor shows as a
 * disagreement inside it.
 *
 * The bases share modulus and exponent, so eight powers go together where the kernel has lanes.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/lanes.h"
#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/ceremony/biprime.h"
#include "lib/ceremony/candidate.h"
#include "lib/ceremony/shares.h"
#include "lib/ceremony/sifter.h"
#include "lib/paillier/workers.h"

#define BASES ((size_t)QS_BIPRIME_ROUNDS)
#define GROUPS (BASES / QS_LANES)
#define HASH 32

/* ---- lengths ---- */

static int in_full(const qs_sets *sets, size_t set, uint32_t index)
{
    return qs_speaker_of(sets, set, set) == index;
}

static size_t words_len(const qs_generation *generation)
{
    return BASES * ((generation->bits + 7) / 8);
}

/* What a member says for its first `count` sets. */
static size_t len_of(const qs_generation *generation, uint32_t index, size_t count)
{
    const qs_sets *sets = generation->sets;
    size_t len = 0;

    for (size_t k = 0; k < count; k++)
        len += in_full(sets, sets->mine[(index - 1) * sets->own + k], index) ? words_len(generation) : HASH;
    return len;
}

static size_t verify_len(const qs_generation *generation, uint32_t index)
{
    return len_of(generation, index, generation->sets->own);
}

/* ---- powers of all bases ---- */

/* 64 bases in Montgomery form: as groups of lanes, or one after the other where there are none. */
typedef struct bases {
    const qs_ring *root;
    const qs_lanes *lanes;
    mp_limb_t *block;
    mp_limb_t *groups; /* aligned in it */
} bases;

static size_t base_limbs(const bases *self)
{
    return self->lanes != NULL ? qs_lanes_group(self->lanes) / QS_LANES : self->root->width;
}

static void enter_bases(bases *self, const mp_limb_t *plain, mp_limb_t *scratch)
{
    const qs_ring *root = self->root;
    const mp_limb_t *sources[QS_LANES];

    for (size_t j = 0; j < BASES; j += QS_LANES) {
        if (self->lanes != NULL) {
            qs_lanes_sources(sources, plain + j * root->width, root->width, QS_LANES);
            qs_lanes_enter(self->lanes, self->groups + j * base_limbs(self), sources, scratch);
            continue;
        }
        for (size_t i = j; i < j + QS_LANES; i++)
            qs_ring_enter(root, self->groups + i * root->width, plain + i * root->width, scratch);
    }
}

/* Limbs of scratch for a group's powers, of any alignment: of a secret or a public exponent. */
static size_t power_limbs(const qs_ring *root)
{
    size_t one = root->width + qs_power_scratch(root);
    size_t lanes = 0;

    if (root->lanes != NULL)
        lanes = QS_LANES_SLACK + qs_lanes_group(root->lanes) + qs_lanes_power_scratch(root->lanes);
    return one > lanes ? one : lanes;
}

static quorsum_status bases_init(bases *self, const qs_generation *generation)
{
    const qs_ring *root = generation->key->root;
    size_t limbs;
    mp_limb_t *plain;
    uint64_t counter = 0;

    self->root = root;
    self->lanes = root->lanes;
    limbs = BASES * base_limbs(self) + QS_LANES_SLACK;
    self->block = calloc(limbs, sizeof *self->block);
    plain = calloc(BASES * root->width + power_limbs(root) + QS_LANES_SLACK, sizeof *plain);
    if (self->block == NULL || plain == NULL) {
        free(plain);
        return QUORSUM_ERR_MEMORY;
    }
    self->groups = qs_lanes_align(self->block);
    qs_biprime_base_vartime(plain, root, generation->ceremony, &counter); /* the one of round `test` */
    for (size_t j = 0; j < BASES; j++)
        qs_biprime_base_vartime(plain + j * root->width, root, generation->ceremony, &counter);
    enter_bases(self, plain, qs_lanes_align(plain + BASES * root->width));
    free(plain);
    return QUORSUM_OK;
}

static void bases_clear(bases *self)
{
    free(self->block);
    self->block = NULL;
}

/* A power of the eight bases of a group, by a secret exponent of `bits` bits, or, if that is NULL, by a public one.
 * out: plain, eight elements. scratch: power_limbs. ERR_MEMORY, for the public one. */
typedef struct exponent {
    const mp_limb_t *secret;
    size_t bits;
    const mpz_t *open;
} exponent;

static void raise_lanes(const bases *self, mp_limb_t *out, size_t group, const exponent *by, mp_limb_t *scratch)
{
    const qs_lanes *lanes = self->lanes;
    const mp_limb_t *x = self->groups + group * qs_lanes_group(lanes);
    mp_limb_t *power = qs_lanes_align(scratch);
    mp_limb_t *rest = power + qs_lanes_group(lanes);
    mp_limb_t *places[QS_LANES];

    qs_lanes_places(places, out, self->root->width, QS_LANES);
    if (by->secret != NULL)
        qs_lanes_power(lanes, power, x, by->secret, by->bits, rest);
    else
        qs_lanes_power_vartime(lanes, power, x, *by->open, rest);
    qs_lanes_leave(lanes, places, power, rest);
}

static quorsum_status raise_group(const bases *self, mp_limb_t *out, size_t group, const exponent *by,
                                  mp_limb_t *scratch)
{
    const qs_ring *root = self->root;
    mp_limb_t *rest = scratch + root->width;
    quorsum_status status = QUORSUM_OK;

    if (self->lanes != NULL) {
        raise_lanes(self, out, group, by, scratch);
        return QUORSUM_OK;
    }
    for (size_t i = 0; i < QS_LANES && status == QUORSUM_OK; i++) {
        const mp_limb_t *x = self->groups + (group * QS_LANES + i) * root->width;

        if (by->secret != NULL)
            qs_power(root, scratch, x, by->secret, by->bits, rest);
        else
            status = qs_power_vartime(root, scratch, x, *by->open);
        qs_ring_leave(root, out + i * root->width, scratch, rest);
    }
    return status;
}

/* ---- what a member says ---- */

typedef struct speaker {
    const qs_generation *generation;
    const qs_party *party;
    bases bases;
    mp_limb_t *pieces; /* p_A of all own sets, then q_A; then their sums: guarded */
    size_t limbs;      /* of a piece */
    mp_limb_t *sum;    /* one limb longer each */
    uint8_t *body;
    qs_workers workers;
} speaker;

/* p + q < 2 M */
static quorsum_status add_up(speaker *self, const quorsum_run *run)
{
    size_t own = self->generation->sets->own;
    size_t limbs = qs_candidate_limbs(self->generation);
    mp_limb_t *p = qs_secret_block(own * (3 * limbs + 1) * sizeof *p);
    mp_limb_t *q = p + own * limbs;
    quorsum_status status;

    if (p == NULL)
        return QUORSUM_ERR_MEMORY;
    self->pieces = p;
    self->limbs = limbs;
    self->sum = q + own * limbs;
    status = qs_candidate_pieces(self->generation, self->party->key, own, self->generation->winner, p, q, run);
    for (size_t k = 0; k < own && status == QUORSUM_OK; k++) {
        mp_limb_t *sum = self->sum + k * (limbs + 1);

        sum[limbs] = mpn_add_n(sum, p + k * limbs, q + k * limbs, (mp_size_t)limbs);
    }
    return status;
}

/* The words of one set, and out with them or with their hash. scratch: 64 elements, their bytes, and power_limbs. */
static void say_set(const speaker *self, size_t k, mp_limb_t *scratch)
{
    const qs_generation *generation = self->generation;
    const qs_ring *root = self->bases.root;
    size_t bits = mpz_sizeinbase(generation->sifter->product, 2) + 1;
    exponent by = {.secret = self->sum + k * (self->limbs + 1), .bits = bits};
    uint8_t *words = (uint8_t *)(void *)(scratch + BASES * root->width);
    mp_limb_t *rest = scratch + 2 * BASES * root->width;
    uint8_t *out = self->body + len_of(generation, self->party->index, k);

    for (size_t g = 0; g < GROUPS; g++)
        (void)raise_group(&self->bases, scratch + g * QS_LANES * root->width, g, &by, rest);
    for (size_t j = 0; j < BASES; j++)
        qs_ring_write(root, words + j * root->bytes, scratch + j * root->width);
    if (in_full(generation->sets, qs_party_set(self->party, k), self->party->index))
        memcpy(out, words, words_len(generation));
    else
        (void)crypto_generichash(out, HASH, words, words_len(generation), NULL, 0);
}

static quorsum_status say_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const speaker *self = context;

    for (size_t k = begin; k < end; k++)
        say_set(self, k, qs_workers_scratch(&self->workers, worker));
    return QUORSUM_OK;
}

static quorsum_status say_verify(qs_generation *generation, const qs_party *party, uint8_t *body,
                                 const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    const qs_ring *root = generation->key->root;
    speaker self = {.generation = generation, .party = party, .body = body};
    size_t own = generation->sets->own;
    quorsum_status status = bases_init(&self.bases, generation);

    if (status == QUORSUM_OK)
        status = add_up(&self, &quiet);
    if (status == QUORSUM_OK)
        status = qs_workers_init(&self.workers, run, own, 1, 2 * BASES * root->width + power_limbs(root), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, own, 1, say_some, &self);
    qs_workers_clear(&self.workers);
    qs_secret_release(self.pieces);
    bases_clear(&self.bases);
    return status;
}

/* ---- what everybody hears ---- */

typedef struct listener {
    const qs_generation *generation;
    bases bases;
    mpz_t exponent;
    const uint8_t *at[QS_MEMBERS_MAX]; /* where the members' bodies go on */
    mp_limb_t *product;                /* of the factors, 64 elements, plain */
    mp_limb_t *whole;                  /* w, likewise */
    mp_limb_t *scratch;
    qs_workers workers;
} listener;

/* Whether a set's members have said the same; *words is what they have said. The bodies move on. */
static int agree(listener *self, size_t set, const uint8_t **words)
{
    const qs_sets *sets = self->generation->sets;
    uint32_t first = qs_speaker_of(sets, set, set);
    uint8_t hash[HASH];
    int same = 1;

    *words = self->at[first - 1];
    (void)crypto_generichash(hash, HASH, *words, words_len(self->generation), NULL, 0);
    for (uint32_t i = 1; i <= sets->members; i++) {
        if (!qs_sets_has(sets, set, i))
            continue;
        if (i != first)
            same &= memcmp(self->at[i - 1], hash, HASH) == 0;
        self->at[i - 1] += i == first ? words_len(self->generation) : HASH;
    }
    return same;
}

/* The product of what the sets have said; 0 unless all agree on residues. */
static int multiply_factors(listener *self)
{
    const qs_ring *root = self->bases.root;
    mp_limb_t *word = self->scratch;
    mp_limb_t *rest = word + root->width;
    const uint8_t *words;

    for (size_t j = 0; j < BASES; j++) {
        memset(self->product + j * root->width, 0, root->width * sizeof *word);
        self->product[j * root->width] = 1;
    }
    for (size_t a = 0; a < self->generation->sets->count; a++) {
        if (!agree(self, a, &words))
            return 0;
        for (size_t j = 0; j < BASES; j++) {
            mp_limb_t *product = self->product + j * root->width;

            if (qs_ring_read(root, word, words + j * root->bytes) != 0)
                return 0;
            qs_ring_product_vartime(root, product, product, word, rest);
        }
    }
    return 1;
}

static quorsum_status raise_some(void *context, unsigned worker, size_t begin, size_t end)
{
    listener *self = context;
    exponent by = {.open = (const mpz_t *)&self->exponent};
    quorsum_status status = QUORSUM_OK;

    for (size_t g = begin; g < end && status == QUORSUM_OK; g++)
        status = raise_group(&self->bases, self->whole + g * QS_LANES * self->bases.root->width, g, &by,
                             qs_workers_scratch(&self->workers, worker));
    return status;
}

/* w = +-prod u_A for every base */
static int all_pass(const listener *self)
{
    const qs_ring *root = self->bases.root;
    mp_limb_t *sum = self->scratch;
    mp_limb_t fits = ~(mp_limb_t)0;

    memset(sum, 0, root->width * sizeof *sum);
    for (size_t j = 0; j < BASES; j++) {
        const mp_limb_t *product = self->product + j * root->width;
        const mp_limb_t *whole = self->whole + j * root->width;
        mp_limb_t *zero = sum + root->width;

        memset(zero, 0, root->width * sizeof *zero);
        qs_ring_add(root, sum, product, whole, NULL);
        fits &= qs_ring_equal(root, product, whole) | qs_ring_equal(root, sum, zero);
    }
    return fits != 0;
}

static quorsum_status listener_init(listener *self, const quorsum_run *run)
{
    const qs_ring *root = self->generation->key->root;
    quorsum_status status = bases_init(&self->bases, self->generation);

    if (status == QUORSUM_OK)
        status = qs_workers_init(&self->workers, run, GROUPS, 1, power_limbs(root), 0);
    self->product = calloc(2 * BASES * root->width + 2 * root->width + qs_ring_scratch(root), sizeof *self->product);
    if (self->product == NULL)
        return QUORSUM_ERR_MEMORY;
    self->whole = self->product + BASES * root->width;
    self->scratch = self->whole + BASES * root->width;
    return status;
}

static quorsum_status hear_verify(qs_generation *generation, const uint8_t *const *body, qs_ruling *ruling,
                                  const quorsum_run *run)
{
    listener self = {.generation = generation};
    quorsum_status status = listener_init(&self, run);

    *ruling = QS_FAULT;
    mpz_init(self.exponent);
    qs_biprime_exponent(self.exponent, generation, generation->key->n);
    for (uint32_t i = 0; i < generation->sets->members; i++)
        self.at[i] = body[i];
    if (status == QUORSUM_OK && multiply_factors(&self)) {
        status = qs_parallel(run, GROUPS, 1, raise_some, &self);
        if (status == QUORSUM_OK && all_pass(&self))
            *ruling = QS_GO_ON;
    }
    mpz_clear(self.exponent);
    free(self.product);
    qs_workers_clear(&self.workers);
    bases_clear(&self.bases);
    return status;
}

const qs_generation_round qs_round_verify = {"verify", 0, verify_len, say_verify, hear_verify};
