/* SPDX-License-Identifier: Apache-2.0 */
/* Parties and the post between them. */
#include "stage.h"

#include "deed.h"

/* ---- opening ---- */

static void start(stage *all, size_t p)
{
    cr_assert_eq(quorsum_ceremony_start(&all->party[p], all->proposal.data, all->proposal.len, all->identity[p],
                                        all->parent, all->share[p]),
                 QUORSUM_OK);
}

static void start_all(stage *all)
{
    for (size_t p = 0; p < all->parties; p++)
        start(all, p);
    cr_assert_eq(quorsum_ceremony_start(&all->observer, all->proposal.data, all->proposal.len, NULL, all->parent, NULL),
                 QUORSUM_OK);
}

void stage_open(stage *all, const stage_sizes *sizes)
{
    uint8_t roster[QS_MEMBERS_MAX * QUORSUM_IDENTITY_BYTES];
    quorsum_ceremony_options options = {.key = {.modulus_bits = sizes->bits, .degree = sizes->degree},
                                        .trustees = sizes->trustees,
                                        .quorum = sizes->quorum,
                                        .roster = roster,
                                        .purpose = "hostile",
                                        .batch = sizes->batch};

    memset(all, 0, sizeof *all);
    all->run.threads = 1;
    all->parties = all->trustees = sizes->trustees;
    all->quorum = sizes->quorum;
    for (size_t p = 0; p < all->parties; p++) {
        cr_assert_eq(quorsum_identity_generate(&all->identity[p]), QUORSUM_OK);
        memcpy(roster + p * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(all->identity[p]), QUORSUM_IDENTITY_BYTES);
    }
    cr_assert_eq(quorsum_ceremony_propose(&all->proposal, &options, all->identity[0]), QUORSUM_OK);
    start_all(all);
}

void stage_hand_on(stage *all, const stage *from, uint32_t trustees, uint32_t quorum, uint32_t kept)
{
    uint8_t roster[QS_MEMBERS_MAX * QUORSUM_IDENTITY_BYTES];
    uint32_t dealers[STAGE_PARTIES];
    quorsum_key_record *record = NULL;
    quorsum_ceremony_options options = {.trustees = trustees,
                                        .quorum = quorum,
                                        .roster = roster,
                                        .purpose = "hostile",
                                        .dealers = dealers};

    memset(all, 0, sizeof *all);
    all->run.threads = 1;
    all->trustees = trustees;
    all->quorum = quorum;
    cr_assert_eq(quorsum_ceremony_result(&record, NULL, from->party[0]), QUORSUM_OK);
    all->parent = options.parent = record;
    for (size_t p = 0; p < trustees; p++) {
        if (p < kept)
            cr_assert_eq(qs_identity_copy(&all->identity[p], from->identity[from->trustees - kept + p]), QUORSUM_OK);
        else
            cr_assert_eq(quorsum_identity_generate(&all->identity[p]), QUORSUM_OK);
        if (p < kept)
            cr_assert_eq(quorsum_ceremony_result(NULL, &all->share[p], from->party[from->trustees - kept + p]),
                         QUORSUM_OK);
        memcpy(roster + p * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(all->identity[p]), QUORSUM_IDENTITY_BYTES);
    }
    all->parties = trustees;
    for (uint32_t d = 0; d < from->quorum; d++) {
        dealers[d] = d + 1;
        if (d >= from->trustees - kept)
            continue; /* a member already */
        cr_assert_eq(qs_identity_copy(&all->identity[all->parties], from->identity[d]), QUORSUM_OK);
        cr_assert_eq(quorsum_ceremony_result(NULL, &all->share[all->parties], from->party[d]), QUORSUM_OK);
        all->parties++;
    }
    cr_assert_eq(quorsum_ceremony_propose(&all->proposal, &options, all->identity[0]), QUORSUM_OK);
    start_all(all);
}

void stage_add(stage *all, struct deed *what)
{
    all->deed[all->deeds++] = what;
    all->deviators |= 1u << what->party;
}

static void letter_free(stage_letter *letter)
{
    quorsum_bytes_free(&letter->bytes);
    quorsum_bytes_free(&letter->other);
}

void stage_close(stage *all)
{
    for (size_t p = 0; p < all->parties; p++) {
        quorsum_ceremony_free(all->party[p]);
        quorsum_identity_free(all->identity[p]);
        quorsum_key_share_free(all->share[p]);
    }
    quorsum_ceremony_free(all->observer);
    quorsum_key_record_free((quorsum_key_record *)all->parent);
    quorsum_bytes_free(&all->proposal);
    for (size_t i = 0; i < all->letters; i++)
        letter_free(&all->letter[i]);
    free(all->letter);
    memset(all, 0, sizeof *all);
}

/* ---- slots ---- */

quorsum_ceremony_status stage_status(const stage *all, size_t party)
{
    quorsum_ceremony_status status;

    quorsum_ceremony_state(&status, all->party[party]);
    return status;
}

size_t stage_party_of(const stage *all, uint32_t slot)
{
    const uint8_t *identity = quorsum_ceremony_slot(all->observer, slot);

    for (size_t p = 0; p < all->parties; p++) {
        if (memcmp(identity, quorsum_identity_public(all->identity[p]), QUORSUM_IDENTITY_BYTES) == 0)
            return p;
    }
    cr_assert(0, "a slot of nobody");
    return 0;
}

uint32_t stage_slot(const stage *all, size_t party, int as_dealer)
{
    return as_dealer ? all->party[party]->dealer : all->party[party]->member;
}

stage_letter *stage_find(stage *all, uint32_t step, uint32_t slot)
{
    for (size_t i = 0; i < all->letters; i++) {
        if (all->letter[i].step == step && all->letter[i].slot == slot)
            return &all->letter[i];
    }
    return NULL;
}

/* ---- messages ---- */

quorsum_bytes stage_sign(const quorsum_identity *identity, const qs_step_message *message)
{
    qs_buffer out = {0};
    qs_step_message mine = *message;

    mine.sender = quorsum_identity_public(identity);
    qs_step_message_begin(&out, &mine);
    if (message->body_len > 0)
        qs_buffer_append(&out, message->body, message->body_len);
    qs_message_sign(&out, QS_KIND_CEREMONY, identity, NULL, NULL);
    cr_assert_eq(out.status, QUORSUM_OK);
    return (quorsum_bytes){.data = out.data, .len = out.len};
}

void stage_resign(stage *all, size_t party, quorsum_bytes *bytes, stage_edit *change, void *context)
{
    qs_step_message message;
    uint8_t *body;
    quorsum_bytes again;

    cr_assert_eq(qs_step_message_read(&message, bytes->data, bytes->len), QUORSUM_OK);
    body = malloc(message.body_len + 1);
    memcpy(body, message.body, message.body_len);
    message.body = body;
    change(&message, context);
    again = stage_sign(all->identity[party], &message);
    free(body);
    quorsum_bytes_free(bytes);
    *bytes = again;
}

static quorsum_bytes copy(const quorsum_bytes *bytes)
{
    quorsum_bytes out = {.data = malloc(bytes->len), .len = bytes->len};

    memcpy(out.data, bytes->data, bytes->len);
    return out;
}

/* ---- the post ---- */

static void post(stage *all, size_t p, quorsum_bytes *bytes)
{
    stage_letter letter = {.sender = p, .bytes = *bytes};

    cr_assert_eq(quorsum_ceremony_peek(bytes->data, bytes->len, &letter.step, &letter.slot), QUORSUM_OK);
    *bytes = (quorsum_bytes){0};
    if (stage_find(all, letter.step, letter.slot) != NULL) {
        letter_free(&letter);
        return;
    }
    letter.sent = 1u << p;
    for (size_t k = 0; k < all->deeds; k++) {
        if (all->deed[k]->party == p)
            deed_apply(all->deed[k], all, &letter);
    }
    if (all->letters == all->room) {
        all->room = 2 * all->room + 16;
        all->letter = realloc(all->letter, all->room * sizeof *all->letter);
    }
    all->letter[all->letters++] = letter;
}

static int collect(stage *all, size_t p)
{
    size_t before = all->letters;

    for (size_t i = 0; i < quorsum_ceremony_messages(all->party[p]); i++) {
        quorsum_bytes bytes = {0};

        cr_assert_eq(quorsum_ceremony_message(&bytes, all->party[p], i), QUORSUM_OK);
        post(all, p, &bytes);
    }
    return all->letters != before;
}

/* To one party or the observer (p == parties), who gets what the first party gets. */
static int hand_over(stage *all, stage_letter *letter, size_t p)
{
    quorsum_ceremony *to = p < all->parties ? all->party[p] : all->observer;
    int other = letter->other.data != NULL && letter->to_other >> p & 1;
    const quorsum_bytes *bytes = other ? &letter->other : &letter->bytes;

    if (letter->sent >> p & 1 || letter->withheld >> p & 1)
        return 0;
    letter->sent |= 1u << p;
    (void)!quorsum_ceremony_receive(to, bytes->data, bytes->len);
    return 1;
}

static int deliver(stage *all)
{
    int moved = 0;

    for (size_t i = 0; i < all->letters; i++) {
        for (size_t p = 0; p <= all->parties; p++)
            moved |= hand_over(all, &all->letter[i], p);
    }
    return moved;
}

static void work(stage *all, size_t p)
{
    quorsum_status status;

    for (size_t k = 0; k < all->deeds; k++) {
        if (all->deed[k]->party == p)
            deed_before_work(all->deed[k], all);
    }
    status = quorsum_ceremony_work(all->party[p], &all->run);
    cr_assert(!stage_is_honest(all, p) || status == QUORSUM_OK || status == QUORSUM_ERR_DEVIATION, "work: %s",
              quorsum_status_name(status));
}

int stage_turn(stage *all)
{
    int moved = 0;

    for (int deviating = 0; deviating < 2; deviating++) {
        for (size_t p = 0; p < all->parties; p++) {
            if (stage_is_honest(all, p) == deviating)
                continue;
            work(all, p);
            moved |= collect(all, p);
        }
        moved |= deliver(all);
    }
    (void)!quorsum_ceremony_work(all->observer, &all->run);
    return moved;
}

void stage_run(stage *all)
{
    while (stage_turn(all))
        continue;
}

void stage_release(stage *all)
{
    for (size_t i = 0; i < all->letters; i++)
        all->letter[i].withheld = 0;
    for (size_t k = 0; k < all->deeds; k++)
        all->deed[k]->over = 1;
    stage_run(all);
}

void stage_exchange(stage *all)
{
    for (size_t i = 0; i < all->letters; i++) {
        for (size_t p = 0; p < all->parties; p++) {
            if (all->letter[i].sender == p)
                continue;
            (void)!quorsum_ceremony_receive(all->party[p], all->letter[i].bytes.data, all->letter[i].bytes.len);
            if (all->letter[i].other.data != NULL)
                (void)!quorsum_ceremony_receive(all->party[p], all->letter[i].other.data, all->letter[i].other.len);
        }
    }
    stage_run(all);
}

void stage_into_log(stage *all, size_t party, const quorsum_bytes *bytes)
{
    quorsum_bytes mine = copy(bytes);
    qs_step_message message;
    qs_taken *taken;

    cr_assert_eq(qs_step_message_read(&message, mine.data, mine.len), QUORSUM_OK);
    taken = qs_log_at(&all->party[party]->log, message.step, message.slot);
    free(taken->data);
    memset(taken, 0, sizeof *taken);
    cr_assert_eq(qs_log_take_over(&all->party[party]->log, mine.data, mine.len), QUORSUM_OK);
}

/* ---- what tests need besides ---- */

void stage_hash_to_z(mpz_t out, const quorsum_public_key *key, const char *label)
{
    mp_limb_t *value = calloc(key->root->width, sizeof *value);

    qs_hash_to_residue(key, label, 0, value);
    mpz_import(out, key->root->limbs, -1, sizeof *value, 0, 0, value);
    free(value);
}

void stage_restart(stage *all, size_t party)
{
    quorsum_bytes saved = {0};

    cr_assert_eq(quorsum_ceremony_save(&saved, all->party[party]), QUORSUM_OK);
    stage_resume(all, party, &saved);
    quorsum_bytes_free(&saved);
}

void stage_resume(stage *all, size_t party, const quorsum_bytes *saved)
{
    quorsum_ceremony_free(all->party[party]);
    cr_assert_eq(quorsum_ceremony_resume(&all->party[party], all->proposal.data, all->proposal.len,
                                         all->identity[party], all->parent, all->share[party], saved->data, saved->len,
                                         &all->run),
                 QUORSUM_OK);
}
