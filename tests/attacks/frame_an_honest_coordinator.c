/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody wants the honest coordinator convicted, or a round stopped, with "evidence": one manifest twice; the
 * manifest of another task beside this one's; other things the coordinator has signed, called manifests; a signature of
 * his own with the coordinator as the accused. Stopped by: a signature covers kind, task and digest, so none of these
 * is a second word on this task; evidence is checked by whoever reads it, and what proves nothing is reported and no
 * refusal.
 */
#include "lib/round/evidence.h"
#include "scene.h"

static qs_signed signed_part(const quorsum_bytes *message)
{
    qs_signed out;

    qs_message_digest(out.digest, message->data, message->len);
    memcpy(out.signature, message->data + message->len - 64, 64);
    return out;
}

/* Evidence in the form of one, whatever the two are, by the stranger's hand: key 10 .. 15 of an honest template. */
static quorsum_bytes fabricate(const scene *s, const quorsum_bytes *template, qs_signed first, qs_signed second)
{
    int swap = memcmp(first.digest, second.digest, 32) > 0;
    const qs_signed *low = swap ? &second : &first;
    const qs_signed *high = swap ? &first : &second;
    quorsum_bytes a = forge_bytes(template, 12, low->digest, 32, s->f.stranger);
    quorsum_bytes b = forge_bytes(&a, 13, low->signature, 64, s->f.stranger);
    quorsum_bytes c = forge_bytes(&b, 14, high->digest, 32, s->f.stranger);
    quorsum_bytes d = forge_bytes(&c, 15, high->signature, 64, s->f.stranger);
    quorsum_bytes e = forge_bytes(&d, 4, quorsum_task_digest(s->f.task), 32, s->f.stranger);

    quorsum_bytes_free(&a);
    quorsum_bytes_free(&b);
    quorsum_bytes_free(&c);
    quorsum_bytes_free(&d);
    return e;
}

/* A real one, from a task of the same coordinator that equivocated there: for its form, and itself to be replayed. */
static quorsum_bytes real_evidence(const scene *s, quorsum_bytes manifests[2])
{
    fixture f = s->f;
    quorsum_bytes out = {0};

    f.task = scene_task(&s->f, SCENE_SUM, (setup){0});
    for (size_t i = 0; i < 2; i++) {
        f.manifest = NULL;
        f.aggregate = NULL;
        fixture_aggregate(&f, 3 - i);
        manifests[i] = f.manifest_bytes;
        quorsum_bytes_free(&f.aggregate_bytes);
        quorsum_manifest_free(f.manifest);
        quorsum_aggregate_free(f.aggregate);
    }
    cr_assert_eq(quorsum_evidence_make(&out, f.task, &manifests[0], &manifests[1], s->f.stranger), QUORSUM_OK);
    quorsum_task_free(f.task);
    return out;
}

static void expect_harmless(scene *s, quorsum_bytes evidence, quorsum_status reason)
{
    char name[80] = "evidence/";
    quorsum_evidence *read = NULL;

    memset(name + 9, 'a', 64);
    cr_expect_eq(quorsum_evidence_decode(&read, s->f.task, evidence.data, evidence.len), reason);
    cr_expect_null(read);
    scene_give(s, name, evidence);
    cr_expect_eq(scene_verify(s), QUORSUM_OK);
    EXPECT_NAMED(s, name, s->f.stranger, reason);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_expect_eq(scene_decrypt(s, i), QUORSUM_OK);
    scene_remove(s, name);
}

Test(attack, frame_an_honest_coordinator)
{
    scene s;
    quorsum_bytes other[2];
    quorsum_bytes template;
    quorsum_bytes own;
    quorsum_bytes task;
    quorsum_bytes forged;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    scene_expect_total(&s, 3);
    template = real_evidence(&s, other);
    own = scene_take(&s, "manifest");
    task = scene_take(&s, "task");

    forged = forge(&template, FORGE_NOTHING, NULL, 0, s.f.stranger);
    expect_harmless(&s, forged, QUORSUM_ERR_TASK_MISMATCH);
    expect_harmless(&s, fabricate(&s, &template, signed_part(&own), signed_part(&own)), QUORSUM_ERR_DUPLICATE);
    expect_harmless(&s, fabricate(&s, &template, signed_part(&own), signed_part(&other[0])), QUORSUM_ERR_SIGNATURE);
    expect_harmless(&s, fabricate(&s, &template, signed_part(&own), signed_part(&task)), QUORSUM_ERR_SIGNATURE);
    {
        quorsum_bytes aggregate = scene_take(&s, "aggregate");
        quorsum_bytes by_stranger = forge_uint(&own, 10, 3, s.f.stranger);

        expect_harmless(&s, fabricate(&s, &template, signed_part(&own), signed_part(&aggregate)),
                        QUORSUM_ERR_SIGNATURE);
        expect_harmless(&s, fabricate(&s, &template, signed_part(&own), signed_part(&by_stranger)),
                        QUORSUM_ERR_SIGNATURE);
        cr_expect_eq(quorsum_board_compare(s.board, &by_stranger, s.f.stranger, NULL), QUORSUM_ERR_COORDINATOR);
        quorsum_bytes_free(&aggregate);
        quorsum_bytes_free(&by_stranger);
    }
    cr_expect_eq(scene_verify(&s), QUORSUM_OK);
    quorsum_bytes_free(&template);
    quorsum_bytes_free(&own);
    quorsum_bytes_free(&task);
    quorsum_bytes_free(&other[0]);
    quorsum_bytes_free(&other[1]);
    scene_close(&s);
}

/* The same with the stranger as the accused: he may convict himself, of nothing that this task knows. */
Test(attack, frame_a_trustee)
{
    scene s;
    quorsum_bytes own;
    quorsum_bytes second;
    quorsum_bytes evidence = {0};

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_contribute(&s, 3);
    scene_expect_total(&s, 3);
    own = scene_take(&s, "acks/2");
    /* another manifest, signed by him */
    second = forge_bytes(&own, 11, quorsum_task_digest(s.f.task), 32, s.f.stranger);
    cr_expect_eq(quorsum_evidence_make(&evidence, s.f.task, &own, &second, s.f.stranger), QUORSUM_ERR_TRUSTEE);
    cr_expect_null(evidence.data);
    cr_expect_eq(quorsum_board_compare(s.board, &second, s.f.stranger, NULL), QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(scene_verify(&s), QUORSUM_OK);
    quorsum_bytes_free(&own);
    quorsum_bytes_free(&second);
    scene_close(&s);
}
