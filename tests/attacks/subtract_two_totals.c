/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordinator wants contributor 3's numbers: total of {1, 2, 3} minus total of {1, 2}. He signs a manifest for
 * each, on two copies of the board, and asks the trustees for both. Stopped by: a trustee writes to its journal which
 * manifest it opens for a task before it says anything, and refuses every other; having seen both signatures, it puts
 * them on the board as evidence that convicts the coordinator before anybody. Lesson 9 of the field.
 */
#include "scene.h"

/* The one file in evidence/, made of these two manifests. */
static const char *evidence_name(const scene *a, const scene *b)
{
    static char name[96];
    quorsum_bytes first = scene_take(a, "manifest");
    quorsum_bytes second = scene_take(b, "manifest");
    uint8_t digests[2][32];
    uint8_t both[64];
    uint8_t hash[32];
    int swap;

    qs_message_digest(digests[0], first.data, first.len);
    qs_message_digest(digests[1], second.data, second.len);
    swap = memcmp(digests[0], digests[1], 32) > 0;
    memcpy(both, digests[swap], 32);
    memcpy(both + 32, digests[!swap], 32);
    crypto_generichash(hash, 32, both, 64, NULL, 0);
    strcpy(name, "evidence/");
    sodium_bin2hex(name + 9, sizeof name - 9, hash, 32);
    quorsum_bytes_free(&first);
    quorsum_bytes_free(&second);
    return name;
}

/* The same trustees, with the journals they have. */
static void same_journals(scene *copy, const scene *s)
{
    for (size_t i = 0; i < TRUSTEES; i++) {
        char from[64];
        char to[64];

        (void)snprintf(from, sizeof from, "../journal%zu", i);
        (void)snprintf(to, sizeof to, "../journal%zu", i);
        if (scene_has(s, from))
            scene_give(copy, to, scene_take(s, from));
    }
}

Test(attack, subtract_two_totals)
{
    scene s;
    scene smaller;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    scene_copy(&smaller, &s);
    scene_expect_total(&s, 3);
    same_journals(&smaller, &s);
    scene_close_dishonestly(&smaller, (const size_t[]){0, 1}, 2);
    for (size_t i = 0; i < TRUSTEES; i++) {
        char partial[32];

        cr_expect_eq(scene_decrypt(&smaller, i), QUORSUM_ERR_EQUIVOCATION, "trustee %zu", i + 1);
        EXPECT_NAMED(&smaller, evidence_name(&s, &smaller), s.f.coordinator, QUORSUM_ERR_EQUIVOCATION);
        (void)snprintf(partial, sizeof partial, "partials/%zu", i + 1);
        cr_expect_not(scene_has(&smaller, partial));
    }
    cr_expect_eq(scene_result(&smaller, 2), QUORSUM_ERR_AGREEMENT);

    /* the evidence needs nothing else: on the first board it convicts as well */
    scene_give(&s, evidence_name(&s, &smaller), scene_take(&smaller, evidence_name(&s, &smaller)));
    cr_expect_eq(scene_verify(&s), QUORSUM_ERR_EQUIVOCATION);
    EXPECT_NAMED(&s, evidence_name(&s, &smaller), s.f.coordinator, QUORSUM_ERR_EQUIVOCATION);
    scene_close_copy(&smaller);
    scene_close(&s);
}
