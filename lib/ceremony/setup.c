/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How every set of members comes to a key that its members know (docs/protocol.md): each member commits to what it
 * contributes to the keys of its sets, then tells the other members, each in a box of its own; then all say hashes of
 * the keys, and whoever got something else than was committed to says so.
 *
 *     commit    X25519 key | for each own set: commitment to the contribution
 *     deliver   for each other member: box of the contributions to the sets with both    (a dealer: pass_on.c)
 *     confirm   complaint (2 bytes) | for each own set: check 32 | pledge 32
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/ceremony/box.h"
#include "lib/ceremony/ceremony.h"
#include "lib/ceremony/digest.h"

#define COMPLAINT_BYTES 2
#define ENTRY 64 /* check and pledge of a set */

static size_t own_set(const quorsum_ceremony *ceremony, uint32_t member, size_t k)
{
    return ceremony->sets->mine[(member - 1) * ceremony->sets->own + k];
}

/* ---- commit ---- */

static void contribution_digest(const quorsum_ceremony *ceremony, uint8_t out[32], size_t set, uint32_t member,
                                const uint8_t contribution[32])
{
    qs_digest digest;

    qs_digest_begin(&digest, NULL, "ceremony-contribution");
    qs_digest_bytes(&digest, ceremony->proposal.digest, QUORSUM_DIGEST_BYTES);
    qs_digest_u64(&digest, set);
    qs_digest_u64(&digest, member);
    qs_digest_bytes(&digest, contribution, 32);
    qs_digest_end(&digest, out);
}

size_t qs_commit_len(const quorsum_ceremony *ceremony, uint32_t slot)
{
    (void)slot;
    return QS_EXCHANGE_BYTES + 32 * ceremony->sets->own;
}

quorsum_status qs_commit_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run)
{
    uint8_t *secret = qs_secret_block(32);

    (void)run;
    if (secret == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_ceremony_secret(ceremony, secret, "exchange", slot);
    (void)crypto_scalarmult_base(body, secret);
    for (size_t k = 0; k < ceremony->sets->own; k++) {
        size_t set = own_set(ceremony, slot, k);

        qs_ceremony_secret(ceremony, secret, "contribution", set);
        contribution_digest(ceremony, body + QS_EXCHANGE_BYTES + 32 * k, set, slot, secret);
    }
    qs_secret_release(secret);
    return QUORSUM_OK;
}

quorsum_status qs_commit_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                              const quorsum_run *run)
{
    uint8_t guilty[QS_SLOTS_MAX] = {0};

    (void)run;
    *next = QS_ROUND_DELIVER;
    for (uint32_t slot = 1; slot <= ceremony->proposal.trustees; slot++) {
        memcpy(ceremony->exchange + (size_t)(slot - 1) * QS_EXCHANGE_BYTES, body[slot - 1], QS_EXCHANGE_BYTES);
        guilty[slot - 1] = !qs_exchange_key_is_sound(body[slot - 1]);
    }
    return qs_accuse_all(ceremony, guilty, "named a key that nothing can be sealed for");
}

/* What member `slot` committed to for the k-th of its sets. */
static const uint8_t *committed(const quorsum_ceremony *ceremony, uint32_t slot, size_t k)
{
    return qs_log_at(&ceremony->log, 1, slot)->message.body + QS_EXCHANGE_BYTES + 32 * k;
}

/* ---- deliver ---- */

static qs_box_ends box_ends(const quorsum_ceremony *ceremony, uint32_t from, uint32_t to)
{
    return (qs_box_ends){.ceremony = ceremony->proposal.digest,
                         .sender = qs_ceremony_identity(ceremony, from),
                         .recipient = qs_ceremony_identity(ceremony, to),
                         .sender_slot = from,
                         .recipient_index = to};
}

static size_t box_len(const quorsum_ceremony *ceremony, uint32_t from, uint32_t to)
{
    return qs_box_bytes(32 * qs_common_sets(ceremony->sets, from, to));
}

size_t qs_deliver_len(const quorsum_ceremony *ceremony, uint32_t slot)
{
    size_t len = 0;

    if (slot > ceremony->proposal.trustees)
        return QS_EXCHANGE_BYTES + qs_dealt_len(ceremony);
    for (uint32_t to = 1; to <= ceremony->proposal.trustees; to++)
        len += to != slot ? box_len(ceremony, slot, to) : 0;
    return len;
}

/* The contributions of `slot` to the sets that `to` belongs to as well. content: room for all own sets. */
static size_t gather(const quorsum_ceremony *ceremony, uint32_t slot, uint32_t to, uint8_t *content)
{
    size_t count = 0;

    for (size_t k = 0; k < ceremony->sets->own; k++) {
        size_t set = own_set(ceremony, slot, k);

        if (qs_sets_has(ceremony->sets, set, to))
            qs_ceremony_secret(ceremony, content + 32 * count++, "contribution", set);
    }
    return count;
}

quorsum_status qs_deliver_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run)
{
    uint8_t *secret = qs_secret_block(32 + 32 * ceremony->sets->own); /* own exchange key, contributions */
    quorsum_status status = secret != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    if (status == QUORSUM_OK)
        qs_ceremony_secret(ceremony, secret, "exchange", slot);
    if (status == QUORSUM_OK && slot > ceremony->proposal.trustees) {
        (void)crypto_scalarmult_base(body, secret);
        status = qs_dealt_say(ceremony, body + QS_EXCHANGE_BYTES, run);
        qs_secret_release(secret);
        return status;
    }
    for (uint32_t to = 1; to <= ceremony->proposal.trustees && status == QUORSUM_OK; to++) {
        qs_box_ends ends = box_ends(ceremony, slot, to);
        size_t count;

        if (to == slot)
            continue;
        count = gather(ceremony, slot, to, secret + 32);
        status = qs_box_seal(body, &ends, secret + 32, 32 * count, ceremony->identity,
                             ceremony->exchange + (size_t)(to - 1) * QS_EXCHANGE_BYTES, secret);
        body += qs_box_bytes(32 * count);
    }
    qs_secret_release(secret);
    return status;
}

/* All contributions to the own sets: of the k-th, of its m-th member, at [32 * (k * members + m)]. */
typedef struct contributions {
    size_t members;   /* of a set */
    uint8_t *value;   /* guarded */
    uint8_t *content; /* of one box, guarded */
    uint8_t *exchange; /* the own secret key, guarded */
} contributions;

static quorsum_status contributions_new(contributions *all, const quorsum_ceremony *ceremony)
{
    size_t own = ceremony->sets->own;

    all->members = ceremony->sets->members - ceremony->sets->degree;
    all->value = qs_secret_block(32 * own * all->members);
    all->content = qs_secret_block(32 * own);
    all->exchange = qs_secret_block(32);
    return all->value != NULL && all->content != NULL && all->exchange != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}

static void contributions_free(contributions *all)
{
    qs_secret_release(all->value);
    qs_secret_release(all->content);
    qs_secret_release(all->exchange);
}

/* The place of a member among those of a set. */
static size_t rank_of(const qs_sets *sets, size_t set, uint32_t member)
{
    size_t rank = 0;

    for (uint32_t i = 1; i < member; i++)
        rank += (size_t)qs_sets_has(sets, set, i);
    return rank;
}

/* Takes the contributions of `from` that are for own sets from `content`, in order. */
static int take_contributions(contributions *all, const quorsum_ceremony *ceremony, uint32_t from)
{
    const qs_sets *sets = ceremony->sets;
    const uint8_t *at = all->content;
    int sound = 1;

    for (size_t k = 0; k < sets->own; k++) { /* of the sender's sets */
        size_t set = own_set(ceremony, from, k);
        uint8_t digest[32];
        size_t own = 0;

        if (!qs_sets_has(sets, set, ceremony->member))
            continue;
        contribution_digest(ceremony, digest, set, from, at);
        sound &= memcmp(digest, committed(ceremony, from, k), sizeof digest) == 0;
        while (own_set(ceremony, ceremony->member, own) != set)
            own++;
        memcpy(all->value + 32 * (own * all->members + rank_of(sets, set, from)), at, 32);
        at += 32;
    }
    return sound;
}

/* Where in the body of `from` the box for `to` begins. */
static size_t box_offset(const quorsum_ceremony *ceremony, uint32_t from, uint32_t to)
{
    size_t offset = 0;

    for (uint32_t i = 1; i < to; i++)
        offset += i != from ? box_len(ceremony, from, i) : 0;
    return offset;
}

static quorsum_status open_from(contributions *all, const quorsum_ceremony *ceremony, uint32_t from,
                                const uint8_t *body, int *sound)
{
    uint32_t to = ceremony->member;
    qs_box_ends ends = box_ends(ceremony, from, to);
    quorsum_status status;

    if (from == to) { /* nothing to complain about */
        *sound = 1;
        (void)gather(ceremony, to, to, all->content);
        (void)take_contributions(all, ceremony, to);
        return QUORSUM_OK;
    }
    status = qs_box_open(sound, all->content, 32 * qs_common_sets(ceremony->sets, from, to), &ends,
                         body + box_offset(ceremony, from, to),
                         ceremony->exchange + (size_t)(from - 1) * QS_EXCHANGE_BYTES, all->exchange);
    if (status == QUORSUM_OK && *sound)
        *sound = take_contributions(all, ceremony, from);
    return status;
}

static void make_set_keys(const contributions *all, quorsum_ceremony *ceremony)
{
    for (size_t k = 0; k < ceremony->sets->own; k++) {
        qs_digest digest;

        qs_digest_begin(&digest, NULL, "ceremony-key");
        qs_digest_bytes(&digest, ceremony->proposal.digest, QUORSUM_DIGEST_BYTES);
        qs_digest_u64(&digest, own_set(ceremony, ceremony->member, k));
        for (size_t m = 0; m < all->members; m++)
            qs_digest_bytes(&digest, all->value + 32 * (k * all->members + m), 32);
        qs_digest_end(&digest, ceremony->set_key + 32 * k);
    }
    qs_ceremony_batch_keys(ceremony, 0);
}

/* The own boxes: keys of the own sets, or somebody to complain about. */
static quorsum_status open_boxes(quorsum_ceremony *ceremony, const uint8_t *const *body)
{
    contributions all = {0};
    quorsum_status status = contributions_new(&all, ceremony);

    ceremony->complaint = 0;
    if (status == QUORSUM_OK)
        qs_ceremony_secret(ceremony, all.exchange, "exchange", ceremony->member);
    for (uint32_t from = 1; from <= ceremony->proposal.trustees && status == QUORSUM_OK; from++) {
        int sound = 0;

        status = open_from(&all, ceremony, from, body[from - 1], &sound);
        if (!sound && ceremony->complaint == 0)
            ceremony->complaint = from;
    }
    if (status == QUORSUM_OK && ceremony->complaint == 0)
        make_set_keys(&all, ceremony);
    contributions_free(&all);
    return status;
}

quorsum_status qs_deliver_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                               const quorsum_run *run)
{
    uint32_t trustees = ceremony->proposal.trustees;
    uint8_t guilty[QS_SLOTS_MAX] = {0};
    uint32_t complaint = 0;
    quorsum_status status;

    *next = QS_ROUND_CONFIRM;
    for (uint32_t slot = trustees + 1; slot <= ceremony->slots; slot++) {
        memcpy(ceremony->exchange + (size_t)(slot - 1) * QS_EXCHANGE_BYTES, body[slot - 1], QS_EXCHANGE_BYTES);
        guilty[slot - 1] = !qs_exchange_key_is_sound(body[slot - 1]);
    }
    status = qs_accuse_all(ceremony, guilty, "named a key that nothing can be sealed for");
    if (status == QUORSUM_OK && ceremony->member != 0)
        status = open_boxes(ceremony, body);
    if (status == QUORSUM_OK && ceremony->handover != NULL)
        status = qs_dealt_hear(ceremony, body + trustees, &complaint, run);
    if (ceremony->complaint == 0)
        ceremony->complaint = complaint;
    return status;
}

/* ---- confirm ---- */

size_t qs_confirm_len(const quorsum_ceremony *ceremony, uint32_t slot)
{
    (void)slot;
    return COMPLAINT_BYTES + ENTRY * ceremony->sets->own;
}

static void check_digest(const quorsum_ceremony *ceremony, uint8_t out[32], size_t set, const uint8_t key[32])
{
    qs_digest digest;

    qs_digest_begin(&digest, NULL, "ceremony-check");
    qs_digest_bytes(&digest, ceremony->proposal.digest, QUORSUM_DIGEST_BYTES);
    qs_digest_u64(&digest, set);
    qs_digest_bytes(&digest, key, 32);
    qs_digest_end(&digest, out);
}

quorsum_status qs_confirm_say(quorsum_ceremony *ceremony, uint32_t slot, uint8_t *body, const quorsum_run *run)
{
    (void)run;
    memset(body, 0, qs_confirm_len(ceremony, slot));
    body[0] = (uint8_t)(ceremony->complaint >> 8);
    body[1] = (uint8_t)ceremony->complaint;
    for (size_t k = 0; k < ceremony->sets->own && ceremony->complaint == 0; k++) {
        size_t set = own_set(ceremony, slot, k);
        uint8_t *entry = body + COMPLAINT_BYTES + ENTRY * k;

        check_digest(ceremony, entry, set, ceremony->set_key + 32 * k);
        qs_ceremony_pledge(ceremony, entry + 32, 0, set, ceremony->batch_key + 32 * k);
    }
    return QUORSUM_OK;
}

static uint32_t complaint_of(const uint8_t *body)
{
    return (uint32_t)body[0] << 8 | body[1];
}

/* A complaint about nobody, or one with keys all the same, is none. */
static int is_well_formed(const quorsum_ceremony *ceremony, uint32_t slot, const uint8_t *body)
{
    uint32_t complaint = complaint_of(body);

    return complaint == 0 || (complaint <= ceremony->slots && complaint != slot &&
                              sodium_is_zero(body + COMPLAINT_BYTES, ENTRY * ceremony->sets->own));
}

static quorsum_status hear_complaints(quorsum_ceremony *ceremony, const uint8_t *const *body)
{
    uint8_t guilty[QS_SLOTS_MAX] = {0};
    quorsum_status status;

    for (uint32_t slot = 1; slot <= ceremony->proposal.trustees; slot++)
        guilty[slot - 1] = !is_well_formed(ceremony, slot, body[slot - 1]);
    status = qs_accuse_all(ceremony, guilty, "complained in a way that means nothing");
    for (uint32_t slot = 1; slot <= ceremony->proposal.trustees && status == QUORSUM_OK; slot++) {
        uint32_t about = complaint_of(body[slot - 1]);

        if (about != 0)
            status = qs_accuse_pair(ceremony, slot, about,
                                    "deviated: one got from the other what it had not committed to, or complained "
                                    "without a reason");
    }
    return status;
}

/* Which of member's own sets this one is. */
static size_t place_of(const qs_sets *sets, size_t set, uint32_t member)
{
    size_t k = 0;

    while (sets->mine[(member - 1) * sets->own + k] != set)
        k++;
    return k;
}

/* All members of the set say the same; what they pledge is kept. */
static quorsum_status hear_set(quorsum_ceremony *ceremony, size_t set, const uint8_t *const *body)
{
    const qs_sets *sets = ceremony->sets;
    const uint8_t *first = NULL;
    uint32_t who = 0;

    for (uint32_t i = 1; i <= sets->members; i++) {
        const uint8_t *entry;

        if (!qs_sets_has(sets, set, i))
            continue;
        entry = body[i - 1] + COMPLAINT_BYTES + ENTRY * place_of(sets, set, i);
        if (first != NULL && memcmp(first, entry, ENTRY) != 0)
            return qs_accuse_pair(ceremony, who, i, "deviated: they do not have the same key of a set");
        if (first == NULL) {
            first = entry;
            who = i;
        }
    }
    memcpy(ceremony->pledge + 32 * set, first + 32, 32);
    return QUORSUM_OK;
}

quorsum_status qs_confirm_hear(quorsum_ceremony *ceremony, const uint8_t *const *body, qs_round *next,
                               const quorsum_run *run)
{
    quorsum_status status = hear_complaints(ceremony, body);

    (void)run;
    *next = ceremony->handover != NULL ? QS_ROUND_MASK_COMMIT : QS_ROUND_SIFT_COMMIT;
    for (size_t set = 0; set < ceremony->sets->count && status == QUORSUM_OK; set++)
        status = hear_set(ceremony, set, body);
    return status;
}
