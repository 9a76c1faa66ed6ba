/* SPDX-License-Identifier: Apache-2.0 */
/* What everybody concludes from the masks: who is to be accused, or the new key. All public. */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/base/parallel.h"
#include "lib/ceremony/handover_inside.h"
#include "lib/ceremony/signed.h"

/* ---- ranges, units, and whether a set agrees ---- */

static const uint8_t *piece_of(const qs_handover *handover, const uint8_t *const *body, uint32_t member, size_t k)
{
    return body[member - 1] + k * (qs_handover_gap_len(handover) + qs_handover_root(handover)->bytes);
}

static const uint8_t *word_in(const qs_handover *handover, const uint8_t *piece)
{
    return piece + qs_handover_gap_len(handover);
}

/* words: room for a member's sets. */
static quorsum_status check_member(const qs_handover *handover, const uint8_t *const *body, uint32_t member,
                                   mp_limb_t *words, mpz_t gap, int *sound)
{
    const qs_ring *root = qs_handover_root(handover);
    size_t own = handover->sets->own;

    *sound = 1;
    for (size_t k = 0; k < own; k++) {
        const uint8_t *piece = piece_of(handover, body, member, k);

        if (qs_signed_read(gap, piece, qs_handover_gap_len(handover)) != 0 ||
            mpz_cmpabs(gap, handover->gap_bound) >= 0 ||
            qs_ring_read(root, words + k * root->limbs, word_in(handover, piece)) != 0)
            *sound = 0;
    }
    if (!*sound)
        return QUORSUM_OK;
    return qs_set_keys_units_vartime(sound, handover->parent->parts.key, words, own);
}

static quorsum_status check_members(const qs_handover *handover, const uint8_t *const *body, qs_accused *accused)
{
    const qs_ring *root = qs_handover_root(handover);
    mp_limb_t *words = calloc(handover->sets->own, root->limbs * sizeof *words);
    quorsum_status status = words != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    int sound;
    mpz_t gap;

    mpz_init(gap);
    for (uint32_t i = 1; i <= handover->sets->members && status == QUORSUM_OK && accused->members == 0; i++) {
        status = check_member(handover, body, i, words, gap, &sound);
        if (status == QUORSUM_OK && !sound)
            *accused = (qs_accused){.members = (uint16_t)(1u << (i - 1)), .certain = 1};
    }
    mpz_clear(gap);
    free(words);
    return status;
}

/* The first member behind `after` of a set, 0 if there is none. */
static uint32_t next_member(const qs_sets *sets, size_t set, uint32_t after)
{
    for (uint32_t i = after + 1; i <= sets->members; i++) {
        if (qs_sets_has(sets, set, i))
            return i;
    }
    return 0;
}

/* Goes through the pieces in the order of sets: at[i-1] is how many of member i's were met. */
static void compare_set(const qs_handover *handover, const uint8_t *const *body, size_t set, const size_t *at,
                        qs_accused *accused)
{
    const qs_sets *sets = handover->sets;
    size_t len = qs_handover_gap_len(handover) + qs_handover_root(handover)->bytes;
    uint32_t first = next_member(sets, set, 0);
    const uint8_t *piece = piece_of(handover, body, first, at[first - 1]);

    for (uint32_t i = next_member(sets, set, first); i != 0; i = next_member(sets, set, i)) {
        if (memcmp(piece, piece_of(handover, body, i, at[i - 1]), len) != 0) {
            accused->members = (uint16_t)(1u << (first - 1) | 1u << (i - 1));
            return;
        }
    }
}

/* G and V' = U^2 of a set whose members agree. */
static void take_set(qs_handover *handover, const uint8_t *piece, size_t set, mp_limb_t *scratch)
{
    const qs_ring *root = qs_handover_root(handover);
    mp_limb_t *word = handover->set_keys + set * root->limbs;

    (void)qs_signed_read(handover->gap[set], piece, qs_handover_gap_len(handover)); /* checked above */
    (void)qs_ring_read(root, word, word_in(handover, piece));
    qs_ring_product_vartime(root, word, word, word, scratch);
}

static quorsum_status take_sets(qs_handover *handover, const uint8_t *const *body, qs_accused *accused)
{
    const qs_sets *sets = handover->sets;
    size_t at[QS_MEMBERS_MAX] = {0};
    mp_limb_t *scratch = calloc(qs_ring_scratch(qs_handover_root(handover)), sizeof *scratch);

    if (scratch == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t set = 0; set < sets->count && accused->members == 0; set++) {
        uint32_t first = next_member(sets, set, 0);

        compare_set(handover, body, set, at, accused);
        take_set(handover, piece_of(handover, body, first, at[first - 1]), set, scratch);
        for (uint32_t i = first; i != 0; i = next_member(sets, set, i))
            at[i - 1]++;
    }
    free(scratch);
    return QUORSUM_OK;
}

/* ---- v^G V'^kappa = prod V_d^(lambda_d) ---- */

typedef struct equations {
    const qs_handover *handover;
    const mp_limb_t *power; /* v^|G| of every set, plain */
    mpz_t *exponent;        /* kappa, then -lambda_d: lent by the hand-over, with other signs */
    uint8_t *fails;         /* of every set */
} equations;

/* out = V'^kappa prod V_d^(-lambda_d), Montgomery form; bases: elements for all of them, then scratch */
static quorsum_status unite(const equations *work, size_t set, mp_limb_t *out, const mp_limb_t **base, mp_limb_t *bases)
{
    const qs_handover *handover = work->handover;
    const qs_ring *root = qs_handover_root(handover);
    mp_limb_t *scratch = bases + (handover->dealers + 1) * root->width;

    for (uint32_t k = 0; k <= handover->dealers; k++) {
        const mp_limb_t *plain = k == 0 ? handover->set_keys + set * root->limbs
                                        : qs_handover_dealt_at(handover, k - 1, set);

        qs_ring_enter(root, bases + k * root->width, plain, scratch);
        base[k] = bases + k * root->width;
    }
    return qs_power_joint_vartime(root, out, base, (const mpz_t *)work->exponent, handover->dealers + 1);
}

/* Times v^G it is 1: for a negative G it is v^|G|. */
static quorsum_status check_set(const equations *work, size_t set, mp_limb_t *block, const mp_limb_t **base)
{
    const qs_ring *root = qs_handover_root(work->handover);
    mp_limb_t *left = block;
    mp_limb_t *right = left + root->width;
    mp_limb_t *bases = right + root->width;
    mp_limb_t *scratch = bases + (work->handover->dealers + 1) * root->width;
    quorsum_status status = unite(work, set, left, base, bases);

    if (status != QUORSUM_OK)
        return status;
    qs_ring_enter(root, right, work->power + set * root->limbs, scratch);
    if (mpz_sgn(work->handover->gap[set]) >= 0) {
        qs_ring_mul(root, left, left, right, scratch);
        memcpy(right, root->one, root->width * sizeof *right);
    }
    work->fails[set] = !qs_ring_equal(root, left, right);
    return QUORSUM_OK;
}

static quorsum_status check_some(void *context, unsigned worker, size_t begin, size_t end)
{
    const equations *work = context;
    const qs_ring *root = qs_handover_root(work->handover);
    size_t count = work->handover->dealers + 1;
    mp_limb_t *block = calloc((count + 2) * root->width + qs_ring_scratch(root), sizeof *block);
    const mp_limb_t **base = calloc(count, sizeof *base);
    quorsum_status status = block != NULL && base != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    (void)worker;
    for (size_t set = begin; set < end && status == QUORSUM_OK; set++)
        status = check_set(work, set, block, base);
    free(base);
    free(block);
    return status;
}

/* v^|G| of all sets */
static quorsum_status raise_gaps(const qs_handover *handover, mp_limb_t *power, const quorsum_run *run)
{
    size_t limbs = qs_handover_power_limbs(handover);
    size_t count = handover->sets->count;
    mp_limb_t *exponents = calloc(count * limbs, sizeof *exponents);
    quorsum_status status;

    if (exponents == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t set = 0; set < count; set++)
        qs_handover_exponent(handover, exponents + set * limbs, handover->gap[set]);
    status = qs_handover_raise(handover, power, exponents, count, 1, run);
    free(exponents);
    return status;
}

static void name_set(const qs_handover *handover, size_t set, qs_accused *accused)
{
    *accused = (qs_accused){.members = handover->sets->mask[set], .certain = 1};
}

static void borrow_exponents(const qs_handover *handover, mpz_t *exponent)
{
    exponent[0][0] = handover->kappa[0];
    for (uint32_t d = 0; d < handover->dealers; d++) {
        const mpz_t *lambda = (const mpz_t *)&handover->lambda[d];
        mp_size_t size = (mp_size_t)mpz_size(*lambda);

        mpz_roinit_n(exponent[d + 1], mpz_limbs_read(*lambda), mpz_sgn(*lambda) < 0 ? size : -size);
    }
}

static quorsum_status check_sets(const qs_handover *handover, qs_accused *accused, const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    size_t count = handover->sets->count;
    mp_limb_t *power = calloc(count, qs_handover_root(handover)->limbs * sizeof *power);
    equations work = {.handover = handover, .power = power};
    quorsum_status status = QUORSUM_ERR_MEMORY;

    work.exponent = calloc(handover->dealers + 1, sizeof *work.exponent);
    work.fails = calloc(count, 1);
    if (power != NULL && work.exponent != NULL && work.fails != NULL) {
        borrow_exponents(handover, work.exponent);
        status = raise_gaps(handover, power, run);
    }
    if (status == QUORSUM_OK)
        status = qs_parallel(&quiet, count, 1, check_some, &work);
    for (size_t set = 0; status == QUORSUM_OK && set < count && accused->members == 0; set++) {
        if (work.fails[set])
            name_set(handover, set, accused);
    }
    free(work.fails);
    free(work.exponent);
    free(power);
    return status;
}

/* ---- the key ---- */

/* delta' = (sum lambda_d E_d + sum G) / kappa; whether it is whole and in its range. */
static int make_delta(qs_handover *handover)
{
    mpz_t bound;
    int sound;

    mpz_set_ui(handover->delta, 0);
    for (uint32_t d = 0; d < handover->dealers; d++)
        mpz_addmul(handover->delta, handover->lambda[d], handover->rest[d]);
    for (size_t set = 0; set < handover->sets->count; set++)
        mpz_add(handover->delta, handover->delta, handover->gap[set]);
    if (!mpz_divisible_p(handover->delta, handover->kappa))
        return 0;
    mpz_divexact(handover->delta, handover->delta, handover->kappa);
    mpz_init_set_ui(bound, handover->sets->count + 1);
    mpz_mul_2exp(bound, bound, handover->widths.mask_bits);
    sound = mpz_cmpabs(handover->delta, bound) < 0;
    mpz_clear(bound);
    return sound;
}

/* What a reader of the record checks; the equation over the sets before it implies it. */
static quorsum_status check_as_reader(const qs_handover *handover, const quorsum_run *run)
{
    const qs_sets *sets = handover->sets;
    qs_key_parts parts = {.key = handover->parent->parts.key, .trustees = sets->members, .quorum = sets->degree + 1,
                          .share_bits = handover->widths.share_bits, .verify = handover->verify};

    parts.theta[0] = handover->theta[0];
    return qs_key_check_vartime(&parts, handover->parent->v, run);
}

static quorsum_status make_key(qs_handover *handover, int *holds, const quorsum_run *run)
{
    const quorsum_public_key *key = handover->parent->parts.key;
    quorsum_status status = qs_set_keys_check_vartime(holds, key, handover->set_keys, handover->sets->count,
                                                      handover->delta, handover->theta);

    if (status != QUORSUM_OK || !*holds)
        return status;
    status = qs_verify_keys_vartime(handover->verify, key, handover->sets, &handover->widths, handover->set_keys,
                                    handover->delta, run);
    if (status == QUORSUM_OK)
        status = check_as_reader(handover, run);
    if (status == QUORSUM_ERR_KEY_CHECK || status == QUORSUM_ERR_NOT_UNIT || status == QUORSUM_ERR_RANGE) {
        *holds = 0;
        status = QUORSUM_OK;
    }
    return status;
}

quorsum_status qs_handover_hear(qs_handover *handover, const uint8_t *const *body, qs_accused *accused,
                                const quorsum_run *run)
{
    quorsum_status status;
    int holds = 0;

    *accused = (qs_accused){0};
    status = check_members(handover, body, accused);
    if (status == QUORSUM_OK && accused->members == 0)
        status = take_sets(handover, body, accused);
    if (status == QUORSUM_OK && accused->members == 0)
        status = check_sets(handover, accused, run);
    if (status != QUORSUM_OK || accused->members != 0)
        return status;
    if (make_delta(handover))
        status = make_key(handover, &holds, run);
    if (status == QUORSUM_OK && !holds)
        accused->unnamed = 1;
    return status;
}
