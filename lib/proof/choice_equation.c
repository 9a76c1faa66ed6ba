/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one equation of many ballots: a product of powers, by whichever way is faster for so many, and its square beside
 * that of the values' lift. Public data.
 */
#include "lib/proof/choice_block.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"

#define JOINT_MAX ((size_t)128) /* powers that one chain of squarings is best for, measured at 2048 bits */

/* The whole product at once, where it is of few powers: one chain of squarings, Straus. */

typedef struct joint {
    size_t count;
    mp_limb_t *elements; /* Montgomery form */
    const mp_limb_t **bases;
    mpz_t *exponents;
} joint;

static size_t joint_count(const qs_choice_block *self, size_t begin, size_t end)
{
    return (end - begin) * (self->choices->branches + self->choices->ciphertexts) +
           qs_public_key_step_count(self->choices->key);
}

static quorsum_status joint_open(joint *terms, const qs_ring *ring, size_t most)
{
    terms->count = 0;
    terms->elements = malloc(most * ring->width * sizeof *terms->elements);
    terms->bases = calloc(most, sizeof *terms->bases);
    terms->exponents = calloc(most, sizeof *terms->exponents);
    return terms->elements != NULL && terms->bases != NULL && terms->exponents != NULL ? QUORSUM_OK
                                                                                        : QUORSUM_ERR_MEMORY;
}

static void joint_close(joint *terms)
{
    for (size_t i = 0; i < terms->count; i++)
        mpz_clear(terms->exponents[i]);
    free(terms->elements);
    free(terms->bases);
    free(terms->exponents);
}

/* base: plain. The exponent's pieces, highest first, are added by joint_extend. */
static void joint_add(joint *terms, const qs_ring *ring, const mp_limb_t *base, mp_limb_t *scratch)
{
    mp_limb_t *element = terms->elements + terms->count * ring->width;

    qs_ring_enter(ring, element, base, scratch);
    terms->bases[terms->count] = element;
    mpz_init(terms->exponents[terms->count]);
    terms->count++;
}

static void joint_extend(joint *terms, const qs_piece lower)
{
    mpz_t *exponent = &terms->exponents[terms->count - 1];
    mpz_t more;

    mpz_init(more);
    mpz_import(more, QS_PIECE_BYTES, 1, 1, 1, 0, lower);
    mpz_mul_2exp(*exponent, *exponent, QS_PIECE_BITS);
    mpz_add(*exponent, *exponent, more);
    mpz_clear(more);
}

static void joint_fill(joint *terms, const qs_choice_block *self, size_t begin, size_t end, mp_limb_t *scratch)
{
    const qs_choices *choices = self->choices;
    const qs_ring *ring = choices->key->ring;
    size_t steps = qs_public_key_step_count(choices->key);
    size_t last = end * choices->ciphertexts;

    for (size_t i = begin * choices->branches; i < end * choices->branches; i++) {
        joint_add(terms, ring, self->commitments + i * ring->width, scratch);
        joint_extend(terms, self->weights[i]);
    }
    for (size_t i = begin * choices->ciphertexts; i < last; i++) {
        joint_add(terms, ring, self->ciphertexts + i * ring->width, scratch);
        for (size_t digit = QS_PIECES; digit-- > 0;)
            joint_extend(terms, self->exponents[digit][i]);
    }
    for (size_t k = 0; k < steps; k++) {
        joint_add(terms, ring, qs_public_key_steps(choices->key) + k * ring->width, scratch);
        if (k + 1 == steps)
            joint_extend(terms, self->exponents[1][last]);
        joint_extend(terms, self->exponents[0][last + k]);
    }
}

static quorsum_status multiply_jointly(const qs_choice_block *self, mp_limb_t *out, size_t begin, size_t end,
                                       mp_limb_t *scratch)
{
    const qs_ring *ring = self->choices->key->ring;
    joint terms;
    quorsum_status status = joint_open(&terms, ring, joint_count(self, begin, end));

    if (status == QUORSUM_OK && qs_public_key_steps(self->choices->key) == NULL)
        status = QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK) {
        joint_fill(&terms, self, begin, end, scratch);
        status = qs_power_joint_vartime(ring, out, terms.bases, (const mpz_t *)terms.exponents, terms.count);
    }
    joint_close(&terms);
    return status;
}

/* Many powers: Pippenger's buckets, for each piece of the exponents. */

/* parts[QS_PIECES-1-digit]: the product of what has exponents in that piece, highest piece first. */
static quorsum_status multiply_piece(const qs_choice_block *self, size_t digit, size_t begin, size_t end)
{
    const qs_choices *choices = self->choices;
    const qs_ring *ring = choices->key->ring;
    size_t step_count = qs_public_key_step_count(choices->key);
    const mp_limb_t *base = qs_public_key_steps(choices->key);
    const qs_piece *exponent = (const qs_piece *)self->exponents[digit];
    qs_terms steps = {base, ring->width, exponent + end * choices->ciphertexts, step_count, NULL};
    qs_terms ciphertexts = {self->ciphertexts + begin * choices->ciphertexts * ring->width, ring->width,
                            exponent + begin * choices->ciphertexts, (end - begin) * choices->ciphertexts, NULL};
    qs_terms commitments = {self->commitments + begin * choices->branches * ring->width, ring->width,
                            (const qs_piece *)self->weights + begin * choices->branches,
                            (end - begin) * choices->branches, &ciphertexts};

    if (base == NULL)
        return QUORSUM_ERR_MEMORY;
    if (digit == 1) {
        steps.bases = base + (step_count - 1) * ring->width;
        steps.count = 1;
    }
    ciphertexts.next = digit < 2 ? &steps : NULL;
    return qs_multiexp_vartime(ring, self->parts + (QS_PIECES - 1 - digit) * ring->width,
                               digit == 0 ? &commitments : &ciphertexts, 1, self->run);
}

static quorsum_status multiply_pieces(const qs_choice_block *self, mp_limb_t *out, size_t begin, size_t end,
                                      mp_limb_t *scratch)
{
    const qs_ring *ring = self->choices->key->ring;
    quorsum_status status = QUORSUM_OK;

    for (size_t digit = 0; digit < QS_PIECES && status == QUORSUM_OK; digit++)
        status = multiply_piece(self, digit, begin, end);
    if (status != QUORSUM_OK)
        return status;
    for (size_t i = 0; i < QS_PIECES; i++)
        qs_ring_enter(ring, self->parts + i * ring->width, self->parts + i * ring->width, scratch);
    qs_power_chain(ring, out, self->parts, QS_PIECES, QS_PIECE_BITS, scratch);
    return QUORSUM_OK;
}

/* 2 T: plain. scratch: an element and what products need */
static void sum_values(const qs_choice_block *self, mp_limb_t *out, mp_limb_t *scratch)
{
    const qs_choices *choices = self->choices;
    const qs_ring *plain = choices->key->plain;
    mp_limb_t *term = scratch;
    mp_limb_t *rest = term + plain->width;

    memset(out, 0, plain->width * sizeof *out);
    for (size_t l = 0; l < choices->branches; l++) {
        qs_ring_reduce(plain, term, mpz_limbs_read(self->sums[l]), mpz_size(self->sums[l]), rest);
        qs_ring_mul(plain, term, term, choices->factors + l * plain->width, rest);
        qs_ring_add(plain, out, out, term, rest);
    }
    qs_ring_add(plain, out, out, out, rest);
}

/* Elements in `parts` behind the pieces' products, and then scratch. */
#define PARTS (QS_PIECES + 3)

size_t qs_choice_parts_limbs(const quorsum_public_key *key)
{
    size_t lift = qs_lift_scratch(key);
    size_t power = qs_power_scratch(key->ring); /* not less than qs_ring_scratch of either ring */

    return PARTS * key->ring->width + (lift > power ? lift : power);
}

quorsum_status qs_choice_equation(const qs_choice_block *self, size_t begin, size_t end)
{
    const quorsum_public_key *key = self->choices->key;
    const qs_ring *ring = key->ring;
    mp_limb_t *left = self->parts + QS_PIECES * ring->width;
    mp_limb_t *right = left + ring->width;
    mp_limb_t *sum = right + ring->width;
    mp_limb_t *rest = sum + ring->width;
    quorsum_status status = qs_choice_weigh(self, begin, end);

    if (status == QUORSUM_OK && joint_count(self, begin, end) <= JOINT_MAX)
        status = multiply_jointly(self, left, begin, end, rest);
    else if (status == QUORSUM_OK)
        status = multiply_pieces(self, left, begin, end, rest);
    if (status != QUORSUM_OK)
        return status;
    qs_ring_sqr(ring, left, left, rest);
    qs_ring_leave(ring, left, left, rest);
    sum_values(self, sum, rest);
    qs_lift(key, right, sum, rest);
    return qs_ring_equal(ring, left, right) != 0 ? QUORSUM_OK : QUORSUM_ERR_PROOF;
}
