/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ceremony is to make: the signed message of kind "proposal" that everybody starts from. Its digest is the
 * ceremony's name. Public.
 */
#ifndef QS_PROPOSAL_H
#define QS_PROPOSAL_H

#include "lib/ceremony/sets.h"
#include "lib/threshold/key_record.h"
#include "quorsum/ceremony.h"

#define QS_PROPOSAL_BATCH_MAX 65536

typedef struct qs_proposal {
    uint8_t digest[QUORSUM_DIGEST_BYTES];
    char purpose[QUORSUM_PURPOSE_MAX + 1];
    uint32_t bits;
    unsigned degree;
    quorsum_randomiser randomiser;
    uint32_t trustees;
    uint32_t quorum;
    uint8_t roster[QS_MEMBERS_MAX * QUORSUM_IDENTITY_BYTES];
    uint32_t batch;    /* candidates a batch; 0 when a key is handed on */
    int handed_on;     /* there is a parent */
    uint8_t parent[QUORSUM_DIGEST_BYTES]; /* zeros for a new key */
    uint32_t dealers;  /* 0 for a new key */
    uint32_t dealer[QUORSUM_TRUSTEES_MAX]; /* indices in the parent, ascending */
    uint64_t epoch;
} qs_proposal;

/* Reads and checks one: an error of reading, ERR_SIGNATURE, ERR_RANGE, ERR_MODULUS_SIZE, ERR_DUPLICATE_TRUSTEE,
 * ERR_LIMIT (too many sets). */
quorsum_status qs_proposal_read(qs_proposal *out, const uint8_t *in, size_t len);
/* Whether it is about this parent (NULL: a new key), its sizes, its dealers and its epoch. ERR_KEY_MISMATCH,
 * ERR_UNCONFIRMED (too few of its trustees have confirmed the parent: the new members would do so in their stead). */
quorsum_status qs_proposal_check_parent(const qs_proposal *proposal, const quorsum_key_record *parent);

#endif
