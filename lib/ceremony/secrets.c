/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a party's seed and from the sets' keys, and who is behind a slot. Constant time in all secrets. */
#include "lib/ceremony/ceremony.h"
#include "lib/ceremony/digest.h"
#include "lib/ceremony/prf.h"

void qs_ceremony_secret(const quorsum_ceremony *ceremony, uint8_t out[32], const char *purpose, uint64_t index)
{
    qs_digest digest;

    qs_digest_begin(&digest, ceremony->seed, "ceremony-secret");
    qs_digest_text(&digest, purpose);
    qs_digest_u64(&digest, index);
    qs_digest_end(&digest, out);
}

void qs_ceremony_pledge(const quorsum_ceremony *ceremony, uint8_t out[32], uint64_t batch, size_t set,
                        const uint8_t key[32])
{
    qs_digest digest;

    qs_digest_begin(&digest, NULL, "ceremony-pledge");
    qs_digest_bytes(&digest, ceremony->proposal.digest, QUORSUM_DIGEST_BYTES);
    qs_digest_u64(&digest, batch);
    qs_digest_u64(&digest, set);
    qs_digest_bytes(&digest, key, 32);
    qs_digest_end(&digest, out);
}

void qs_ceremony_batch_keys(quorsum_ceremony *ceremony, uint64_t batch)
{
    for (size_t k = 0; ceremony->member != 0 && k < ceremony->sets->own; k++)
        qs_prf_derive(ceremony->batch_key + 32 * k, ceremony->set_key + 32 * k, "ceremony-batch", batch);
}

qs_party qs_ceremony_party(const quorsum_ceremony *ceremony)
{
    return (qs_party){.index = ceremony->member, .sets = ceremony->sets, .key = ceremony->batch_key};
}

const uint8_t *qs_ceremony_identity(const quorsum_ceremony *ceremony, uint32_t slot)
{
    const qs_proposal *proposal = &ceremony->proposal;

    if (slot < 1 || slot > ceremony->slots)
        return NULL;
    if (slot <= proposal->trustees)
        return proposal->roster + (size_t)(slot - 1) * QUORSUM_IDENTITY_BYTES;
    return quorsum_key_record_trustee(ceremony->parent, proposal->dealer[slot - proposal->trustees - 1]);
}

const quorsum_identity *qs_ceremony_speaker(const quorsum_ceremony *ceremony, uint32_t slot)
{
    return slot != 0 && (slot == ceremony->member || slot == ceremony->dealer) ? ceremony->identity : NULL;
}

size_t qs_common_sets(const qs_sets *sets, uint32_t member, uint32_t other)
{
    size_t count = 0;

    for (size_t set = 0; set < sets->count; set++)
        count += qs_sets_has(sets, set, member) && qs_sets_has(sets, set, other);
    return count;
}
