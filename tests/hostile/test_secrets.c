/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing that must stay secret stands in a message, in the record, or in what a party saves, in either order of
 * bytes. */
#include <gmp.h>

#include "lib/base/secret.h"
#include "lib/ceremony/candidate.h"
#include "lib/ceremony/prf.h"
#include "lib/ceremony/sifter.h"
#include "play.h"

enum { SECRETS = 400, SECRET_BYTES = 96 };

typedef struct secrets {
    struct {
        uint8_t bytes[SECRET_BYTES];
        size_t len;
        const char *what;
    } one[SECRETS];
    size_t count;
} secrets;

static void add(secrets *all, const void *data, size_t len, const char *what)
{
    cr_assert_lt(all->count, SECRETS);
    if (len > SECRET_BYTES)
        len = SECRET_BYTES; /* its first bytes will do */
    memcpy(all->one[all->count].bytes, data, len);
    all->one[all->count].len = len;
    all->one[all->count++].what = what;
}

/* The lowest bytes, in both orders: any way to write it has one of these in it. */
static void add_number(secrets *all, const mp_limb_t *limbs, size_t bytes, const char *what)
{
    uint8_t low[16];
    uint8_t high[16];
    size_t len = bytes < 16 ? bytes : 16;

    memcpy(low, limbs, len); /* little-endian machines only, as the rest of the tests that scan */
    for (size_t i = 0; i < len; i++)
        high[i] = low[len - 1 - i];
    add(all, low, len, what);
    add(all, high, len, what);
}

static const char *find(const secrets *all, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < all->count; i++) {
        if (memmem(data, len, all->one[i].bytes, all->one[i].len) != NULL)
            return all->one[i].what;
    }
    return NULL;
}

static void of_a_party(secrets *all, const stage *on, size_t p)
{
    const quorsum_ceremony *ceremony = on->party[p];
    size_t own = ceremony->sets->own;
    uint8_t secret[32];

    add(all, ceremony->seed, 32, "a seed");
    for (size_t k = 0; ceremony->member != 0 && k < own; k++) {
        mp_limb_t r[64] = {0};
        qs_prf prf;

        add(all, ceremony->set_key + 32 * k, 32, "the key of a set");
        add(all, ceremony->batch_key + 32 * k, 32, "the key of a set in the batch of the key");
        qs_prf_begin(&prf, ceremony->batch_key + 32 * k, "R", 0);
        qs_prf_integer(&prf, r, 64, 300);
        add_number(all, r, 32, "R of a set");
        qs_prf_derive(secret, ceremony->set_key + 32 * k, "ceremony-batch", ceremony->batch + 1);
        add(all, secret, 32, "the key of a set in the next batch");
        qs_ceremony_secret(ceremony, secret, "contribution",
                           ceremony->sets->mine[(ceremony->member - 1) * own + k]);
        add(all, secret, 32, "a contribution");
        for (uint32_t d = 0; d < ceremony->proposal.dealers; d++)
            add(all, ceremony->given + 32 * (own * d + k), 32, "a key that was dealt");
    }
    qs_ceremony_secret(ceremony, secret, "exchange", ceremony->member);
    add(all, secret, 32, "an exchange key");
    if (ceremony->result_share != NULL)
        add_number(all, ceremony->result_share->value.limb, 32, "a share");
    if (ceremony->share != NULL)
        add_number(all, ceremony->share->value.limb, 32, "a share of the parent");
}

/* p and q: from all sets' keys. */
static void of_the_key(secrets *all, const stage *on)
{
    const qs_generation *generation = on->party[0]->generation;
    const qs_sets *sets = on->party[0]->sets;
    size_t limbs = qs_candidate_limbs(generation);
    uint8_t *key = calloc(sets->count, 32);
    mp_limb_t *pieces = qs_secret_block(2 * limbs * sets->count * sizeof *pieces);
    mp_limb_t raw[8] = {0};

    for (size_t p = 0; p < on->parties; p++) {
        for (size_t k = 0; k < sets->own; k++)
            memcpy(key + 32 * (size_t)sets->mine[p * sets->own + k], on->party[p]->batch_key + 32 * k, 32);
    }
    cr_assert_eq(qs_candidate_pieces(generation, key, sets->count, generation->winner, pieces,
                                     pieces + limbs * sets->count, NULL),
                 QUORSUM_OK);
    for (size_t factor = 0; factor < 2; factor++) {
        mpz_t prime, piece;

        mpz_init_set(prime, generation->sifter->least);
        mpz_init(piece);
        for (size_t set = 0; set < sets->count; set++) {
            mpz_import(piece, limbs, -1, sizeof *pieces, 0, 0, pieces + (factor * sets->count + set) * limbs);
            mpz_addmul_ui(prime, piece, 4);
        }
        cr_assert(mpz_divisible_p(generation->product[generation->winner], prime));
        mpz_export(raw, NULL, -1, sizeof *raw, 0, 0, prime);
        add_number(all, raw, 8, "a prime");
        mpz_clears(prime, piece, NULL);
    }
    qs_secret_release(pieces);
    free(key);
}

static void scan(const stage *all, const secrets *known, const quorsum_bytes *saved, size_t states)
{
    quorsum_key_record *record = NULL;
    quorsum_bytes bytes = {0};

    for (size_t i = 0; i < all->letters; i++)
        cr_assert_null(find(known, all->letter[i].bytes.data, all->letter[i].bytes.len), "%s in a message of step %u",
                       find(known, all->letter[i].bytes.data, all->letter[i].bytes.len), all->letter[i].step);
    for (size_t i = 0; i < states; i++)
        cr_assert_null(find(known, saved[i].data, saved[i].len), "%s in a saved state",
                       find(known, saved[i].data, saved[i].len));
    cr_assert_eq(quorsum_ceremony_result(&record, NULL, all->party[0]), QUORSUM_OK);
    cr_assert_eq(quorsum_key_record_encode(&bytes, record), QUORSUM_OK);
    cr_assert_null(find(known, bytes.data, bytes.len));
    quorsum_bytes_free(&bytes);
    quorsum_key_record_free(record);
    for (size_t i = 0; i < known->count; i++) { /* the scan finds what is there */
        uint8_t text[300] = {0};

        memcpy(text + 7, known->one[i].bytes, known->one[i].len);
        cr_assert_not_null(find(known, text, sizeof text));
    }
}

static size_t run_and_save(stage *all, quorsum_bytes *saved)
{
    size_t states = 0;

    do {
        for (size_t p = 0; p < all->parties && states < 120; p++)
            cr_assert_eq(quorsum_ceremony_save(&saved[states++], all->party[p]), QUORSUM_OK);
    } while (stage_turn(all));
    return states;
}

Test(secrets, stand_nowhere)
{
    const stage_sizes sizes = {.bits = 128, .trustees = 3, .quorum = 2, .batch = 16};
    static quorsum_bytes saved[120];
    stage first;
    stage second;
    secrets *known = calloc(1, sizeof *known);
    size_t states;

    stage_open(&first, &sizes);
    states = run_and_save(&first, saved);
    cr_assert_eq(stage_judge(&first, 0), 3);
    for (size_t p = 0; p < 3; p++)
        of_a_party(known, &first, p);
    of_the_key(known, &first);
    scan(&first, known, saved, states);
    for (size_t i = 0; i < states; i++)
        quorsum_bytes_free(&saved[i]);
    stage_hand_on(&second, &first, 4, 3, 1);
    states = run_and_save(&second, saved);
    for (size_t p = 0; p < second.parties; p++) {
        cr_assert_eq(stage_status(&second, p).phase, QUORSUM_CEREMONY_DONE);
        of_a_party(known, &second, p);
    }
    scan(&second, known, saved, states);
    for (size_t i = 0; i < states; i++)
        quorsum_bytes_free(&saved[i]);
    free(known);
    stage_close(&second);
    stage_close(&first);
}
