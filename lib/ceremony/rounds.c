/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of rounds. A new key goes from the setup through batches of candidates to the certificate; one that is
 * handed on takes one committed round of its own there.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/ceremony.h"
#include "lib/ceremony/digest.h"

#define NONCE_BYTES 32

static const qs_round_rule rules[QS_ROUNDS] = {
    [QS_ROUND_COMMIT] = {.name = "commit", .len = qs_commit_len, .say = qs_commit_say, .hear = qs_commit_hear},
    [QS_ROUND_DELIVER] = {.name = "deliver", .len = qs_deliver_len, .say = qs_deliver_say, .hear = qs_deliver_hear},
    [QS_ROUND_CONFIRM] = {.name = "confirm", .len = qs_confirm_len, .say = qs_confirm_say, .hear = qs_confirm_hear},
    [QS_ROUND_SIFT_COMMIT] = {.name = "sift-commit", .commits = QS_ROUND_SIFT},
    [QS_ROUND_SIFT] = {.name = "sift", .opens = 1, .generation = &qs_round_sift, .next = QS_ROUND_PRODUCT_COMMIT},
    [QS_ROUND_PRODUCT_COMMIT] = {.name = "product-commit", .commits = QS_ROUND_PRODUCT},
    [QS_ROUND_PRODUCT] = {.name = "product", .opens = 1, .generation = &qs_round_product, .next = QS_ROUND_TEST},
    [QS_ROUND_TEST] = {.name = "test", .generation = &qs_round_test, .next = QS_ROUND_VERIFY},
    [QS_ROUND_REVEAL] = {.name = "reveal", .len = qs_reveal_len, .say = qs_reveal_say, .hear = qs_reveal_hear},
    [QS_ROUND_VERIFY] = {.name = "verify", .generation = &qs_round_verify, .next = QS_ROUND_DERIVE_COMMIT},
    [QS_ROUND_DERIVE_COMMIT] = {.name = "derive-commit", .commits = QS_ROUND_DERIVE},
    [QS_ROUND_DERIVE] = {.name = "derive", .opens = 1, .generation = &qs_round_derive, .next = QS_ROUND_KEYS},
    [QS_ROUND_KEYS] = {.name = "keys", .generation = &qs_round_keys, .next = QS_ROUND_CERTIFICATE},
    [QS_ROUND_MASK_COMMIT] = {.name = "mask-commit", .commits = QS_ROUND_MASK},
    [QS_ROUND_MASK] = {.name = "mask", .opens = 1, .len = qs_mask_len, .say = qs_mask_say, .hear = qs_mask_hear},
    [QS_ROUND_CERTIFICATE] = {.name = "certificate", .len = qs_certificate_len, .say = qs_certificate_say,
                              .hear = qs_certificate_hear},
    [QS_ROUND_SIGN] = {.name = "sign", .len = qs_sign_len, .say = qs_sign_say, .hear = qs_sign_hear},
};

const qs_round_rule *qs_round_rule_of(qs_round round)
{
    return &rules[round];
}

int qs_round_speaks(const quorsum_ceremony *ceremony, qs_round round, uint32_t slot)
{
    return slot <= ceremony->proposal.trustees || round == QS_ROUND_DELIVER;
}

/* Without the nonce of a committed one. */
static size_t inner_len(const quorsum_ceremony *ceremony, const qs_round_rule *rule, uint32_t slot)
{
    if (rule->generation != NULL)
        return rule->generation->len(ceremony->generation, slot);
    return rule->len(ceremony, slot);
}

size_t qs_round_len(const quorsum_ceremony *ceremony, qs_round round, uint32_t slot)
{
    const qs_round_rule *rule = &rules[round];

    if (rule->commits != 0)
        return QUORSUM_DIGEST_BYTES;
    return (rule->opens ? NONCE_BYTES : 0) + inner_len(ceremony, rule, slot);
}

/* ---- what is said ---- */

static quorsum_status inner_say(quorsum_ceremony *ceremony, const qs_round_rule *rule, uint32_t slot, uint8_t *body,
                                const quorsum_run *run)
{
    qs_party party = qs_ceremony_party(ceremony);

    if (rule->generation != NULL)
        return rule->generation->say(ceremony->generation, &party, body, run);
    return rule->say(ceremony, slot, body, run);
}

/* opening: nonce, then the body. step: that of the opening. */
static void commitment(const quorsum_ceremony *ceremony, uint8_t out[QUORSUM_DIGEST_BYTES], uint32_t step,
                       uint32_t slot, const uint8_t *opening, size_t len)
{
    qs_digest digest;

    qs_digest_begin(&digest, NULL, "ceremony-commitment");
    qs_digest_bytes(&digest, ceremony->proposal.digest, QUORSUM_DIGEST_BYTES);
    qs_digest_u64(&digest, step);
    qs_digest_u64(&digest, slot);
    qs_digest_bytes(&digest, opening, NONCE_BYTES);
    qs_digest_bytes(&digest, opening + NONCE_BYTES, len - NONCE_BYTES);
    qs_digest_end(&digest, out);
}

/* The opening is made once and kept for the next step. It may be made again: it is the same. */
static quorsum_status say_commitment(quorsum_ceremony *ceremony, const qs_round_rule *rule, uint32_t slot,
                                     uint8_t *body, const quorsum_run *run)
{
    const qs_round_rule *opened = &rules[rule->commits];
    size_t len = qs_round_len(ceremony, rule->commits, slot);
    uint8_t *opening = malloc(len);
    quorsum_status status;

    if (opening == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_ceremony_secret(ceremony, opening, "nonce", ceremony->step + 1);
    status = inner_say(ceremony, opened, slot, opening + NONCE_BYTES, run);
    if (status != QUORSUM_OK) {
        free(opening);
        return status;
    }
    commitment(ceremony, body, ceremony->step + 1, slot, opening, len);
    free(ceremony->pending);
    ceremony->pending = opening;
    return QUORSUM_OK;
}

static quorsum_status say_opening(quorsum_ceremony *ceremony, const qs_round_rule *rule, uint32_t slot, uint8_t *body,
                                  const quorsum_run *run)
{
    if (ceremony->pending != NULL) {
        memcpy(body, ceremony->pending, qs_round_len(ceremony, ceremony->round, slot));
        return QUORSUM_OK;
    }
    qs_ceremony_secret(ceremony, body, "nonce", ceremony->step);
    return inner_say(ceremony, rule, slot, body + NONCE_BYTES, run);
}

quorsum_status qs_round_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run)
{
    const qs_round_rule *rule = &rules[ceremony->round];

    if (rule->commits != 0)
        return say_commitment(ceremony, rule, slot, body, run);
    if (rule->opens)
        return say_opening(ceremony, rule, slot, body, run);
    return inner_say(ceremony, rule, slot, body, run);
}

/* ---- what is heard ---- */

static quorsum_status check_openings(quorsum_ceremony *ceremony, const uint8_t *const *body)
{
    uint8_t guilty[QS_SLOTS_MAX] = {0};

    for (uint32_t slot = 1; slot <= ceremony->proposal.trustees; slot++) {
        const qs_taken *before = qs_log_at(&ceremony->log, ceremony->step - 1, slot);
        uint8_t expected[QUORSUM_DIGEST_BYTES];

        commitment(ceremony, expected, ceremony->step, slot, body[slot - 1],
                   qs_round_len(ceremony, ceremony->round, slot));
        guilty[slot - 1] = memcmp(expected, before->message.body, sizeof expected) != 0;
    }
    return qs_accuse_all(ceremony, guilty, "opened another value than the one committed to");
}

static quorsum_status hear_generation(quorsum_ceremony *ceremony, const qs_round_rule *rule,
                                      const uint8_t *const *inner, qs_round *next, const quorsum_run *run)
{
    qs_ruling ruling = QS_GO_ON;
    quorsum_status status = rule->generation->hear(ceremony->generation, inner, &ruling, run);

    if (status != QUORSUM_OK)
        return status;
    ceremony->ruling = ruling;
    *next = ruling == QS_GO_ON ? rule->next : QS_ROUND_REVEAL;
    return *next == QS_ROUND_CERTIFICATE ? qs_finish_begin(ceremony) : QUORSUM_OK;
}

quorsum_status qs_round_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                             const quorsum_run *run)
{
    const qs_round_rule *rule = &rules[ceremony->round];
    const uint8_t *inner[QS_SLOTS_MAX];
    quorsum_status status = QUORSUM_OK;

    if (rule->commits != 0) {
        *next = rule->commits;
        return QUORSUM_OK;
    }
    if (rule->opens)
        status = check_openings(ceremony, body);
    for (uint32_t i = 0; i < ceremony->slots; i++)
        inner[i] = body[i] != NULL && rule->opens ? body[i] + NONCE_BYTES : body[i];
    if (status != QUORSUM_OK)
        return status;
    if (rule->generation != NULL)
        return hear_generation(ceremony, rule, inner, next, run);
    return rule->hear(ceremony, inner, next, run);
}
