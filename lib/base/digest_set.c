/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, at most half full, so that a search ends at the next free slot. */
#include "lib/base/digest_set.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

static const uint8_t zeros[QUORSUM_DIGEST_BYTES];

/* Where the digest is, or the free slot where it belongs. */
static uint8_t *find(const qs_digest_set *set, const uint8_t *digest)
{
    uint64_t hash;
    size_t at;

    memcpy(&hash, digest, sizeof hash);
    for (at = (size_t)hash & (set->capacity - 1);; at = (at + 1) & (set->capacity - 1)) {
        uint8_t *slot = set->slots + at * QUORSUM_DIGEST_BYTES;

        if (memcmp(slot, digest, QUORSUM_DIGEST_BYTES) == 0 || memcmp(slot, zeros, sizeof zeros) == 0)
            return slot;
    }
}

static quorsum_status grow(qs_digest_set *set)
{
    qs_digest_set larger = {.capacity = set->capacity == 0 ? FIRST_CAPACITY : 2 * set->capacity,
                            .count = set->count, .has_zeros = set->has_zeros};

    if (larger.capacity > SIZE_MAX / QUORSUM_DIGEST_BYTES)
        return QUORSUM_ERR_MEMORY;
    larger.slots = calloc(larger.capacity, QUORSUM_DIGEST_BYTES);
    if (larger.slots == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t i = 0; i < set->capacity; i++) {
        const uint8_t *slot = set->slots + i * QUORSUM_DIGEST_BYTES;

        if (memcmp(slot, zeros, sizeof zeros) != 0)
            memcpy(find(&larger, slot), slot, QUORSUM_DIGEST_BYTES);
    }
    free(set->slots);
    *set = larger;
    return QUORSUM_OK;
}

quorsum_status qs_digest_set_add(qs_digest_set *set, const uint8_t digest[QUORSUM_DIGEST_BYTES])
{
    uint8_t *slot;

    if (memcmp(digest, zeros, sizeof zeros) == 0) {
        set->has_zeros = 1;
        return QUORSUM_OK;
    }
    if (2 * (set->count + 1) > set->capacity) {
        quorsum_status status = grow(set);

        if (status != QUORSUM_OK)
            return status;
    }
    slot = find(set, digest);
    if (memcmp(slot, zeros, sizeof zeros) == 0) {
        memcpy(slot, digest, QUORSUM_DIGEST_BYTES);
        set->count++;
    }
    return QUORSUM_OK;
}

int qs_digest_set_has(const qs_digest_set *set, const uint8_t digest[QUORSUM_DIGEST_BYTES])
{
    if (memcmp(digest, zeros, sizeof zeros) == 0)
        return set->has_zeros;
    return set->capacity > 0 && memcmp(find(set, digest), digest, QUORSUM_DIGEST_BYTES) == 0;
}

void qs_digest_set_free(qs_digest_set *set)
{
    free(set->slots);
    memset(set, 0, sizeof *set);
}
