/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking ballot proofs, one or many, all public. First each by itself: lengths, ranges, units, and that the
 * sub-challenges of every clause come to the challenge. Then the equations of all branches of all ballots as one, with
 * a random weight rho of 128 bits each (small exponents: Bellare, Garay, Rabin, EUROCRYPT 1998):
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
#include "lib/proof/choice_block.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/parallel.h"

#define ELEMENTS_MAX ((size_t)1 << 14) /* of a block: 8 MiB at 2048 bits and two digits */

static quorsum_status read_ballots(void *context, unsigned worker, size_t begin, size_t end)
{
    const qs_choice_block *self = context;

    (void)worker;
    for (size_t i = begin; i < end; i++) {
        self->ballots[i]->status = qs_choice_read(self, i);
        if (self->ballots[i]->status == QUORSUM_ERR_MEMORY)
            return QUORSUM_ERR_MEMORY;
    }
    return QUORSUM_OK;
}

static void move_ballot(qs_choice_block *self, size_t to, size_t from)
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

static void keep_well_formed(qs_choice_block *self)
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

/* ---- judging ---- */

/* Halves of what is bad, until single ballots are. */
static quorsum_status judge(const qs_choice_block *self, size_t begin, size_t end)
{
    size_t middle = begin + (end - begin) / 2;
    quorsum_status status = begin < end ? qs_choice_equation(self, begin, end) : QUORSUM_OK;

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

static quorsum_status block_open(qs_choice_block *self, const qs_choices *choices, size_t count, const quorsum_run *run)
{
    const quorsum_public_key *key = choices->key;
    size_t width = key->ring->width;
    size_t exponents = count * choices->ciphertexts + qs_public_key_step_count(key);
    int there = 1;

    *self = (qs_choice_block){.choices = choices, .run = run};
    self->ballots = calloc(count, sizeof *self->ballots);
    self->commitments = malloc(count * choices->branches * width * sizeof *self->commitments);
    self->ciphertexts = malloc(count * choices->ciphertexts * width * sizeof *self->ciphertexts);
    self->digests = malloc(count * sizeof *self->digests);
    self->weights = malloc(count * choices->branches * sizeof *self->weights);
    self->parts = malloc(qs_choice_parts_limbs(key) * sizeof *self->parts);
    self->sums = malloc(choices->branches * sizeof *self->sums);
    for (size_t digit = 0; digit < QS_PIECES; digit++) {
        self->exponents[digit] = malloc(exponents * sizeof *self->exponents[digit]);
        there = there && self->exponents[digit] != NULL;
    }
    for (size_t l = 0; self->sums != NULL && l < choices->branches; l++)
        mpz_init(self->sums[l]);
    there = there && self->ballots != NULL && self->commitments != NULL && self->ciphertexts != NULL;
    there = there && self->digests != NULL && self->weights != NULL && self->parts != NULL && self->sums != NULL;
    return there ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}

static void block_close(qs_choice_block *self)
{
    for (size_t l = 0; self->sums != NULL && l < self->choices->branches; l++)
        mpz_clear(self->sums[l]);
    for (size_t digit = 0; digit < QS_PIECES; digit++)
        free(self->exponents[digit]);
    free(self->ballots);
    free(self->commitments);
    free(self->ciphertexts);
    free(self->digests);
    free(self->weights);
    free(self->parts);
    free(self->sums);
}

static quorsum_status judge_block(qs_choice_block *self, qs_ballot *ballots, size_t count)
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
    qs_choice_block self;
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
