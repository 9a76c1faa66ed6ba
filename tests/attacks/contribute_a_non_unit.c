/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contributor 4 wants to spoil the sum for all: a ciphertext of 0, or with a multiple of N in it, turns the whole
 * product into one that nobody can open, long after he is gone; a digit of N or more is the same number written twice.
 * Stopped by: every ciphertext is checked to be a unit with canonical digits before anything is done with it, and named
 * at submission. Lesson 6 of the field.
 */
#include "forger.h"

static void attack(const char *what, quorsum_status reason)
{
    scene s;
    forger g;
    quorsum_bytes honest;
    quorsum_bytes forged;
    uint8_t word[64] = {0};

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    forger_open(&g, &s, 3);
    honest = scene_contribution(&s, 3);
    if (strcmp(what, "N") == 0) /* 0 + 1 N */
        word[63] = 1;
    else if (strcmp(what, "p") == 0) /* only somebody who has a factor can; then it names him as well */
        number_to_bytes(word, 32, s.f.p);
    else if (strcmp(what, "digit") == 0)
        number_to_bytes(word, 32, s.f.n);
    forged = forge_block(&honest, 0, word, 64, s.f.contributors[3]);
    expect_refused_contribution(&s, 3, &forged, reason, 3);
    quorsum_bytes_free(&forged);
    quorsum_bytes_free(&honest);
    forger_close(&g);
    scene_close(&s);
}

Test(attack, contribute_a_non_unit)
{
    attack("zero", QUORSUM_ERR_NOT_UNIT);
    attack("N", QUORSUM_ERR_NOT_UNIT);
    attack("p", QUORSUM_ERR_NOT_UNIT);
}

Test(attack, contribute_a_digit_beyond_n)
{
    attack("digit", QUORSUM_ERR_RANGE);
}
