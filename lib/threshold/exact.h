/* SPDX-License-Identifier: Apache-2.0 */
/* The check of openings that somebody else made and that are to be passed on: plaintexts, and randomisers too. */
#ifndef QS_EXACT_H
#define QS_EXACT_H

#include "lib/threshold/opening.h"

/*
 * Whether every element satisfies the single equation c = (1+N)^m r^(N^s), with an error of 2^-40 for a certified key,
 * whoever dealt it; for the plaintexts alone it is quorsum_opening_verify's 2^-128. Answers as that; no progress.
 */
quorsum_status qs_opening_verify_exact_vartime(const quorsum_opening *opening, const quorsum_ciphertexts *ciphertexts,
                                               const quorsum_run *run);

#endif
