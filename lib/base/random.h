/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one entry for randomness. Nothing else in lib/ draws random bytes.
 *
 * The system's generator is asked every time: no state of ours to fork or to leak. If it fails the
 * process ends inside libsodium, before anything secret could be made from bad bytes. Tests link a
 * fixed-seed twin of random.c; the shipped library has no hook.
 */
#ifndef QS_RANDOM_H
#define QS_RANDOM_H

#include <stddef.h>

void qs_random_bytes(void *out, size_t len);

#endif
