/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer's side: one program for all targets, QS_FUZZ_TARGET names the one it runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"
#include "world.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max_len);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max_len, unsigned seed);

static const fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("QS_FUZZ_TARGET");

    (void)argc;
    (void)argv;
    for (target = fuzz_targets; target->name != NULL; target++) {
        if (name != NULL && strcmp(target->name, name) == 0)
            break;
    }
    if (target->name == NULL)
        fuzz_stop("QS_FUZZ_TARGET names no target");
    if (freopen("/dev/null", "w", stdout) == NULL)
        fuzz_stop("no /dev/null");
    (void)fuzz_world_get();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len <= target->max_len)
        target->run(data, len);
    return 0;
}

/* A board's archive is mutated entry by entry; for the others bytes are bytes. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max_len, unsigned seed)
{
    if (target->run == fuzz_board && seed % 4 != 0)
        return fuzz_board_mutate(data, len, max_len, seed / 4, LLVMFuzzerMutate);
    return LLVMFuzzerMutate(data, len, max_len);
}
