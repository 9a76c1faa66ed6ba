/* SPDX-License-Identifier: Apache-2.0 */
/* The bases of the winner's test, and their powers: eight at a time where the kernel has lanes. */
#include "lib/ceremony/bases.h"

#include <stdlib.h>

#include "lib/arith/exponent.h"

static size_t base_limbs(const qs_base_set *self)
{
    return self->lanes != NULL ? qs_lanes_group(self->lanes) / QS_LANES : self->root->width;
}

static void enter_bases(qs_base_set *self, mp_limb_t *scratch)
{
    const qs_ring *root = self->root;
    const mp_limb_t *sources[QS_LANES];

    for (size_t j = 0; j < QS_BASES; j += QS_LANES) {
        const mp_limb_t *plain = self->plain + j * root->width;

        if (self->lanes != NULL) {
            qs_lanes_sources(sources, plain, root->width, QS_LANES);
            qs_lanes_enter(self->lanes, self->groups + j * base_limbs(self), sources, scratch);
            continue;
        }
        for (size_t i = 0; i < QS_LANES; i++)
            qs_ring_enter(root, self->groups + (j + i) * root->width, plain + i * root->width, scratch);
    }
}

size_t qs_bases_scratch(const qs_ring *root)
{
    size_t one = root->width + qs_power_scratch(root);
    size_t lanes = 0;

    if (root->lanes != NULL)
        lanes = QS_LANES_SLACK + qs_lanes_group(root->lanes) + qs_lanes_power_scratch(root->lanes);
    return one > lanes ? one : lanes;
}

quorsum_status qs_bases_init(qs_base_set *self, const qs_generation *generation)
{
    const qs_ring *root = generation->key->root;
    uint64_t counter = 0;

    self->root = root;
    self->lanes = root->lanes;
    self->block = calloc(QS_BASES * base_limbs(self) + QS_LANES_SLACK, sizeof *self->block);
    self->plain = calloc(QS_BASES * root->width + qs_bases_scratch(root) + QS_LANES_SLACK, sizeof *self->plain);
    if (self->block == NULL || self->plain == NULL)
        return QUORSUM_ERR_MEMORY;
    self->groups = qs_lanes_align(self->block);
    qs_biprime_base_vartime(self->plain, root, generation->ceremony, &counter); /* the one of round `test` */
    for (size_t j = 0; j < QS_BASES; j++)
        qs_biprime_base_vartime(self->plain + j * root->width, root, generation->ceremony, &counter);
    enter_bases(self, qs_lanes_align(self->plain + QS_BASES * root->width));
    return QUORSUM_OK;
}

void qs_bases_clear(qs_base_set *self)
{
    free(self->block);
    free(self->plain);
}

static void raise_lanes(const qs_base_set *self, mp_limb_t *out, size_t group, const qs_exponent_of *by,
                        mp_limb_t *scratch)
{
    const qs_lanes *lanes = self->lanes;
    const mp_limb_t *x = self->groups + group * qs_lanes_group(lanes);
    mp_limb_t *power = qs_lanes_align(scratch);
    mp_limb_t *rest = power + qs_lanes_group(lanes);
    mp_limb_t *places[QS_LANES];

    qs_lanes_places(places, out, self->root->width, QS_LANES);
    if (by->secret != NULL)
        qs_lanes_power(lanes, power, x, by->secret, by->bits, rest);
    else
        qs_lanes_power_vartime(lanes, power, x, *by->open, rest);
    qs_lanes_leave(lanes, places, power, rest);
}

quorsum_status qs_bases_raise(const qs_base_set *self, mp_limb_t *out, size_t group, const qs_exponent_of *by,
                              mp_limb_t *scratch)
{
    const qs_ring *root = self->root;
    mp_limb_t *rest = scratch + root->width;
    quorsum_status status = QUORSUM_OK;

    if (self->lanes != NULL) {
        raise_lanes(self, out, group, by, scratch);
        return QUORSUM_OK;
    }
    for (size_t i = 0; i < QS_LANES && status == QUORSUM_OK; i++) {
        const mp_limb_t *x = self->groups + (group * QS_LANES + i) * root->width;

        if (by->secret != NULL)
            qs_power(root, scratch, x, by->secret, by->bits, rest);
        else
            status = qs_power_vartime(root, scratch, x, *by->open);
        qs_ring_leave(root, out + i * root->width, scratch, rest);
    }
    return status;
}
