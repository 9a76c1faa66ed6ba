/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes from party to party. Sign, then encrypt: with both identities under the signature a box that is passed on to a
 * third one is of no use there. */
#include "lib/ceremony/box.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/message.h"
#include "lib/base/secret.h"
#include "lib/ceremony/digest.h"

#define DOMAIN "quorsum/v1/ceremony-box"
#define HEAD_BYTES (7 * 8 + sizeof DOMAIN - 1 + 3 * 32 + 2 * 8) /* of what is signed, in front of the content */

_Static_assert(crypto_box_MACBYTES == 16 && crypto_box_NONCEBYTES == 24, "the format has these lengths");

static size_t put_item(uint8_t *out, const void *data, size_t len)
{
    qs_store64(out, len);
    memcpy(out + 8, data, len);
    return 8 + len;
}

/* Room for HEAD_BYTES + len bytes. */
static void signed_bytes(uint8_t *out, const qs_box_ends *ends, const uint8_t *content, size_t len)
{
    uint8_t number[8];

    out += put_item(out, DOMAIN, sizeof DOMAIN - 1);
    out += put_item(out, ends->ceremony, QUORSUM_DIGEST_BYTES);
    out += put_item(out, ends->sender, QUORSUM_IDENTITY_BYTES);
    out += put_item(out, ends->recipient, QUORSUM_IDENTITY_BYTES);
    qs_store64(number, ends->sender_slot);
    out += put_item(out, number, sizeof number);
    qs_store64(number, ends->recipient_index);
    out += put_item(out, number, sizeof number);
    (void)put_item(out, content, len);
}

static void make_nonce(uint8_t nonce[QUORSUM_DIGEST_BYTES], const qs_box_ends *ends)
{
    qs_digest digest;

    qs_digest_begin(&digest, NULL, "ceremony-nonce");
    qs_digest_bytes(&digest, ends->ceremony, QUORSUM_DIGEST_BYTES);
    qs_digest_u64(&digest, ends->sender_slot);
    qs_digest_u64(&digest, ends->recipient_index);
    qs_digest_end(&digest, nonce);
}

size_t qs_box_bytes(size_t content)
{
    return QS_SIGNATURE_BYTES + content + crypto_box_MACBYTES;
}

quorsum_status qs_box_seal(uint8_t *out, const qs_box_ends *ends, const uint8_t *content, size_t len,
                           const quorsum_identity *signer, const uint8_t *theirs, const uint8_t *own)
{
    uint8_t *text = qs_secret_block(HEAD_BYTES + len);
    uint8_t *open = qs_secret_block(QS_SIGNATURE_BYTES + len);
    uint8_t nonce[QUORSUM_DIGEST_BYTES];
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (text != NULL && open != NULL) {
        signed_bytes(text, ends, content, len);
        qs_identity_sign(signer, open, text, HEAD_BYTES + len);
        memcpy(open + QS_SIGNATURE_BYTES, content, len);
        make_nonce(nonce, ends);
        if (crypto_box_easy(out, open, QS_SIGNATURE_BYTES + len, nonce, theirs, own) != 0)
            memset(out, 0, qs_box_bytes(len)); /* not for a sound key */
        status = QUORSUM_OK;
    }
    qs_secret_release(text);
    qs_secret_release(open);
    return status;
}

quorsum_status qs_box_open(int *sound, uint8_t *content, size_t len, const qs_box_ends *ends, const uint8_t *box,
                           const uint8_t *theirs, const uint8_t *own)
{
    uint8_t *text = qs_secret_block(HEAD_BYTES + len);
    uint8_t *open = qs_secret_block(QS_SIGNATURE_BYTES + len);
    uint8_t nonce[QUORSUM_DIGEST_BYTES];
    quorsum_status status = QUORSUM_ERR_MEMORY;

    *sound = 0;
    memset(content, 0, len);
    if (text != NULL && open != NULL) {
        status = QUORSUM_OK;
        make_nonce(nonce, ends);
        *sound = crypto_box_open_easy(open, box, qs_box_bytes(len), nonce, theirs, own) == 0;
    }
    if (*sound) {
        signed_bytes(text, ends, open + QS_SIGNATURE_BYTES, len);
        *sound = crypto_sign_verify_detached(open, text, HEAD_BYTES + len, ends->sender) == 0;
    }
    if (*sound)
        memcpy(content, open + QS_SIGNATURE_BYTES, len);
    qs_secret_release(text);
    qs_secret_release(open);
    return status;
}

int qs_exchange_key_is_sound(const uint8_t key[QS_EXCHANGE_BYTES])
{
    static const uint8_t any[QS_EXCHANGE_BYTES] = {1}; /* a scalar as good as any: it becomes a multiple of 8 */
    uint8_t shared[crypto_scalarmult_BYTES];

    return crypto_scalarmult(shared, any, key) == 0;
}
