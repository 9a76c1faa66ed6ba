/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secret memory: guarded, locked where the system allows it, wiped when released.
 *
 * A secret integer is a qs_secret: allocated once at full width, never grown, little-endian limbs.
 * Its width is public, its value is not. One allocation costs a few system calls, so code in a loop
 * takes one block (a "scratch") for all it needs and not one per number.
 */
#ifndef QS_SECRET_H
#define QS_SECRET_H

#include <gmp.h>
#include <stddef.h>

typedef struct qs_secret {
    mp_limb_t *limb; /* NULL when empty */
    size_t limbs;
} qs_secret;

/* `bytes` of zeroed guarded memory, or NULL. Size 0 gives a valid block. Release with qs_secret_release. */
void *qs_secret_block(size_t bytes);
void qs_secret_release(void *block); /* wipes; NULL is fine */

/* `count` zeroed limbs of secret memory; 0 on success, -1 when there is no memory (secret left empty). */
int qs_secret_init(qs_secret *secret, size_t limbs);
void qs_secret_clear(qs_secret *secret); /* wipes and empties; an empty one is fine */

/* What was computed from secrets and may be known all the same, such as that an input is out of range, or how many
 * bits a prime has: answers `value`. Nothing else that depends on secrets is branched on or used as a length, so the
 * calls of this are what a reviewer has to agree with; tests/ctime checks that there are no other places. */
size_t qs_reveal(size_t value);

/* More than libsodium's BLAKE2b takes of the stack, where it puts its output together and leaves it: for
 * sodium_stackzero behind a hash that is secret. */
#define QS_HASH_STACK 4096

#endif
