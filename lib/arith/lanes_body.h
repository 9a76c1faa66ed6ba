/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one body of the eight-lane kernel offers to the batch operations of lanes.h. Both bodies are made from
 * lanes_kernel.h and share one memory layout, so a caller cannot tell them apart.
 *
 * An element group is `digits * columns` rows of eight words: row i holds limb i (canonical) of all eight residues, digit
 * 0's limbs first. A body whose vectors have four words has the rows of the first four lanes, then those of the others.
 * Groups start on a multiple of 64 bytes. A digit is below 2 n between operations.
 */
#ifndef QS_LANES_BODY_H
#define QS_LANES_BODY_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

#define QS_LANES 8
#define QS_LANE_BLOCK 10            /* columns in one block of the kernel */
#define QS_LANE_RADIX_BITS_MAX 4160 /* moduli of up to 4 bits less */
#define QS_LANE_COLUMNS_MAX 160     /* of a digit, for limbs of 26 bits */
#define QS_LANE_DIGITS_MAX 3
#define QS_LANE_TEETH_MAX 8
#define QS_LANE_PICKS 2 /* groups at most that one read of a table serves */

/* n in limbs of the body's bits, the same in all lanes. columns is a multiple of the block, and 16 n <= R, which is
 * 2^(bits columns). */
typedef struct qs_lane_modulus {
    size_t columns;
    size_t limbs; /* of n as mp_limb_t's, as qs_ring has it */
    unsigned digits;
    mp_limb_t inverse; /* -1/n mod 2^bits */
    mp_limb_t n[QS_LANE_COLUMNS_MAX];
} qs_lane_modulus;

typedef struct qs_lane_body {
    const char *name;
    unsigned bits; /* of a limb: 52 or 26, so R is the same */
    unsigned part; /* words of a vector: 8 or 4 */
    /* x y / R and x^2 / R, digits below 2 n in and out; r may be x or y. Constant time. `scratch`, here and below:
     * 3 * digits * columns rows, from secret memory for secrets. */
    void (*mul)(const qs_lane_modulus *modulus, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y,
                mp_limb_t *scratch);
    /* The same by digit 0 of y alone. */
    void (*scale)(const qs_lane_modulus *modulus, mp_limb_t *r, const mp_limb_t *x, const mp_limb_t *y,
                  mp_limb_t *scratch);
    void (*sqr)(const qs_lane_modulus *modulus, mp_limb_t *r, const mp_limb_t *x, mp_limb_t *scratch);
    /* From eight elements of a qs_ring, and back into canonical digits. Constant time. */
    void (*load)(const qs_lane_modulus *modulus, mp_limb_t *r, const mp_limb_t *const *elements,
                 mp_limb_t *scratch);
    void (*store)(const qs_lane_modulus *modulus, mp_limb_t *const *elements, const mp_limb_t *x,
                  mp_limb_t *scratch);
    /* From eight wire elements, digits of `bytes` big-endian bytes. The answer has bit j set if a digit of lane j is not
     * below n: its lane is then good for nothing. */
    unsigned (*take)(const qs_lane_modulus *modulus, mp_limb_t *r, const uint8_t *const *elements, size_t bytes,
                     mp_limb_t *scratch);
    /* A group from eight arrays of `rows` >= 8 words, and back: lane form of one residue is its limbs side by side. */
    void (*join)(mp_limb_t *r, const mp_limb_t *const *arrays, size_t rows);
    void (*split)(mp_limb_t *const *arrays, const mp_limb_t *x, size_t rows);
    /* Entry `entry` of a table of 2^teeth single residues (teeth: 4..8) of qs_lane_table_limbs() limbs. */
    void (*lay)(mp_limb_t *table, size_t rows, unsigned teeth, size_t entry, const mp_limb_t *limbs);
    /* r = group `digit` of a table of `entries` groups in the order of qs_lane_entry(). Reads all of it. */
    void (*select)(mp_limb_t *r, const mp_limb_t *table, size_t rows, size_t entries, mp_limb_t digit);
    /* Lane j of the k-th group of r = entry digits[8 k + j] of a table of single residues. One group or QS_LANE_PICKS,
     * one behind the other, which may share the reading. Reads all of it. */
    void (*pick)(mp_limb_t *r, const mp_limb_t *table, size_t rows, unsigned teeth, const mp_limb_t *digits,
                 size_t groups);
} qs_lane_body;

/* Where block `block` (QS_LANE_BLOCK rows) of entry `entry` stands in a table for select(): the blocks of all entries
 * lie side by side, so that a pass keeps one block of sums in registers and reads straight on. */
static inline size_t qs_lane_entry(size_t entries, size_t block, size_t entry)
{
    return (block * entries + entry) * QS_LANE_BLOCK * QS_LANES;
}

/* Limbs of 26 bits are kept in half words. */
static inline size_t qs_lane_table_limbs(const qs_lane_body *body, size_t rows, unsigned teeth)
{
    return (rows << teeth) * body->bits / 52;
}

#if GMP_LIMB_BITS == 64
#define QS_LANE_PLAIN 1
extern const qs_lane_body qs_lane_plain;
extern const qs_lane_body qs_lane_plain26;
#endif

#if defined(__x86_64__) && defined(__LP64__) && defined(__GNUC__) && GMP_LIMB_BITS == 64
#define QS_LANE_AVX2 1
#define QS_LANE_IFMA 1
extern const qs_lane_body qs_lane_avx2;
extern const qs_lane_body qs_lane_ifma;
int qs_lane_avx2_usable(void); /* the processor has it, the system saves its registers, and it computes rightly */
int qs_lane_ifma_usable(void);
#endif

/* 1 if products, squares, conversions and table reads of this body agree with GMP on fixed numbers. */
int qs_lane_check(const qs_lane_body *body);

#endif
