/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dealing from given safe primes: what quorsum_deal does once it has found them. Tests give their own (tiny) primes.
 * p = 2p'+1, q = 2q'+1, p != q, gcd(pq, p'q') = 1 and p', q' > trustees, or ERR_ARGUMENT. Constant time in the primes
 * and the polynomial; the result is checked as a stranger's record would be.
 */
#ifndef QS_DEALER_H
#define QS_DEALER_H

#include "lib/threshold/key_record.h"

quorsum_status qs_deal_from_primes(quorsum_key_record **record, quorsum_key_share **shares, const qs_secret *p,
                                   const qs_secret *q, const quorsum_deal_options *options,
                                   const quorsum_identity *signer, const quorsum_run *run);

#endif
