/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hand-overs whose parties all sit in one process: a key as a record and its shares, dealt or of the shape that a
 * ceremony makes, and the bodies of everybody. What comes out is held against the factors of N in plain GMP integers.
 */
#ifndef QS_TEST_HANDOVER_FIXTURE_H
#define QS_TEST_HANDOVER_FIXTURE_H

#include <sodium.h>

#include "lib/base/random.h"
#include "lib/ceremony/handover.h"
#include "lib/ceremony/prf.h"
#include "tests/unit/threshold/fixture.h"

/* A fixture whose record and shares are another committee's, for the same N. */
static inline void fixture_like(fixture *out, const fixture *f, uint32_t trustees, uint32_t quorum)
{
    memset(out, 0, sizeof *out);
    cr_assert_leq(trustees, MAX_TRUSTEES);
    out->trustees = trustees;
    out->quorum = quorum;
    out->s = f->s;
    mpz_init_set(out->n, f->n);
    mpz_init_set(out->ns, f->ns);
    mpz_init_set(out->modulus, f->modulus);
    gmp_randinit_default(out->random);
    gmp_randseed_ui(out->random, 20251);
    cr_assert_eq(quorsum_identity_generate(&out->identity), QUORSUM_OK);
}

/* Takes the parts over: a record as far as partials and hand-overs look at it, without certificate and bytes. */
static inline quorsum_key_record *record_of(qs_key_parts *parts)
{
    quorsum_key_record *record = calloc(1, sizeof *record);

    atomic_init(&record->references, 1);
    record->parts = *parts;
    memset(parts, 0, sizeof *parts);
    record->v = calloc(record->parts.key->root->width, sizeof *record->v);
    qs_key_v(record->parts.key, record->v);
    cr_assert_eq(qs_key_lineage_check(&record->parts), QUORSUM_OK);
    cr_assert_eq(qs_key_check_vartime(&record->parts, record->v, NULL), QUORSUM_OK);
    if (qs_key_has_proofs(&record->parts))
        cr_assert_eq(qs_key_proofs_check_vartime(&record->parts, NULL), QUORSUM_OK);
    qs_random_bytes(record->digest, sizeof record->digest);
    return record;
}

/* All trustees of a fixture speak by its one identity. */
static inline void roster_of(uint8_t *roster, const fixture *f)
{
    for (uint32_t i = 0; i < f->trustees; i++)
        memcpy(roster + (size_t)32 * i, quorsum_identity_public(f->identity), 32);
}

/* ---- one hand-over ---- */

typedef struct hand {
    qs_sets *sets;
    qs_handover *handover;
    uint32_t dealer[MAX_TRUSTEES];
    uint32_t dealers;
    uint8_t *set_key;               /* k_A' of all sets */
    uint8_t *dealt_key;             /* of dealer d for set a at 32 (d C + a) */
    uint8_t *dealt[MAX_TRUSTEES];   /* bodies */
    uint8_t *mask[MAX_TRUSTEES];
    uint8_t *party_key[MAX_TRUSTEES];
    uint8_t *given[MAX_TRUSTEES];
} hand;

/* The keys of one member's sets out of those of all sets. */
static inline void pick(uint8_t *out, const qs_sets *sets, uint32_t index, const uint8_t *all)
{
    for (size_t k = 0; k < sets->own; k++)
        memcpy(out + 32 * k, all + 32 * (size_t)sets->mine[(index - 1) * sets->own + k], 32);
}

static inline qs_party party_of(const hand *h, uint32_t index)
{
    return (qs_party){.index = index, .sets = h->sets, .key = h->party_key[index - 1]};
}

/* Keys for everything; nobody has spoken. */
static inline void hand_open(hand *h, const fixture *parent, const uint32_t *dealer, uint32_t n, uint32_t quorum)
{
    memset(h, 0, sizeof *h);
    h->dealers = parent->quorum;
    memcpy(h->dealer, dealer, h->dealers * sizeof *dealer);
    cr_assert_eq(qs_sets_new(&h->sets, n, quorum - 1), QUORSUM_OK);
    cr_assert_eq(qs_handover_new(&h->handover, parent->record, h->sets, dealer, h->dealers), QUORSUM_OK);
    h->set_key = malloc(32 * h->sets->count);
    h->dealt_key = malloc(32 * h->sets->count * h->dealers);
    qs_random_bytes(h->set_key, 32 * h->sets->count);
    qs_random_bytes(h->dealt_key, 32 * h->sets->count * h->dealers);
    for (uint32_t d = 0; d < h->dealers; d++)
        h->dealt[d] = calloc(1, qs_handover_dealt_len(h->handover));
    for (uint32_t i = 1; i <= n; i++) {
        h->mask[i - 1] = calloc(1, qs_handover_mask_len(h->handover));
        h->party_key[i - 1] = malloc(32 * h->sets->own);
        h->given[i - 1] = malloc(32 * h->sets->own * h->dealers);
        pick(h->party_key[i - 1], h->sets, i, h->set_key);
        for (uint32_t d = 0; d < h->dealers; d++)
            pick(h->given[i - 1] + 32 * d * h->sets->own, h->sets, i, h->dealt_key + 32 * d * h->sets->count);
    }
}

static inline void hand_free(hand *h)
{
    for (uint32_t d = 0; d < h->dealers; d++)
        free(h->dealt[d]);
    for (uint32_t i = 0; i < h->sets->members; i++) {
        free(h->mask[i]);
        free(h->party_key[i]);
        free(h->given[i]);
    }
    free(h->set_key);
    free(h->dealt_key);
    qs_handover_free(h->handover);
    qs_sets_free(h->sets);
}

static inline void hand_deal(hand *h, const fixture *parent)
{
    for (uint32_t d = 0; d < h->dealers; d++) {
        int sound = 0;

        cr_assert_eq(qs_handover_deal(h->handover, parent->shares[h->dealer[d] - 1],
                                      h->dealt_key + 32 * d * h->sets->count, h->dealt[d], NULL), QUORSUM_OK);
        cr_assert_eq(qs_handover_take(h->handover, d, h->dealt[d], &sound, NULL), QUORSUM_OK);
        cr_assert(sound, "dealer %u", d);
    }
}

static inline void hand_mask(hand *h)
{
    for (uint32_t i = 1; i <= h->sets->members; i++) {
        qs_party party = party_of(h, i);

        cr_assert_eq(qs_handover_mask(h->handover, &party, h->given[i - 1], h->mask[i - 1], NULL), QUORSUM_OK);
    }
}

static inline int accuses(qs_accused accused)
{
    return accused.members != 0 || accused.unnamed;
}

static inline qs_accused hand_hear(hand *h)
{
    qs_accused accused;

    cr_assert_eq(qs_handover_hear(h->handover, (const uint8_t *const *)h->mask, &accused, NULL), QUORSUM_OK);
    return accused;
}

/* The new committee's record and shares. */
static inline void hand_result(fixture *child, const hand *h, const fixture *parent)
{
    uint8_t roster[32 * MAX_TRUSTEES];
    qs_key_parts parts;

    fixture_like(child, parent, h->sets->members, h->sets->degree + 1);
    roster_of(roster, child);
    cr_assert_eq(qs_handover_parts(&parts, h->handover, roster), QUORSUM_OK);
    cr_expect_eq(memcmp(parts.signer, roster, 32), 0);
    cr_expect(qs_digest_is_none(parts.ceremony), "the transcript's digest is the caller's to set");
    qs_random_bytes(parts.ceremony, 32);
    child->record = record_of(&parts);
    for (uint32_t i = 1; i <= child->trustees; i++) {
        qs_party party = party_of(h, i);

        cr_assert_eq(qs_handover_share(&child->shares[i - 1], h->handover, &party), QUORSUM_OK, "member %u", i);
        memcpy(child->shares[i - 1]->key, child->record->digest, 32);
        cr_expect_eq(quorsum_key_share_check(child->shares[i - 1], child->record), QUORSUM_OK);
    }
}

static inline void hand_over(fixture *child, const fixture *parent, const uint32_t *dealer, uint32_t n, uint32_t quorum)
{
    qs_accused accused;
    hand h;

    hand_open(&h, parent, dealer, n, quorum);
    hand_deal(&h, parent);
    hand_mask(&h);
    accused = hand_hear(&h);
    cr_assert_not(accuses(accused));
    hand_result(child, &h, parent);
    hand_free(&h);
}

/* ---- a key as a generation leaves it ---- */

/* F = phi beta + R N^s, delta = -floor(F / N^s), theta = F mod N^s, beta below C 2^(s bits + 128). */
static inline void generated_secret(mpz_t delta, mpz_t theta, fixture *f, const hand *h, const qs_widths *widths)
{
    mpz_t p, q, sum;

    mpz_init_set_str(p, SAFE_P, 16);
    mpz_init_set_str(q, SAFE_Q, 16);
    mpz_init(sum);
    mpz_sub_ui(p, p, 1);
    mpz_sub_ui(q, q, 1);
    mpz_mul(p, p, q); /* phi */
    mpz_urandomb(q, f->random, mpz_sizeinbase(f->ns, 2) + 128);
    mpz_mul(p, p, q);
    for (size_t a = 0; a < h->sets->count; a++) {
        size_t limbs = (widths->mask_bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
        qs_prf prf;

        qs_prf_begin(&prf, h->set_key + 32 * a, "R", 0);
        qs_prf_integer(&prf, mpz_limbs_write(q, (mp_size_t)limbs), limbs, widths->mask_bits);
        mpz_limbs_finish(q, (mp_size_t)limbs);
        mpz_add(sum, sum, q);
    }
    mpz_addmul(p, sum, f->ns);
    mpz_fdiv_qr(delta, theta, p, f->ns);
    mpz_neg(delta, delta);
    mpz_clears(p, q, sum, NULL);
}

/* f is any dealt fixture: its N is used. */
static inline void generate(fixture *out, fixture *f, uint32_t n, uint32_t quorum)
{
    const quorsum_public_key *key = quorsum_key_record_public(f->record);
    const qs_ring *root = key->root;
    uint8_t roster[32 * MAX_TRUSTEES];
    uint8_t key_of[32 * 128];
    hand h = {0};
    qs_widths widths;
    qs_key_parts parts;
    mp_limb_t *set_keys;
    mp_limb_t *verify;
    mpz_t delta, theta;

    fixture_like(out, f, n, quorum);
    mpz_inits(delta, theta, NULL);
    cr_assert_eq(qs_sets_new(&h.sets, n, quorum - 1), QUORSUM_OK);
    cr_assert_leq(h.sets->count, 128);
    h.set_key = malloc(32 * h.sets->count);
    set_keys = calloc(h.sets->count, root->limbs * sizeof *set_keys);
    verify = calloc(n, root->limbs * sizeof *verify);
    qs_random_bytes(h.set_key, 32 * h.sets->count);
    widths = qs_widths_of(h.sets, qs_generation_secret_bits(root->bits, key->degree, h.sets));
    generated_secret(delta, theta, f, &h, &widths);
    for (uint32_t i = 1; i <= n; i++) {
        qs_party party = {.index = i, .sets = h.sets, .key = key_of};
        mp_limb_t *own = calloc(h.sets->own, root->limbs * sizeof *own);

        pick(key_of, h.sets, i, h.set_key);
        cr_assert_eq(qs_share_of(&out->shares[i - 1], &party, &widths, delta), QUORSUM_OK);
        cr_assert_eq(qs_set_keys_of(own, key, &party, widths.mask_bits, NULL), QUORSUM_OK);
        for (size_t k = 0; k < h.sets->own; k++)
            memcpy(set_keys + qs_party_set(&party, k) * root->limbs, own + k * root->limbs,
                   root->limbs * sizeof *own);
        free(own);
    }
    cr_assert_eq(qs_verify_keys_vartime(verify, key, h.sets, &widths, set_keys, delta, NULL), QUORSUM_OK);
    roster_of(roster, out);
    cr_assert_eq(qs_parts_of(&parts, key, h.sets, &widths, theta, verify, roster), QUORSUM_OK);
    qs_random_bytes(parts.ceremony, 32);
    out->record = record_of(&parts);
    for (uint32_t i = 1; i <= n; i++)
        memcpy(out->shares[i - 1]->key, out->record->digest, 32);
    free(set_keys);
    free(verify);
    free(h.set_key);
    qs_sets_free(h.sets);
    mpz_clears(delta, theta, NULL);
}

/* ---- what the factors say ---- */

static inline void share_integer(mpz_t out, const quorsum_key_share *share)
{
    mpz_t value;

    mpz_set(out, mpz_roinit_n(value, share->value.limb, (mp_size_t)share->value.limbs));
}

/* The rational polynomial through the shares of members first .. first + quorum - 1, at 0, over n!: D where it is
 * whole. */
static inline int secret_of(mpz_t out, const fixture *f, uint32_t first)
{
    mpq_t sum, term, factor;
    int whole;

    mpq_inits(sum, term, factor, NULL);
    for (uint32_t i = first; i < first + f->quorum; i++) {
        share_integer(mpq_numref(term), f->shares[i - 1]);
        mpz_set_ui(mpq_denref(term), 1);
        for (uint32_t j = first; j < first + f->quorum; j++) {
            if (j == i)
                continue;
            mpq_set_si(factor, j, 1);
            mpq_mul(term, term, factor);
            mpq_set_si(factor, (long)j - (long)i, 1);
            mpq_div(term, term, factor);
        }
        mpq_add(sum, sum, term);
    }
    mpz_fac_ui(mpq_numref(factor), f->trustees);
    mpz_set_ui(mpq_denref(factor), 1);
    mpq_div(sum, sum, factor);
    whole = mpz_cmp_ui(mpq_denref(sum), 1) == 0;
    mpz_set(out, mpq_numref(sum));
    mpq_clears(sum, term, factor, NULL);
    return whole;
}

/* D N^s = theta modulo p'q'. */
static inline int fits_theta(const fixture *f, const mpz_t secret)
{
    mpz_t order, other;
    int fits;

    mpz_init_set_str(order, SAFE_P, 16);
    mpz_init_set_str(other, SAFE_Q, 16);
    mpz_sub_ui(order, order, 1);
    mpz_sub_ui(other, other, 1);
    mpz_mul(order, order, other);
    mpz_fdiv_q_2exp(order, order, 2);
    mpz_mul(other, secret, f->ns);
    mpz_sub(other, other, f->record->parts.theta);
    fits = mpz_divisible_p(other, order);
    mpz_clears(order, other, NULL);
    return fits;
}

#endif
