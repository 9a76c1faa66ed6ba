/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a board: a directory, and its task. Everything on it was put there by others and is checked when it is
 * read; files are read into memory with a bound on their length that the task gives.
 */
#ifndef QS_BOARD_H
#define QS_BOARD_H

#include "lib/base/file.h"
#include "lib/round/completion.h"
#include "quorsum/board.h"

#define QS_KEY_BYTES_MAX ((size_t)1 << 20)  /* 255 trustees with 4096-bit numbers take 150 kB */
#define QS_OBJECT_BYTES 288                 /* "contributions/" and the longest file name, with its 0 */

struct quorsum_board {
    char *path;
    quorsum_task *task;
};

/* What was found so far: every object goes to the watch, and the first refusal is kept. */
typedef struct qs_account {
    const quorsum_watch *watch; /* may be NULL */
    quorsum_status first;
} qs_account;

void qs_account_tell(const qs_account *account, const char *object, const uint8_t *who, quorsum_status status);
/* Tells, and keeps the status if it is the first that is not OK. */
void qs_account_enter(qs_account *account, const char *object, const uint8_t *who, quorsum_status status);

/* A status that says nothing about the object at hand: memory, the disk, a caller who wants to stop. */
int qs_is_trouble(quorsum_status status);

/* A file of the board, and whether it is there at all. */
quorsum_status qs_board_map(qs_view *view, const quorsum_board *board, const char *object, size_t max_len);
int qs_board_has(const quorsum_board *board, const char *object);
/* Puts an object on the board, its folder made if need be. ERR_EXISTS when it is there. */
quorsum_status qs_board_put(const quorsum_board *board, const char *folder, const char *object, const void *data,
                            size_t len);

/* "contributions/<hex>", "partials/<decimal>", "completions/<decimal>-of-<decimal>" */
void qs_contribution_object(char object[QS_OBJECT_BYTES], const uint8_t *sender);
void qs_partial_object(char object[QS_OBJECT_BYTES], uint32_t trustee);
void qs_completion_object(char object[QS_OBJECT_BYTES], qs_part part);

/* Read, check and enter manifest or aggregate. ERR_MISSING (entered too) when it is not there. */
quorsum_status qs_board_manifest(quorsum_manifest **out, const quorsum_board *board, qs_account *account);
quorsum_status qs_board_aggregate(quorsum_aggregate **out, const quorsum_board *board, const quorsum_manifest *manifest,
                                  qs_account *account, const quorsum_run *run);

/* Senders with a file in contributions/, 32 bytes each, ascending. Other names are told as ERR_TYPE. */
quorsum_status qs_board_senders(qs_buffer *out, const quorsum_board *board, const qs_account *account);
/* Which of partials/1 to partials/255 there are. Other names are told as ERR_TYPE. */
quorsum_status qs_board_trustees(uint8_t present[QUORSUM_TRUSTEES_MAX + 1], const quorsum_board *board,
                                 const qs_account *account);

/* The parts that completions/ has a file for, as an array of qs_part: the largest first, then in order. Other names,
 * and more parts than `count`, are told as ERR_TYPE. */
quorsum_status qs_board_parts(qs_buffer *out, const quorsum_board *board, size_t count, const qs_account *account);

/* Reads and checks the contribution that the board has under `sender`'s name; `who` gets the sender inside, and
 * *known says whether it could be read. ERR_NOT_FOUND when there is none. */
quorsum_status qs_board_contribution(quorsum_contribution **out, uint8_t who[QUORSUM_IDENTITY_BYTES], int *known,
                                     const quorsum_board *board, const uint8_t *sender, const quorsum_run *run);
/* Multiplies in exactly the manifest's contributions, entering each. The first refusal is answered, after all. */
quorsum_status qs_board_feed_manifest(quorsum_aggregator *aggregator, const quorsum_board *board,
                                      const quorsum_manifest *manifest, qs_account *account, const quorsum_run *run);
/* Multiplies in every contribution on the board that is valid, telling each. ERR_COHORT above max_cohort. */
quorsum_status qs_board_feed_all(quorsum_aggregator *aggregator, const quorsum_board *board, const qs_account *account,
                                 const quorsum_run *run);

/* Gives every partial on the board to the combiner, entering each; good[i] is set for those it took. Only trouble is
 * answered, and a file that cannot be read is none: its owner would keep all others from opening. */
quorsum_status qs_board_feed_partials(quorsum_combiner *combiner, uint8_t good[QUORSUM_TRUSTEES_MAX + 1],
                                      const quorsum_board *board, const quorsum_aggregate *aggregate,
                                      qs_account *account, const quorsum_run *run);
/* Reads one partial and adds it to the combiner. As qs_board_contribution. */
quorsum_status qs_board_partial(quorsum_combiner *combiner, uint8_t who[QUORSUM_IDENTITY_BYTES], int *known,
                                const quorsum_board *board, const quorsum_aggregate *aggregate, uint32_t trustee,
                                const quorsum_run *run);

/* Reads and checks the completion under the part's name, re-encryption included. As qs_board_contribution. */
quorsum_status qs_board_completion(qs_completion **out, uint8_t who[QUORSUM_IDENTITY_BYTES], int *known,
                                   const quorsum_board *board, const quorsum_aggregate *aggregate, qs_part part,
                                   const quorsum_run *run);
/* Opens the aggregate by the combiner's partials, taking from the board's completions what is right and telling each
 * that was looked at: one that only says what others have said is passed over. Answers as quorsum_combiner_open. */
quorsum_status qs_board_open_aggregate(quorsum_opening **out, const quorsum_board *board,
                                       const quorsum_aggregate *aggregate, const quorsum_combiner *combiner,
                                       const qs_account *account, const quorsum_run *run);
/* Looks at every completion and tells what it is. Only trouble is answered. */
quorsum_status qs_board_tell_completions(const quorsum_board *board, const quorsum_aggregate *aggregate,
                                         const qs_account *account, const quorsum_run *run);

/* Reads, checks and enters the result. ERR_NOT_FOUND, not entered, when there is none. */
quorsum_status qs_board_read_result(quorsum_result **out, const quorsum_board *board, const quorsum_manifest *manifest,
                                    const quorsum_aggregate *aggregate, qs_account *account, const quorsum_run *run);
/* Those the result names must be good: their partials are what it was made from. ERR_MISSING if one is not, which is
 * entered for those that have no partial on the board (a bad one was entered when it was read). */
quorsum_status qs_board_check_named(const quorsum_result *result, const uint8_t good[QUORSUM_TRUSTEES_MAX + 1],
                                    const quorsum_board *board, qs_account *account);

#endif
