/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for lib/base/random.c in test builds: the ChaCha20 stream of a fixed key, a fresh nonce for every
 * call. One thread always draws the same bytes; several threads share out the same set of streams among them.
 */
#include "lib/base/random.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdint.h>

void qs_random_bytes(void *out, size_t len)
{
    static const unsigned char key[crypto_stream_chacha20_KEYBYTES] = "quorsum tests: a fixed seed 001";
    static atomic_uint_fast64_t calls;
    uint64_t call = atomic_fetch_add(&calls, 1);
    unsigned char nonce[crypto_stream_chacha20_NONCEBYTES];

    for (size_t i = 0; i < sizeof nonce; i++)
        nonce[i] = (unsigned char)(call >> (8 * i));
    if (len > 0)
        (void)crypto_stream_chacha20(out, len, nonce, key);
}
