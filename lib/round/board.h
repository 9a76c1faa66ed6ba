/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a board: a directory, and its task. Everything on it was put there by others and is checked when it is
 * read; files are read into memory with a bound on their length that the task gives.
 */
#ifndef QS_BOARD_H
#define QS_BOARD_H

#include "lib/base/file.h"
#include "lib/round/acknowledgement.h"
#include "lib/round/completion.h"
#include "lib/round/evidence.h"
#include "lib/round/journal.h"
#include "quorsum/board.h"

#define QS_KEY_BYTES_MAX ((size_t)1 << 20)  /* 255 trustees with 4096-bit numbers take 220 kB */
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

typedef struct qs_place { /* of a contribution, and of its receipt: whose, and which of theirs */
    uint8_t sender[QUORSUM_IDENTITY_BYTES];
    uint32_t sequence;
} qs_place;

/* "contributions/<hex>[-<decimal>]", likewise in receipts/ (the number only above 1); "partials/<decimal>",
 * "acks/<decimal>", "completions/<decimal>-of-<decimal>", "evidence/<hex>" */
void qs_contribution_object(char object[QS_OBJECT_BYTES], const qs_place *place);
void qs_receipt_object(char object[QS_OBJECT_BYTES], const qs_place *place);
void qs_partial_object(char object[QS_OBJECT_BYTES], uint32_t trustee);
void qs_acknowledgement_object(char object[QS_OBJECT_BYTES], uint32_t trustee);
void qs_completion_object(char object[QS_OBJECT_BYTES], qs_part part);
void qs_evidence_object(char object[QS_OBJECT_BYTES], const uint8_t name[QUORSUM_DIGEST_BYTES]);

/* Read, check and enter manifest or aggregate. ERR_MISSING (entered too) when it is not there. */
quorsum_status qs_board_manifest(quorsum_manifest **out, const quorsum_board *board, qs_account *account);
quorsum_status qs_board_aggregate(quorsum_aggregate **out, const quorsum_board *board, const quorsum_manifest *manifest,
                                  qs_account *account, const quorsum_run *run);

/* Gives the manifest its name that its coordinator signed and did not come to place, unless there is one; telling it. For the
 * coordinator, under the board's lock. Answers trouble only. */
quorsum_status qs_board_place_manifest(const quorsum_board *board, const qs_account *account);

/* What there is in contributions/ or receipts/: qs_place each, ascending. Other names are told as ERR_TYPE. */
quorsum_status qs_board_places(qs_buffer *out, const quorsum_board *board, const char *folder,
                               const qs_account *account);
/* Which of partials/1 to partials/255 there are, or acks/. Other names are told as ERR_TYPE. */
quorsum_status qs_board_trustees(uint8_t present[QUORSUM_TRUSTEES_MAX + 1], const quorsum_board *board,
                                 const char *folder, const qs_account *account);
/* The names in evidence/, QUORSUM_DIGEST_BYTES each, ascending. Other names are told as ERR_TYPE. */
quorsum_status qs_board_evidence_names(qs_buffer *out, const quorsum_board *board, const qs_account *account);

/* The parts that completions/ has a file for, as an array of qs_part: the largest first, then in order. Other names,
 * and more parts than `count`, are told as ERR_TYPE. */
quorsum_status qs_board_parts(qs_buffer *out, const quorsum_board *board, size_t count, const qs_account *account);

/* Reads and checks the contribution that the board has in this place; `who` gets the sender inside, and *known says
 * whether it could be read. ERR_NOT_FOUND when there is none. */
quorsum_status qs_board_contribution(quorsum_contribution **out, uint8_t who[QUORSUM_IDENTITY_BYTES], int *known,
                                     const quorsum_board *board, const qs_place *place, const quorsum_run *run);
/* Multiplies in exactly the manifest's contributions, entering each. The first refusal is answered, after all. With a
 * journal (else NULL) the proofs of those it knows are not checked again, and the others are noted in it. */
quorsum_status qs_board_feed_manifest(quorsum_aggregator *aggregator, const quorsum_board *board,
                                      const quorsum_manifest *manifest, qs_journal *journal, qs_account *account,
                                      const quorsum_run *run);
/* Multiplies in, of every sender on the board, the valid contribution that counts, telling each and noting in the
 * aggregator those that do not. ERR_COHORT above max_cohort. */
quorsum_status qs_board_feed_all(quorsum_aggregator *aggregator, const quorsum_board *board, const qs_account *account,
                                 const quorsum_run *run);
/* Checks what the journal does not know yet of the contributions on the board, telling each, and notes the
 * valid ones. */
quorsum_status qs_board_feed_journal(qs_journal *journal, const quorsum_board *board, const qs_account *account,
                                     const quorsum_run *run);

/* ---- agreement ---- */

/* Looks at every receipt on the board and notes the good ones in the journal (or NULL), telling each. With a manifest
 * (or NULL), those whose word it breaks are entered as ERR_OMITTED, also those the journal alone knows, which are put
 * on the board again. Answers ERR_OMITTED, or trouble: what is no receipt binds nobody. */
quorsum_status qs_board_check_receipts(const quorsum_board *board, const quorsum_manifest *manifest,
                                       qs_journal *journal, qs_account *account);
/* Every acknowledgement on the board: good[i] is set for those of this manifest and aggregate. ERR_AGREEMENT, entered,
 * when they are fewer than the task demands; a file that is wrong is entered and counts for nothing. */
quorsum_status qs_board_count_acknowledgements(uint8_t good[QUORSUM_TRUSTEES_MAX + 1], const quorsum_board *board,
                                               const quorsum_manifest *manifest, const quorsum_aggregate *aggregate,
                                               qs_account *account);
/* Whatever proves itself in evidence/ is entered as ERR_EQUIVOCATION, with the accused; the rest is told. Only trouble
 * is answered. *coordinator, if not NULL: whether the coordinator is among the accused. */
quorsum_status qs_board_check_evidence(const quorsum_board *board, int *coordinator, qs_account *account);
/* Makes evidence and puts it on the board, entering it. Answers ERR_EQUIVOCATION, or why it is none. */
quorsum_status qs_board_accuse(const quorsum_board *board, const char *kind, const uint8_t *accused,
                               const qs_signed *first, const qs_signed *second, const quorsum_identity *signer,
                               qs_account *account);

/* A trustee at work; what it has checked is in here. */
typedef struct qs_duty {
    const quorsum_board *board;
    const quorsum_identity *identity;
    uint32_t trustee;
    qs_account account;
    const quorsum_run *run;
    quorsum_run quiet;
    qs_journal *journal;
    quorsum_manifest *manifest;
    quorsum_aggregate *aggregate;
} qs_duty;

/* Opens the journal, checks everything that is not checked yet, agrees in the journal, and puts the acknowledgement on
 * the board. The duty's objects are there when it answers OK; end them with qs_duty_end. */
quorsum_status qs_board_agree(qs_duty *duty, const char *journal);
void qs_duty_end(qs_duty *duty);

/* ---- opening ---- */

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
