/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trustee 2 wants a wrong total that nobody can lay at his door: he takes another share S', proves his partials with it
 * for the verification key v' = v^(S'), and would have v' taken for his. Or the key record is changed on its way to a
 * reader: v' in place of v_2, or 1 everywhere. Stopped by: a proof carries no public parameters, v_2 comes from the
 * record; the record is signed, and its v_i must fit each other and N, so that not even the dealer can exchange one.
 * Lesson 3 of the field.
 */
#include "lib/threshold/partial.h"
#include "scene.h"

/* Another share and its v', in the record as his own program has it; the board's readers have their own. */
static void exchange_share(const scene *s)
{
    const quorsum_key_record *record = s->f.record;
    const quorsum_public_key *key = record->parts.key;

    s->f.shares[1]->value.limb[0] ^= 4;
    cr_assert_eq(qs_verification_key(record->parts.verify + key->root->limbs, key, record->v, &s->f.shares[1]->value,
                                     record->parts.share_bits), QUORSUM_OK);
}

Test(attack, swap_a_verification_key)
{
    scene s;
    quorsum_partial *partial = NULL;
    quorsum_combiner *combiner = NULL;
    quorsum_bytes forged;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    cr_assert_eq(scene_aggregate(&s), QUORSUM_OK);
    scene_agree(&s);
    cr_assert_eq(scene_decrypt(&s, 0), QUORSUM_OK);
    scene_load(&s);
    exchange_share(&s);
    forged = fixture_partial(&s.f, 1);
    scene_put(&s, "partials/2", &forged);
    cr_assert_eq(quorsum_combiner_new(&combiner, s.f.record, quorsum_aggregate_ciphertexts(s.f.aggregate),
                                      quorsum_task_digest(s.f.task)), QUORSUM_OK);
    cr_assert_eq(quorsum_partial_decode(&partial, s.f.task, s.f.aggregate, forged.data, forged.len), QUORSUM_OK);
    cr_expect_eq(quorsum_combiner_add(combiner, partial, NULL), QUORSUM_OK, "with his v' it is a proof");

    cr_assert_eq(scene_decrypt(&s, 2), QUORSUM_OK);
    cr_expect_eq(scene_result(&s, 3), QUORSUM_ERR_TOO_FEW_SHARES);
    EXPECT_NAMED(&s, "partials/2", s.f.trustees[1], QUORSUM_ERR_PROOF);
    cr_assert_eq(scene_decrypt(&s, 3), QUORSUM_OK);
    cr_expect_eq(scene_result(&s, 3), QUORSUM_OK);
    cr_expect_eq(scene_verify(&s), QUORSUM_ERR_PROOF);
    EXPECT_NAMED(&s, "partials/2", s.f.trustees[1], QUORSUM_ERR_PROOF);
    quorsum_partial_free(partial);
    quorsum_combiner_free(combiner);
    quorsum_bytes_free(&forged);
    scene_close(&s);
}

/* The record's message without confirmations, which anybody could sign again; blocks begin with v_1 .. v_5. */
static quorsum_status reopen(scene *s, quorsum_bytes key)
{
    scene_give(s, "key", key);
    quorsum_board_close(s->board);
    s->count = 0;
    return quorsum_board_open(&s->board, s->path, &s->watch, NULL);
}

Test(attack, swap_a_verification_key_in_the_record)
{
    scene s;
    quorsum_bytes message;
    uint8_t words[5 * 32] = {0};

    scene_open(&s, SCENE_SUM, (setup){0});
    message = scene_take(&s, "key");
    message.len = s.f.record->message_len;
    for (size_t i = 0; i < 5; i++)
        words[32 * i + 31] = 1;

    cr_expect_eq(reopen(&s, forge_block(&message, 32, blocks_of(&message), 32, s.f.dealer)), QUORSUM_ERR_KEY_CHECK);
    EXPECT_NAMED(&s, "key", s.f.dealer, QUORSUM_ERR_KEY_CHECK);
    cr_expect_eq(reopen(&s, forge_block(&message, 0, words, sizeof words, s.f.dealer)), QUORSUM_ERR_KEY_CHECK);
    EXPECT_NAMED(&s, "key", s.f.dealer, QUORSUM_ERR_KEY_CHECK);
    quorsum_bytes_free(&message);
    scene_close(&s);
}
