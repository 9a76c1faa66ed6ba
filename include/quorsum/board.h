/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public record of one task: a plain directory that anyone can copy and verify off-line.
 *
 *     key  task  contributions/<sender>  manifest  aggregate  partials/<trustee>  completions/<K>-of-<N>  result
 *
 * A file is on the board whole or not at all, and none is ever rewritten. Contributions are named by their sender
 * (64 hex digits), so the directory itself admits one a contributor, however many processes drop files at once.
 *
 * Beside what stands with a call, all may return _ERR_ARGUMENT (a NULL other than watch and run), _ERR_MEMORY and
 * _ERR_SYSTEM (errno says which), those with a run also _ERR_CANCELLED, and those that read messages what reading them
 * may return (quorsum/round.h, quorsum/threshold.h).
 */
#ifndef QUORSUM_BOARD_H
#define QUORSUM_BOARD_H

#include "quorsum/round.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A board with its key record and task read and checked. Not for several threads at once. */
typedef struct quorsum_board quorsum_board;

/** Told of each object that was looked at: its name on the board ("contributions/4f..."), and OK or why it is refused.
 *  `who` is the sender's identity (32 bytes) or NULL when it could not be read; lent for the call. */
typedef void (*quorsum_report)(const char *object, const uint8_t *who, quorsum_status status, void *user);

typedef struct quorsum_watch {
    quorsum_report report; /* may be NULL */
    void *user;
} quorsum_watch;

/** Makes `path` (which may exist but must hold no board: _ERR_EXISTS) and writes key and task. */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_create(const char *path, const quorsum_task *task);
/** _ERR_NOT_FOUND when there is no board; reading errors are reported for "key" and "task". */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_open(quorsum_board **out, const char *path,
                                                                 const quorsum_watch *watch, const quorsum_run *run);
QUORSUM_API void quorsum_board_close(quorsum_board *board);
QUORSUM_API const quorsum_task *quorsum_board_task(const quorsum_board *board); /* lent */

/**
 * Drops a contribution, checked first, on the board.
 * @return QUORSUM_OK, _ERR_DUPLICATE (this contributor has one there), _ERR_CLOSED (there is a manifest),
 *         _ERR_COHORT (the board holds max_cohort contributions already), any refusal
 *         of quorsum_contribution_decode, _ERR_SYSTEM
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_contribute(quorsum_board *board,
                                                                       const quorsum_bytes *contribution,
                                                                       const quorsum_run *run);
/**
 * Closes the task: checks every contribution, refuses bad ones by name (report), writes manifest and aggregate. After a
 * crash the same call continues: a manifest that is there is kept, and its product is computed. Holds the board's lock:
 * _ERR_BUSY while another process has it.
 * @return QUORSUM_OK (also when all was done before), _ERR_COHORT, _ERR_BUSY, ...
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_aggregate(quorsum_board *board,
                                                                      const quorsum_identity *signer,
                                                                      const quorsum_watch *watch,
                                                                      const quorsum_run *run);
/**
 * A trustee's turn: checks every contribution of the manifest, the cohort and the product, writes to its journal that
 * this aggregate is the one it opens for this task, and only then writes its partial to the board.
 *
 * @param[in] journal  the trustee's own file (not on the board), created if absent; it must survive
 * @return QUORSUM_OK (also when this partial is there already), _ERR_POLICY (the journal names another aggregate),
 *         _ERR_PRODUCT, _ERR_MISSING, _ERR_COHORT, _ERR_KEY_MISMATCH, _ERR_TRUSTEE (identity not the roster's),
 *         _ERR_EXISTS (something else stands where the partial belongs; it is reported and left as it is), ...
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_decrypt(quorsum_board *board,
                                                                    const quorsum_key_share *share,
                                                                    const quorsum_identity *identity,
                                                                    const char *journal, const quorsum_watch *watch,
                                                                    const quorsum_run *run);
/**
 * Does a part of the public work of opening, on any machine that has the board: opens the part-th of `parts` nearly
 * equal ranges of the aggregate's ciphertexts by a quorum of partials, naming those that do not prove themselves
 * (report), and writes it to completions/. quorsum_board_result uses it if it is right, so whoever does this is trusted
 * with nothing. Completions of different `parts` may lie side by side and overlap.
 *
 * @param[in] part    1..parts
 * @param[in] parts   at most as many as there are ciphertexts
 * @param[in] signer  a one-time identity will do: the openings prove themselves
 * @return QUORSUM_OK (also when this part is there already and right), _ERR_ARGUMENT (no such part),
 *         _ERR_TOO_FEW_SHARES, _ERR_MISSING (no aggregate yet), _ERR_EXISTS (something else stands where the part
 *         belongs; it is reported and left as it is), ...
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_complete(quorsum_board *board, uint32_t part,
                                                                     uint32_t parts, const quorsum_identity *signer,
                                                                     const quorsum_watch *watch,
                                                                     const quorsum_run *run);
/**
 * Opens: takes the partials that prove themselves, names those that do not (report), writes the result, and gives it
 * decoded. When a result is there already it is checked and given, if each trustee it names has a good partial on the
 * board: without those nobody knows that a quorum opened it. That the aggregate is the product of the contributions is
 * what these trustees have checked; to check it again is quorsum_board_verify's.
 * What completions/ opens rightly is taken from there; wrong files are named and their part is done again. The result
 * is the same with and without them, and a quorum of good partials is needed all the same.
 * @return QUORSUM_OK, _ERR_TOO_FEW_SHARES, _ERR_MISSING (no aggregate yet, or a partial that the result names),
 *         _ERR_OVERFLOW (a total is outside its bound: the result stays on the board as evidence), ...
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_result(quorsum_result **out, quorsum_board *board,
                                                                   const quorsum_identity *signer,
                                                                   const quorsum_watch *watch, const quorsum_run *run);
/**
 * Re-checks everything from the files alone: key, task, manifest, aggregate, every contribution, the product, every
 * partial, the result. Writes nothing, reports every object and goes on after a refusal where it can. A bad partial is
 * a refusal whether the result used it or not, and so is a trustee the result names without a partial on the board. A
 * contribution that the manifest does not list is reported (_ERR_CLOSED when it is valid: late, or left out) and is
 * none; nor is a wrong completion, for the result does not rest on it.
 *
 * @return QUORSUM_OK when all is in order, else the first refusal in the order above; _ERR_MISSING when there is no
 *         result yet. *out (may be NULL) is the result when that itself is good, also beside another object's refusal.
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_verify(quorsum_result **out, quorsum_board *board,
                                                                   const quorsum_watch *watch, const quorsum_run *run);

#ifdef __cplusplus
}
#endif
#endif
