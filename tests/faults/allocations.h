/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TEST ONLY. Memory that runs out when it is told to. Numbers of GMP's own (mpz), which are public and bounded in size,
 * and what libc and libsodium allocate for themselves do not fail here: GMP would end the process, as docs/security.md
 * says.
 */
#ifndef FAULTS_ALLOCATIONS_H
#define FAULTS_ALLOCATIONS_H

#include <stddef.h>

typedef struct scarce {
    int armed;
    int lasting;    /* all from number `at` on fail, not that one alone */
    unsigned at;    /* 0: none */
    unsigned calls; /* since it was armed */
    size_t live;    /* allocations that have not been released */
} scarce;

extern scarce memory;

void memory_arm(void); /* begins to count, and to refuse; ends with memory.armed = 0 */

/* The public calls that whole ceremonies let run out of memory (ceremony.c), less quorsum_; ends with NULL. */
extern const char *const ceremony_calls[];

#endif
