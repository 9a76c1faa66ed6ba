/* SPDX-License-Identifier: Apache-2.0 */
/* Making and opening a board, and dropping a contribution on it. The task is written last: a board without one is
 * a board that was not finished, and making it again continues. */
#include "lib/round/board.h"

#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/round/contribution.h"

void qs_account_tell(const qs_account *account, const char *object, const uint8_t *who, quorsum_status status)
{
    if (account->watch != NULL && account->watch->report != NULL)
        account->watch->report(object, who, status, account->watch->user);
}

void qs_account_enter(qs_account *account, const char *object, const uint8_t *who, quorsum_status status)
{
    qs_account_tell(account, object, who, status);
    if (account->first == QUORSUM_OK)
        account->first = status;
}

int qs_is_trouble(quorsum_status status)
{
    return status == QUORSUM_ERR_MEMORY || status == QUORSUM_ERR_SYSTEM || status == QUORSUM_ERR_CANCELLED ||
           status == QUORSUM_ERR_RANDOM;
}

static void place_object(char object[QS_OBJECT_BYTES], const char *folder, const qs_place *place)
{
    char name[2 * QUORSUM_IDENTITY_BYTES + 1];

    (void)sodium_bin2hex(name, sizeof name, place->sender, QUORSUM_IDENTITY_BYTES);
    if (place->sequence == 1)
        (void)snprintf(object, QS_OBJECT_BYTES, "%s/%s", folder, name);
    else
        (void)snprintf(object, QS_OBJECT_BYTES, "%s/%s-%" PRIu32, folder, name, place->sequence);
}

void qs_contribution_object(char object[QS_OBJECT_BYTES], const qs_place *place)
{
    place_object(object, "contributions", place);
}

void qs_receipt_object(char object[QS_OBJECT_BYTES], const qs_place *place)
{
    place_object(object, "receipts", place);
}

void qs_partial_object(char object[QS_OBJECT_BYTES], uint32_t trustee)
{
    (void)snprintf(object, QS_OBJECT_BYTES, "partials/%u", (unsigned)trustee);
}

void qs_acknowledgement_object(char object[QS_OBJECT_BYTES], uint32_t trustee)
{
    (void)snprintf(object, QS_OBJECT_BYTES, "acks/%u", (unsigned)trustee);
}

void qs_evidence_object(char object[QS_OBJECT_BYTES], const uint8_t name[QUORSUM_DIGEST_BYTES])
{
    char hex[2 * QUORSUM_DIGEST_BYTES + 1];

    (void)sodium_bin2hex(hex, sizeof hex, name, QUORSUM_DIGEST_BYTES);
    (void)snprintf(object, QS_OBJECT_BYTES, "evidence/%s", hex);
}

void qs_completion_object(char object[QS_OBJECT_BYTES], qs_part part)
{
    (void)snprintf(object, QS_OBJECT_BYTES, "completions/%" PRIu32 "-of-%" PRIu32, part.number, part.parts);
}

quorsum_status qs_board_map(qs_view *view, const quorsum_board *board, const char *object, size_t max_len)
{
    char *path = qs_path_join(board->path, object);
    quorsum_status status = path != NULL ? qs_view_open(view, path, max_len) : QUORSUM_ERR_MEMORY;

    free(path);
    return status;
}

/* Without memory of its own, so that it has an answer whenever it is asked. */
int qs_board_has(const quorsum_board *board, const char *object)
{
    qs_view view = {0};
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/%s", board->path, object);
    quorsum_status status;

    if (len < 0 || (size_t)len >= sizeof path)
        return 0; /* no file has such a name */
    status = qs_view_open(&view, path, 0); /* a length it has not: nothing is read */
    qs_view_close(&view);
    return status != QUORSUM_ERR_NOT_FOUND; /* something that cannot be read is there all the same */
}

quorsum_status qs_board_put(const quorsum_board *board, const char *folder, const char *object, const void *data,
                            size_t len)
{
    char *path = qs_path_join(board->path, object);
    char *directory = folder != NULL ? qs_path_join(board->path, folder) : NULL;
    quorsum_status status = path != NULL && (folder == NULL || directory != NULL) ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    if (status == QUORSUM_OK && directory != NULL)
        status = qs_directory_make(directory);
    if (status == QUORSUM_OK)
        status = qs_file_write(path, data, len, 0644, 0);
    free(directory);
    free(path);
    return status;
}

static quorsum_status make_folder(const quorsum_board *board, const char *folder)
{
    char *path = qs_path_join(board->path, folder);
    quorsum_status status = path != NULL ? qs_directory_make(path) : QUORSUM_ERR_MEMORY;

    free(path);
    return status;
}

/* The key, unless the very same one is there from an attempt that was cut short. */
static quorsum_status put_key(const quorsum_board *board, const quorsum_bytes *key)
{
    qs_view view = {0};
    quorsum_status status = qs_board_put(board, NULL, "key", key->data, key->len);

    if (status != QUORSUM_ERR_EXISTS)
        return status;
    if (qs_board_map(&view, board, "key", QS_KEY_BYTES_MAX) == QUORSUM_OK && view.len == key->len &&
        memcmp(view.data, key->data, key->len) == 0)
        status = QUORSUM_OK;
    qs_view_close(&view);
    return status;
}

quorsum_status quorsum_board_create(const char *path, const quorsum_task *task)
{
    quorsum_board board = {0};
    quorsum_bytes key = {0};
    quorsum_status status;

    if (path == NULL || task == NULL)
        return QUORSUM_ERR_ARGUMENT;
    board.path = strdup(path);
    if (board.path == NULL)
        return QUORSUM_ERR_MEMORY;
    status = qs_directory_make(path);
    if (status == QUORSUM_OK && qs_board_has(&board, "task"))
        status = QUORSUM_ERR_EXISTS;
    if (status == QUORSUM_OK)
        status = quorsum_key_record_encode(&key, task->record);
    if (status == QUORSUM_OK)
        status = put_key(&board, &key);
    if (status == QUORSUM_OK)
        status = make_folder(&board, "contributions");
    if (status == QUORSUM_OK)
        status = make_folder(&board, "acks");
    if (status == QUORSUM_OK)
        status = make_folder(&board, "partials");
    if (status == QUORSUM_OK)
        status = qs_board_put(&board, NULL, "task", task->encoded.data, task->encoded.len);
    quorsum_bytes_free(&key);
    free(board.path);
    return status;
}

static quorsum_status read_key(quorsum_key_record **out, const quorsum_board *board, qs_account *account,
                               const quorsum_run *run)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    qs_view view = {0};
    quorsum_status status = qs_board_map(&view, board, "key", QS_KEY_BYTES_MAX);
    int known;

    if (status == QUORSUM_OK)
        status = quorsum_key_record_decode(out, view.len > 0 ? view.data : (const uint8_t *)"", view.len, run);
    known = qs_bound_sender(who, QS_KIND_KEY, QS_KEY_KEYS, view.data, view.len);
    if (status != QUORSUM_OK)
        qs_account_enter(account, "key", known ? who : NULL, status);
    qs_view_close(&view);
    return status;
}

static quorsum_status read_task(quorsum_board *board, const quorsum_key_record *record, qs_account *account)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    qs_view view = {0};
    quorsum_status status = qs_board_map(&view, board, "task", QS_TASK_BYTES_MAX);
    int known;

    if (status == QUORSUM_OK)
        status = quorsum_task_decode(&board->task, record, view.data, view.len);
    known = qs_bound_sender(who, QS_KIND_TASK, QS_TASK_KEYS, view.data, view.len);
    if (status != QUORSUM_OK)
        qs_account_enter(account, "task", known ? who : NULL, status);
    qs_view_close(&view);
    return status;
}

quorsum_status quorsum_board_open(quorsum_board **out, const char *path, const quorsum_watch *watch,
                                  const quorsum_run *run)
{
    qs_account account = {.watch = watch};
    quorsum_key_record *record = NULL;
    quorsum_board *board;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || path == NULL)
        return QUORSUM_ERR_ARGUMENT;
    board = calloc(1, sizeof *board);
    if (board != NULL)
        board->path = strdup(path);
    status = board != NULL && board->path != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
    if (status == QUORSUM_OK)
        status = read_key(&record, board, &account, run);
    if (status == QUORSUM_OK)
        status = read_task(board, record, &account);
    if (status == QUORSUM_OK) {
        *out = board;
        board = NULL;
    }
    quorsum_key_record_free(record); /* the task holds it */
    quorsum_board_close(board);
    return status;
}

void quorsum_board_close(quorsum_board *board)
{
    if (board == NULL)
        return;
    quorsum_task_free(board->task);
    free(board->path);
    free(board);
}

const quorsum_task *quorsum_board_task(const quorsum_board *board)
{
    return board->task;
}

/* How many senders there are that the task admits, and the last sequence of one of them (0: none). Names that no
 * contribution of the task can have keep nobody out: another's than the admitted, and a second where the first counts. */
static quorsum_status look_around(uint32_t *senders, uint32_t *last, const quorsum_board *board, const uint8_t *sender)
{
    const qs_account nobody = {0};
    qs_buffer places = {0};
    quorsum_status status = qs_board_places(&places, board, "contributions", &nobody);
    const qs_place *place = (const qs_place *)(const void *)places.data;

    *senders = 0;
    *last = 0;
    for (size_t i = 0; status == QUORSUM_OK && i < places.len / sizeof *place; i++) {
        if (place[i].sequence > 1 && board->task->revote == QUORSUM_REVOTE_FIRST)
            continue;
        if (i == 0 || memcmp(place[i].sender, place[i - 1].sender, sizeof place[i].sender) != 0)
            *senders += (uint32_t)quorsum_task_admits(board->task, place[i].sender);
        if (memcmp(place[i].sender, sender, sizeof place[i].sender) == 0)
            *last = place[i].sequence;
    }
    qs_buffer_free(&places);
    return status;
}

/* Why there is no room in a place that is taken: `own` when a contribution of that sender is in it, ERR_EXISTS when
 * anything else is, which may be anybody's doing. */
static quorsum_status judge_taken(const quorsum_board *board, const uint8_t *sender, uint32_t sequence,
                                  quorsum_status own, const quorsum_run *run)
{
    uint8_t who[QUORSUM_IDENTITY_BYTES];
    quorsum_run quiet = qs_run_quiet(run);
    quorsum_contribution *contribution = NULL;
    qs_place place = {.sequence = sequence};
    quorsum_status status;
    int known;

    memcpy(place.sender, sender, sizeof place.sender);
    status = qs_board_contribution(&contribution, who, &known, board, &place, &quiet);
    quorsum_contribution_free(contribution);
    if (status == QUORSUM_OK)
        return own;
    return qs_is_trouble(status) && status != QUORSUM_ERR_SYSTEM ? status : QUORSUM_ERR_EXISTS;
}

quorsum_status quorsum_board_sequence(uint32_t *out, const quorsum_board *board, const uint8_t *contributor)
{
    uint32_t senders;
    uint32_t last;
    quorsum_status status;

    if (out != NULL)
        *out = 0;
    if (out == NULL || board == NULL || contributor == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = look_around(&senders, &last, board, contributor);
    if (status != QUORSUM_OK)
        return status;
    if (last > 0 && board->task->revote == QUORSUM_REVOTE_FIRST)
        return judge_taken(board, contributor, last, QUORSUM_ERR_DUPLICATE, NULL);
    if (last >= QS_SEQUENCE_MAX)
        return judge_taken(board, contributor, last, QUORSUM_ERR_LIMIT, NULL);
    *out = last + 1;
    return QUORSUM_OK;
}

/* ERR_DUPLICATE or ERR_EXISTS unless it is the sender's next; ERR_COHORT when the board holds contributions of as many as
 * the task allows. Two that arrive together may both find room; quorsum_board_aggregate has the last word. */
static quorsum_status check_room(const quorsum_board *board, const qs_place *place, const quorsum_run *run)
{
    uint32_t senders;
    uint32_t last;
    quorsum_status status = look_around(&senders, &last, board, place->sender);

    if (status != QUORSUM_OK)
        return status;
    if (place->sequence <= last)
        return judge_taken(board, place->sender, last, QUORSUM_ERR_DUPLICATE, run);
    if (place->sequence > last + 1)
        return QUORSUM_ERR_RANGE;
    return last == 0 && senders >= board->task->max_cohort ? QUORSUM_ERR_COHORT : QUORSUM_OK;
}

quorsum_status quorsum_board_contribute(quorsum_board *board, const quorsum_bytes *contribution, const quorsum_run *run)
{
    quorsum_contribution *checked = NULL;
    char object[QS_OBJECT_BYTES];
    qs_place place;
    quorsum_status status;

    if (board == NULL || contribution == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (qs_board_has(board, "manifest"))
        return QUORSUM_ERR_CLOSED;
    status = quorsum_contribution_decode(&checked, board->task, contribution->data, contribution->len, run);
    if (status == QUORSUM_OK) {
        place.sequence = checked->sequence;
        memcpy(place.sender, checked->sender, sizeof place.sender);
        status = check_room(board, &place, run);
    }
    if (status == QUORSUM_OK) {
        qs_contribution_object(object, &place);
        status = qs_board_put(board, "contributions", object, contribution->data, contribution->len);
        if (status == QUORSUM_ERR_EXISTS)
            status = judge_taken(board, place.sender, place.sequence, QUORSUM_ERR_DUPLICATE, run);
    }
    quorsum_contribution_free(checked);
    return status;
}
