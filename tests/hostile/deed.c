/* SPDX-License-Identifier: Apache-2.0 */
/* How a party deviates. */
#include "deed.h"

#include "lib/ceremony/digest.h"

#define NONCE 32

/* ---- bodies ---- */

static void change_body(deed *self, stage *all, uint8_t *body, size_t len)
{
    size_t at = len * self->at / 64;
    size_t count = self->len > 0 ? self->len : 32;

    if (self->change == CHANGE_CALL) {
        self->call(self, all, body, len);
        return;
    }
    if (len == 0)
        return;
    if (at >= len)
        at = len - 1;
    if (self->change == CHANGE_BIT)
        body[at] ^= (uint8_t)(1u << self->variant % 8);
    for (size_t i = at; self->change != CHANGE_BIT && i < len && i < at + count; i++) {
        body[i] = self->change == CHANGE_ZERO ? 0 : self->change == CHANGE_FULL ? 0xff
                  : (uint8_t)(body[i] + 1 + 37 * (i + self->variant) % 255);
    }
}

static void commit_to(const quorsum_ceremony *ceremony, uint8_t out[32], uint32_t step, uint32_t slot,
                      const uint8_t *opening, size_t len)
{
    qs_digest digest;

    qs_digest_begin(&digest, NULL, "ceremony-commitment");
    qs_digest_bytes(&digest, ceremony->proposal.digest, QUORSUM_DIGEST_BYTES);
    qs_digest_u64(&digest, step);
    qs_digest_u64(&digest, slot);
    qs_digest_bytes(&digest, opening, NONCE);
    qs_digest_bytes(&digest, opening + NONCE, len - NONCE);
    qs_digest_end(&digest, out);
}

typedef struct edit {
    deed *self;
    stage *all;
    const uint8_t *body; /* instead, or NULL */
    size_t body_len;
    uint8_t seen[QS_SLOTS_MAX * 32];
    uint8_t longer[1 << 16];
} edit;

static void put_body(qs_step_message *message, void *context)
{
    edit *what = context;

    memcpy((uint8_t *)message->body, what->body, message->body_len);
}

static void edit_body(qs_step_message *message, void *context)
{
    edit *what = context;

    change_body(what->self, what->all, (uint8_t *)message->body, message->body_len);
}

static void edit_seen(qs_step_message *message, void *context)
{
    edit *what = context;

    cr_assert_lt(32 * what->self->victim, message->seen_len);
    memcpy(what->seen, message->seen, message->seen_len);
    what->seen[32 * what->self->victim + 5] ^= 1;
    message->seen = what->seen;
}

static void edit_round(qs_step_message *message, void *context)
{
    (void)context;
    strcpy(message->round, strcmp(message->round, "keys") == 0 ? "verify" : "keys");
}

static void edit_abort(qs_step_message *message, void *context)
{
    (void)context;
    strcpy(message->round, "abort");
    message->body_len = 0;
}

static void edit_length(qs_step_message *message, void *context)
{
    edit *what = context;

    if (what->self->variant == 0 && message->body_len > 0) {
        message->body_len--;
    } else {
        cr_assert_lt(message->body_len, sizeof what->longer);
        memcpy(what->longer, message->body, message->body_len);
        what->longer[message->body_len] = 0;
        message->body = what->longer;
        message->body_len++;
    }
}

/* ---- when ---- */

static int is_round(deed *self, const stage *all, const char *round)
{
    const quorsum_ceremony *ceremony = all->party[self->party];

    return strcmp(qs_round_rule_of(ceremony->round)->name, round) == 0;
}

/* The step before an opening, in which it is committed to. */
static int is_commitment_of(deed *self, const stage *all)
{
    qs_round round = all->party[self->party]->round;
    const qs_round_rule *rule = qs_round_rule_of(round);

    return rule->commits != 0 && strcmp(qs_round_rule_of(rule->commits)->name, self->round) == 0;
}

static int is_committed(const deed *self)
{
    return strcmp(self->round, "sift") == 0 || strcmp(self->round, "product") == 0 ||
           strcmp(self->round, "derive") == 0 || strcmp(self->round, "mask") == 0;
}

/* Counts how often its time has come; the first message of a step decides. */
static int is_time(deed *self, const stage *all, int now)
{
    uint32_t step = all->party[self->party]->step;

    if (!now || self->done)
        return 0;
    if (self->counted == step)
        return self->passed > self->skip;
    self->counted = step;
    return self->passed++ >= self->skip;
}

/* ---- keys ---- */

static void other_key(deed *self, stage *all)
{
    quorsum_ceremony *ceremony = all->party[self->party];
    size_t k = self->at % ceremony->sets->own;

    if (self->kind == DEED_BATCH_KEY) {
        ceremony->batch_key[32 * k] ^= 1;
        return;
    }
    ceremony->set_key[32 * k] ^= 1;
    qs_ceremony_batch_keys(ceremony, ceremony->batch);
}

void deed_before_work(deed *self, stage *all)
{
    quorsum_ceremony *ceremony = all->party[self->party];
    uint32_t slot = stage_slot(all, self->party, 0);

    if (self->kind != DEED_KEY && self->kind != DEED_BATCH_KEY)
        return;
    /* when the own message of the round before is out: in the next step */
    if (self->done || slot == 0 || !is_round(self, all, self->round) ||
        !qs_log_at(&ceremony->log, ceremony->step, slot)->there)
        return;
    if (self->passed++ < self->skip)
        return;
    other_key(self, all);
    self->done = 1;
    self->step = ceremony->step;
}

/* ---- messages ---- */

static void both(deed *self, stage *all, stage_letter *letter, void (*change)(qs_step_message *, void *), edit *what)
{
    stage_resign(all, self->party, &letter->bytes, change, what);
    stage_into_log(all, self->party, &letter->bytes);
    self->done = 1;
    self->step = letter->step;
}

static void split(deed *self, stage *all, stage_letter *letter, void (*change)(qs_step_message *, void *), edit *what)
{
    letter->other = (quorsum_bytes){.data = malloc(letter->bytes.len), .len = letter->bytes.len};
    memcpy(letter->other.data, letter->bytes.data, letter->bytes.len);
    stage_resign(all, self->party, &letter->other, change, what);
    letter->to_other = self->mask;
    self->step = letter->step;
    self->done = letter->other.len != letter->bytes.len ||
                 memcmp(letter->other.data, letter->bytes.data, letter->bytes.len) != 0; /* a body may be empty */
}

/* The opening that was committed to is changed, and the commitment with it. */
static void lie_ahead(deed *self, stage *all, stage_letter *letter, edit *what)
{
    quorsum_ceremony *ceremony = all->party[self->party];
    qs_round opened = qs_round_rule_of(ceremony->round)->commits;
    size_t len = qs_round_len(ceremony, opened, letter->slot);
    uint8_t commitment[32];

    what->body = commitment;
    if (self->kind == DEED_LIE) {
        change_body(self, all, ceremony->pending + NONCE, len - NONCE);
        commit_to(ceremony, commitment, letter->step + 1, letter->slot, ceremony->pending, len);
        both(self, all, letter, put_body, what);
        return;
    }
    self->pending = malloc(len);
    self->pending_len = len;
    memcpy(self->pending, ceremony->pending, len);
    change_body(self, all, self->pending + NONCE, len - NONCE);
    commit_to(ceremony, commitment, letter->step + 1, letter->slot, self->pending, len);
    split(self, all, letter, put_body, what);
    self->counted = letter->step; /* the opening follows */
}

static int lies(const deed *self)
{
    return self->kind == DEED_LIE || self->kind == DEED_SPLIT;
}

/* The second half of a split of a committed round. */
static int open_split(deed *self, stage *all, stage_letter *letter, edit *what)
{
    if (self->pending == NULL || letter->step != self->step + 1)
        return 0;
    what->body = self->pending;
    split(self, all, letter, put_body, what);
    free(self->pending);
    self->pending = NULL;
    self->done = 1;
    return 1;
}

static void withhold(deed *self, stage *all, stage_letter *letter)
{
    if (self->over || (!self->done && !is_time(self, all, is_round(self, all, self->round))))
        return;
    letter->withheld |= self->mask != 0 ? self->mask : ~(1u << self->party);
    if (!self->done)
        self->step = letter->step;
    self->done = 1;
    self->over = self->kind == DEED_ONE_SILENCE;
}

static void body_of(deed *self, stage *all, stage_letter *letter, edit *what)
{
    const stage_letter *earlier =
        letter->step > self->at ? stage_find(all, letter->step - (uint32_t)self->at, letter->slot) : NULL;
    qs_step_message old;
    qs_step_message now;

    if (earlier == NULL)
        return;
    cr_assert_eq(qs_step_message_read(&old, earlier->bytes.data, earlier->bytes.len), QUORSUM_OK);
    cr_assert_eq(qs_step_message_read(&now, letter->bytes.data, letter->bytes.len), QUORSUM_OK);
    if (old.body_len != now.body_len)
        return;
    what->body = old.body;
    both(self, all, letter, put_body, what);
}

void deed_apply(deed *self, stage *all, stage_letter *letter)
{
    edit *what = calloc(1, sizeof *what);

    what->self = self;
    what->all = all;
    if (letter->slot != stage_slot(all, self->party, self->as_dealer) || open_split(self, all, letter, what)) {
        free(what);
        return;
    }
    if (self->kind == DEED_SILENCE || self->kind == DEED_ONE_SILENCE)
        withhold(self, all, letter);
    else if (lies(self) && is_committed(self) && is_time(self, all, is_commitment_of(self, all)))
        lie_ahead(self, all, letter, what);
    else if (self->kind == DEED_BAD_COMMITMENT && is_time(self, all, is_commitment_of(self, all)))
        both(self, all, letter, edit_body, what);
    else if (!(lies(self) && is_committed(self)) && self->kind != DEED_BAD_COMMITMENT &&
             is_time(self, all, is_round(self, all, self->round))) {
        switch (self->kind) {
        case DEED_LIE:
        case DEED_BAD_OPENING: both(self, all, letter, edit_body, what); break;
        case DEED_SPLIT: split(self, all, letter, edit_body, what); break;
        case DEED_SPLIT_SEEN: split(self, all, letter, edit_seen, what); break;
        case DEED_LIE_SEEN: both(self, all, letter, edit_seen, what); break;
        case DEED_ROUND: both(self, all, letter, edit_round, what); break;
        case DEED_ABORT: both(self, all, letter, edit_abort, what); break;
        case DEED_LENGTH: both(self, all, letter, edit_length, what); break;
        case DEED_BODY_OF: body_of(self, all, letter, what); break;
        default: break;
        }
    }
    free(what);
}

void deed_clear(deed *self)
{
    free(self->pending);
    self->pending = NULL;
}
