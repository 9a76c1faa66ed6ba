/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vectors of eight 64-bit words on AVX-512 IFMA, for lanes_kernel.h and across_kernel.h, which say what each of these
 * does: a vector is one register, a half product one instruction. Compiled for any x86-64; whatever uses the
 * instructions says so (LANE_FN), and nobody gets there unless the processor has them.
 */
#ifndef QS_VEC_IFMA_H
#define QS_VEC_IFMA_H

#include <gmp.h>
#include <immintrin.h>

#include "lib/arith/lanes_body.h"

#define PART 8  /* words of a vector */
#define BITS 52 /* of a limb */

typedef __m512i vec;

#define LANE_FN __attribute__((target("avx512f,avx512bw,avx512ifma")))
#define LANE_INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define VEC static LANE_INLINE LANE_FN vec

VEC zero(void)
{
    return _mm512_setzero_si512();
}

VEC all(mp_limb_t x)
{
    return _mm512_set1_epi64((long long)x);
}

VEC lo(vec c, vec a, vec b)
{
    return _mm512_madd52lo_epu64(c, a, b);
}

VEC hi(vec c, vec a, vec b)
{
    return _mm512_madd52hi_epu64(c, a, b);
}

VEC add(vec a, vec b)
{
    return _mm512_add_epi64(a, b);
}

VEC sub(vec a, vec b)
{
    return _mm512_sub_epi64(a, b);
}

VEC and(vec a, vec b)
{
    return _mm512_and_si512(a, b);
}

VEC or(vec a, vec b)
{
    return _mm512_or_si512(a, b);
}

VEC xor(vec a, vec b)
{
    return _mm512_xor_si512(a, b);
}

VEC up(vec a, unsigned n)
{
    return _mm512_sll_epi64(a, _mm_cvtsi32_si128((int)n));
}

VEC down(vec a, unsigned n)
{
    return _mm512_srl_epi64(a, _mm_cvtsi32_si128((int)n));
}

VEC carry(vec a)
{
    return _mm512_srai_epi64(a, BITS);
}

VEC lookup(vec low, vec index, vec high)
{
    return _mm512_permutex2var_epi64(low, index, high);
}

/* ---- along the lanes ---- */

VEC lowered(vec low, vec high)
{
    return _mm512_alignr_epi64(high, low, 1);
}

VEC raised(vec low, vec high)
{
    return _mm512_alignr_epi64(high, low, 7);
}

VEC spread(vec a)
{
    return _mm512_broadcastq_epi64(_mm512_castsi512_si128(a));
}

VEC first(vec a)
{
    return _mm512_maskz_mov_epi64(1, a);
}

VEC sub_first(vec a, vec b)
{
    return _mm512_mask_sub_epi64(a, 1, a, b);
}

VEC add_bits(vec a, mp_limb_t bits)
{
    return _mm512_mask_sub_epi64(a, (__mmask8)bits, a, all(~(mp_limb_t)0));
}

static LANE_INLINE LANE_FN mp_limb_t above(vec a, vec b)
{
    return _mm512_cmpgt_epu64_mask(a, b);
}

static LANE_INLINE LANE_FN mp_limb_t same(vec a, vec b)
{
    return _mm512_cmpeq_epu64_mask(a, b);
}

#endif
