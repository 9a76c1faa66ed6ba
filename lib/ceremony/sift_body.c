/* SPDX-License-Identifier: Apache-2.0 */
/* Residues to bits and back. What is written is about to be published. */
#include <string.h>

#include "lib/ceremony/sift.h"

size_t qs_sift_len(const qs_sifter *sifter)
{
    return (2 * sifter->residue_bits + 7) / 8;
}

struct bits {
    uint64_t held; /* the lowest `count` bits */
    unsigned count;
};

static uint8_t *put(struct bits *bits, uint8_t *out, uint32_t value, unsigned width)
{
    bits->held = bits->held << width | value;
    bits->count += width;
    while (bits->count >= 8) {
        bits->count -= 8;
        *out++ = (uint8_t)(bits->held >> bits->count);
    }
    return out;
}

static const uint8_t *get(struct bits *bits, const uint8_t *in, uint32_t *value, unsigned width)
{
    while (bits->count < width) {
        bits->held = bits->held << 8 | *in++;
        bits->count += 8;
    }
    bits->count -= width;
    *value = (uint32_t)(bits->held >> bits->count) & (((uint32_t)1 << width) - 1);
    return in;
}

void qs_sift_write(const qs_sifter *sifter, uint8_t *body, const uint16_t *value)
{
    struct bits bits = {0};

    for (unsigned which = 0; which < 2; which++)
        for (size_t l = 0; l < sifter->count; l++)
            for (size_t s = 0; s < (size_t)sifter->prime[l].slots * sifter->prime[l].parts; s++)
                body = put(&bits, body, *value++, sifter->prime[l].bits);
    if (bits.count > 0)
        (void)put(&bits, body, 0, 8 - bits.count);
}

int qs_sift_read(const qs_sifter *sifter, uint16_t *value, const uint8_t *body)
{
    struct bits bits = {0};
    int misfit = 0;
    uint32_t residue;

    for (unsigned which = 0; which < 2; which++) {
        for (size_t l = 0; l < sifter->count; l++) {
            const qs_sift_prime *prime = &sifter->prime[l];

            for (size_t s = 0; s < (size_t)prime->slots * prime->parts; s++) {
                body = get(&bits, body, &residue, prime->bits);
                misfit |= residue >= prime->prime;
                *value++ = (uint16_t)residue;
            }
        }
    }
    return misfit || (bits.held & (((uint64_t)1 << bits.count) - 1)) != 0 ? -1 : 0;
}
