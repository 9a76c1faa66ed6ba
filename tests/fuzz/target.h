/* SPDX-License-Identifier: Apache-2.0 */
/* TEST ONLY. One target a decoder: reads an input, and stops (fuzz_stop) when what was accepted is not as promised. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

typedef struct fuzz_target {
    const char *name;
    void (*run)(const uint8_t *data, size_t len);
    size_t max_len;     /* of an input that is worth a look */
    const char *shared; /* a second folder of the corpus, which several targets read; or NULL */
} fuzz_target;

extern const fuzz_target fuzz_targets[]; /* ends with a name of NULL */

/* targets.c: messages of a round. An even first byte: the rest is the message; odd: a script (edit.h). */
void fuzz_key(const uint8_t *data, size_t len);
void fuzz_task(const uint8_t *data, size_t len);
void fuzz_contribution(const uint8_t *data, size_t len);
void fuzz_manifest(const uint8_t *data, size_t len);
void fuzz_aggregate(const uint8_t *data, size_t len);
void fuzz_partial(const uint8_t *data, size_t len);
void fuzz_completion(const uint8_t *data, size_t len);
void fuzz_result(const uint8_t *data, size_t len);
void fuzz_receipt(const uint8_t *data, size_t len);
void fuzz_acknowledgement(const uint8_t *data, size_t len);
void fuzz_evidence(const uint8_t *data, size_t len);

/* formats.c: other bytes the library reads. */
void fuzz_cbor(const uint8_t *data, size_t len);
void fuzz_ciphertexts(const uint8_t *data, size_t len);
void fuzz_public_key(const uint8_t *data, size_t len);
void fuzz_sealed(const uint8_t *data, size_t len);  /* a sealed file as it is */
void fuzz_secrets(const uint8_t *data, size_t len); /* what a sealed file holds: the first byte says which kind */
void fuzz_pool(const uint8_t *data, size_t len);
void fuzz_journal(const uint8_t *data, size_t len);

/* ceremonies.c: what a ceremony reads. */
void fuzz_proposal(const uint8_t *data, size_t len);
void fuzz_ceremony(const uint8_t *data, size_t len);
void fuzz_resume(const uint8_t *data, size_t len);

/* inputs.c: what the command reads. */
void fuzz_csv(const uint8_t *data, size_t len);
void fuzz_npy(const uint8_t *data, size_t len);
void fuzz_fields(const uint8_t *data, size_t len);
void fuzz_show(const uint8_t *data, size_t len);

/* board.c: flags ‖ entries; see there. */
void fuzz_board(const uint8_t *data, size_t len);
size_t fuzz_board_mutate(uint8_t *data, size_t len, size_t max_len, unsigned seed,
                         size_t (*mutate)(uint8_t *data, size_t len, size_t max_len));

#endif
