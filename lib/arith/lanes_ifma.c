/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eight-lane kernel on AVX-512 IFMA: a vector is one register, a half product one instruction. The file is compiled
 * for any x86-64; what uses the instructions says so, and nobody gets here unless the processor has them.
 */
#include "lib/arith/lanes_body.h"

#ifdef QS_LANE_IFMA

#include <string.h>

#include "lib/arith/vec_ifma.h"

static LANE_INLINE LANE_FN void turn(vec rows[QS_LANES])
{
    vec pair[QS_LANES]; /* words of two neighbouring rows, interleaved */
    vec four[QS_LANES]; /* of four, by halves of the columns */

    UNROLL for (int j = 0; j < QS_LANES; j += 2) {
        pair[j] = _mm512_unpacklo_epi64(rows[j], rows[j + 1]);
        pair[j + 1] = _mm512_unpackhi_epi64(rows[j], rows[j + 1]);
    }
    UNROLL for (int j = 0; j < QS_LANES; j += 4) {
        four[j] = _mm512_shuffle_i64x2(pair[j], pair[j + 2], 0x88);
        four[j + 1] = _mm512_shuffle_i64x2(pair[j + 1], pair[j + 3], 0x88);
        four[j + 2] = _mm512_shuffle_i64x2(pair[j], pair[j + 2], 0xdd);
        four[j + 3] = _mm512_shuffle_i64x2(pair[j + 1], pair[j + 3], 0xdd);
    }
    UNROLL for (int j = 0; j < 4; j++) {
        rows[j] = _mm512_shuffle_i64x2(four[j], four[j + 4], 0x88);
        rows[j + 4] = _mm512_shuffle_i64x2(four[j], four[j + 4], 0xdd);
    }
}

static LANE_INLINE __mmask8 first_words(size_t count)
{
    return (__mmask8)(count < QS_LANES ? (1u << count) - 1 : 0xffu);
}

VEC words(const mp_limb_t *from, size_t count)
{
    return _mm512_maskz_loadu_epi64(first_words(count), from);
}

static LANE_INLINE LANE_FN void put(mp_limb_t *to, size_t count, vec a)
{
    _mm512_mask_storeu_epi64(to, first_words(count), a);
}

/* All 64 bytes in reverse order: within quarters, then the quarters. The number's topmost bytes go by a copy. */
VEC wire_words(const uint8_t *in, size_t len, size_t from)
{
    const vec backwards = _mm512_broadcast_i32x4(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    size_t left = len - 8 * from;
    uint8_t top[sizeof(vec)] = {0};
    vec bytes;

    if (left >= sizeof bytes) {
        bytes = _mm512_loadu_si512(in + left - sizeof bytes);
    } else {
        memcpy(top + sizeof top - left, in, left);
        bytes = _mm512_loadu_si512(top);
    }
    bytes = _mm512_shuffle_epi8(bytes, backwards);
    return _mm512_shuffle_i64x2(bytes, bytes, 0x1b);
}

#include "lib/arith/lanes_kernel.h"
#include "lib/arith/lanes_lookup.h"

const qs_lane_body qs_lane_ifma = {"ifma", BITS, PART, lane_mul, lane_scale, lane_sqr, lane_load,
                                   lane_store, lane_take, lane_join, lane_split, lane_lay, lane_select, lane_pick};

/* gcc and clang look at CPUID and at the state the system saves (XCR0) together. */
int qs_lane_ifma_usable(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512ifma") && qs_lane_check(&qs_lane_ifma);
}

#else

typedef int qs_no_lane_ifma; /* a file must declare something */

#endif
