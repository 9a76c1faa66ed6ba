/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round `keys`: every member of a set says V_A = v^(R_A). What follows from all of them is checked by one equation, and
 * then the key is there.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/ceremony/derive.h"
#include "lib/ceremony/generation.h"
#include "lib/ceremony/shares.h"

static size_t keys_len(const qs_generation *generation, uint32_t index)
{
    (void)index;
    return generation->sets->own * ((generation->bits + 7) / 8);
}

static quorsum_status say_keys(qs_generation *generation, const qs_party *party, uint8_t *body, const quorsum_run *run)
{
    const qs_ring *root = generation->key->root;
    size_t own = generation->sets->own;
    mp_limb_t *words = calloc(own, root->limbs * sizeof *words);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    if (words != NULL)
        status = qs_set_keys_of(words, generation->key, party, qs_generation_widths(generation).mask_bits, run);
    for (size_t k = 0; k < own && status == QUORSUM_OK; k++)
        qs_ring_write(root, body + k * root->bytes, words + k * root->limbs);
    free(words);
    return status;
}

/* The words of all sets; 0 unless all members of a set say the same residue. */
static int take_words(qs_generation *generation, const uint8_t *const *body)
{
    const qs_sets *sets = generation->sets;
    const qs_ring *root = generation->key->root;
    const uint8_t *at[QS_MEMBERS_MAX];

    for (uint32_t i = 0; i < sets->members; i++)
        at[i] = body[i];
    for (size_t a = 0; a < sets->count; a++) {
        const uint8_t *word = NULL;

        for (uint32_t i = 1; i <= sets->members; i++) {
            if (!qs_sets_has(sets, a, i))
                continue;
            if (word != NULL && memcmp(word, at[i - 1], root->bytes) != 0)
                return 0;
            word = at[i - 1];
            at[i - 1] += root->bytes;
        }
        if (qs_ring_read(root, generation->set_keys + a * root->limbs, word) != 0)
            return 0;
    }
    return 1;
}

static quorsum_status make_room(qs_generation *generation)
{
    size_t word = generation->key->root->limbs * sizeof(mp_limb_t);

    free(generation->set_keys);
    free(generation->verify);
    generation->set_keys = calloc(generation->sets->count, word);
    generation->verify = calloc(generation->sets->members, word);
    return generation->set_keys != NULL && generation->verify != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;
}

/* v a unit as well: a toy modulus may be unlucky. */
static quorsum_status check_words(int *sound, const qs_generation *generation)
{
    const quorsum_public_key *key = generation->key;
    mp_limb_t *v = calloc(key->root->limbs, sizeof *v);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    *sound = 0;
    if (v != NULL) {
        qs_key_v(key, v);
        status = qs_set_keys_units_vartime(sound, key, v, 1);
    }
    if (status == QUORSUM_OK && *sound)
        status = qs_set_keys_units_vartime(sound, key, generation->set_keys, generation->sets->count);
    if (status == QUORSUM_OK && *sound)
        status = qs_set_keys_check_vartime(sound, key, generation->set_keys, generation->sets->count, generation->delta,
                                           generation->theta);
    free(v);
    return status;
}

static quorsum_status hear_keys(qs_generation *generation, const uint8_t *const *body, qs_ruling *ruling,
                                const quorsum_run *run)
{
    qs_widths widths = qs_generation_widths(generation);
    quorsum_status status = make_room(generation);
    int sound = 0;

    *ruling = QS_FAULT;
    if (status != QUORSUM_OK || !take_words(generation, body))
        return status;
    status = check_words(&sound, generation);
    if (status != QUORSUM_OK || !sound)
        return status;
    status = qs_verify_keys_vartime(generation->verify, generation->key, generation->sets, &widths,
                                    generation->set_keys, generation->delta, run);
    if (status == QUORSUM_OK)
        *ruling = QS_GO_ON;
    return status;
}

const qs_generation_round qs_round_keys = {"keys", 0, keys_len, say_keys, hear_keys};

quorsum_status qs_generation_parts(qs_key_parts *parts, const qs_generation *generation, const uint8_t *roster)
{
    qs_widths widths = qs_generation_widths(generation);

    return qs_parts_of(parts, generation->key, generation->sets, &widths, generation->theta, generation->verify,
                       roster);
}

quorsum_status qs_generation_share(quorsum_key_share **out, const qs_generation *generation, const qs_party *party)
{
    qs_widths widths = qs_generation_widths(generation);

    return qs_share_of(out, party, &widths, generation->delta);
}
