/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one party of a ceremony tells another one alone: signed by the sender, with both identities inside, then sealed
 * by crypto_box between two keys made for this ceremony.
 *
 *     box = crypto_box_easy(signature ‖ content),   nonce = first 24 bytes of H(ceremony, sender's slot, recipient)
 *
 * Two ends and one ceremony have one box: what is said is a function of the sender's seed, so that nonce and keys never
 * meet a second content.
 */
#ifndef QS_BOX_H
#define QS_BOX_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/identity.h"

#define QS_EXCHANGE_BYTES 32 /* X25519 keys */

typedef struct qs_box_ends {
    const uint8_t *ceremony;  /* 32 bytes */
    const uint8_t *sender;    /* identities */
    const uint8_t *recipient;
    uint32_t sender_slot;
    uint32_t recipient_index;
} qs_box_ends;

size_t qs_box_bytes(size_t content);
/* theirs: the other side's public exchange key, which qs_exchange_key_is_sound; own: the secret one. ERR_MEMORY. */
quorsum_status qs_box_seal(uint8_t *out, const qs_box_ends *ends, const uint8_t *content, size_t len,
                           const quorsum_identity *signer, const uint8_t *theirs, const uint8_t *own);
/* content: room for len bytes, secret memory. *sound = 0 when the box does not open or the signature is not good: the
 * content is zeros then. ERR_MEMORY. */
quorsum_status qs_box_open(int *sound, uint8_t *content, size_t len, const qs_box_ends *ends, const uint8_t *box,
                           const uint8_t *theirs, const uint8_t *own);
/* No key whose shared secrets are zeros whatever the other one is. */
int qs_exchange_key_is_sound(const uint8_t key[QS_EXCHANGE_BYTES]);

#endif
