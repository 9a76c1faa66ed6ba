/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TEST ONLY. A script of edits in a message, signed again: how an input reaches the checks behind the signature.
 *
 *     script = signer ‖ edit*
 *
 * signer: 0 whose message it is, 1..PARTIES another party, who then also stands in the header, else nobody: the old
 * signature stays. Every string of bytes is a script: an engine that knows nothing of it can mutate it.
 */
#ifndef FUZZ_EDIT_H
#define FUZZ_EDIT_H

#include "world.h"

typedef struct fuzz_script {
    const uint8_t *at;
    const uint8_t *end;
} fuzz_script;

enum fuzz_edit { /* what follows each: numbers of so many bytes, big-endian */
    EDIT_END,    /* nothing more is edited, even if the script goes on */
    EDIT_UINT,   /* key 1, value 8: the header's value becomes this number */
    EDIT_BYTES,  /* key 1, length 1, so many bytes */
    EDIT_LENGTH, /* key 1, length 2: the value, a string of bytes, is cut or gets zeros behind */
    EDIT_SPLICE, /* key 1, object 1: the value that another message has there */
    EDIT_DROP,   /* key 1: key and value go */
    EDIT_WORD,   /* number 2, which 1: a word of the blocks becomes 0, 1, N-1, N, N+1, p, all ones, its neighbour */
    EDIT_SWAP,   /* number 2, number 2: two words change places */
    EDIT_SET,    /* place 3, length 1, so many bytes: over what is there in header and blocks */
    EDIT_INSERT, /* place 3, length 1, so many bytes */
    EDIT_DELETE, /* place 3, length 1 */
    EDIT_XOR,    /* place 3, byte 1 */
    EDITS
};

/* The number that the next bytes of the script are; zeros behind its end. */
uint64_t fuzz_take(fuzz_script *script, unsigned bytes);

/* The message with the script's edits, the caller's to free. The script may be used up. */
quorsum_bytes fuzz_edit(const fuzz_world *world, enum fuzz_object object, const uint8_t *body, size_t body_len,
                        fuzz_script *script);
/* Header and blocks of a message of this world. */
size_t fuzz_body_len(const fuzz_world *world, enum fuzz_object object);

#endif
