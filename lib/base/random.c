/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomness from the system, through libsodium, whose default generator asks the kernel on every call.
 */
#include "lib/base/random.h"

#include <sodium.h>

void qs_random_bytes(void *out, size_t len)
{
    int ready;

    /* sodium_init makes the generator's own first-use set-up safe when several threads come here at once. If it
     * fails, randombytes_buf sets itself up; it answers with good bytes or ends the process. */
    ready = sodium_init();
    (void)ready;
    if (len > 0)
        randombytes_buf(out, len);
}
