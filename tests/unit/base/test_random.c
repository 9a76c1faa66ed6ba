/* SPDX-License-Identifier: Apache-2.0 */
/* The twin that every other test draws from: fixed, and never the same bytes twice, from any thread. */
#include "lib/base/random.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define DRAWS 500
#define DRAW_BYTES 16

typedef uint8_t draws[DRAWS][DRAW_BYTES];

Test(random, the_twin_starts_with_the_same_bytes_in_every_run)
{
    /* ChaCha20 of the twin's key, nonces 0 and 1, by OpenSSL */
    static const uint8_t first[8] = {0xe0, 0x0a, 0xfe, 0x3d, 0xdb, 0x01, 0xdd, 0xc9};
    static const uint8_t second[8] = {0xf6, 0xc5, 0x38, 0xb9, 0xaa, 0x58, 0x53, 0xb4};
    uint8_t drawn[8];

    qs_random_bytes(drawn, sizeof drawn);
    cr_expect_arr_eq(drawn, first, sizeof first);
    qs_random_bytes(drawn, sizeof drawn);
    cr_expect_arr_eq(drawn, second, sizeof second);
}

Test(random, it_writes_the_bytes_asked_for_and_no_others)
{
    uint8_t area[64];

    for (size_t len = 0; len <= 32; len++) {
        memset(area, 0xa5, sizeof area);
        qs_random_bytes(area + 16, len);
        for (size_t i = 0; i < sizeof area; i++) {
            if (i < 16 || i >= 16 + len)
                cr_assert_eq(area[i], 0xa5, "len %zu", len);
        }
    }
    qs_random_bytes(NULL, 0);
}

static void *draw(void *argument)
{
    draws *mine = argument;

    for (size_t i = 0; i < DRAWS; i++)
        qs_random_bytes((*mine)[i], DRAW_BYTES);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, DRAW_BYTES);
}

Test(random, threads_never_draw_the_same)
{
    static draws all[THREADS];
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, draw, &all[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    qsort(all, (size_t)THREADS * DRAWS, DRAW_BYTES, compare);
    for (size_t i = 1; i < (size_t)THREADS * DRAWS; i++)
        cr_assert_neq(compare((uint8_t *)all + (i - 1) * DRAW_BYTES, (uint8_t *)all + i * DRAW_BYTES), 0);
}
