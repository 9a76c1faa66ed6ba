/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight-lane kernel in plain C with limbs of 52 bits: the same kernel as on AVX-512 IFMA, for processors, tools and
 * sanitizers that do not know that. It is there to be tested against, not to be fast.
 */
#include "lib/arith/lanes_body.h"

#ifdef QS_LANE_PLAIN

#include "lib/arith/vec_plain.h"

#include "lib/arith/lanes_kernel.h"
#include "lib/arith/lanes_lookup.h"

const qs_lane_body qs_lane_plain = {"plain", BITS, PART, lane_mul, lane_scale, lane_sqr, lane_load,
                                    lane_store, lane_take, lane_join, lane_split, lane_lay, lane_select, lane_pick};

#else

typedef int qs_no_lane_plain; /* a file must declare something */

#endif
