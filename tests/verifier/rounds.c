/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/verifier/rounds.h"

#include "lib/base/identity.h"
#include "quorsum.h"
#include "tests/fixtures/made_key.h"
#include "tests/fixtures/primes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRUSTEES = 3, QUORUM = 2, CONTRIBUTORS = 3, VALUES = 8, SEED = 32, PATH = 4096 };

typedef struct round {
    const char *path;
    unsigned kind;
    quorsum_level level;
    quorsum_identity *dealer, *coordinator, *trustees[TRUSTEES], *contributors[CONTRIBUTORS];
    quorsum_key_share *shares[TRUSTEES];
    quorsum_key_record *record;
    quorsum_task *task;
    quorsum_board *board;
    quorsum_encryptor *encryptor;
} round_t;

static const quorsum_run one_thread = {.threads = 1};

/* Ends the program on a failure: these are honest rounds. */
static void must(quorsum_status status, const char *what)
{
    if (status != QUORSUM_OK) {
        fprintf(stderr, "judge: %s: %s\n", what, quorsum_status_name(status));
        exit(3);
    }
}

static quorsum_identity *identity(void)
{
    quorsum_identity *made = NULL;

    must(quorsum_identity_generate(&made), "identity");
    return made;
}

/* So that the other program can lie in everybody's name. */
static void print_seed(const quorsum_identity *of)
{
    for (size_t i = 0; i < SEED; i++)
        printf("%02x", of->secret[i]);
    putchar('\t');
}

static void confirm(round_t *r, size_t trustee)
{
    quorsum_key_record *confirmed = NULL;

    must(made_confirm(&confirmed, r->record, r->shares[trustee], r->trustees[trustee]), "confirm");
    quorsum_key_record_free(r->record);
    r->record = confirmed;
}

/* Of every four keys one is of the shape a ceremony gives it, and of every two of those one was dealt and handed on. */
static int is_made(const round_t *r)
{
    return r->kind % 4 == 1;
}

static void make_key(round_t *r)
{
    const test_primes *primes = test_primes_find(256);
    int handed_on = r->kind % 8 == 5;
    const made_options options = {
        .key = {.degree = 1 + r->kind % 3 / 2, .randomiser = (quorsum_randomiser)(r->kind % 3)},
        .trustees = TRUSTEES,
        .quorum = QUORUM,
        .epoch = handed_on ? 1 : 0,
        .dealer = handed_on ? r->dealer : NULL,
        .members = r->trustees,
        .confirmed = TRUSTEES,
    };
    mpz_t p, q;

    mpz_init_set_str(p, primes->p, 16);
    mpz_init_set_str(q, primes->q, 16);
    must(made_key(&r->record, r->shares, p, q, &options), "made key");
    mpz_clears(p, q, NULL);
}

static void deal(round_t *r)
{
    uint8_t roster[TRUSTEES * QUORSUM_IDENTITY_BYTES];
    const quorsum_deal_options options = {
        .key = {.modulus_bits = 256, .degree = 1 + r->kind % 2, .randomiser = (quorsum_randomiser)(r->kind % 3)},
        .trustees = TRUSTEES,
        .quorum = QUORUM,
        .roster = roster,
    };

    for (size_t i = 0; i < TRUSTEES; i++)
        memcpy(roster + i * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(r->trustees[i]), QUORSUM_IDENTITY_BYTES);
    must(quorsum_deal(&r->record, r->shares, &options, r->dealer, &one_thread), "deal");
    for (size_t i = 0; i < TRUSTEES - r->kind % 2; i++)
        confirm(r, i);
}

static void make_task(round_t *r)
{
    static const char *const names[] = {"Alice", "Bob", "Carol", "Dave"};
    const quorsum_field numbers[] = {{.name = "a", .count = 5, .bits = 6, .is_signed = 1, .scale = 10},
                                     {.name = "b", .count = 3, .bits = 9, .scale = 1, .clip = 100}};
    const quorsum_field choices[] = {
        {.name = "mayor", .count = 4, .bits = 1, .scale = 1, .options = names, .choose_max = 1},
        {.name = "council", .count = 4, .bits = 1, .scale = 1, .options = names, .choose_min = 1, .choose_max = 3}};
    const quorsum_task_options options = {
        .label = "a round of the library",
        .fields = r->level == QUORSUM_LEVEL_BALLOT ? choices : numbers,
        .field_count = 2,
        .weight_bits = r->level == QUORSUM_LEVEL_KNOWLEDGE && r->kind % 2 ? 3 : 0,
        .guard_bits = r->kind % 3,
        .min_cohort = 2,
        .max_cohort = 5,
        .level = r->level,
        .norm_squared = r->level == QUORSUM_LEVEL_NORM ? 5000 : 0,
        .revote = r->kind % 2 ? QUORSUM_REVOTE_LAST : QUORSUM_REVOTE_FIRST,
        .agreement = r->kind % 4 == 3 ? TRUSTEES : 0,
    };
    size_t index;

    must(quorsum_task_make(&r->task, r->record, &options, r->coordinator, &index), "task");
    must(quorsum_board_create(r->path, r->task), "create");
    must(quorsum_board_open(&r->board, r->path, NULL, &one_thread), "open");
    must(quorsum_encryptor_new(&r->encryptor, quorsum_key_record_public(r->record), NULL), "encryptor");
}

static void contribute(round_t *r, size_t contributor, uint32_t sequence)
{
    const int64_t numbers[VALUES] = {-3, 31, 0, 7, -32, 100, 0, 55}, choice[VALUES] = {0, 0, 1, 0, 1, 0, 1, 0};
    const int64_t none[VALUES] = {0, 0, 0, 0, 1, 1, 1, 0}, small[VALUES] = {1, -2, 3, -4, 5, 60, 7, 8};
    const int64_t *values = r->level == QUORSUM_LEVEL_BALLOT ? contributor == 0 ? none : choice
                            : r->level == QUORSUM_LEVEL_NORM ? small
                                                             : numbers;
    uint64_t weight = r->level == QUORSUM_LEVEL_KNOWLEDGE && r->kind % 2 ? 1 + contributor : 1;
    quorsum_bytes message = {0};

    must(quorsum_contribution_make(&message, r->task, r->encryptor, r->contributors[contributor], values, VALUES,
                                   weight, sequence, &one_thread),
         "contribution");
    must(quorsum_board_contribute(r->board, &message, &one_thread), "contribute");
    quorsum_bytes_free(&message);
}

static void collect(round_t *r)
{
    for (size_t i = 0; i < CONTRIBUTORS; i++)
        contribute(r, i, 1);
    if (r->kind % 4 > 1)
        must(quorsum_board_receive(r->board, r->coordinator, NULL, &one_thread), "receive");
    if (r->kind % 2)
        contribute(r, 1, 2);
    must(quorsum_board_aggregate(r->board, r->coordinator, NULL, &one_thread), "aggregate");
}

static void open_totals(round_t *r)
{
    quorsum_result *result = NULL;
    char journal[PATH];

    for (size_t i = 0; i < TRUSTEES; i++) {
        snprintf(journal, sizeof journal, "%s/.journal-%zu", r->path, i);
        must(quorsum_board_acknowledge(r->board, r->trustees[i], journal, NULL, &one_thread), "acknowledge");
    }
    for (size_t i = 0; i < QUORUM; i++) {
        snprintf(journal, sizeof journal, "%s/.journal-%zu", r->path, i);
        must(quorsum_board_decrypt(r->board, r->shares[i], r->trustees[i], journal, NULL, &one_thread), "decrypt");
    }
    if (r->kind % 5 == 0)
        must(quorsum_board_complete(r->board, 1, 1, r->contributors[0], NULL, &one_thread), "complete");
    must(quorsum_board_result(&result, r->board, r->dealer, NULL, &one_thread), "result");
    quorsum_result_free(result);
}

static void begin(round_t *r)
{
    r->dealer = identity();
    r->coordinator = identity();
    print_seed(r->dealer);
    print_seed(r->coordinator);
    for (size_t i = 0; i < TRUSTEES; i++)
        print_seed(r->trustees[i] = identity());
    for (size_t i = 0; i < CONTRIBUTORS; i++)
        print_seed(r->contributors[i] = identity());
}

static void end(round_t *r)
{
    quorsum_encryptor_free(r->encryptor);
    quorsum_board_close(r->board);
    quorsum_task_free(r->task);
    quorsum_key_record_free(r->record);
    for (size_t i = 0; i < TRUSTEES; i++) {
        quorsum_key_share_free(r->shares[i]);
        quorsum_identity_free(r->trustees[i]);
    }
    for (size_t i = 0; i < CONTRIBUTORS; i++)
        quorsum_identity_free(r->contributors[i]);
    quorsum_identity_free(r->coordinator);
    quorsum_identity_free(r->dealer);
}

void rounds_make(const char *path, unsigned kind)
{
    round_t r = {.path = path, .kind = kind, .level = (quorsum_level)(kind % 3)};

    begin(&r);
    if (is_made(&r))
        make_key(&r);
    else
        deal(&r);
    make_task(&r);
    collect(&r);
    open_totals(&r);
    end(&r);
}
