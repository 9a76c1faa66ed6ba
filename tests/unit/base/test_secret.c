/* SPDX-License-Identifier: Apache-2.0 */
/* Secret memory: zeroed, aligned, guarded, and refused rather than wrapped when too large. */
#include "lib/base/secret.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

Test(secret, a_block_is_zeroed_and_aligned_for_limbs)
{
    for (size_t size = 0; size < 300; size += 7) {
        unsigned char *block = qs_secret_block(size);

        cr_assert_not_null(block);
        cr_expect_eq((uintptr_t)block % 64, 0, "size %zu", size);
        for (size_t i = 0; i < size; i++)
            cr_assert_eq(block[i], 0, "size %zu", size);
        memset(block, 0x5a, size);
        qs_secret_release(block);
    }
}

Test(secret, releasing_nothing_is_fine)
{
    qs_secret secret = {0};

    qs_secret_release(NULL);
    qs_secret_clear(&secret);
    qs_secret_clear(&secret);
    cr_expect_null(secret.limb);
}

Test(secret, sizes_beyond_memory_are_refused)
{
    qs_secret secret = {.limb = (mp_limb_t *)&secret, .limbs = 3};

    cr_expect_null(qs_secret_block(SIZE_MAX));
    cr_expect_null(qs_secret_block(SIZE_MAX - 62));
    cr_expect_null(qs_secret_block(SIZE_MAX / 2));
    cr_expect_eq(qs_secret_init(&secret, SIZE_MAX / sizeof(mp_limb_t) + 1), -1); /* its bytes wrap to 0 */
    cr_expect_null(secret.limb);
    cr_expect_eq(secret.limbs, 0);
    cr_expect_eq(qs_secret_init(&secret, SIZE_MAX), -1);
    cr_expect_eq(qs_secret_init(&secret, SIZE_MAX / 64), -1);
    cr_expect_null(secret.limb);
}

Test(secret, an_integer_has_exactly_the_limbs_asked_for)
{
    static const size_t widths[] = {0, 1, 2, 33, 96};
    qs_secret secret;

    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        cr_assert_eq(qs_secret_init(&secret, widths[i]), 0);
        cr_expect_not_null(secret.limb);
        cr_expect_eq(secret.limbs, widths[i]);
        for (size_t j = 0; j < widths[i]; j++)
            cr_expect_eq(secret.limb[j], 0);
        qs_secret_clear(&secret);
        cr_expect_null(secret.limb);
        cr_expect_eq(secret.limbs, 0);
    }
}

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif

#ifndef UNDER_ASAN /* it would report the fault before the parent can look at it */
Test(secret, a_step_behind_a_block_or_a_released_block_ends_the_process)
{
    for (int released = 0; released < 2; released++) {
        pid_t child = fork();
        int status = 0;

        cr_assert_geq(child, 0);
        if (child == 0) {
            volatile unsigned char *block = qs_secret_block(128);

            signal(SIGSEGV, SIG_DFL);
            signal(SIGBUS, SIG_DFL);
            if (released)
                qs_secret_release((void *)(uintptr_t)block);
            _exit(block[released ? 0 : 128]);
        }
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_expect(WIFSIGNALED(status), "released = %d", released);
    }
}

Test(secret, without_memory_nothing_is_given)
{
    struct rlimit limit = {.rlim_cur = (rlim_t)64 << 20, .rlim_max = (rlim_t)64 << 20};
    qs_secret secret;

    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    cr_expect_null(qs_secret_block((size_t)1 << 30));
    cr_expect_eq(qs_secret_init(&secret, (size_t)1 << 28), -1);
    cr_expect_null(secret.limb);
}
#endif
