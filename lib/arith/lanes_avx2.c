/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight-lane kernel on AVX2: limbs of 26 bits, whose products a 32-bit multiplier gives whole; eight residues are two
 * vectors of four, one after the other, so that a block of columns fits the sixteen registers. The file is compiled for
 * any x86-64; what uses the instructions says so, and nobody gets here unless the processor has them.
 */
/* Carrying what one row has loaded over to the next needs registers that are not there: sums would go to memory, which
 * costs 1.4 times the time. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-predictive-commoning")
#endif

#include "lib/arith/lanes_body.h"

#ifdef QS_LANE_AVX2

#include <immintrin.h>
#include <string.h>

#define BITS 26
#define PART 4

typedef __m256i vec;

#define LANE_FN __attribute__((target("avx2")))
#define LANE_INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define VEC static LANE_INLINE LANE_FN vec

VEC zero(void)
{
    return _mm256_setzero_si256();
}

VEC all(mp_limb_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

VEC lo(vec c, vec a, vec b)
{
    return _mm256_add_epi64(c, _mm256_mul_epu32(a, b));
}

VEC hi(vec c, vec a, vec b) /* whole products have none */
{
    (void)a;
    (void)b;
    return c;
}

VEC add(vec a, vec b)
{
    return _mm256_add_epi64(a, b);
}

VEC sub(vec a, vec b)
{
    return _mm256_sub_epi64(a, b);
}

VEC and(vec a, vec b)
{
    return _mm256_and_si256(a, b);
}

VEC or(vec a, vec b)
{
    return _mm256_or_si256(a, b);
}

VEC xor(vec a, vec b)
{
    return _mm256_xor_si256(a, b);
}

VEC up(vec a, unsigned n)
{
    return _mm256_sll_epi64(a, _mm_cvtsi32_si128((int)n));
}

VEC down(vec a, unsigned n)
{
    return _mm256_srl_epi64(a, _mm_cvtsi32_si128((int)n));
}

/* There is no arithmetic shift: the sign bit turned over is an offset of 2^63, which goes again after the shift. */
VEC carry(vec a)
{
    return sub(_mm256_srli_epi64(xor(a, all((mp_limb_t)1 << 63)), BITS), all((mp_limb_t)1 << (63 - BITS)));
}

static LANE_INLINE LANE_FN void turn(vec rows[PART])
{
    vec low = _mm256_unpacklo_epi64(rows[0], rows[1]);
    vec high = _mm256_unpackhi_epi64(rows[0], rows[1]);
    vec low2 = _mm256_unpacklo_epi64(rows[2], rows[3]);
    vec high2 = _mm256_unpackhi_epi64(rows[2], rows[3]);

    rows[0] = _mm256_permute2x128_si256(low, low2, 0x20);
    rows[1] = _mm256_permute2x128_si256(high, high2, 0x20);
    rows[2] = _mm256_permute2x128_si256(low, low2, 0x31);
    rows[3] = _mm256_permute2x128_si256(high, high2, 0x31);
}

/* -1 in the first `count` lanes */
VEC first_words(size_t count)
{
    static const long long edge[2 * PART] = {-1, -1, -1, -1, 0, 0, 0, 0};

    return _mm256_loadu_si256((const vec *)(const void *)(edge + PART - (count < PART ? count : PART)));
}

VEC words(const mp_limb_t *from, size_t count)
{
    return _mm256_maskload_epi64((const long long *)(const void *)from, first_words(count));
}

static LANE_INLINE LANE_FN void put(mp_limb_t *to, size_t count, vec a)
{
    _mm256_maskstore_epi64((long long *)(void *)to, first_words(count), a);
}

/* All 32 bytes in reverse order. The number's topmost bytes go by a copy. */
VEC wire_words(const uint8_t *in, size_t len, size_t from)
{
    const vec backwards = _mm256_broadcastsi128_si256(
        _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    size_t left = len - 8 * from;
    uint8_t top[sizeof(vec)] = {0};
    vec bytes;

    if (left >= sizeof bytes) {
        bytes = _mm256_loadu_si256((const vec *)(const void *)(in + left - sizeof bytes));
    } else {
        memcpy(top + sizeof top - left, in, left);
        bytes = _mm256_loadu_si256((const vec *)(const void *)top);
    }
    bytes = _mm256_shuffle_epi8(bytes, backwards);
    return _mm256_permute4x64_epi64(bytes, 0x4e);
}

#include "lib/arith/lanes_kernel.h"
#include "lib/arith/lanes_lay26.h"

/* Eight entries a permutation, for all eight lanes at once, which then go to their parts. */
LANE_FN static void pick_group(mp_limb_t *r, const mp_limb_t *table, size_t rows, unsigned teeth,
                               const mp_limb_t *digits)
{
    const vec *word = (const vec *)(const void *)table;
    vec *out = (vec *)(void *)r;
    size_t vectors = (size_t)1 << (teeth - 3);
    vec here[(size_t)1 << (QS_LANE_TEETH_MAX - 3)]; /* the lanes whose digit lies in this vector */
    uint32_t narrow[QS_LANES];
    vec wanted;

    for (size_t j = 0; j < QS_LANES; j++)
        narrow[j] = (uint32_t)digits[j];
    memcpy(&wanted, narrow, sizeof wanted);
    for (size_t k = 0; k < vectors; k++)
        here[k] = _mm256_cmpeq_epi32(_mm256_srli_epi32(wanted, 3), _mm256_set1_epi32((int)k));
    for (size_t i = 0; i < rows; i++) {
        vec found = zero();

        for (size_t k = 0; k < vectors; k++, word++)
            found = or(found, and(_mm256_permutevar8x32_epi32(*word, wanted), here[k]));
        out[i] = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(found));
        out[rows + i] = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(found, 1));
    }
    sodium_memzero(here, vectors * sizeof *here);
    sodium_memzero(&wanted, sizeof wanted);
    sodium_memzero(narrow, sizeof narrow);
}

static void lane_pick(mp_limb_t *r, const mp_limb_t *table, size_t rows, unsigned teeth, const mp_limb_t *digits,
                      size_t groups)
{
    for (size_t g = 0; g < groups; g++)
        pick_group(r + g * rows * QS_LANES, table, rows, teeth, digits + g * QS_LANES);
}

const qs_lane_body qs_lane_avx2 = {"avx2", BITS, PART, lane_mul, lane_scale, lane_sqr, lane_load,
                                   lane_store, lane_take, lane_join, lane_split, lane_lay, lane_select, lane_pick};

/* gcc and clang look at CPUID and at the state the system saves (XCR0) together. */
int qs_lane_avx2_usable(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && qs_lane_check(&qs_lane_avx2);
}

#else

typedef int qs_no_lane_avx2; /* a file must declare something */

#endif
