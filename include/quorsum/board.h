/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public record of one task: a plain directory that anyone can copy and verify off-line.
 *
 *     key  task  contributions/<sender>[-<sequence>]  receipts/<sender>[-<sequence>]  manifest  aggregate
 *     acks/<trustee>  partials/<trustee>  completions/<K>-of-<N>  result  evidence/<digest>
 *
 * A file is on the board whole or not at all, and none is ever rewritten. Contributions are named by their sender
 * (64 hex digits) and, from the second on, their sequence, so the directory itself admits one of each, however many
 * processes drop files at once.
 *
 * Beside what stands with a call, all may return _ERR_ARGUMENT (a NULL other than watch and run), _ERR_MEMORY and
 * _ERR_SYSTEM (errno says which), those with a run also _ERR_CANCELLED, and those that read messages what reading them
 * may return (quorsum/round.h, quorsum/threshold.h).
 */
#ifndef QUORSUM_BOARD_H
#define QUORSUM_BOARD_H

#include "quorsum/agreement.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A board with its key record and task read and checked. Not for several threads at once. */
typedef struct quorsum_board quorsum_board;

/** Told of each object that was looked at: its name on the board ("contributions/4f..."), and OK or why it is refused.
 *  `who` is the identity (32 bytes) that the object names as its sender, or NULL when it could not be read; lent for the call. It
 *  is that sender's object when the signature was found good, so not after QUORSUM_ERR_SIGNATURE, nor after what is found before
 *  it: an object that is of another kind, version, key, task or form than it should be. */
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

/** The sequence of a contributor's next contribution on this board.
 *  @return QUORSUM_OK, _ERR_DUPLICATE (it has one, and the first counts), _ERR_LIMIT (it has 65535), _ERR_EXISTS (something
 *  that is none of its contributions stands in that place), _ERR_SYSTEM */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_sequence(uint32_t *out, const quorsum_board *board,
                                                                     const uint8_t *contributor);
/**
 * Drops a contribution, checked first, on the board.
 * @return QUORSUM_OK, _ERR_DUPLICATE (this contributor has that one there), _ERR_EXISTS (something else stands there, which
 *         the coordinator can name and remove), _ERR_RANGE (it has not the one before), _ERR_CLOSED
 *         (there is a manifest), _ERR_COHORT (the board holds contributions of max_cohort already), any refusal
 *         of quorsum_contribution_decode, _ERR_SYSTEM
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_contribute(quorsum_board *board,
                                                                       const quorsum_bytes *contribution,
                                                                       const quorsum_run *run);
/**
 * As the coordinator, checks every contribution that has no receipt yet, and puts a receipt for each good one on the
 * board. From then on a manifest that leaves it out convicts the coordinator. Holds the board's lock.
 * @return QUORSUM_OK, _ERR_COORDINATOR (the identity is not the task's), _ERR_CLOSED (there is a manifest), _ERR_BUSY,
 * ...
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_receive(quorsum_board *board,
                                                                    const quorsum_identity *coordinator,
                                                                    const quorsum_watch *watch, const quorsum_run *run);
/**
 * Closes the task: checks every contribution, refuses bad ones by name (report, and in the manifest with the reason),
 * writes manifest and aggregate. Where the last contribution of a contributor counts, that is the one of the highest
 * sequence that is valid; those before it are refused as _ERR_SUPERSEDED. After a crash the same call continues: a
 * manifest that is there is kept, and its product is computed. Holds the board's lock: _ERR_BUSY while another process
 * has it.
 *
 * A coordinator that closes two copies of one board signs two manifests, which is what a cheating one does.
 *
 * @param[in] signer  the task's coordinator
 * @return QUORSUM_OK (also when all was done before), _ERR_COORDINATOR, _ERR_COHORT, _ERR_OMITTED (a contribution with
 *         a receipt has gone or was spoiled: put it back), _ERR_BUSY, ...
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_aggregate(quorsum_board *board,
                                                                      const quorsum_identity *signer,
                                                                      const quorsum_watch *watch,
                                                                      const quorsum_run *run);
/**
 * What a trustee may do while the task is open, as often as it likes: verifies the contributions on the board that its
 * journal does not know yet, and remembers their digests, and the receipts. What was verified once costs reading, a
 * hash and the multiplication later; a receipt that was seen binds the coordinator even if it disappears. Needs no
 * secret.
 *
 * @param[in] journal  as for quorsum_board_acknowledge
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_examine(quorsum_board *board, const char *journal,
                                                                    const quorsum_watch *watch, const quorsum_run *run);
/**
 * A trustee's word: checks every contribution of the manifest, the cohort, the product and the receipts, writes to its
 * journal that this manifest and aggregate are what it opens for this task, and only then puts its acknowledgement on
 * the board. Repeated, it checks only what is not agreed to yet.
 *
 * @param[in] identity  one of the key's trustees (_ERR_TRUSTEE)
 * @param[in] journal   the trustee's own file (not on the board), created if absent; it must survive
 * @return QUORSUM_OK (also when this acknowledgement is there already), _ERR_EQUIVOCATION (the coordinator has signed
 *         another manifest: evidence is on the board and reported), _ERR_OMITTED (a receipt is broken; it is reported),
 *         _ERR_POLICY (this trustee has acknowledged something else before, which its journal no longer knows),
 *         _ERR_PRODUCT, _ERR_MISSING, _ERR_COHORT, _ERR_EXISTS (something else stands where the acknowledgement
 *         belongs; it is reported and left as it is), _ERR_NOT_CANONICAL or _ERR_TYPE (the journal is damaged, or
 *         none), ...
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_acknowledge(quorsum_board *board,
                                                                        const quorsum_identity *identity,
                                                                        const char *journal, const quorsum_watch *watch,
                                                                        const quorsum_run *run);
/**
 * A trustee's turn: acknowledges, if it has not, and once as many trustees as the task demands have acknowledged the
 * same manifest and aggregate, writes its partial to the board. Acknowledgements that are wrong are reported and
 * ignored.
 *
 * @return QUORSUM_OK (also when this partial is there already), _ERR_AGREEMENT (too few acknowledgements yet: its own
 *         is there now, the partial is not), _ERR_KEY_MISMATCH (of the share), or as quorsum_board_acknowledge
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
 * @return QUORSUM_OK, _ERR_AGREEMENT (too few trustees have acknowledged this manifest), _ERR_TOO_FEW_SHARES,
 *         _ERR_MISSING (no aggregate yet, or a partial that the result names), _ERR_OVERFLOW (a total is outside its
 *         bound: the result stays on the board as evidence), ...
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_result(quorsum_result **out, quorsum_board *board,
                                                                   const quorsum_identity *signer,
                                                                   const quorsum_watch *watch, const quorsum_run *run);
/**
 * Re-checks everything from the files alone: key, task, manifest, aggregate, every contribution, the product, receipts,
 * evidence, every acknowledgement and their number, every partial, the result. Writes nothing, reports every object and
 * goes on after a refusal where it can. A bad partial or acknowledgement is a refusal whether it is needed or not, and
 * so is a trustee the result names without a partial on the board. A contribution that the manifest does not list is
 * reported (_ERR_CLOSED when it is valid: late, or left out) and is none; nor is a wrong completion, for the result
 * does not rest on it.
 *
 * A good evidence is reported with the accused, as _ERR_EQUIVOCATION, and a broken receipt with the coordinator, as
 * _ERR_OMITTED; files in evidence/ and receipts/ that prove nothing are reported and no refusal.
 *
 * @return QUORSUM_OK when all is in order, else the first refusal in the order above; _ERR_AGREEMENT and _ERR_MISSING
 *         while the round is not over. *out (may be NULL) is the result when that itself is good, also beside another
 *         object's refusal.
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_verify(quorsum_result **out, quorsum_board *board,
                                                                   const quorsum_watch *watch, const quorsum_run *run);
/**
 * Holds a manifest or an acknowledgement from elsewhere, such as another copy of the board, against this board's own of
 * the same party. When it is another one, signed by the same, the evidence is put on this board and reported.
 *
 * @param[in] signer  signs the evidence; a one-time identity will do, it proves itself
 * @return QUORSUM_OK (the same, or the board has none), _ERR_EQUIVOCATION, _ERR_TYPE (a message of another kind),
 *         _ERR_COORDINATOR or _ERR_TRUSTEE (not signed by who answers for it), reading errors
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_board_compare(quorsum_board *board, const quorsum_bytes *message,
                                                                    const quorsum_identity *signer,
                                                                    const quorsum_watch *watch);

#ifdef __cplusplus
}
#endif
#endif
