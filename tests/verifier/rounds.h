/* SPDX-License-Identifier: Apache-2.0 */
/* Honest rounds with small keys, made by the library, for the other verifier to judge and to spoil. */
#ifndef TEST_VERIFIER_ROUNDS_H
#define TEST_VERIFIER_ROUNDS_H

/* Makes a finished board at `path`, a directory that does not exist or holds none, and prints everybody's signing seed
 * in hex, each with a tab behind. Level, degree and options follow from `kind`. Ends the program on a failure. */
void rounds_make(const char *path, unsigned kind);

#endif
