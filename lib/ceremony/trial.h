/* SPDX-License-Identifier: Apache-2.0 */
/* Trial division of many public numbers at once: the product of all small primes, and a tree of remainders. */
#ifndef QS_TRIAL_H
#define QS_TRIAL_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/parallel.h"

typedef struct qs_trial qs_trial;

/* For the odd primes up to `limit` (at most QS_SMALL_PRIME_MAX). ERR_MEMORY. */
quorsum_status qs_trial_new(qs_trial **out, uint32_t limit);
void qs_trial_free(qs_trial *trial);

/* passed[i] = 1 where number[i] > 0 has none of the primes as a factor, else 0. The numbers are odd and public. */
quorsum_status qs_trial_divide(const qs_trial *trial, uint8_t *passed, mpz_t *number, size_t count,
                               const quorsum_run *run);

#endif
