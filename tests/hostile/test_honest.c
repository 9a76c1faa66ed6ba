/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody deviates: everybody, the observer too, ends with the same good key. */
#include "play.h"

static void everybody_ends_with_one_key(const stage_sizes *sizes)
{
    stage all;
    quorsum_ceremony_status status;

    stage_open(&all, sizes);
    stage_run(&all);
    cr_assert_eq(stage_judge(&all, 0), all.parties);
    quorsum_ceremony_state(&status, all.observer);
    cr_assert_eq(status.phase, QUORSUM_CEREMONY_DONE);
    cr_assert_eq(status.slots, all.trustees);
    cr_assert_arr_eq(all.observer->record->digest, all.party[0]->record->digest, 32);
    stage_close(&all);
}

Test(honest, sizes)
{
    static const stage_sizes sizes[] = {{64, 3, 2, 24, 1}, {64, 5, 3, 24, 2}, {64, 4, 2, 24, 1}, {72, 5, 2, 24, 3},
                                        {80, 6, 3, 32, 1}, {64, 3, 2, 24, 4}, {80, 7, 4, 24, 1}};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        everybody_ends_with_one_key(&sizes[i]);
}

/* Batches of a few candidates: most come to nothing, and are revealed and said again. */
Test(honest, many_batches)
{
    static const stage_sizes sizes[] = {{64, 3, 2, 2, 1}, {64, 3, 2, 1, 1}, {64, 5, 3, 3, 1}, {64, 4, 2, 2, 1}};

    for (unsigned again = 0; again < 3; again++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            everybody_ends_with_one_key(&sizes[i]);
    }
}

static void hand_on(const stage_sizes *sizes, uint32_t trustees, uint32_t quorum, uint32_t kept)
{
    stage first;
    stage second;
    stage third;

    stage_open(&first, sizes);
    stage_run(&first);
    stage_hand_on(&second, &first, trustees, quorum, kept);
    stage_run(&second);
    cr_assert_eq(stage_judge(&second, 0), second.parties);
    cr_assert_eq(stage_status(&second, 0).dealers, sizes->quorum);
    cr_assert_eq(second.observer->phase, QUORSUM_CEREMONY_DONE);
    cr_assert_eq(second.party[0]->record->parts.epoch, 1);
    stage_hand_on(&third, &second, trustees, quorum, trustees); /* a refresh of what was handed on */
    stage_run(&third);
    cr_assert_eq(stage_judge(&third, 0), third.parties);
    cr_assert_eq(third.party[0]->record->parts.epoch, 2);
    cr_assert_eq(third.party[0]->record->parts.share_bits, second.party[0]->record->parts.share_bits);
    cr_assert_eq(third.party[0]->record->parts.secret_bits, first.party[0]->record->parts.secret_bits);
    stage_close(&third);
    stage_close(&second);
    stage_close(&first);
}

Test(honest, handing_on)
{
    hand_on(&TWO_OF_THREE, 4, 3, 0);
    hand_on(&TWO_OF_THREE, 3, 2, 3);
    hand_on(&TWO_OF_THREE, 3, 3, 1);
    hand_on(&THREE_OF_FIVE, 2, 2, 2);
    hand_on(&TWO_OF_FOUR, 5, 4, 2);
}
