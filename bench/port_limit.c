/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many IFMA instructions operations need: the denominator of what a row reaches of the port's limit.
 *
 * Counted is the schoolbook structure: h columns of 52 bits to a digit, every limb product twice (low half and high
 * half), one instruction for eight residues. For residues of d base-N digits that is, in units of h^2,
 *
 *     product     d (d+1) for the digit products, 2 d for the reductions:        4, 10, 18 for d = 1, 2, 3
 *     square      d (d+1) / 2, mixed products once, and the same reductions:     3,  7, 12
 *
 * Powers are squarings, window products and the table before them. Work that is no residue product (inversions, reading
 * tables and bytes, hashing) counts nothing, and single numbers count as if their limbs filled all eight lanes. Code
 * that multiplies by Karatsuba, or shares work in another way, can pass 100 %: the count stays what it is, so that
 * percentages of different days compare.
 */
#include "bench/port.h"
#include "lib/arith/lanes_body.h"
#include "lib/base/transcript.h"

#define LIMB_BITS 52
#define WINDOW 5  /* of a secret exponent: lanes_power.c, exponent.c */
#define SLIDING 6 /* of a public one */
#define TEETH 6   /* of a plain comb with whole entries, 640 KiB of tables at most: lanes_comb.c shares more work */
#define TABLES_LIMBS ((size_t)80 * 1024)
#define OPENING_ROUNDS 8 /* opening.c */
#define OPENING_BITS 16

typedef struct size { /* of a residue */
    double h;
    unsigned digits;
} size;

/* The columns of a digit, whole blocks of them, and 4 bits to spare. */
static size size_of(unsigned bits, unsigned digits)
{
    unsigned columns = (bits + 4 + LIMB_BITS - 1) / LIMB_BITS;

    return (size){(columns + QS_LANE_BLOCK - 1) / QS_LANE_BLOCK * QS_LANE_BLOCK, digits};
}

static size root_of(const bench *b)
{
    return size_of(b->options.bits, 1);
}

static size ring_of(const bench *b)
{
    return size_of(b->options.bits, b->options.degree + 1);
}

/* ---- a residue's share of the instructions: an eighth ---- */

static double mul(size s)
{
    return s.digits * (s.digits + 3) * s.h * s.h / QS_LANES;
}

static double sqr(size s)
{
    return s.digits * (s.digits + 5) / 2.0 * s.h * s.h / QS_LANES;
}

/* Into Montgomery form and out again: a product each. */
static double power_secret(size s, size_t bits)
{
    size_t windows = (bits + WINDOW - 1) / WINDOW;
    double table = (1 << WINDOW) - 1;

    return (table + (double)(windows - 1) + 2) * mul(s) + WINDOW * (double)(windows - 1) * sqr(s);
}

/* A window of six bits that begins and ends on a one, and one zero after it on average. */
static double power_public(size s, size_t bits)
{
    double table = 1 << (SLIDING - 1);

    return (table + (double)bits / (SLIDING + 1) + 2) * mul(s) + (double)bits * sqr(s);
}

/* r^(N^s) by s powers by N, with a digit more each. */
static double randomiser(const bench *b)
{
    double sum = 0;

    for (unsigned digits = 2; digits <= b->options.degree + 1; digits++)
        sum += power_public(size_of(b->options.bits, digits), b->options.bits);
    return sum;
}

/* A product a column but the first, squares between the columns that share a table, a product out of lane form. */
static double comb(size s, size_t bits)
{
    size_t columns = (bits + TEETH - 1) / TEETH;
    size_t table = (size_t)s.h * s.digits << TEETH;
    size_t tables = TABLES_LIMBS / table > 0 ? TABLES_LIMBS / table : 1;
    size_t spread = (columns + tables - 1) / tables;

    return (double)columns * mul(s) + (double)(spread - 1) * sqr(s);
}

/* Pippenger: every base into a bucket a window, then two products a bucket. All bases together, the best window. */
static double buckets(size s, size_t bits, size_t count)
{
    double best = 0;

    for (unsigned window = 1; window <= 12; window++) {
        double products = (double)((bits + window - 1) / window) * ((double)count + (double)((size_t)2 << window));

        best = best == 0 || products < best ? products : best;
    }
    return best * mul(s) + (double)bits * sqr(s);
}

/* ---- operations ---- */

double bench_ifma_aggregate(const bench *b, size_t count)
{
    return (double)count * mul(ring_of(b));
}

/* The power of h_s, times 1 + m N: one digit product for s = 1. */
double bench_ifma_encrypt(const bench *b, quorsum_randomiser kind, size_t count)
{
    return (double)count * (comb(ring_of(b), b->keys.key[kind]->alpha_bits) + mul(root_of(b)));
}

/* Units are tested by one long product modulo N. */
double bench_ifma_validate(const bench *b, size_t count)
{
    return (double)count * mul(root_of(b));
}

/* Modulo p^(s+1) and q^(s+1), exponents of half the modulus' length. */
double bench_ifma_decrypt(const bench *b, size_t count)
{
    unsigned bits = b->options.bits / 2;

    return (double)count * 2 * power_secret(size_of(bits, b->options.degree + 1), bits);
}

double bench_ifma_partial(const bench *b, size_t count)
{
    size root = root_of(b);

    return (double)count * (sqr(root) + power_secret(root, b->keys.shares[0]->share_bits));
}

double bench_ifma_complete(const bench *b, size_t count)
{
    return (double)count * randomiser(b);
}

double bench_ifma_multiexp(const bench *b, size_t count)
{
    return buckets(ring_of(b), 8 * QS_CHALLENGE_BYTES, count);
}

double bench_ifma_opening(const bench *b, size_t count)
{
    double round = buckets(ring_of(b), OPENING_BITS, count) + buckets(root_of(b), OPENING_BITS, count) + randomiser(b);

    return 2 * bench_ifma_validate(b, count) + OPENING_ROUNDS * round;
}

/* The products of ciphertexts, among them h_s^w in 128-bit steps. */
double bench_ifma_knowledge(const bench *b, size_t count)
{
    return bench_ifma_multiexp(b, count + qs_public_key_step_count(bench_key(b)));
}

/* Two products of powers, of bases and of partials, then two joint powers by the response. */
double bench_ifma_share(const bench *b, size_t count)
{
    size root = root_of(b);
    size_t response = b->keys.shares[0]->share_bits + 8 * QS_CHALLENGE_BYTES + QS_SLACK;

    return bench_ifma_validate(b, count) + 2 * buckets(root, 8 * QS_CHALLENGE_BYTES, count) +
           2 * power_public(root, response);
}
