/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two different signed messages where there may be one, or none. Nobody ends with another key than anybody else;
 * whoever ends names the one who did it, or a pair with it; and when everybody has shown everybody everything,
 * everybody knows.
 */
#include "play.h"

static const char *const rounds[] = {"commit", "deliver", "confirm", "sift-commit", "sift", "product-commit", "product",
                                     "test", "verify", "derive-commit", "derive", "keys", "certificate", "sign",
                                     "reveal"};
enum { ROUNDS = sizeof rounds / sizeof rounds[0] };

static void split(const stage_sizes *sizes, const char *round, deed_kind kind, size_t party, unsigned mask,
                  unsigned variant)
{
    deed one = {.kind = kind, .round = round, .party = party, .mask = mask, .at = 9 * variant, .variant = variant,
                .change = variant % 2 ? CHANGE_RANDOM : CHANGE_BIT};
    stage all;
    outcome out;
    int last = strcmp(round, "sign") == 0;

    if (kind == DEED_SPLIT_SEEN && strcmp(round, "commit") == 0)
        return;
    stage_open(&all, sizes);
    out = play_on(&all, &one, 1, 1);
    if (out.happened) {
        cr_assert(out.failed > 0 || last, "%s: two views, and nobody noticed", round);
        cr_assert(out.done == 0 || last, "%s: done in spite of two views", round);
        stage_exchange(&all);
        (void)stage_judge(&all, 0);
        if (!last)
            cr_assert_eq(stage_failed(&all), sizes->trustees - 1, "%s: not everybody knows", round);
    }
    stage_close(&all);
    deed_clear(&one);
}

Test(views, of_three)
{
    const stage_sizes sizes = {.bits = 64, .trustees = 3, .quorum = 2, .batch = 4};

    for (size_t r = 0; r < ROUNDS; r++) {
        for (unsigned variant = 0; variant < 4; variant++) {
            size_t party = (r + variant) % 3;

            split(&sizes, rounds[r], variant == 3 ? DEED_SPLIT_SEEN : DEED_SPLIT, party, 1u << (party + 1) % 3,
                  variant);
        }
    }
}

Test(views, of_five)
{
    for (size_t r = 0; r < ROUNDS; r++) {
        size_t party = r % 5;

        split(&THREE_OF_FIVE, rounds[r], DEED_SPLIT, party, 1u << (party + 1) % 5 | 1u << (party + 2) % 5, 0);
        split(&THREE_OF_FIVE, rounds[r], DEED_SPLIT, party, 0xf & ~(1u << party), 1);
    }
}

/* A complaint that one hears and another does not; and so with keys of low order. */
static void complain(deed *self, stage *all, uint8_t *body, size_t len)
{
    (void)all;
    memset(body, 0, len);
    body[1] = (uint8_t)self->variant;
}

Test(views, a_complaint_to_one)
{
    for (unsigned about = 1; about <= 2; about++) {
        deed one = {.kind = DEED_SPLIT, .round = "confirm", .party = 2, .mask = 1, .change = CHANGE_CALL,
                    .call = complain, .variant = about};
        stage all;

        stage_open(&all, &TWO_OF_THREE);
        cr_assert_eq(play_on(&all, &one, 1, 1).done, 0);
        cr_assert_eq(stage_failed(&all), 2, "who fails says so to the others");
        stage_close(&all);
    }
}

/* The failure of one honest party must not be held against it: it has a second message that others have not seen. */
Test(views, who_holds_the_proof_is_not_accused)
{
    for (size_t r = 0; r + 1 < ROUNDS; r++) {
        deed one = {.kind = DEED_SPLIT, .round = rounds[r], .party = 2, .mask = 0, .change = CHANGE_BIT};
        stage all;
        stage_letter *letter;

        stage_open(&all, &TWO_OF_THREE);
        stage_add(&all, &one);
        stage_run(&all); /* nobody was sent the other one, so all is well so far */
        if (one.done) {
            letter = stage_find(&all, one.step, 3);
            cr_assert_not_null(letter->other.data);
            (void)!quorsum_ceremony_receive(all.party[0], letter->other.data, letter->other.len);
            stage_run(&all);
            (void)stage_judge(&all, 1);
        }
        stage_close(&all);
        deed_clear(&one);
    }
}

/* The second message comes at once, to one party alone, which fails then; the others must not blame it for that. */
Test(views, proof_in_the_midst)
{
    for (uint32_t step = 1; step < 12; step++) {
        stage all;
        deed one = {.kind = DEED_ONE_SILENCE, .round = "none", .party = 2};
        qs_step_message message;
        quorsum_bytes other;
        stage_letter *letter;

        stage_open(&all, &TWO_OF_THREE);
        stage_add(&all, &one);
        while (stage_find(&all, step, 3) == NULL) { /* one round of the post at a time */
            size_t before = all.letters;

            stage_turn(&all);
            if (all.letters == before)
                break;
        }
        letter = stage_find(&all, step, 3);
        if (letter != NULL) {
            cr_assert_eq(qs_step_message_read(&message, letter->bytes.data, letter->bytes.len), QUORSUM_OK);
            message.round[0] ^= 1;
            other = stage_sign(all.identity[2], &message);
            cr_assert_eq(quorsum_ceremony_receive(all.party[0], other.data, other.len), QUORSUM_ERR_EQUIVOCATION);
            quorsum_bytes_free(&other);
            stage_run(&all);
            (void)stage_judge(&all, 1);
        }
        stage_close(&all);
    }
}

/* ---- silence ---- */

static void is_waited_for(const stage *all, size_t party)
{
    for (size_t p = 0; p < all->parties; p++) {
        quorsum_ceremony_status status = stage_status(all, p);

        if (!stage_is_honest(all, p))
            continue;
        cr_assert_eq(status.phase, QUORSUM_CEREMONY_RUNNING);
        for (uint32_t slot = 1; slot <= status.slots; slot++) {
            if (status.waiting[slot - 1])
                cr_assert_eq(stage_party_of(all, slot), party, "an honest party is late");
        }
    }
}

Test(views, silence_and_late)
{
    static const stage_sizes sizes[] = {{64, 3, 2, 4, 1}, {64, 4, 2, 24, 1}};

    for (size_t s = 0; s < 2; s++) {
        for (size_t r = 0; r < ROUNDS; r++) {
            deed one = {.kind = DEED_ONE_SILENCE, .round = rounds[r], .party = r % sizes[s].trustees};
            stage all;
            outcome out;

            stage_open(&all, &sizes[s]);
            out = play_on(&all, &one, 1, 1);
            if (out.happened) {
                cr_assert_eq(out.failed, 0);
                cr_assert_eq(out.done, 0);
                is_waited_for(&all, one.party);
                stage_release(&all);
                cr_assert_eq(stage_judge(&all, 0), sizes[s].trustees - 1);
            }
            stage_close(&all);
        }
    }
}

/* Silent towards one: the other goes on as far as it can, which is one step. */
Test(views, silence_towards_one)
{
    for (size_t r = 0; r < ROUNDS; r++) {
        deed one = {.kind = DEED_SILENCE, .round = rounds[r], .party = 1, .mask = 1};
        stage all;
        outcome out;

        stage_open(&all, &TWO_OF_THREE);
        out = play_on(&all, &one, 1, 1);
        if (out.happened) {
            cr_assert_eq(out.failed, 0);
            stage_release(&all);
            cr_assert_eq(stage_judge(&all, 0), 2);
        }
        stage_close(&all);
    }
}

/* ---- the end: a bad signature to one, the good one to the other ---- */

Test(views, a_bad_signature_can_be_mended)
{
    for (size_t party = 0; party < 3; party++) {
        for (unsigned mask = 1; mask < 8; mask += 2) {
            deed one = {.kind = DEED_SPLIT, .round = "sign", .party = party, .mask = mask & ~(1u << party),
                        .change = CHANGE_BIT, .at = 32};
            stage all;

            stage_open(&all, &TWO_OF_THREE);
            (void)play_on(&all, &one, 1, 1);
            stage_exchange(&all);
            cr_assert_eq(stage_judge(&all, 0), 2, "party %zu kept others from their key", party);
            stage_exchange(&all);
            cr_assert_eq(stage_judge(&all, 0), 2, "done is done");
            stage_close(&all);
        }
    }
}

/* ---- replays ---- */

/* Every message of one ceremony into another of the same parties, and of the same proposal started once more. */
Test(views, messages_of_another_ceremony)
{
    stage first;
    stage second;

    stage_open(&first, &TWO_OF_THREE);
    stage_run(&first);
    stage_open(&second, &TWO_OF_THREE);
    for (size_t i = 0; i < first.letters; i++) {
        for (size_t p = 0; p < 3; p++)
            cr_assert_eq(quorsum_ceremony_receive(second.party[p], first.letter[i].bytes.data,
                                                  first.letter[i].bytes.len),
                         QUORSUM_ERR_CEREMONY);
    }
    stage_run(&second);
    cr_assert_eq(stage_judge(&second, 0), 3);
    stage_close(&first);
    stage_close(&second);
}

static void take_ceremony(qs_step_message *message, void *context)
{
    message->ceremony = context;
}

/* Bodies of another ceremony, signed anew for this one. */
Test(views, bodies_of_another_ceremony)
{
    static const stage_sizes sizes = {.bits = 64, .trustees = 3, .quorum = 2, .batch = 24};
    stage first;

    stage_open(&first, &sizes);
    stage_run(&first);
    for (uint32_t step = 1; step < 8; step++) {
        stage second;
        quorsum_bytes again;
        stage_letter *letter = stage_find(&first, step, 2);
        deed one = {.kind = DEED_SILENCE, .round = "none", .party = 1};

        stage_open(&second, &sizes);
        stage_add(&second, &one);
        while (second.party[0]->step < step)
            stage_turn(&second);
        again = (quorsum_bytes){.data = malloc(letter->bytes.len), .len = letter->bytes.len};
        memcpy(again.data, letter->bytes.data, letter->bytes.len);
        stage_resign(&second, 1, &again, take_ceremony, (void *)quorsum_ceremony_digest(second.party[0]));
        (void)!quorsum_ceremony_receive(second.party[0], again.data, again.len);
        (void)!quorsum_ceremony_receive(second.party[2], again.data, again.len);
        quorsum_bytes_free(&again);
        stage_run(&second);
        (void)stage_judge(&second, 1);
        stage_close(&second);
    }
    stage_close(&first);
}

/* The body of an earlier step where it has the right length: of another batch, or a commitment for another. */
Test(views, bodies_of_another_step)
{
    static const stage_sizes sizes = {.bits = 64, .trustees = 3, .quorum = 2, .batch = 2};
    size_t happened = 0;

    for (size_t back = 1; back < 8; back++) {
        for (size_t r = 3; r < ROUNDS; r++) {
            for (unsigned skip = 0; skip < 2; skip++) {
                deed one = {.kind = DEED_BODY_OF, .round = rounds[r], .party = r % 3, .at = back, .skip = skip};

                happened += (size_t)play(&sizes, &one, 1, 0).happened;
            }
        }
    }
    cr_assert_gt(happened, 5);
}

/* ---- what is not signed, or not by the right one ---- */

Test(views, altered_bytes_have_no_effect)
{
    stage all;
    deed one = {.kind = DEED_ONE_SILENCE, .round = "none", .party = 0};

    stage_open(&all, &TWO_OF_THREE);
    stage_add(&all, &one); /* party 1 works last: parties 2 and 3 get forged messages of it first */
    for (int turn = 0; turn < 40; turn++) {
        size_t before = all.letters;

        stage_turn(&all);
        for (size_t i = before; i < all.letters; i++) {
            quorsum_bytes forged = {.data = malloc(all.letter[i].bytes.len + 1), .len = all.letter[i].bytes.len};

            for (size_t at = 0; at < forged.len; at += 1 + forged.len / 40) {
                memcpy(forged.data, all.letter[i].bytes.data, forged.len);
                forged.data[at] ^= (uint8_t)(1 << turn % 8);
                cr_assert_neq(quorsum_ceremony_receive(all.party[1], forged.data, forged.len), QUORSUM_OK);
                cr_assert_neq(quorsum_ceremony_receive(all.party[1], all.letter[i].bytes.data, at), QUORSUM_OK);
            }
            memcpy(forged.data, all.letter[i].bytes.data, forged.len);
            forged.data[forged.len] = 0;
            cr_assert_neq(quorsum_ceremony_receive(all.party[1], forged.data, forged.len + 1), QUORSUM_OK);
            quorsum_bytes_free(&forged);
        }
    }
    stage_run(&all);
    cr_assert_eq(stage_judge(&all, 0), 2);
    stage_close(&all);
}

static void take_slot(qs_step_message *message, void *context)
{
    message->slot = *(uint32_t *)context;
}

/* A member in the name of another, and an identity of nobody. */
Test(views, another_ones_slot)
{
    stage all;
    quorsum_identity *stranger = NULL;

    cr_assert_eq(quorsum_identity_generate(&stranger), QUORSUM_OK);
    stage_open(&all, &TWO_OF_THREE);
    for (int turn = 0; turn < 40; turn++) {
        size_t before = all.letters;

        stage_turn(&all);
        for (size_t i = before; i < all.letters; i++) {
            for (uint32_t slot = 1; slot <= 5; slot++) {
                quorsum_bytes again = {.data = malloc(all.letter[i].bytes.len), .len = all.letter[i].bytes.len};
                qs_step_message message;

                memcpy(again.data, all.letter[i].bytes.data, again.len);
                if (slot != all.letter[i].slot) {
                    stage_resign(&all, all.letter[i].sender, &again, take_slot, &slot);
                    cr_assert_eq(quorsum_ceremony_receive(all.party[0], again.data, again.len),
                                 QUORSUM_ERR_NOT_ADMITTED);
                }
                cr_assert_eq(qs_step_message_read(&message, again.data, again.len), QUORSUM_OK);
                {
                    quorsum_bytes foreign = stage_sign(stranger, &message);

                    cr_assert_eq(quorsum_ceremony_receive(all.party[0], foreign.data, foreign.len),
                                 QUORSUM_ERR_NOT_ADMITTED);
                    quorsum_bytes_free(&foreign);
                }
                quorsum_bytes_free(&again);
            }
        }
    }
    stage_run(&all);
    cr_assert_eq(stage_judge(&all, 0), 3);
    quorsum_identity_free(stranger);
    stage_close(&all);
}

/* ---- two of five, each with a deed drawn by lot ---- */

static unsigned draw(unsigned *state, unsigned below)
{
    *state = *state * 1103515245u + 12345u;
    return (*state >> 12) % below;
}

Test(views, two_deeds_by_lot)
{
    static const deed_kind kinds[] = {DEED_LIE, DEED_BAD_OPENING, DEED_BAD_COMMITMENT, DEED_SPLIT, DEED_SPLIT_SEEN,
                                      DEED_LIE_SEEN, DEED_ROUND, DEED_LENGTH, DEED_KEY, DEED_BATCH_KEY, DEED_ABORT,
                                      DEED_ONE_SILENCE};
    const stage_sizes sizes = {.bits = 64, .trustees = 5, .quorum = 3, .batch = 4};
    unsigned state = 20261;

    for (unsigned again = 0; again < 40; again++) {
        size_t party = draw(&state, 5);
        size_t near = draw(&state, ROUNDS); /* both in about the same time */
        deed two[2];
        stage all;

        for (size_t k = 0; k < 2; k++) {
            deed_kind kind = kinds[draw(&state, sizeof kinds / sizeof kinds[0])];

            two[k] = (deed){.kind = kind,
                            .party = k == 0 ? party : (party + 1 + draw(&state, 4)) % 5,
                            .round = rounds[(near + k * draw(&state, 2)) % ROUNDS],
                            .at = draw(&state, 65),
                            .change = (deed_change)draw(&state, 4),
                            .mask = 1 + draw(&state, 31),
                            .victim = draw(&state, 5),
                            .variant = draw(&state, 8)};
            two[k].mask &= ~(1u << two[k].party);
            if (strcmp(two[k].round, "commit") == 0 && (kind == DEED_LIE_SEEN || kind == DEED_SPLIT_SEEN))
                two[k].round = "confirm";
        }
        stage_open(&all, &sizes);
        (void)play_on(&all, two, 2, 1);
        stage_release(&all);
        (void)stage_judge(&all, 1);
        stage_exchange(&all);
        (void)stage_judge(&all, 1);
        stage_close(&all);
        deed_clear(&two[0]);
        deed_clear(&two[1]);
    }
}
