/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold however a ceremony went. The key is judged by plain GMP integers: toy moduli can be factored. */
#include <gmp.h>

#include "lib/base/secret.h"
#include "lib/ceremony/candidate.h"
#include "lib/ceremony/sifter.h"
#include "lib/threshold/key_record.h"
#include "stage.h"

/* ---- the key ---- */

static void from_limbs(mpz_t out, const mp_limb_t *limbs, size_t count)
{
    mpz_import(out, count, -1, sizeof *limbs, 0, 0, limbs);
}

/* Pollard's rho, by Brent; n is a product of two primes of up to 40 bits. */
static void factor(mpz_t p, const mpz_t n)
{
    mpz_t x, y, product, difference;

    mpz_inits(x, y, product, difference, NULL);
    for (unsigned long c = 1; c < 50; c++) {
        mpz_set_ui(x, 2);
        mpz_set_ui(y, 2);
        mpz_set_ui(p, 1);
        for (unsigned long limit = 1; mpz_cmp_ui(p, 1) == 0 && limit < 1ul << 24; limit *= 2) {
            mpz_set(x, y);
            mpz_set_ui(product, 1);
            for (unsigned long i = 1; i <= limit && mpz_cmp_ui(p, 1) == 0; i++) {
                mpz_mul(y, y, y);
                mpz_add_ui(y, y, c);
                mpz_mod(y, y, n);
                mpz_sub(difference, x, y);
                mpz_mul(product, product, difference);
                mpz_mod(product, product, n);
                if (i % 64 == 0 || i == limit)
                    mpz_gcd(p, product, n);
            }
        }
        if (mpz_cmp_ui(p, 1) > 0 && mpz_cmp(p, n) < 0)
            break;
    }
    mpz_clears(x, y, product, difference, NULL);
}

/* The same from the keys of the honest parties' sets: every set has an honest member. p too large to be found
 * otherwise. */
static void factor_from_keys(mpz_t p, const stage *all)
{
    const quorsum_ceremony *first = NULL;
    uint8_t *key = NULL;
    mp_limb_t *pieces = NULL;
    mpz_t piece;
    size_t limbs = 0;

    for (size_t party = 0; party < all->parties; party++) {
        const quorsum_ceremony *mine = all->party[party];

        if (!stage_is_honest(all, party) || mine->phase != QUORSUM_CEREMONY_DONE)
            continue;
        if (first == NULL) {
            first = mine;
            key = calloc(first->sets->count, 32);
        }
        for (size_t k = 0; k < mine->sets->own; k++)
            memcpy(key + 32 * (size_t)mine->sets->mine[(mine->member - 1) * mine->sets->own + k],
                   mine->batch_key + 32 * k, 32);
    }
    limbs = qs_candidate_limbs(first->generation);
    pieces = qs_secret_block(2 * limbs * first->sets->count * sizeof *pieces);
    cr_assert_eq(qs_candidate_pieces(first->generation, key, first->sets->count, first->generation->winner, pieces,
                                     pieces + limbs * first->sets->count, NULL),
                 QUORSUM_OK);
    mpz_init(piece);
    mpz_set(p, first->generation->sifter->least);
    for (size_t set = 0; set < first->sets->count; set++) {
        from_limbs(piece, pieces + set * limbs, limbs);
        mpz_addmul_ui(p, piece, 4);
    }
    mpz_clear(piece);
    qs_secret_release(pieces);
    free(key);
}

/* phi of N, which is a product of two different primes = 3 mod 4 (those of a dealer's key, too). */
static void check_modulus(mpz_t phi, const mpz_t n, const stage *all)
{
    mpz_t p, q, gcd;

    mpz_inits(p, q, gcd, NULL);
    if (mpz_sizeinbase(n, 2) <= 80)
        factor(p, n);
    else
        factor_from_keys(p, all);
    mpz_tdiv_q(q, n, p);
    cr_assert(mpz_cmp_ui(p, 1) > 0 && mpz_divisible_p(n, p), "the modulus did not factor");
    cr_assert(mpz_probab_prime_p(p, 25) && mpz_probab_prime_p(q, 25), "N is no product of two primes");
    cr_assert(mpz_fdiv_ui(p, 4) == 3 && mpz_fdiv_ui(q, 4) == 3 && mpz_cmp(p, q) != 0);
    mpz_sub_ui(p, p, 1);
    mpz_sub_ui(q, q, 1);
    mpz_mul(phi, p, q);
    mpz_gcd(gcd, phi, n);
    cr_assert_eq(mpz_cmp_ui(gcd, 1), 0);
    mpz_clears(p, q, gcd, NULL);
}

/* n! prod over j of the quorum, j != i, of j / (j - i) */
static void lagrange(mpz_t out, unsigned quorum, uint32_t i, uint32_t trustees)
{
    mpz_t below;

    mpz_init_set_ui(below, 1);
    mpz_fac_ui(out, trustees);
    for (uint32_t j = 1; j <= trustees; j++) {
        if (quorum >> (j - 1) & 1 && j != i) {
            mpz_mul_si(out, out, j);
            mpz_mul_si(below, below, (long)j - (long)i);
        }
    }
    cr_assert(mpz_divisible_p(out, below));
    mpz_divexact(out, out, below);
    mpz_clear(below);
}

typedef struct key_view {
    const qs_key_parts *parts;
    mpz_t n, ns, phi, right; /* right = n!^2 theta */
} key_view;

/* (sum lambda_i S_i) N^s = n!^2 theta modulo phi */
static void check_quorum(const key_view *key, unsigned quorum, quorsum_key_share *const *share)
{
    mpz_t sum, term, value;

    mpz_inits(sum, term, value, NULL);
    for (uint32_t i = 1; i <= key->parts->trustees; i++) {
        if (!(quorum >> (i - 1) & 1))
            continue;
        lagrange(term, quorum, i, key->parts->trustees);
        from_limbs(value, share[i - 1]->value.limb, share[i - 1]->value.limbs);
        cr_assert(mpz_sgn(value) > 0 && mpz_sizeinbase(value, 2) <= key->parts->share_bits);
        mpz_addmul(sum, term, value);
    }
    mpz_mul(sum, sum, key->ns);
    mpz_sub(sum, sum, key->right);
    cr_assert(mpz_divisible_p(sum, key->phi), "quorum %x does not open what N encrypts", quorum);
    mpz_clears(sum, term, value, NULL);
}

static void check_quorums(const stage *all, const qs_key_parts *parts, quorsum_key_share *const *share)
{
    key_view key = {.parts = parts};
    mpz_t factorial;

    mpz_inits(key.n, key.ns, key.phi, key.right, factorial, NULL);
    from_limbs(key.n, parts->key->root->n, parts->key->root->limbs);
    mpz_pow_ui(key.ns, key.n, parts->key->degree);
    check_modulus(key.phi, key.n, all);
    mpz_fac_ui(factorial, parts->trustees);
    mpz_mul(key.right, factorial, factorial);
    mpz_mul(key.right, key.right, parts->theta);
    for (unsigned quorum = 1; quorum < 1u << parts->trustees; quorum++) {
        int there = (size_t)__builtin_popcount(quorum) == parts->quorum;

        for (uint32_t i = 1; i <= parts->trustees; i++)
            there &= !(quorum >> (i - 1) & 1) || share[i - 1] != NULL;
        if (there)
            check_quorum(&key, quorum, share);
    }
    mpz_clears(key.n, key.ns, key.phi, key.right, factorial, NULL);
}

/* A stranger reads it, and finds all confirmations there. */
static void check_record(const stage *all, const quorsum_key_record *record)
{
    quorsum_bytes bytes = {0};
    quorsum_key_record *again = NULL;

    cr_assert_eq(quorsum_key_record_encode(&bytes, record), QUORSUM_OK);
    cr_assert_eq(quorsum_key_record_decode(&again, bytes.data, bytes.len, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_key_record_confirmed(again), all->trustees);
    cr_assert_eq(record->parts.trustees, all->trustees);
    cr_assert_eq(record->parts.quorum, all->quorum);
    quorsum_key_record_free(again);
    quorsum_bytes_free(&bytes);
}

void stage_check_key(const stage *all)
{
    quorsum_key_share *share[STAGE_PARTIES] = {NULL};
    quorsum_key_record *first = NULL;

    for (size_t p = 0; p < all->parties; p++) {
        quorsum_key_record *record = NULL;
        uint32_t member = stage_slot(all, p, 0);
        quorsum_key_share *mine = NULL;

        if (!stage_is_honest(all, p) || stage_status(all, p).phase != QUORSUM_CEREMONY_DONE)
            continue;
        cr_assert_eq(quorsum_ceremony_result(&record, &mine, all->party[p]), QUORSUM_OK);
        cr_assert_eq(mine != NULL, member != 0);
        if (first == NULL)
            check_record(all, record);
        else
            cr_assert_arr_eq(record->digest, first->digest, sizeof first->digest, "two keys of one ceremony");
        if (mine != NULL) {
            cr_assert_eq(mine->trustee, member);
            cr_assert_eq(quorsum_key_share_check(mine, record), QUORSUM_OK);
            share[member - 1] = mine;
        }
        if (first == NULL)
            first = record;
        else
            quorsum_key_record_free(record);
    }
    if (first != NULL)
        check_quorums(all, &first->parts, share);
    for (size_t i = 0; i < STAGE_PARTIES; i++)
        quorsum_key_share_free(share[i]);
    quorsum_key_record_free(first);
}

/* ---- who is accused ---- */

static void check_accusation(const stage *all, size_t p, const quorsum_ceremony_status *status)
{
    unsigned accused = 0;

    cr_assert_gt(status->accused, 0, "party %zu accuses nobody: %s", p, status->reason);
    for (uint32_t i = 0; i < status->accused; i++) {
        cr_assert(status->accused_slot[i] >= 1 && status->accused_slot[i] <= status->slots);
        accused |= 1u << stage_party_of(all, status->accused_slot[i]);
    }
    cr_assert(accused & all->deviators, "party %zu accuses none of those who deviated: %s", p, status->reason);
    if (status->certain)
        cr_assert_eq(accused & ~all->deviators, 0, "party %zu is certain of an honest one: %s", p, status->reason);
    cr_assert_not_null(status->reason);
    cr_assert_gt(strlen(status->reason), 10);
}

static void check_waiting(const stage *all, size_t p, const quorsum_ceremony_status *status)
{
    int waits = 0;

    for (uint32_t slot = 1; slot <= status->slots; slot++)
        waits |= status->waiting[slot - 1];
    cr_assert(waits, "party %zu neither waits nor ends", p);
    (void)all;
}

static void check_ended(const stage *all, size_t p, int may_wait)
{
    quorsum_ceremony_status status = stage_status(all, p);
    quorsum_key_record *record = NULL;

    if (status.phase == QUORSUM_CEREMONY_RUNNING) {
        cr_assert(may_wait, "party %zu waits for ever in step %u, %s", p, status.step, status.round);
        check_waiting(all, p, &status);
    } else if (status.phase == QUORSUM_CEREMONY_FAILED) {
        check_accusation(all, p, &status);
    }
    if (status.phase != QUORSUM_CEREMONY_DONE)
        cr_assert_neq(quorsum_ceremony_result(&record, NULL, all->party[p]), QUORSUM_OK);
}

static size_t count(const stage *all, quorsum_ceremony_phase phase)
{
    size_t out = 0;

    for (size_t p = 0; p < all->parties; p++)
        out += stage_is_honest(all, p) && stage_status(all, p).phase == phase;
    return out;
}

size_t stage_done(const stage *all)
{
    return count(all, QUORSUM_CEREMONY_DONE);
}

size_t stage_failed(const stage *all)
{
    return count(all, QUORSUM_CEREMONY_FAILED);
}

size_t stage_judge(const stage *all, int may_wait)
{
    for (size_t p = 0; p < all->parties; p++) {
        if (stage_is_honest(all, p))
            check_ended(all, p, may_wait);
    }
    stage_check_key(all);
    return stage_done(all);
}
