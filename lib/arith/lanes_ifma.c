/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight-lane kernel on AVX-512 IFMA: a vector is one register, a half product one instruction. The file is compiled
 * for any x86-64; what uses the instructions says so, and nobody gets here unless the processor has them.
 */
#include "lib/arith/lanes_body.h"

#ifdef QS_LANE_IFMA

#include <immintrin.h>

typedef __m512i vec;

#define LANE_FN __attribute__((target("avx512f,avx512ifma")))
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
    return _mm512_srai_epi64(a, QS_LANE_BITS);
}

VEC lookup(vec low, vec index, vec high)
{
    return _mm512_permutex2var_epi64(low, index, high);
}

#include "lib/arith/lanes_kernel.h"

const qs_lane_body qs_lane_ifma = {"ifma", lane_mul, lane_sqr, lane_load, lane_store, lane_select, lane_pick};

/* gcc and clang look at CPUID and at the state the system saves (XCR0) together. */
int qs_lane_ifma_usable(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma") && qs_lane_check(&qs_lane_ifma);
}

#else

typedef int qs_no_lane_ifma; /* a file must declare something */

#endif
