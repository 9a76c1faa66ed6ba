/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel for x86-64 processors with BMI2 and ADX (Intel since 2015, AMD since 2017). Everything is made of
 * one step on eight limbs by eight: eight sums stay in registers while eight rows pass, low halves of the
 * products on the carry flag's chain, high halves on the overflow flag's. Nothing depends on the data but the
 * data. Lengths that are no multiple of eight go to the portable kernel.
 */
#include "lib/arith/kernel_list.h"

#ifdef QS_KERNEL_MULX

#include <cpuid.h>
#include <string.h>

#include "lib/arith/karatsuba.h"

#define BLOCK 8
#define KARATSUBA_MUL 32 /* limbs from which on it is faster, measured on Zen 3 */
#define KARATSUBA_SQR 64

/* x[o] y_k in two halves onto two neighbouring sums; rdx holds y_k. */
#define STEP(o, low, high)                                                                                             \
    "mulxq " o "(%[x]), %%rax, %%rcx\n\t"                                                                              \
    "adcxq %%rax, %%" low "\n\t"                                                                                       \
    "adoxq %%rcx, %%" high "\n\t"

/* The rest of a row once its lowest sum is done: seven more limbs, and a new top sum in the lowest's place. */
#define ROW_REST(a0, a1, a2, a3, a4, a5, a6, a7)                                                                       \
    STEP("8", a1, a2) STEP("16", a2, a3) STEP("24", a3, a4) STEP("32", a4, a5) STEP("40", a5, a6) STEP("48", a6, a7)   \
    "mulxq 56(%[x]), %%rax, %%" a0 "\n\t"                                                                              \
    "adcxq %%rax, %%" a7 "\n\t"                                                                                        \
    "movl $0, %%eax\n\t"                                                                                               \
    "adoxq %%rax, %%" a0 "\n\t"                                                                                        \
    "adcq $0, %%" a0 "\n\t"

/* One row of a product: y_k from memory, the finished limb to memory. */
#define PRODUCT_ROW(o, a0, a1, a2, a3, a4, a5, a6, a7)                                                                 \
    "movq " o "(%[y]), %%rdx\n\t"                                                                                      \
    "xorl %%eax, %%eax\n\t" STEP("0", a0, a1) "movq %%" a0 ", " o "(%[t])\n\t"                                         \
    ROW_REST(a0, a1, a2, a3, a4, a5, a6, a7)

/* One row of a reduction: q_k = the lowest sum times -1/n, kept in the place of the limb it clears. */
#define REDUCTION_ROW(o, a0, a1, a2, a3, a4, a5, a6, a7)                                                               \
    "movq %%" a0 ", %%rdx\n\t"                                                                                         \
    "imulq %[inverse], %%rdx\n\t"                                                                                      \
    "movq %%rdx, " o "(%[t])\n\t"                                                                                      \
    "xorl %%eax, %%eax\n\t" STEP("0", a0, a1) ROW_REST(a0, a1, a2, a3, a4, a5, a6, a7)

/* Eight rows; after each the sums move down by one register. */
#define ROWS(ROW)                                                                                                      \
    ROW("0", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15")                                                     \
    ROW("8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "r8")                                                     \
    ROW("16", "r10", "r11", "r12", "r13", "r14", "r15", "r8", "r9")                                                    \
    ROW("24", "r11", "r12", "r13", "r14", "r15", "r8", "r9", "r10")                                                    \
    ROW("32", "r12", "r13", "r14", "r15", "r8", "r9", "r10", "r11")                                                    \
    ROW("40", "r13", "r14", "r15", "r8", "r9", "r10", "r11", "r12")                                                    \
    ROW("48", "r14", "r15", "r8", "r9", "r10", "r11", "r12", "r13")                                                    \
    ROW("56", "r15", "r8", "r9", "r10", "r11", "r12", "r13", "r14")

#define LOAD_SUMS                                                                                                      \
    "movq (%[t]), %%r8\n\tmovq 8(%[t]), %%r9\n\tmovq 16(%[t]), %%r10\n\tmovq 24(%[t]), %%r11\n\t"                      \
    "movq 32(%[t]), %%r12\n\tmovq 40(%[t]), %%r13\n\tmovq 48(%[t]), %%r14\n\tmovq 56(%[t]), %%r15\n\t"

#define ADD_SUM(o, a) "adcq " o "(%[t]), %%" a "\n\tmovq %%" a ", " o "(%[t])\n\t"

/* t[8..16) += the eight sums + carry; the carry out comes back in `carry`. That waits in a vector register: with a
 * frame pointer there is no other left. */
#define ADD_SUMS                                                                                                       \
    "movq %[carry], %%rax\n\taddq $-1, %%rax\n\t" ADD_SUM("64", "r8") ADD_SUM("72", "r9") ADD_SUM("80", "r10")         \
    ADD_SUM("88", "r11") ADD_SUM("96", "r12") ADD_SUM("104", "r13") ADD_SUM("112", "r14") ADD_SUM("120", "r15")        \
    "movl $0, %%eax\n\tsetc %%al\n\tmovq %%rax, %[carry]\n\t"

#define CHANGED "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc", "memory"

/* t[0..16) += x y, eight limbs each, and carry (0 or 1) at t[8]; the carry out, which belongs at t[16].
 * The sums over eight limbs and their carry: (B-1)^2 + (B-1) = (B-1) B with B = 2^512, so the upper half is at
 * most B - 1, and adding t[8..16) and a carry to it carries at most once. */
static inline mp_limb_t product_block(mp_limb_t *t, const mp_limb_t *x, const mp_limb_t *y, mp_limb_t carry)
{
    __asm__ volatile(LOAD_SUMS ROWS(PRODUCT_ROW) ADD_SUMS
                     : [carry] "+x"(carry)
                     : [t] "r"(t), [x] "r"(x), [y] "r"(y)
                     : CHANGED);
    return carry;
}

/* The same with y = q chosen so that t[0..8) would be cleared; q is left there. */
static inline mp_limb_t reduction_block(mp_limb_t *t, const mp_limb_t *x, mp_limb_t inverse)
{
    mp_limb_t carry = 0;

    __asm__ volatile(LOAD_SUMS ROWS(REDUCTION_ROW) ADD_SUMS
                     : [carry] "+x"(carry)
                     : [t] "r"(t), [x] "r"(x), [inverse] "r"(inverse)
                     : CHANGED);
    return carry;
}

/* A limb of the triangle's first row: the low half closes one sum, the high half opens the next. */
#define TRIANGLE_FIRST(o, sum, next) "mulxq " o "(%[x]), %%rax, %%" next "\n\tadcq %%rax, %%" sum "\n\t"
#define TRIANGLE_ROW(o) "movq " o "(%[x]), %%rdx\n\txorl %%eax, %%eax\n\t"
#define TRIANGLE_TOP(sum, next)                                                                                        \
    "mulxq 56(%[x]), %%rax, %%" next "\n\t"                                                                            \
    "adcxq %%rax, %%" sum "\n\t"                                                                                       \
    "movl $0, %%eax\n\t"                                                                                               \
    "adoxq %%rax, %%" next "\n\t"                                                                                      \
    "adcq $0, %%" next "\n\t"
#define STORE_TWO(a, o, b, p) "movq %%" a ", " o "(%[t])\n\tmovq %%" b ", " p "(%[t])\n\t"

/* clang-format off */
/* t[0..16) = the products of two different limbs of x[0..8), each once. Row i is x_i times the limbs above it;
 * then the limbs 2i+1 and 2i+2 are done, and their registers free. */
static inline void triangle_block(mp_limb_t *t, const mp_limb_t *x)
{
    __asm__ volatile(
        TRIANGLE_ROW("0") STORE_TWO("rax", "0", "rax", "120")
        "mulxq 8(%[x]), %%r8, %%r9\n\t"
        TRIANGLE_FIRST("16", "r9", "r10") TRIANGLE_FIRST("24", "r10", "r11") TRIANGLE_FIRST("32", "r11", "r12")
        TRIANGLE_FIRST("40", "r12", "r13") TRIANGLE_FIRST("48", "r13", "r14") TRIANGLE_FIRST("56", "r14", "r15")
        "adcq $0, %%r15\n\t" STORE_TWO("r8", "8", "r9", "16")
        TRIANGLE_ROW("8") STEP("16", "r10", "r11") STEP("24", "r11", "r12") STEP("32", "r12", "r13")
        STEP("40", "r13", "r14") STEP("48", "r14", "r15") TRIANGLE_TOP("r15", "r8") STORE_TWO("r10", "24", "r11", "32")
        TRIANGLE_ROW("16") STEP("24", "r12", "r13") STEP("32", "r13", "r14") STEP("40", "r14", "r15")
        STEP("48", "r15", "r8") TRIANGLE_TOP("r8", "r9") STORE_TWO("r12", "40", "r13", "48")
        TRIANGLE_ROW("24") STEP("32", "r14", "r15") STEP("40", "r15", "r8") STEP("48", "r8", "r9")
        TRIANGLE_TOP("r9", "r10") STORE_TWO("r14", "56", "r15", "64")
        TRIANGLE_ROW("32") STEP("40", "r8", "r9") STEP("48", "r9", "r10") TRIANGLE_TOP("r10", "r11")
        STORE_TWO("r8", "72", "r9", "80")
        TRIANGLE_ROW("40") STEP("48", "r10", "r11") TRIANGLE_TOP("r11", "r12") STORE_TWO("r10", "88", "r11", "96")
        TRIANGLE_ROW("48") TRIANGLE_TOP("r12", "r13") STORE_TWO("r12", "104", "r13", "112")
        :
        : [t] "r"(t), [x] "r"(x)
        : CHANGED);
}
/* clang-format on */

/* Two limbs of the result: the doubling on the carry flag's chain, the square of x_k on the overflow flag's. */
#define DOUBLE_AND_SQUARE(o, low, high)                                                                                \
    "movq " o "(%[x]), %%rdx\n\t"                                                                                      \
    "movq " low "(%[t]), %%r8\n\t"                                                                                     \
    "movq " high "(%[t]), %%r9\n\t"                                                                                    \
    "mulxq %%rdx, %%rax, %%rdx\n\t"                                                                                    \
    "adcxq %%r8, %%r8\n\t"                                                                                             \
    "adoxq %%rax, %%r8\n\t"                                                                                            \
    "adcxq %%r9, %%r9\n\t"                                                                                             \
    "adoxq %%rdx, %%r9\n\t"                                                                                            \
    "movq %%r8, " low "(%[r])\n\t"                                                                                     \
    "movq %%r9, " high "(%[r])\n\t"

/* r = 2 t + the squares of the limbs of x at their places: the whole square, so nothing is carried out. The loop
 * moves on by instructions that leave the flags alone. */
static void double_and_square(mp_limb_t *r, const mp_limb_t *t, const mp_limb_t *x, size_t limbs)
{
    size_t steps = limbs / 4;

    __asm__ volatile("xorl %%eax, %%eax\n\t"
                     "1:\n\t" DOUBLE_AND_SQUARE("0", "0", "8") DOUBLE_AND_SQUARE("8", "16", "24")
                     DOUBLE_AND_SQUARE("16", "32", "40") DOUBLE_AND_SQUARE("24", "48", "56")
                     "leaq 32(%[x]), %[x]\n\t"
                     "leaq 64(%[t]), %[t]\n\t"
                     "leaq 64(%[r]), %[r]\n\t"
                     "leaq -1(%%rcx), %%rcx\n\t"
                     "jrcxz 2f\n\t"
                     "jmp 1b\n"
                     "2:\n\t"
                     : [r] "+r"(r), [t] "+r"(t), [x] "+r"(x), "+c"(steps)
                     :
                     : "rax", "rdx", "r8", "r9", "cc", "memory");
}

/* t += x y for x of `limbs` limbs and y of eight; the carry out belongs at t[limbs + 8]. `carry` comes in at t[8]. */
static mp_limb_t product_row(mp_limb_t *t, const mp_limb_t *x, const mp_limb_t *y, size_t limbs, mp_limb_t carry)
{
    for (size_t i = 0; i < limbs; i += BLOCK)
        carry = product_block(t + i, x + i, y, carry);
    return carry;
}

/* t[0..8) += carry */
static mp_limb_t carry_on(mp_limb_t *t, mp_limb_t carry)
{
    for (size_t i = 0; i < BLOCK; i++) {
        t[i] += carry;
        carry = (mp_limb_t)(t[i] < carry);
    }
    return carry;
}

static void block_mul(mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, size_t limbs, mp_limb_t *scratch)
{
    (void)scratch;
    memset(r, 0, 2 * limbs * sizeof *r);
    for (size_t j = 0; j < limbs; j += BLOCK)
        (void)product_row(r + j, x, y + j, limbs, 0); /* no carry: the row's top limbs were zero */
}

/* The triangles of all blocks, then the blocks off the diagonal, all once; then doubled, with the squares. What a
 * row carries over belongs where the next row ends, so it is put there first. That may carry once more, but not
 * together with the row itself: rows so far and triangles there are each below the place of the carry. */
static void block_sqr(mp_limb_t *r, const mp_limb_t *x, size_t limbs, mp_limb_t *scratch)
{
    mp_limb_t *mixed = scratch;
    mp_limb_t over = 0;

    for (size_t j = 0; j < limbs; j += BLOCK)
        triangle_block(mixed + 2 * j, x + j);
    for (size_t j = 0; j + BLOCK < limbs; j += BLOCK) {
        over = carry_on(mixed + limbs + j, over);
        over |= product_row(mixed + 2 * j + BLOCK, x + j + BLOCK, x + j, limbs - j - BLOCK, 0);
    }
    (void)carry_on(mixed + 2 * limbs - BLOCK, over);
    double_and_square(r, mixed, x, limbs);
}

static void mulx_mul(mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y, size_t limbs, mp_limb_t *scratch)
{
    if (limbs % BLOCK != 0)
        qs_kernel_portable.mul(r, x, y, limbs, scratch);
    else if (limbs >= KARATSUBA_MUL && limbs % (2 * BLOCK) == 0)
        qs_karatsuba_mul(block_mul, r, x, y, limbs / 2, scratch);
    else
        block_mul(r, x, y, limbs, scratch);
}

static void mulx_sqr(mp_limb_t *r, const mp_limb_t *x, size_t limbs, mp_limb_t *scratch)
{
    if (limbs % BLOCK != 0)
        qs_kernel_portable.sqr(r, x, limbs, scratch);
    else if (limbs >= KARATSUBA_SQR && limbs % (2 * BLOCK) == 0)
        qs_karatsuba_sqr(block_sqr, r, x, limbs / 2, scratch);
    else
        block_sqr(r, x, limbs, scratch);
}

/* Rows of eight q, with carries as in block_sqr: t and q n so far are each below the place of the carry. */
static mp_limb_t mulx_reduce(mp_limb_t *t, const mp_limb_t *n, size_t limbs, mp_limb_t inverse)
{
    mp_limb_t over = 0;

    if (limbs % BLOCK != 0)
        return qs_kernel_portable.reduce(t, n, limbs, inverse);
    for (size_t j = 0; j < limbs; j += BLOCK) {
        mp_limb_t *q = t + j;
        mp_limb_t carry;

        over = carry_on(q + limbs, over);
        carry = reduction_block(q, n, inverse);
        over |= product_row(q + BLOCK, n + BLOCK, q, limbs - BLOCK, carry);
    }
    return over;
}

int qs_mulx_usable(void)
{
    unsigned a, b, c, d;

    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return 0;
    return (b & bit_BMI2) != 0 && (b & bit_ADX) != 0;
}

const qs_kernel qs_kernel_mulx = {"mulx", mulx_mul, mulx_sqr, mulx_reduce, NULL, NULL};

/* Nearly every processor with AVX2 has what single products use here, and every one with AVX-512 IFMA. */
#ifdef QS_LANE_AVX2
const qs_kernel qs_kernel_avx2 = {"avx2", mulx_mul, mulx_sqr, mulx_reduce, &qs_lane_avx2, NULL};

int qs_avx2_usable(void)
{
    return qs_mulx_usable() && qs_lane_avx2_usable();
}
#endif

#ifdef QS_LANE_IFMA
const qs_kernel qs_kernel_ifma = {"ifma", mulx_mul, mulx_sqr, mulx_reduce, &qs_lane_ifma, &qs_across_ifma};

int qs_ifma_usable(void)
{
    return qs_mulx_usable() && qs_lane_ifma_usable() && qs_across_check(&qs_across_ifma);
}
#endif

#else

/* ISO C wants a declaration in every file. */
typedef int qs_no_mulx_kernel;

#endif
