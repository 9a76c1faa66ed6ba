/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place where a share is used on a ciphertext: c_i = (c0^2)^(S_i) mod N, an exponent of share_bits bits,
 * which is the c0^(2 S_i) of docs/protocol.md.
 */
#ifndef QS_PARTIAL_H
#define QS_PARTIAL_H

#include "lib/proof/share.h"
#include "lib/threshold/key_record.h"

/*
 * out: count * root->limbs limbs. bases: plain form in key->root, `stride` limbs apart. Every base is checked to be
 * below N and a unit before the share touches one: ERR_RANGE, ERR_NOT_UNIT, ERR_MEMORY, ERR_CANCELLED. Constant time
 * in the share.
 */
quorsum_status qs_partial_powers(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *bases, size_t stride,
                                 size_t count, const qs_secret *share, size_t share_bits, const quorsum_run *run);

/* What a partial's proof states, and the context it is bound to. partial->trustee is within 1..n and its count is
 * that of the ciphertexts: the caller has checked. Pointers are lent by record, partial and ciphertexts. */
void qs_partial_statement(qs_share_statement *statement, qs_context *context, const quorsum_key_record *record,
                          const quorsum_partial *partial, const quorsum_ciphertexts *ciphertexts);

#endif
