/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody who writes to the board (the coordinator, or whoever runs the server) takes a ballot that the victim cast in
 * last year's vote, over the same key and the same fields, and posts it in this year's as the victim's. Then with this
 * task's digest put in, and then as his own. Stopped by: a message names its task, its signature and proofs cover the
 * name, and the task's nonce makes two tasks of the same content two. Lessons 4 and 8 of the field.
 */
#include "scene.h"

/* With this task's digest in place of the other's; the sender stays the victim, and so does the signature. */
static quorsum_bytes renamed(const scene *s, const quorsum_bytes *old)
{
    quorsum_bytes forged = forge_bytes(old, 4, quorsum_task_digest(s->f.task), 32, s->f.coordinator);
    size_t begin = 0;
    size_t end = 0;

    value_at(&forged, 2, &begin, &end);
    memcpy(forged.data + end - 32, quorsum_identity_public(s->f.contributors[3]), 32);
    memcpy(forged.data + forged.len - 64, old->data + old->len - 64, 64);
    return forged;
}

Test(attack, ballot_from_another_task)
{
    scene s;
    scene last;
    quorsum_bytes old;
    quorsum_bytes forged;

    scene_open(&s, SCENE_BALLOT, (setup){0});
    scene_contribute(&s, 3);
    last = s;
    last.f.task = scene_task(&s.f, SCENE_BALLOT, (setup){0});
    old = scene_contribution(&last, 3);

    forged = renamed(&s, &old);
    cr_expect_eq(scene_send(&s, &forged), QUORSUM_ERR_SIGNATURE);
    quorsum_bytes_free(&forged);
    forged = forge_bytes(&old, 4, quorsum_task_digest(s.f.task), 32, s.f.contributors[4]);
    cr_expect_eq(scene_send(&s, &forged), QUORSUM_ERR_PROOF, "signed by one who can, it has the proofs of another");
    quorsum_bytes_free(&forged);
    expect_refused_contribution(&s, 3, &old, QUORSUM_ERR_TASK_MISMATCH, 3);

    quorsum_bytes_free(&old);
    quorsum_task_free(last.f.task);
    scene_close(&s);
}
