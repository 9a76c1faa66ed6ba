/* SPDX-License-Identifier: Apache-2.0 */
/* Bases from hashes. All public. */
#include "lib/proof/norm_bases.h"

#include <stdlib.h>
#include <string.h>

#define ETA_TRIES 256 /* half of all units will do, unless N is a square, where none does */

static void base_at(const void *context, size_t index, mp_limb_t *out)
{
    const qs_norm_bases *bases = context;

    if (index < bases->values)
        qs_hash_to_residue(bases->key, "fo", index, out);
    else
        qs_hash_to_residue(bases->key, "fo-y", index - bases->values + 1, out);
}

qs_bases qs_norm_bases_all(const qs_norm_bases *bases)
{
    return (qs_bases){.count = bases->values + QS_NORM_SQUARES, .base = base_at, .context = bases};
}

static int jacobi(const quorsum_public_key *key, const mp_limb_t *x)
{
    mpz_t number;

    return mpz_jacobi(mpz_roinit_n(number, x, (mp_size_t)key->root->limbs), key->n);
}

static quorsum_status find_eta(const quorsum_public_key *key, mp_limb_t *eta)
{
    for (uint64_t i = 0; i < ETA_TRIES; i++) {
        qs_hash_to_residue(key, "fo-r", i, eta);
        if (jacobi(key, eta) == -1)
            return QUORSUM_OK;
    }
    return QUORSUM_ERR_MODULUS_FACTOR;
}

quorsum_status qs_norm_bases_init(qs_norm_bases *bases, const quorsum_public_key *key, size_t values)
{
    const qs_ring *root = key->root;
    mp_limb_t *scratch;
    quorsum_status status;

    *bases = (qs_norm_bases){.key = key, .values = values};
    bases->block = calloc(3 * root->width + qs_ring_scratch(root), sizeof *bases->block);
    if (bases->block == NULL)
        return QUORSUM_ERR_MEMORY;
    bases->gamma_f = bases->block;
    bases->gamma_f_inverse = bases->gamma_f + root->width;
    bases->eta = bases->gamma_f_inverse + root->width;
    scratch = bases->eta + root->width;
    qs_hash_to_residue(key, "fo-f", 0, bases->gamma_f);
    status = find_eta(key, bases->eta);
    if (status == QUORSUM_OK && qs_ring_invert_vartime(root, bases->gamma_f_inverse, bases->gamma_f) != 0)
        status = QUORSUM_ERR_MODULUS_FACTOR;
    for (size_t i = 0; i < 3 && status == QUORSUM_OK; i++)
        qs_ring_enter(root, bases->block + i * root->width, bases->block + i * root->width, scratch);
    return status;
}

void qs_norm_bases_clear(qs_norm_bases *bases)
{
    free(bases->block);
    *bases = (qs_norm_bases){0};
}
