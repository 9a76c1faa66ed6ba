/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a key comes from. Its modulus is a dealer's, with proofs, or a ceremony's, and stays what it was; its shares are
 * the dealer's as long as no ceremony has made others:
 *
 *     origin     epoch   made by
 *     dealer     0       the dealer: no ceremony, no parent; the signer is the prover
 *     ceremony   0       a ceremony: no parent, nobody's proofs
 *     either     1, ..   a ceremony that handed the parent's key on
 *
 * A ceremony's record names all its trustees, and trustee 1 signs it.
 */
#include <sodium.h>
#include <string.h>

#include "lib/threshold/key_record.h"

const char qs_origin_dealer[] = "dealer";
const char qs_origin_ceremony[] = "ceremony";

const char *qs_origin_find(const char *text, size_t len)
{
    const char *const origins[] = {qs_origin_dealer, qs_origin_ceremony};

    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        if (strlen(origins[i]) == len && memcmp(origins[i], text, len) == 0)
            return origins[i];
    }
    return NULL;
}

int qs_digest_is_none(const uint8_t digest[QUORSUM_DIGEST_BYTES])
{
    return sodium_is_zero(digest, QUORSUM_DIGEST_BYTES);
}

static int dealt_is_sound(const qs_key_parts *parts)
{
    return parts->origin == qs_origin_dealer && parts->epoch == 0 && qs_digest_is_none(parts->parent) &&
           parts->secret_bits == 0 && memcmp(parts->prover, parts->signer, sizeof parts->prover) == 0;
}

/* |S_i| exceeds |D| = |F(0)| / n! by the masks of the shares, so share_bits is the larger one. */
static int made_is_sound(const qs_key_parts *parts)
{
    return parts->roster != NULL && memcmp(parts->roster, parts->signer, sizeof parts->signer) == 0 &&
           parts->secret_bits > 0 && parts->secret_bits < parts->share_bits &&
           (parts->epoch == 0) == qs_digest_is_none(parts->parent) &&
           (parts->epoch > 0 || parts->origin == qs_origin_ceremony);
}

quorsum_status qs_key_lineage_check(const qs_key_parts *parts)
{
    int sound = qs_digest_is_none(parts->ceremony) ? dealt_is_sound(parts) : made_is_sound(parts);

    return sound ? QUORSUM_OK : QUORSUM_ERR_RANGE;
}

/* ---- of a record ---- */

static const uint8_t *digest_or_null(const uint8_t *digest)
{
    return qs_digest_is_none(digest) ? NULL : digest;
}

const char *quorsum_key_record_origin(const quorsum_key_record *record)
{
    return record->parts.origin;
}

uint64_t quorsum_key_record_epoch(const quorsum_key_record *record)
{
    return record->parts.epoch;
}

const uint8_t *quorsum_key_record_parent(const quorsum_key_record *record)
{
    return digest_or_null(record->parts.parent);
}

const uint8_t *quorsum_key_record_ceremony(const quorsum_key_record *record)
{
    return digest_or_null(record->parts.ceremony);
}
