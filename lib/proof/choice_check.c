/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking ballot proofs, one or many, all public. First each by itself: lengths, ranges, units, and that the
 * sub-challenges of every clause come to the challenge. Then the equations of all branches of all ballots as one, with a
 * random weight rho of 128 bits each (small exponents: Bellare, Garay, Rabin, EUROCRYPT 1998):
 *
 *     M = prod A^(rho) c^(rho e) h_s^(-rho w),  T = sum rho e mu;     M^2 = (1+N)^(2 T)
 *
 * where an e and its rho fall to the ciphertexts of the branch's clause, so that a ciphertext is one base, whatever the
 * clauses it is in. That all equations hold is what M^2 says, unless
 *
 *   - a quotient of the two sides of some equation has a part in the group of 1+N. Its order there is at least N's least
 *     prime factor p, so the weighted product comes to 1 for at most one weight in min(p, 2^128): the check errs with
 *     probability 2^-128 + 1/p. This is all that a plaintext statement depends on (choice.h).
 *   - or all quotients lie in the N^s-th residues and are of small order. Squares leave none but what tells N's factors,
 *     and none at all if (p-1)/2 and (q-1)/2 are primes. Somebody who knows such an element can make a ballot that one
 *     reader accepts and another refuses; its plaintext is among the allowed ones all the same. So small exponents would
 *     not be sound for a statement about the randomness, such as that c is of the group of h_s: none is made here.
 *
 * The weights come from fresh randomness and from a hash of everything: nobody can try ballots until they fit, and a
 * reader without randomness still checks what a random oracle would.
 *
 * A product that comes out wrong is certain: so a single ballot is checked in the same way, and halves of a bad batch
 * again until single ones are left.
 */
#include "lib/proof/choice.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/base/bytes.h"
#include "lib/base/invariant.h"
#include "lib/base/random.h"
#include "lib/paillier/workers.h"

#define PIECE_BYTES QS_CHALLENGE_BYTES
#define PIECE_BITS (8 * PIECE_BYTES)
#define PIECES ((size_t)3) /* of a ciphertext's exponent, a sum of fewer than 2^128 products of two pieces */
#define SALT_BYTES 32
#define JOINT_MAX ((size_t)128) /* powers that one chain of squarings is best for: measured at 2048 bits, both kernels */
#define ELEMENTS_MAX ((size_t)1 << 16) /* of a block: 32 MiB at 2048 bits and two digits */

typedef uint8_t piece[PIECE_BYTES];

typedef struct block { /* of ballots; what is well formed is moved to the front */
    const qs_choices *choices;
    const quorsum_run *run;
    qs_ballot **ballots;
    size_t count;
    mp_limb_t *commitments;             /* every ballot's A */
    mp_limb_t *ciphertexts;             /* every ballot's */
    uint8_t (*digests)[QS_SEED_BYTES];  /* of all that is in a ballot */
    piece *weights;                     /* of every A */
    piece *exponents[PIECES];           /* of every ciphertext, lowest piece first; then of the steps */
    mp_limb_t *parts;                   /* products for the pieces, and what a product needs */
    mpz_t *sums;                        /* rho e of every branch, over the ballots */
} block;

static size_t element_bytes(const qs_choices *choices)
{
    return choices->key->ring->digits * choices->key->ring->bytes;
}

static const uint8_t *challenge_at(const qs_choices *choices, const uint8_t *proof, size_t branch)
{
    return proof + choices->branches * element_bytes(choices) + branch * QS_CHALLENGE_BYTES;
}

static const uint8_t *response_at(const qs_choices *choices, const uint8_t *proof, size_t branch)
{
    return challenge_at(choices, proof, choices->branches) + branch * qs_choice_w_bytes(choices);
}

/* ---- each by itself ---- */

static quorsum_status check_shape(const qs_choices *choices, const qs_ballot *ballot)
{
    size_t bytes = qs_choice_bytes(choices);
    size_t spare = 8 * qs_choice_w_bytes(choices) - (qs_choice_mask_bits(choices) + 1);

    if (!qs_public_key_same(choices->key, ballot->ciphertexts->key))
        return QUORSUM_ERR_KEY_MISMATCH;
    if (ballot->ciphertexts->count != choices->ciphertexts)
        return QUORSUM_ERR_WIDTH;
    if (ballot->len != bytes)
        return ballot->len < bytes ? QUORSUM_ERR_TRUNCATED : QUORSUM_ERR_TRAILING;
    for (size_t l = 0; l < choices->branches; l++)
        if (response_at(choices, ballot->proof, l)[0] >> (8 - spare) != 0)
            return QUORSUM_ERR_RANGE;
    return QUORSUM_OK;
}

/* Whether the sub-challenges of every clause come to e modulo 2^128. */
static int sums_agree(const qs_choices *choices, const uint8_t *proof, const uint8_t e[QS_CHALLENGE_BYTES])
{
    uint64_t wanted[2] = {qs_load64(e), qs_load64(e + 8)};

    for (size_t i = 0; i < choices->clause_count; i++) {
        uint64_t high = 0;
        uint64_t low = 0;

        for (size_t l = choices->clauses[i].begin; l < choices->clauses[i].end; l++) {
            uint64_t more = qs_load64(challenge_at(choices, proof, l) + 8);

            low += more;
            high += qs_load64(challenge_at(choices, proof, l)) + (low < more);
        }
        if (high != wanted[0] || low != wanted[1])
            return 0;
    }
    return 1;
}

/* Everything behind the commitments is not in the seed: the weights are to depend on it, too. */
static void digest_ballot(uint8_t digest[QS_SEED_BYTES], const qs_choices *choices, const qs_ballot *ballot,
                          const uint8_t seed[QS_SEED_BYTES])
{
    const uint8_t *responses = challenge_at(choices, ballot->proof, 0);
    qs_transcript transcript;

    qs_transcript_begin(&transcript, "or-ballot", ballot->context);
    qs_transcript_bytes(&transcript, seed, QS_SEED_BYTES);
    qs_transcript_bytes(&transcript, responses, (size_t)(ballot->proof + ballot->len - responses));
    qs_transcript_seed(&transcript, digest);
}

static quorsum_status read_ballot(const block *self, size_t place)
{
    const qs_choices *choices = self->choices;
    const qs_ballot *ballot = self->ballots[place];
    size_t width = choices->key->ring->width;
    const quorsum_run alone = {.threads = 1};
    uint8_t seed[QS_SEED_BYTES];
    quorsum_ciphertexts *commitments = NULL;
    quorsum_status status = check_shape(choices, ballot);

    if (status == QUORSUM_OK)
        status = quorsum_ciphertexts_decode(&commitments, choices->key, ballot->proof,
                                            choices->branches * element_bytes(choices), NULL, &alone);
    if (status == QUORSUM_OK) {
        memcpy(self->commitments + place * choices->branches * width, commitments->value,
               choices->branches * width * sizeof(mp_limb_t));
        memcpy(self->ciphertexts + place * choices->ciphertexts * width, ballot->ciphertexts->value,
               choices->ciphertexts * width * sizeof(mp_limb_t));
        status = qs_choice_seed(seed, ballot->context, choices, ballot->ciphertexts, ballot->proof);
    }
    if (status == QUORSUM_OK && !sums_agree(choices, ballot->proof, seed))
        status = QUORSUM_ERR_PROOF;
    if (status == QUORSUM_OK)
        digest_ballot(self->digests[place], choices, ballot, seed);
    quorsum_ciphertexts_free(commitments);
    return status;
}

static quorsum_status read_ballots(void *context, unsigned worker, size_t begin, size_t end)
{
    const block *self = context;

    (void)worker;
    for (size_t i = begin; i < end; i++) {
        self->ballots[i]->status = read_ballot(self, i);
        if (self->ballots[i]->status == QUORSUM_ERR_MEMORY)
            return QUORSUM_ERR_MEMORY;
    }
    return QUORSUM_OK;
}

static void move_ballot(block *self, size_t to, size_t from)
{
    size_t width = self->choices->key->ring->width;
    size_t branches = self->choices->branches * width;
    size_t ciphertexts = self->choices->ciphertexts * width;

    self->ballots[to] = self->ballots[from];
    memcpy(self->digests[to], self->digests[from], QS_SEED_BYTES);
    memcpy(self->commitments + to * branches, self->commitments + from * branches, branches * sizeof(mp_limb_t));
    memcpy(self->ciphertexts + to * ciphertexts, self->ciphertexts + from * ciphertexts,
           ciphertexts * sizeof(mp_limb_t));
}

static void keep_well_formed(block *self)
{
    size_t kept = 0;

    for (size_t i = 0; i < self->count; i++) {
        if (self->ballots[i]->status != QUORSUM_OK)
            continue;
        if (kept < i)
            move_ballot(self, kept, i);
        kept++;
    }
    self->count = kept;
}

/* ---- exponents ---- */

static void weigh_seed(uint8_t seed[QS_SEED_BYTES], const block *self, size_t begin, size_t end)
{
    const qs_context context = {.label = "weights"};
    uint8_t salt[SALT_BYTES];
    qs_transcript transcript;

    qs_random_bytes(salt, sizeof salt);
    qs_transcript_begin(&transcript, "or-batch", &context);
    qs_transcript_bytes(&transcript, salt, sizeof salt);
    for (size_t i = begin; i < end; i++)
        qs_transcript_bytes(&transcript, self->digests[i], QS_SEED_BYTES);
    qs_transcript_seed(&transcript, seed);
}

static void read_integer(mpz_t out, const uint8_t *in, size_t len)
{
    mpz_import(out, len, 1, 1, 1, 0, in);
}

/* Digit number `digit` of a number in pieces. */
static void write_piece(piece out, const mpz_t value, size_t digit, mpz_t scratch)
{
    size_t used;

    mpz_tdiv_q_2exp(scratch, value, digit * PIECE_BITS);
    mpz_tdiv_r_2exp(scratch, scratch, PIECE_BITS);
    used = mpz_sgn(scratch) == 0 ? 0 : (mpz_sizeinbase(scratch, 2) + 7) / 8;
    memset(out, 0, PIECE_BYTES);
    if (used > 0)
        (void)mpz_export(out + PIECE_BYTES - used, NULL, 1, 1, 1, 0, scratch);
}

typedef struct exponents { /* in the making */
    mpz_t rho;
    mpz_t product;
    mpz_t response; /* sum of rho w */
    mpz_t *clauses; /* sum of rho e, of each clause of the ballot at hand */
    mpz_t total;
} exponents;

/* A ballot's branches: their weights, and what these make of e and w. */
static void weigh_branches(const block *self, exponents *made, size_t place, const uint8_t seed[QS_SEED_BYTES])
{
    const qs_choices *choices = self->choices;
    const uint8_t *proof = self->ballots[place]->proof;

    for (size_t i = 0; i < choices->clause_count; i++)
        mpz_set_ui(made->clauses[i], 0);
    for (size_t l = 0; l < choices->branches; l++) {
        size_t number = place * choices->branches + l;

        qs_seed_exponent(self->weights[number], seed, number);
        read_integer(made->rho, self->weights[number], PIECE_BYTES);
        read_integer(made->product, response_at(choices, proof, l), qs_choice_w_bytes(choices));
        mpz_addmul(made->response, made->rho, made->product);
        read_integer(made->product, challenge_at(choices, proof, l), QS_CHALLENGE_BYTES);
        mpz_mul(made->product, made->product, made->rho);
        mpz_add(self->sums[l], self->sums[l], made->product);
        mpz_add(made->clauses[choices->owner[l]], made->clauses[choices->owner[l]], made->product);
    }
}

static void weigh_ciphertexts(const block *self, exponents *made, size_t place)
{
    const qs_choices *choices = self->choices;

    for (size_t k = 0; k < choices->ciphertexts; k++) {
        mpz_set_ui(made->total, 0);
        for (size_t i = 0; i < choices->clause_count; i++)
            if (k - choices->clauses[i].first < choices->clauses[i].count)
                mpz_add(made->total, made->total, made->clauses[i]);
        for (size_t digit = 0; digit < PIECES; digit++)
            write_piece(self->exponents[digit][place * choices->ciphertexts + k], made->total, digit, made->product);
    }
}

/* The digits of the response as exponents of the steps, behind the ciphertexts' exponents: one more than there are steps,
 * so the last step stands again among the middle pieces. */
static void cut_response(const block *self, exponents *made, size_t end)
{
    size_t steps = qs_public_key_step_count(self->choices->key);
    size_t at = end * self->choices->ciphertexts;

    QS_INVARIANT(mpz_sizeinbase(made->response, 2) <= (steps + 1) * PIECE_BITS);
    for (size_t k = 0; k < steps; k++)
        write_piece(self->exponents[0][at + k], made->response, k, made->product);
    write_piece(self->exponents[1][at], made->response, steps, made->product);
}

static quorsum_status weigh(const block *self, size_t begin, size_t end)
{
    uint8_t seed[QS_SEED_BYTES];
    exponents made = {.clauses = calloc(self->choices->clause_count, sizeof *made.clauses)};

    if (made.clauses == NULL)
        return QUORSUM_ERR_MEMORY;
    mpz_inits(made.rho, made.product, made.response, made.total, NULL);
    for (size_t i = 0; i < self->choices->clause_count; i++)
        mpz_init(made.clauses[i]);
    for (size_t l = 0; l < self->choices->branches; l++)
        mpz_set_ui(self->sums[l], 0);
    weigh_seed(seed, self, begin, end);
    for (size_t i = begin; i < end; i++) {
        weigh_branches(self, &made, i, seed);
        weigh_ciphertexts(self, &made, i);
    }
    cut_response(self, &made, end);
    for (size_t i = 0; i < self->choices->clause_count; i++)
        mpz_clear(made.clauses[i]);
    mpz_clears(made.rho, made.product, made.response, made.total, NULL);
    free(made.clauses);
    return QUORSUM_OK;
}

/* ---- the equation ---- */

/* The whole product at once, where it is of few powers: one chain of squarings, Straus. */

typedef struct joint {
    size_t count;
    mp_limb_t *elements; /* Montgomery form */
    const mp_limb_t **bases;
    mpz_t *exponents;
} joint;

static size_t joint_count(const block *self, size_t begin, size_t end)
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

static void joint_extend(joint *terms, const piece lower)
{
    mpz_t *exponent = &terms->exponents[terms->count - 1];
    mpz_t more;

    mpz_init(more);
    read_integer(more, lower, PIECE_BYTES);
    mpz_mul_2exp(*exponent, *exponent, PIECE_BITS);
    mpz_add(*exponent, *exponent, more);
    mpz_clear(more);
}

static void joint_fill(joint *terms, const block *self, size_t begin, size_t end, mp_limb_t *scratch)
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
        for (size_t digit = PIECES; digit-- > 0;)
            joint_extend(terms, self->exponents[digit][i]);
    }
    for (size_t k = 0; k < steps; k++) {
        joint_add(terms, ring, qs_public_key_steps(choices->key) + k * ring->width, scratch);
        if (k + 1 == steps)
            joint_extend(terms, self->exponents[1][last]);
        joint_extend(terms, self->exponents[0][last + k]);
    }
}

static quorsum_status multiply_jointly(const block *self, mp_limb_t *out, size_t begin, size_t end, mp_limb_t *scratch)
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

/* parts[PIECES-1-digit]: the product of what has exponents in that piece, highest piece first. */
static quorsum_status multiply_piece(const block *self, size_t digit, size_t begin, size_t end)
{
    const qs_choices *choices = self->choices;
    const qs_ring *ring = choices->key->ring;
    size_t step_count = qs_public_key_step_count(choices->key);
    const mp_limb_t *base = qs_public_key_steps(choices->key);
    const piece *exponent = (const piece *)self->exponents[digit];
    qs_terms steps = {base, ring->width, exponent + end * choices->ciphertexts, step_count, NULL};
    qs_terms ciphertexts = {self->ciphertexts + begin * choices->ciphertexts * ring->width, ring->width,
                            exponent + begin * choices->ciphertexts, (end - begin) * choices->ciphertexts, NULL};
    qs_terms commitments = {self->commitments + begin * choices->branches * ring->width, ring->width,
                            (const piece *)self->weights + begin * choices->branches, (end - begin) * choices->branches,
                            &ciphertexts};

    if (base == NULL)
        return QUORSUM_ERR_MEMORY;
    if (digit == 1) {
        steps.bases = base + (step_count - 1) * ring->width;
        steps.count = 1;
    }
    ciphertexts.next = digit < 2 ? &steps : NULL;
    return qs_multiexp_vartime(ring, self->parts + (PIECES - 1 - digit) * ring->width,
                               digit == 0 ? &commitments : &ciphertexts, 1, self->run);
}

static quorsum_status multiply_pieces(const block *self, mp_limb_t *out, size_t begin, size_t end, mp_limb_t *scratch)
{
    const qs_ring *ring = self->choices->key->ring;
    quorsum_status status = QUORSUM_OK;

    for (size_t digit = 0; digit < PIECES && status == QUORSUM_OK; digit++)
        status = multiply_piece(self, digit, begin, end);
    if (status != QUORSUM_OK)
        return status;
    for (size_t i = 0; i < PIECES; i++)
        qs_ring_enter(ring, self->parts + i * ring->width, self->parts + i * ring->width, scratch);
    qs_power_chain(ring, out, self->parts, PIECES, PIECE_BITS, scratch);
    return QUORSUM_OK;
}

/* 2 T: plain. scratch: an element and what products need */
static void sum_values(const block *self, mp_limb_t *out, mp_limb_t *scratch)
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
#define PARTS (PIECES + 3)

static size_t parts_limbs(const quorsum_public_key *key)
{
    size_t lift = qs_lift_scratch(key);
    size_t power = qs_power_scratch(key->ring); /* not less than qs_ring_scratch of either ring */

    return PARTS * key->ring->width + (lift > power ? lift : power);
}

/* Whether ballots begin .. end-1 are right, all of them: QUORSUM_OK or QUORSUM_ERR_PROOF. */
static quorsum_status check_range(const block *self, size_t begin, size_t end)
{
    const quorsum_public_key *key = self->choices->key;
    const qs_ring *ring = key->ring;
    mp_limb_t *left = self->parts + PIECES * ring->width;
    mp_limb_t *right = left + ring->width;
    mp_limb_t *sum = right + ring->width;
    mp_limb_t *rest = sum + ring->width;
    quorsum_status status = weigh(self, begin, end);

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

/* Halves of what is bad, until single ballots are. */
static quorsum_status judge(const block *self, size_t begin, size_t end)
{
    size_t middle = begin + (end - begin) / 2;
    quorsum_status status = begin < end ? check_range(self, begin, end) : QUORSUM_OK;

    if (status != QUORSUM_ERR_PROOF)
        return status;
    if (end - begin == 1) {
        self->ballots[begin]->status = QUORSUM_ERR_PROOF;
        return QUORSUM_OK;
    }
    status = judge(self, begin, middle);
    return status == QUORSUM_OK ? judge(self, middle, end) : status;
}

/* ---- blocks ---- */

static quorsum_status block_open(block *self, const qs_choices *choices, size_t count, const quorsum_run *run)
{
    const quorsum_public_key *key = choices->key;
    size_t width = key->ring->width;
    int there = 1;

    *self = (block){.choices = choices, .run = run};
    self->ballots = calloc(count, sizeof *self->ballots);
    self->commitments = malloc(count * choices->branches * width * sizeof *self->commitments);
    self->ciphertexts = malloc(count * choices->ciphertexts * width * sizeof *self->ciphertexts);
    self->digests = malloc(count * sizeof *self->digests);
    self->weights = malloc(count * choices->branches * sizeof *self->weights);
    self->parts = malloc(parts_limbs(key) * sizeof *self->parts);
    self->sums = malloc(choices->branches * sizeof *self->sums);
    for (size_t digit = 0; digit < PIECES; digit++) {
        self->exponents[digit] = malloc((count * choices->ciphertexts + qs_public_key_step_count(key)) * sizeof(piece));
        there = there && self->exponents[digit] != NULL;
    }
    for (size_t l = 0; self->sums != NULL && l < choices->branches; l++)
        mpz_init(self->sums[l]);
    there = there && self->ballots != NULL && self->commitments != NULL && self->ciphertexts != NULL;
    there = there && self->digests != NULL && self->weights != NULL && self->parts != NULL && self->sums != NULL;
    return there ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}

static void block_close(block *self)
{
    for (size_t l = 0; self->sums != NULL && l < self->choices->branches; l++)
        mpz_clear(self->sums[l]);
    for (size_t digit = 0; digit < PIECES; digit++)
        free(self->exponents[digit]);
    free(self->ballots);
    free(self->commitments);
    free(self->ciphertexts);
    free(self->digests);
    free(self->weights);
    free(self->parts);
    free(self->sums);
}

static quorsum_status judge_block(block *self, qs_ballot *ballots, size_t count)
{
    quorsum_status status;

    self->count = count;
    for (size_t i = 0; i < count; i++)
        self->ballots[i] = &ballots[i];
    status = qs_parallel(self->run, count, 1, read_ballots, self);
    if (status != QUORSUM_OK)
        return status;
    keep_well_formed(self);
    return judge(self, 0, self->count);
}

quorsum_status qs_choice_verify_all_vartime(qs_ballot *ballots, size_t count, const qs_choices *choices, size_t *bad,
                                            const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    size_t most = ELEMENTS_MAX / (choices->branches + choices->ciphertexts) + 1;
    size_t length = count < most ? count : most;
    block self;
    quorsum_status status;

    *bad = 0;
    if (count == 0)
        return QUORSUM_OK;
    status = block_open(&self, choices, length, &quiet);
    for (size_t begin = 0; begin < count && status == QUORSUM_OK; begin += length)
        status = judge_block(&self, ballots + begin, count - begin < length ? count - begin : length);
    for (size_t i = 0; i < count && status == QUORSUM_OK; i++)
        *bad += ballots[i].status != QUORSUM_OK;
    block_close(&self);
    return status;
}

quorsum_status qs_choice_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                        const qs_choices *choices, const quorsum_ciphertexts *ciphertexts,
                                        const quorsum_run *run)
{
    qs_ballot ballot = {.context = context, .ciphertexts = ciphertexts, .proof = proof, .len = len};
    size_t bad;
    quorsum_status status = qs_choice_verify_all_vartime(&ballot, 1, choices, &bad, run);

    return status == QUORSUM_OK ? ballot.status : status;
}
