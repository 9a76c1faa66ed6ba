/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No attack: honest contributors whose squares leave 6 or 21 of the bound. Then 4 * 6 + 1 = 25 and 4 * 21 + 1 = 85,
 * numbers for which the search for three squares finds no prime and would never end (25 = 5^2 + 0 + 0, 85 = 9^2 + 2^2 +
 * 0 are answered outright). A contributor who could not send these would be excluded by chance, and whoever knew which
 * would learn a norm.
 */
#include "scene.h"

static void attack(size_t count, const int64_t *squares_of, int64_t left)
{
    scene s;
    int64_t values[NORM_VALUES] = {0};
    int64_t norm = 0;
    quorsum_bytes bytes = {0};

    for (size_t i = 0; i < count; i++) {
        values[(7 * i + 3) % NORM_VALUES] = squares_of[i];
        norm += squares_of[i] * squares_of[i];
    }
    cr_assert_eq(SCENE_NORM_SQUARED - norm, left);
    scene_open(&s, SCENE_NORM, (setup){0});
    cr_assert_eq(scene_make(&bytes, &s, 0, values, 1), QUORSUM_OK);
    cr_expect_eq(scene_send(&s, &bytes), QUORSUM_OK, "%d left", (int)left);
    quorsum_bytes_free(&bytes);
    scene_close(&s);
}

Test(attack, honest_vectors_near_the_bound)
{
    attack(6, (const int64_t[]){44, -8, 3, -2, 1, 1}, 6);
    attack(2, (const int64_t[]){-44, 8}, 21);
    attack(4, (const int64_t[]){44, 9, 2, 0}, 0);
    attack(1, (const int64_t[]){44}, 85);
}
