/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trustee's memory: which manifest and aggregate it has agreed to open for a task, for good, the receipts it has
 * seen, and the contributions it has verified. Two cohorts that differ by one contributor, both opened, disclose that
 * contributor, so an agreement must be on disk before anything leaves on its strength.
 *
 *     quorsum-journal 1\n, then records, only ever appended:
 *     "A" | task 32 | manifest 32 | coordinator's signature of it 64 | aggregate 32         | check 16
 *     "R" | task 32 | contributor 32 | sequence 4 | contribution 32 | receipt's signature 64 | check 16
 *     "V" | task 32 | contribution's name 32 (recall.h)                                     | check 16
 *
 * digests, numbers big-endian, check = BLAKE2b-128("quorsum/v1/journal" | record without its check). A last record that
 * is shorter than its kind was cut by a crash before it was synced, so nothing was released on its strength: the next
 * writer removes it. A record that is whole and does not pass its check, wherever it stands, stops the trustee: it may
 * be an agreement.
 *
 * What "V" spares is the proof and the check of the signature. The name covers the whole message: the next contribution
 * with it is the same one, byte for byte.
 */
#ifndef QS_JOURNAL_H
#define QS_JOURNAL_H

#include "lib/round/receipt.h"

typedef struct qs_agreement {
    uint8_t manifest[QUORSUM_DIGEST_BYTES];
    uint8_t signature[QS_SIGNATURE_BYTES]; /* the coordinator's, of the manifest: half of an evidence */
    uint8_t aggregate[QUORSUM_DIGEST_BYTES];
} qs_agreement;

typedef struct qs_journal qs_journal; /* what one file says of one task */

/* Reads it; a file that is not there is an empty journal. ERR_TYPE: it is no journal; ERR_VERSION; ERR_NOT_CANONICAL: a
 * record is damaged; ERR_SYSTEM. Waits while another process writes. */
quorsum_status qs_journal_open(qs_journal **out, const char *path, const uint8_t task[QUORSUM_DIGEST_BYTES]);
void qs_journal_close(qs_journal *journal); /* what was noted and not written is forgotten */

const qs_agreement *qs_journal_agreement(const qs_journal *journal); /* NULL: none */
int qs_journal_verified(const qs_journal *journal, const uint8_t name[QUORSUM_DIGEST_BYTES]);
size_t qs_journal_receipts(const qs_journal *journal);
const quorsum_receipt *qs_journal_receipt(const qs_journal *journal, size_t index); /* lent until the next note */

/* Known from now on, on disk after write or agree. */
quorsum_status qs_journal_note_verified(qs_journal *journal, const uint8_t name[QUORSUM_DIGEST_BYTES]);
quorsum_status qs_journal_note_receipt(qs_journal *journal, const quorsum_receipt *receipt);
/* Appends what was noted, durably. Nothing noted: nothing done. */
quorsum_status qs_journal_write(qs_journal *journal);

/*
 * OK when the file says, or says from now on, durably, that this is what to open for the task; what was noted is
 * written with it. ERR_EQUIVOCATION when it names another manifest (qs_journal_agreement is that one then), ERR_POLICY
 * when it names another aggregate of the same. Errors of open; after ERR_SYSTEM nothing is agreed. Of many processes
 * with one journal, one agrees.
 */
quorsum_status qs_journal_agree(qs_journal *journal, const qs_agreement *agreement);

#endif
