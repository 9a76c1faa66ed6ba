/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round `derive`. A member's share of a product of shared values is the product of its shares, which lie on a
 * polynomial of degree 2t, plus its share of zero of that degree.
 */
#include "lib/ceremony/derive.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/secret.h"
#include "lib/ceremony/candidate.h"
#include "lib/ceremony/sifter.h"
#include "lib/ceremony/wide.h"

qs_widths qs_generation_widths(const qs_generation *generation)
{
    size_t secret_bits = qs_generation_secret_bits(generation->bits, generation->degree, generation->sets);

    return qs_widths_of(generation->sets, secret_bits);
}

static size_t opened_bits(const qs_generation *generation)
{
    size_t log = qs_ceil_log2(generation->sets->count);

    return (generation->degree + 1) * generation->bits + 2 * QS_SLACK + 2 * log + generation->degree + 4;
}

size_t qs_derive_ring_bits(const qs_generation *generation)
{
    return qs_limbs_of(opened_bits(generation)) * GMP_LIMB_BITS;
}

quorsum_status qs_derive_ring(qs_ring **out, const qs_generation *generation)
{
    return qs_wide_ring(out, opened_bits(generation));
}

static size_t word_bytes(const qs_generation *generation)
{
    return (generation->bits + 7) / 8;
}

static size_t derive_len(const qs_generation *generation, uint32_t index)
{
    (void)index;
    return word_bytes(generation) + qs_derive_ring_bits(generation) / 8;
}

/* ---- what a member says ---- */

/* Shares in one ring: wides and elements in one guarded block. */
typedef struct workshop {
    const qs_generation *generation;
    const qs_party *party;
    const qs_ring *ring;
    const mp_limb_t *pieces; /* p_A of all own sets, then q_A */
    size_t piece_limbs;
    size_t limbs;       /* of a wide for the longest value */
    mp_limb_t *inverse; /* 1 / n!, Montgomery form, public */
    void *block;
    mp_limb_t *wide;
    mp_limb_t *share;   /* an element, the result of the functions below */
    mp_limb_t *value;   /* another one for the callers */
    mp_limb_t *scratch; /* an element and qs_ring_scratch limbs */
    mp_limb_t *streams; /* qs_wide_scratch limbs */
} workshop;

static quorsum_status workshop_init(workshop *self, size_t bits)
{
    const qs_ring *ring = self->ring;
    size_t streams = qs_wide_scratch(self->party->sets, bits);
    size_t elements;

    self->limbs = qs_wide_limbs(bits);
    elements = 2 * self->limbs + 3 * ring->width + qs_ring_scratch(ring);
    self->inverse = calloc(ring->width, sizeof *self->inverse);
    self->block = qs_secret_block((elements + streams) * sizeof(mp_limb_t));
    if (self->inverse == NULL || self->block == NULL)
        return QUORSUM_ERR_MEMORY;
    self->wide = self->block;
    self->share = self->wide + 2 * self->limbs;
    self->value = self->share + ring->width;
    self->scratch = self->value + ring->width;
    self->streams = self->wide + elements;
    return qs_wide_inverse_vartime(self->inverse, ring, self->party->sets);
}

static void workshop_clear(workshop *self)
{
    free(self->inverse);
    qs_secret_release(self->block);
    self->inverse = NULL;
    self->block = NULL;
}

static void finish_share(workshop *self)
{
    qs_wide_share(self->ring, self->share, self->wide, self->limbs, self->inverse, self->scratch);
}

static void empty_wide(workshop *self)
{
    memset(self->wide, 0, 2 * self->limbs * sizeof *self->wide);
}

/* The member's share of a value drawn from streams `label`, `bits` bits a set. */
static void share_drawn(workshop *self, const char *label, size_t bits)
{
    empty_wide(self);
    for (size_t k = 0; k < self->party->sets->own; k++)
        qs_wide_draw(self->wide, self->limbs, 0, 1, self->party, k, label, bits, self->streams);
    finish_share(self);
}

/* Of zero, of degree 2t. */
static void share_zero(workshop *self, const char *label, size_t bits)
{
    empty_wide(self);
    for (size_t k = 0; k < self->party->sets->own; k++)
        qs_wide_mask(self->wide, self->limbs, 0, 1, self->party, k, label, bits, self->streams);
    finish_share(self);
}

/* Of sum (p_A + q_A). */
static void share_pieces(workshop *self)
{
    size_t own = self->party->sets->own;

    empty_wide(self);
    for (size_t k = 0; k < 2 * own; k++)
        qs_wide_add(self->wide, self->limbs, self->pieces + k * self->piece_limbs, self->piece_limbs,
                    qs_party_weight(self->party, k % own));
    finish_share(self);
}

/* share = constant + factor sum (p_A + q_A), the factor being 4 or -4 */
static void share_sum(workshop *self, const mpz_t constant, int negative)
{
    const qs_ring *ring = self->ring;

    share_pieces(self);
    qs_ring_add(ring, self->share, self->share, self->share, self->scratch);
    qs_ring_add(ring, self->share, self->share, self->share, self->scratch);
    qs_ring_from_mpz_vartime(ring, self->value, constant);
    if (negative)
        qs_ring_sub(ring, self->share, self->value, self->share, self->scratch);
    else
        qs_ring_add(ring, self->share, self->value, self->share, self->scratch);
}

/* value = value share */
static void multiply_share(workshop *self)
{
    qs_ring_enter(self->ring, self->share, self->share, self->scratch);
    qs_ring_mul(self->ring, self->value, self->value, self->share, self->scratch);
}

/* (p + q - 1)(i) r(i) + o(i) mod N */
static void say_gcd(workshop *self, uint8_t *out)
{
    size_t bits = self->generation->bits + QS_SLACK;
    mpz_t constant;

    mpz_init(constant);
    mpz_mul_ui(constant, self->generation->sifter->least, 2);
    mpz_sub_ui(constant, constant, 1);
    share_sum(self, constant, 0);
    mpz_clear(constant);
    mpn_copyi(self->value, self->share, (mp_size_t)self->ring->width);
    share_drawn(self, "gr", bits);
    multiply_share(self);
    share_zero(self, "gz", bits);
    qs_ring_add(self->ring, self->value, self->value, self->share, self->scratch);
    qs_ring_write(self->ring, out, self->value);
}

/* N + 1 - 2T: phi = that - 4 sum (p_A + q_A) */
static void phi_constant(mpz_t out, const qs_generation *generation)
{
    mpz_add_ui(out, generation->key->n, 1);
    mpz_submul_ui(out, generation->sifter->least, 2);
}

/* sum += R(i) N^s, by way of value and share; sum is an element of the caller's */
static void add_masked(workshop *self, mp_limb_t *sum, size_t mask_bits)
{
    qs_ring_from_mpz_vartime(self->ring, self->value, self->generation->key->ns);
    share_drawn(self, QS_MASK_LABEL, mask_bits);
    multiply_share(self);
    qs_ring_add(self->ring, sum, sum, self->value, self->scratch);
}

/* phi(i) beta(i) + o(i) + R(i) N^s in the ring of F. sum: an element, guarded */
static void say_opening(workshop *self, mp_limb_t *sum, uint8_t *out)
{
    const qs_generation *generation = self->generation;
    size_t beta_bits = generation->degree * generation->bits + QS_SLACK;
    mpz_t constant;

    mpz_init(constant);
    phi_constant(constant, generation);
    share_sum(self, constant, 1);
    mpz_clear(constant);
    mpn_copyi(self->value, self->share, (mp_size_t)self->ring->width);
    share_drawn(self, "beta", beta_bits);
    multiply_share(self);
    mpn_copyi(sum, self->value, (mp_size_t)self->ring->width);
    share_zero(self, "fz", qs_derive_ring_bits(generation));
    qs_ring_add(self->ring, sum, sum, self->share, self->scratch);
    add_masked(self, sum, qs_generation_widths(generation).mask_bits);
    qs_ring_write(self->ring, out, sum);
}

static quorsum_status say_both(workshop *self, const qs_ring *big, uint8_t *body)
{
    const qs_generation *generation = self->generation;
    mp_limb_t *sum = qs_secret_block(big->width * sizeof *sum);
    quorsum_status status;

    if (sum == NULL)
        return QUORSUM_ERR_MEMORY;
    self->ring = generation->key->root;
    status = workshop_init(self, generation->bits + QS_SLACK);
    if (status == QUORSUM_OK)
        say_gcd(self, body);
    workshop_clear(self);
    if (status == QUORSUM_OK) {
        self->ring = big;
        status = workshop_init(self, qs_derive_ring_bits(generation));
    }
    if (status == QUORSUM_OK)
        say_opening(self, sum, body + word_bytes(generation));
    workshop_clear(self);
    qs_secret_release(sum);
    return status;
}

static quorsum_status say_derive(qs_generation *generation, const qs_party *party, uint8_t *body,
                                 const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    size_t own = generation->sets->own;
    size_t limbs = qs_candidate_limbs(generation);
    mp_limb_t *pieces = qs_secret_block(2 * own * limbs * sizeof *pieces);
    workshop self = {.generation = generation, .party = party, .pieces = pieces, .piece_limbs = limbs};
    qs_ring *big = NULL;
    quorsum_status status = pieces != NULL ? qs_derive_ring(&big, generation) : QUORSUM_ERR_MEMORY;

    if (status == QUORSUM_OK)
        status = qs_candidate_pieces(generation, party->key, own, generation->winner, pieces, pieces + own * limbs,
                                     &quiet);
    if (status == QUORSUM_OK)
        status = say_both(&self, big, body);
    qs_ring_free(big);
    qs_secret_release(pieces);
    return status;
}

/* ---- what everybody hears ---- */

/* Opens what stands at `offset`, `bytes` bytes, in the bodies. 0 unless all are below the modulus and fit. */
static int open_value(mpz_t out, const qs_generation *generation, const uint8_t *const *body, size_t offset,
                      size_t bytes, const mpz_t modulus)
{
    uint32_t n = generation->sets->members;
    mpz_t share[QS_MEMBERS_MAX];
    int fits = 1;

    for (uint32_t i = 0; i < n; i++) {
        mpz_init(share[i]);
        mpz_import(share[i], bytes, 1, 1, 1, 0, body[i] + offset);
        fits &= mpz_cmp(share[i], modulus) < 0;
    }
    if (fits)
        qs_wide_open(out, &fits, share, n, 2 * generation->sets->degree, modulus);
    for (uint32_t i = 0; i < n; i++)
        mpz_clear(share[i]);
    return fits;
}

static int is_unit(const mpz_t value, const mpz_t n)
{
    mpz_t common;
    int unit;

    mpz_init(common);
    mpz_gcd(common, value, n);
    unit = mpz_cmp_ui(common, 1) == 0;
    mpz_clear(common);
    return unit;
}

/* theta and delta from F; 0 unless F < N^s (C+1) 2^mask_bits and theta is prime to N. */
static int take_opening(qs_generation *generation, const mpz_t opened)
{
    qs_widths widths = qs_generation_widths(generation);
    mpz_t bound;
    int fits;

    mpz_fdiv_qr(generation->delta, generation->theta, opened, generation->key->ns);
    mpz_init_set_ui(bound, generation->sets->count + 1);
    mpz_mul_2exp(bound, bound, widths.mask_bits);
    fits = mpz_cmp(generation->delta, bound) < 0 && is_unit(generation->theta, generation->key->n);
    mpz_neg(generation->delta, generation->delta);
    mpz_clear(bound);
    return fits;
}

static quorsum_status hear_derive(qs_generation *generation, const uint8_t *const *body, qs_ruling *ruling,
                                  const quorsum_run *run)
{
    size_t bytes = word_bytes(generation);
    qs_ring *big = NULL;
    quorsum_status status = qs_derive_ring(&big, generation);
    mpz_t modulus;
    mpz_t value;

    (void)run;
    *ruling = QS_FAULT;
    if (status != QUORSUM_OK)
        return status;
    mpz_init(value);
    mpz_roinit_n(modulus, big->n, (mp_size_t)big->limbs);
    if (open_value(value, generation, body, 0, bytes, generation->key->n) && is_unit(value, generation->key->n) &&
        open_value(value, generation, body, bytes, qs_derive_ring_bits(generation) / 8, modulus) &&
        take_opening(generation, value))
        *ruling = QS_GO_ON;
    mpz_clear(value);
    qs_ring_free(big);
    return QUORSUM_OK;
}

const qs_generation_round qs_round_derive = {"derive", 1, derive_len, say_derive, hear_derive};
