/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TEST ONLY. The parties of one small finished round, made anew at the start of every fuzzing process from fixed primes, fixed
 * seeds of identities and the fixed randomness of test builds: the same bytes each time. An input says what is changed in
 * one of its messages and who signs that again (edit.h), so a corpus outlives changes of format and key.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "quorsum.h"

enum { FUZZ_TRUSTEES = 3, FUZZ_QUORUM = 2, FUZZ_COHORT = 3, FUZZ_VALUES = 13 };

enum fuzz_party {
    DEALER,
    COORDINATOR,
    TRUSTEE_1,
    CONTRIBUTOR_1 = TRUSTEE_1 + FUZZ_TRUSTEES, /* in ascending order of their public halves */
    STRANGER = CONTRIBUTOR_1 + FUZZ_COHORT,
    PARTIES
};

enum fuzz_object { /* in an order in which later ones name the digests of earlier ones */
    OBJECT_KEY,
    OBJECT_TASK,
    OBJECT_CONTRIBUTION,
    OBJECT_LATER_CONTRIBUTION,
    OBJECT_LAST_CONTRIBUTION,
    OBJECT_RECEIPT,
    OBJECT_MANIFEST,
    OBJECT_AGGREGATE,
    OBJECT_ACKNOWLEDGEMENT,
    OBJECT_LATER_ACKNOWLEDGEMENT,
    OBJECT_PARTIAL,
    OBJECT_LATER_PARTIAL,
    OBJECT_COMPLETION,
    OBJECT_RESULT,
    OBJECT_EVIDENCE, /* not on the board: everybody keeps to one manifest */
    OBJECTS,
    OBJECT_MADE_KEY = OBJECTS, /* a key record of a ceremony's shape, on no board */
    MESSAGES
};

typedef struct fuzz_message {
    char name[100]; /* on a board */
    quorsum_bytes bytes;
    size_t tail; /* bytes behind the signature: a key's confirmations */
    enum fuzz_party signer;
} fuzz_message;

typedef struct fuzz_world {
    quorsum_identity *party[PARTIES];
    quorsum_key_record *record;
    quorsum_key_share *share[FUZZ_TRUSTEES];
    quorsum_task *task;
    quorsum_encryptor *encryptor;
    quorsum_manifest *manifest;
    quorsum_aggregate *aggregate;
    quorsum_opening *opening;
    fuzz_message message[MESSAGES];
    char *folder; /* a place for files, in memory where the system has such a place */
} fuzz_world;

/* Made at the first call; ends the process if it cannot be. */
const fuzz_world *fuzz_world_get(void);
int64_t fuzz_value(size_t contributor, size_t index);

/* A file in the world's folder with these bytes; the path is lent until the next call. */
const char *fuzz_file(const char *name, const void *data, size_t len);

/* Says what was wrong and aborts, which any engine takes for a find. */
void fuzz_stop(const char *what) __attribute__((noreturn));

#endif
