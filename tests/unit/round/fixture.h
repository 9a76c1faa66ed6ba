/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parties of a small round for the tests: a 3-of-5 key over toy safe primes, dealt or made without a dealer, identities, a task, and a forger that
 * changes one field of a message and signs it again, so that the check behind the signature is reached. The forger
 * reads and signs messages with code of its own.
 */
#ifndef TEST_ROUND_FIXTURE_H
#define TEST_ROUND_FIXTURE_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

#include "quorsum/board.h"

#define TRUSTEES 5
#define QUORUM 3
#define CONTRIBUTORS 6
#define FIELDS 3
#define COUNT_A 7
#define COUNT_B 11
#define VALUES (COUNT_A + COUNT_B + 1)
#define MAX_COHORT 5

typedef struct setup {
    int large;       /* 256-bit N in place of 128 */
    uint32_t degree; /* 0: 1 */
    uint32_t weight_bits;
    int roster;          /* contributors 0..CONTRIBUTORS-2 are on it */
    int made;            /* a key of the shape a ceremony gives; always so when tests/made_keys.sh runs the tests */
    int ceremony;        /* the trustees hold one: 128-bit N, whose factors nobody here has (p and q are 0) */
    size_t confirmed;    /* by so many trustees; 0: as many as a task needs */
    const char *label;
    quorsum_revote revote;
    uint32_t agreement; /* 0: the default, 4 of 5 */
} setup;

typedef struct fixture {
    setup setup;
    mpz_t p, q, n;
    quorsum_key_record *record;
    quorsum_key_share *shares[TRUSTEES];
    quorsum_identity *trustees[TRUSTEES];
    quorsum_identity *contributors[CONTRIBUTORS]; /* in ascending order of their public halves */
    quorsum_identity *dealer;
    quorsum_identity *coordinator;
    quorsum_identity *stranger;
    quorsum_task *task;
    quorsum_encryptor *encryptor;
    quorsum_bytes manifest_bytes; /* set by fixture_aggregate */
    quorsum_bytes aggregate_bytes;
    quorsum_manifest *manifest;
    quorsum_aggregate *aggregate;
} fixture;

void fixture_open(fixture *f, setup wanted);
void fixture_close(fixture *f);

extern const quorsum_field fixture_fields[FIELDS]; /* "a" is signed, "b" is clipped, "c" is one sum */

/* The values of a contributor: different for each value and contributor, both ends of the ranges among them. */
void fixture_values(int64_t values[VALUES], size_t contributor);
uint64_t fixture_weight(const fixture *f, size_t contributor);
int64_t fixture_total(const fixture *f, size_t cohort, size_t value); /* over contributors 0..cohort-1 */

quorsum_bytes fixture_contribution(const fixture *f, size_t contributor);
quorsum_bytes fixture_again(const fixture *f, size_t contributor, uint32_t sequence); /* the same numbers */
/* Contributors 0..cohort-1, aggregated. */
void fixture_aggregate(fixture *f, size_t cohort);
/* The same of any, in ascending order of sender; they are freed. */
void fixture_aggregate_these(fixture *f, quorsum_bytes *contributions, size_t count);
quorsum_bytes fixture_partial(const fixture *f, size_t index); /* of trustee index + 1 */
quorsum_bytes fixture_acknowledgement(const fixture *f, size_t index);
quorsum_opening *fixture_opening(const fixture *f);            /* by trustees 1, 2 and 4 */
quorsum_bytes fixture_result(const fixture *f);
quorsum_result *fixture_read_result(const fixture *f); /* the same, read back */

/* ---- the forger ---- */

/* The bytes of the header of a message, and where the value of a key begins and ends in it. */
size_t header_len(const uint8_t *in, size_t len);
void value_at(const quorsum_bytes *message, uint64_t key, size_t *begin, size_t *end);
/* The message with the CBOR value of `key` replaced (key FORGE_NOTHING: none), sender and signature by `signer`. */
#define FORGE_NOTHING UINT64_MAX
quorsum_bytes forge(const quorsum_bytes *message, uint64_t key, const uint8_t *value, size_t len,
                    const quorsum_identity *signer);
quorsum_bytes forge_uint(const quorsum_bytes *message, uint64_t key, uint64_t value, const quorsum_identity *signer);
quorsum_bytes forge_bytes(const quorsum_bytes *message, uint64_t key, const void *value, size_t len,
                          const quorsum_identity *signer);
/* The message with `len` bytes of its blocks replaced at `offset`, signed again. */
quorsum_bytes forge_block(const quorsum_bytes *message, size_t offset, const void *data, size_t len,
                          const quorsum_identity *signer);
size_t blocks_len(const quorsum_bytes *message);
const uint8_t *blocks_of(const quorsum_bytes *message);

/* ---- what holds for every kind ---- */

typedef quorsum_status (*reader)(const fixture *f, const uint8_t *in, size_t len); /* decodes, frees, answers */

quorsum_status read_once(reader read, const fixture *f, quorsum_bytes message); /* frees the message */
/* Cut at every length, lengthened, another kind or version, each bit changed: refused, and by the right name. */
void check_envelope(const fixture *f, const quorsum_bytes *message, reader read, int names_task,
                    const quorsum_identity *signer);

/* A directory of its own under TMPDIR; removed with all it holds. */
char *new_directory(void);
void remove_directory(char *path);

#endif
