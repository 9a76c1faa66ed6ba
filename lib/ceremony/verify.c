/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The winner's test, 64 times. Every member of a set says the set's factors u_A = g^(p_A + q_A) for all bases; the one
 * whose turn it is says them in full, the others their hash. A set has an honest member, so a wrong factor shows as a
 * disagreement inside it.
 *
 * A member of few sets raises all bases to one exponent after the other. A member of many has many exponents for each
 * base, and makes a table of the base's powers for them.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/fixed_base.h"
#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/ceremony/bases.h"
#include "lib/ceremony/candidate.h"
#include "lib/ceremony/shares.h"
#include "lib/ceremony/sifter.h"
#include "lib/paillier/workers.h"

#define HASH 32
#define TABLE_WORTH 16 /* sets: from about so many on the tables take less time, measured at 2048 bits */

/* ---- lengths ---- */

static int in_full(const qs_sets *sets, size_t set, uint32_t index)
{
    return qs_speaker_of(sets, set, set) == index;
}

static size_t words_len(const qs_generation *generation)
{
    return QS_BASES * ((generation->bits + 7) / 8);
}

static size_t verify_len(const qs_generation *generation, uint32_t index)
{
    const qs_sets *sets = generation->sets;
    size_t len = 0;

    for (size_t k = 0; k < sets->own; k++)
        len += in_full(sets, sets->mine[(index - 1) * sets->own + k], index) ? words_len(generation) : HASH;
    return len;
}

/* ---- what a member says ---- */

typedef struct speaker {
    const qs_generation *generation;
    const qs_party *party;
    qs_base_set bases;
    mp_limb_t *pieces; /* p_A of all own sets, then q_A; then their sums: guarded */
    mp_limb_t *sum;    /* `limbs` each */
    size_t limbs;
    size_t bits;       /* of a sum */
    uint8_t *words;    /* of the k-th set and base j at (64 k + j) root->bytes: out with them, or with their hash */
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
    self->sum = q + own * limbs;
    self->limbs = limbs + 1;
    self->bits = mpz_sizeinbase(self->generation->sifter->product, 2) + 1;
    status = qs_candidate_pieces(self->generation, self->party->key, own, self->generation->winner, p, q, run);
    for (size_t k = 0; k < own && status == QUORSUM_OK; k++) {
        mp_limb_t *sum = self->sum + k * self->limbs;

        sum[limbs] = mpn_add_n(sum, p + k * limbs, q + k * limbs, (mp_size_t)limbs);
    }
    return status;
}

static uint8_t *word_of(const speaker *self, size_t k, size_t j)
{
    return self->words + (QS_BASES * k + j) * self->bases.root->bytes;
}

/* The words of a set. scratch: eight elements and qs_bases_scratch. */
static void raise_set(const speaker *self, size_t k, mp_limb_t *scratch)
{
    const qs_ring *root = self->bases.root;
    qs_exponent_of by = {.secret = self->sum + k * self->limbs, .bits = self->bits};

    for (size_t g = 0; g < QS_BASE_GROUPS; g++) {
        (void)qs_bases_raise(&self->bases, scratch, g, &by, scratch + QS_LANES * root->width);
        for (size_t i = 0; i < QS_LANES; i++)
            qs_ring_write(root, word_of(self, k, QS_LANES * g + i), scratch + i * root->width);
    }
}

static quorsum_status raise_sets(void *context, unsigned worker, size_t begin, size_t end)
{
    const speaker *self = context;

    for (size_t k = begin; k < end; k++)
        raise_set(self, k, qs_workers_scratch(&self->workers, worker));
    return QUORSUM_OK;
}

/* The words of base j by its table. x: QS_FIXED_GROUP elements, the table's scratch behind them. */
static void read_table(const speaker *self, const qs_fixed_base *table, size_t j, mp_limb_t *x)
{
    const qs_ring *root = self->bases.root;
    size_t own = self->generation->sets->own;
    mp_limb_t *rest = x + QS_FIXED_GROUP * root->width;
    mp_limb_t *results[QS_FIXED_GROUP];
    const mp_limb_t *exponents[QS_FIXED_GROUP];

    for (size_t first = 0; first < own; first += QS_FIXED_GROUP) {
        size_t count = own - first < QS_FIXED_GROUP ? own - first : QS_FIXED_GROUP;

        for (size_t i = 0; i < count; i++) {
            results[i] = x + i * root->width;
            exponents[i] = self->sum + (first + i) * self->limbs;
        }
        qs_fixed_base_power(table, results, exponents, count, rest);
        for (size_t i = 0; i < count; i++) {
            qs_ring_leave(root, results[i], results[i], rest);
            qs_ring_write(root, word_of(self, first + i, j), results[i]);
        }
    }
}

static quorsum_status raise_base(const speaker *self, size_t j)
{
    const quorsum_run alone = {.threads = 1};
    const qs_ring *root = self->bases.root;
    mp_limb_t *base = malloc((root->width + qs_ring_scratch(root)) * sizeof *base);
    qs_fixed_base *table = NULL;
    mp_limb_t *x = NULL;
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (base != NULL) {
        qs_ring_enter(root, base, self->bases.plain + j * root->width, base + root->width);
        status = qs_fixed_base_new(&table, root, base, self->bits, &alone);
    }
    if (status == QUORSUM_OK) {
        size_t scratch = qs_fixed_base_scratch(table) + qs_ring_scratch(root);

        x = qs_secret_block((QS_FIXED_GROUP * root->width + scratch) * sizeof *x);
        status = x != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    }
    if (status == QUORSUM_OK)
        read_table(self, table, j, x);
    qs_secret_release(x);
    qs_fixed_base_free(table);
    free(base);
    return status;
}

static quorsum_status raise_bases(void *context, unsigned worker, size_t begin, size_t end)
{
    const speaker *self = context;
    quorsum_status status = QUORSUM_OK;

    (void)worker;
    for (size_t j = begin; j < end && status == QUORSUM_OK; j++)
        status = raise_base(self, j);
    return status;
}

static quorsum_status raise_all(speaker *self, const quorsum_run *run)
{
    const qs_ring *root = self->bases.root;
    size_t own = self->generation->sets->own;
    quorsum_status status;

    self->words = calloc(own, words_len(self->generation));
    if (self->words == NULL)
        return QUORSUM_ERR_MEMORY;
    if (own >= TABLE_WORTH)
        return qs_parallel(run, QS_BASES, 1, raise_bases, self);
    status = qs_workers_init(&self->workers, run, own, 1, QS_LANES * root->width + qs_bases_scratch(root), 1);
    return status == QUORSUM_OK ? qs_parallel(run, own, 1, raise_sets, self) : status;
}

static void put_words(const speaker *self, uint8_t *body)
{
    const qs_generation *generation = self->generation;
    size_t len = words_len(generation);

    for (size_t k = 0; k < generation->sets->own; k++) {
        if (in_full(generation->sets, qs_party_set(self->party, k), self->party->index)) {
            memcpy(body, word_of(self, k, 0), len);
            body += len;
        } else {
            (void)crypto_generichash(body, HASH, word_of(self, k, 0), len, NULL, 0);
            body += HASH;
        }
    }
}

static quorsum_status say_verify(qs_generation *generation, const qs_party *party, uint8_t *body,
                                 const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    speaker self = {.generation = generation, .party = party};
    quorsum_status status = qs_bases_init(&self.bases, generation);

    if (status == QUORSUM_OK)
        status = add_up(&self, &quiet);
    if (status == QUORSUM_OK)
        status = raise_all(&self, run);
    if (status == QUORSUM_OK)
        put_words(&self, body);
    qs_workers_clear(&self.workers);
    qs_secret_release(self.pieces);
    free(self.words);
    qs_bases_clear(&self.bases);
    return status;
}

/* ---- what everybody hears ---- */

typedef struct listener {
    const qs_generation *generation;
    qs_base_set bases;
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

    for (size_t j = 0; j < QS_BASES; j++) {
        memset(self->product + j * root->width, 0, root->width * sizeof *word);
        self->product[j * root->width] = 1;
    }
    for (size_t a = 0; a < self->generation->sets->count; a++) {
        if (!agree(self, a, &words))
            return 0;
        for (size_t j = 0; j < QS_BASES; j++) {
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
    qs_exponent_of by = {.open = (const mpz_t *)&self->exponent};
    quorsum_status status = QUORSUM_OK;

    for (size_t g = begin; g < end && status == QUORSUM_OK; g++)
        status = qs_bases_raise(&self->bases, self->whole + g * QS_LANES * self->bases.root->width, g, &by,
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
    for (size_t j = 0; j < QS_BASES; j++) {
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
    quorsum_status status = qs_bases_init(&self->bases, self->generation);

    if (status == QUORSUM_OK)
        status = qs_workers_init(&self->workers, run, QS_BASE_GROUPS, 1, qs_bases_scratch(root), 0);
    self->product = calloc(2 * QS_BASES * root->width + 2 * root->width + qs_ring_scratch(root), sizeof *self->product);
    if (self->product == NULL)
        return QUORSUM_ERR_MEMORY;
    self->whole = self->product + QS_BASES * root->width;
    self->scratch = self->whole + QS_BASES * root->width;
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
        status = qs_parallel(run, QS_BASE_GROUPS, 1, raise_some, &self);
        if (status == QUORSUM_OK && all_pass(&self))
            *ruling = QS_GO_ON;
    }
    mpz_clear(self.exponent);
    free(self.product);
    qs_workers_clear(&self.workers);
    qs_bases_clear(&self.bases);
    return status;
}

const qs_generation_round qs_round_verify = {"verify", 0, verify_len, say_verify, hear_verify};
