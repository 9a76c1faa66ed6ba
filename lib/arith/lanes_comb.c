/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The comb of fixed_base.c for eight exponents in eight lanes, or for two such groups in turn. A table holds its 2^TEETH
 * entries limb by limb, so that every lane picks its own with a few permutations of registers, and each table is read
 * whole for every column, once for both groups.
 *
 * Split entries. Of two digits, an entry e = a + b n is kept as a and t = b/a mod n, so that e = a (1 + t n). Since
 * (1 + t n) (1 + u n) = 1 + (t + u) n mod n^2, a product of entries is the product of their a times 1 + n sum t: factors
 * of one digit instead of two, 4/5 of the work, and a sum. Squaring doubles the sum, and at the end the sum goes into
 * digit 1 by one product: x0 + x1 n times 1 + T n is x0 + (x1 + x0 T) n.
 *
 *     T is kept as it comes, limbs beyond 52 bits between squarings, and grows: from below 2 n, with at most S columns
 *     of t < 2 n a place, k doublings later it is below 2^(k+1) (1 + 2 S) n. It is taken modulo n before that reaches R.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/lanes.h"
#include "lib/base/invariant.h"

/* Together the tables should stay in a core's own second cache: 768 KiB at most, that is 9 tables at 2048 bits and two
 * digits. Measured beside 6 teeth and 640 KiB on a core whose cache has 1 MiB: 3 to 6 % faster at 2048 to 4096 bits;
 * 8 teeth, where reading weighs more, are no faster than 6. */
#define TEETH 7
#define TABLES_LIMBS ((size_t)96 * 1024)
#define SIZE ((size_t)1 << TEETH)
#define ALIGNMENT 64

struct qs_lanes_comb {
    const qs_lanes *lanes;
    size_t bits;
    size_t columns;
    size_t spread;      /* columns that share a table */
    size_t count;       /* of tables */
    size_t table_limbs; /* of one */
    mp_limb_t *tables;
    mp_limb_t *radix;  /* the ring's R in all lanes: what turns lane form into the ring's Montgomery form */
    mp_limb_t *square; /* of root: its R^2 */
    mp_limb_t *block;
    qs_lanes *root;    /* one digit, where entries are split; else NULL */
    size_t doublings;  /* of a sum before it is taken modulo n */
};

static size_t split_group(const qs_lanes_comb *comb) /* limbs */
{
    return comb->root != NULL ? qs_lanes_group(comb->root) : 0;
}

static void choose_shape(qs_lanes_comb *comb, size_t bits)
{
    size_t wanted;

    comb->bits = bits;
    comb->columns = (bits + TEETH - 1) / TEETH;
    comb->table_limbs = qs_lane_table_limbs(qs_lanes_body(comb->lanes), qs_lanes_rows(comb->lanes), TEETH);
    wanted = TABLES_LIMBS / comb->table_limbs;
    if (wanted == 0)
        wanted = 1;
    comb->spread = (comb->columns + wanted - 1) / wanted;
    comb->count = (comb->columns + comb->spread - 1) / comb->spread;
}

size_t qs_lanes_comb_bytes(const qs_lanes_comb *comb)
{
    return comb->count * comb->table_limbs * sizeof(mp_limb_t);
}

/* starts[t count + j] = base^(2^(t columns + j spread)), plain form: one chain of squarings passes them all. */
static void fill_starts(const qs_lanes_comb *comb, const qs_ring *ring, mp_limb_t *starts, const mp_limb_t *base,
                        mp_limb_t *scratch)
{
    mp_limb_t *power = scratch;
    mp_limb_t *rest = power + ring->width;

    memcpy(power, base, ring->width * sizeof *power);
    for (size_t t = 0; t < TEETH; t++)
        for (size_t c = 0; c < comb->columns; c++) {
            if (c % comb->spread == 0)
                qs_ring_leave(ring, starts + (t * comb->count + c / comb->spread) * ring->width, power, rest);
            qs_ring_sqr(ring, power, power, rest);
        }
}

/* The inverse modulo n of an element, plain; -1 if it has none. Public. */
static int invert_digit(const qs_ring *ring, mp_limb_t *out, const mp_limb_t *x)
{
    mpz_t n, digit, inverse;
    int answer = -1;

    mpz_init(inverse);
    mpz_roinit_n(n, ring->n, (mp_size_t)ring->limbs);
    if (mpz_invert(inverse, mpz_roinit_n(digit, x, (mp_size_t)ring->limbs), n) != 0) {
        memset(out, 0, ring->limbs * sizeof *out);
        mpn_copyi(out, mpz_limbs_read(inverse), (mp_size_t)mpz_size(inverse));
        answer = 0;
    }
    mpz_clear(inverse);
    return answer;
}

/* Entries are split where there are bits enough for a sum to be doubled, n is public and the base a unit. */
static quorsum_status choose_split(qs_lanes_comb *comb, const qs_ring *ring, const mp_limb_t *base)
{
    size_t growth = 2; /* of 2 (1 + 2 S), in bits */
    mp_limb_t *inverse;
    quorsum_status status = QUORSUM_OK;

    while ((size_t)1 << growth < 2 * (1 + 2 * comb->count))
        growth++;
    if (ring->digits != 2 || ring->secret || qs_lanes_spare(comb->lanes) <= growth)
        return QUORSUM_OK;
    comb->doublings = qs_lanes_spare(comb->lanes) - growth;
    inverse = malloc(ring->limbs * sizeof *inverse);
    if (inverse == NULL)
        return QUORSUM_ERR_MEMORY;
    if (invert_digit(ring, inverse, base) == 0)
        status = qs_lanes_make(&comb->root, qs_lanes_body(comb->lanes), ring->n, ring->bits, 1, 0);
    free(inverse);
    return status;
}

/* Entry d of eight tables stands in eight lanes: each goes to its table. */
static void store_entry(const qs_lanes_comb *comb, size_t first, size_t tables, size_t d, const mp_limb_t *entry,
                        mp_limb_t *side_by_side)
{
    size_t rows = qs_lanes_rows(comb->lanes);
    mp_limb_t *residues[QS_LANES];

    qs_lanes_places(residues, side_by_side, rows, QS_LANES);
    qs_lanes_body(comb->lanes)->split(residues, entry, rows);
    for (size_t j = 0; j < tables; j++)
        qs_lanes_body(comb->lanes)->lay(comb->tables + (first + j) * comb->table_limbs, rows, TEETH, d, residues[j]);
}

/* What eight tables are built in. */
typedef struct building {
    const qs_ring *ring;
    mp_limb_t *starts;   /* plain */
    mp_limb_t *inverses; /* of their digits 0, if entries are split */
    mp_limb_t *entries;  /* groups */
    mp_limb_t *start;
    mp_limb_t *unsplit;  /* R/a for every entry, modulo n, if entries are split; and two such groups more */
    mp_limb_t *rest;
} building;

static quorsum_status building_init(building *work, const qs_lanes_comb *comb, const qs_ring *ring)
{
    size_t group = qs_lanes_group(comb->lanes);
    size_t room = (SIZE + 1) * group + (SIZE + 2) * split_group(comb) + qs_lanes_scratch(comb->lanes) + ring->width +
                  qs_ring_scratch(ring) + QS_LANES_SLACK;

    work->ring = ring;
    work->starts = calloc(TEETH * comb->count, ring->width * sizeof *work->starts);
    work->inverses = calloc(TEETH * comb->count, ring->limbs * sizeof *work->inverses);
    work->entries = malloc(room * sizeof *work->entries);
    if (work->starts == NULL || work->inverses == NULL || work->entries == NULL)
        return QUORSUM_ERR_MEMORY;
    work->start = qs_lanes_align(work->entries) + SIZE * group;
    work->unsplit = work->start + group;
    work->rest = work->unsplit + (SIZE + 2) * split_group(comb);
    return QUORSUM_OK;
}

static void building_clear(building *work)
{
    free(work->starts);
    free(work->inverses);
    free(work->entries);
}

/* The starts of tooth t of tables first, first + 1, ..., in lanes: `limbs` of each of a vector of numbers. */
static void enter_starts(const qs_lanes_comb *comb, const qs_lanes *lanes, mp_limb_t *out, const mp_limb_t *numbers,
                         size_t limbs, size_t first, unsigned t, mp_limb_t *scratch)
{
    const mp_limb_t *sources[QS_LANES];

    qs_lanes_sources(sources, numbers + (t * comb->count + first) * limbs, limbs, comb->count - first);
    qs_lanes_enter(lanes, out, sources, scratch);
}

/* The first R/a is that of the entry one: R/R. */
static void load_unit(const qs_lanes_comb *comb, const building *work)
{
    mp_limb_t *unit = work->rest;
    const mp_limb_t *sources[QS_LANES];

    memset(unit, 0, work->ring->limbs * sizeof *unit);
    unit[0] = 1;
    qs_lanes_sources(sources, unit, 0, 1);
    qs_lanes_load(comb->root, work->unsplit, sources, work->start);
}

/* Digit 1 of the entries becomes t = b/a. The R/a come as the entries do: (R/a) (R/a') / R times R again, so the
 * starts' have one R more: they are entered as 1/s, where a = s R. */
static void split_entries(const qs_lanes_comb *comb, const building *work, mp_limb_t *entries, size_t first)
{
    size_t group = qs_lanes_group(comb->lanes);
    size_t half = split_group(comb);
    mp_limb_t *start = work->unsplit + SIZE * half;
    mp_limb_t *digit = start + half;

    load_unit(comb, work);
    for (unsigned t = 0; t < TEETH; t++) {
        mp_limb_t *next = work->unsplit + half * ((size_t)1 << t);

        enter_starts(comb, comb->root, start, work->inverses, work->ring->limbs, first, t, work->rest);
        for (size_t d = 0; d < (size_t)1 << t; d++)
            qs_lanes_mul(comb->root, next + d * half, work->unsplit + d * half, start, work->rest);
    }
    for (size_t d = 0; d < SIZE; d++) {
        qs_lanes_digit(comb->lanes, digit, entries + d * group, 1);
        qs_lanes_mul(comb->root, digit, digit, work->unsplit + d * half, work->rest);
        qs_lanes_put_digit(comb->lanes, entries + d * group, 1, digit);
    }
}

/* Tables first .. first + 7, or as many as there are. Entry d is the one without its top bit times that bit's start. */
static void build_tables(const qs_lanes_comb *comb, const building *work, size_t first)
{
    size_t group = qs_lanes_group(comb->lanes);
    size_t tables = comb->count - first < QS_LANES ? comb->count - first : QS_LANES;
    mp_limb_t *entries = qs_lanes_align(work->entries);

    memcpy(entries, qs_lanes_one(comb->lanes), group * sizeof *entries);
    for (unsigned t = 0; t < TEETH; t++) {
        size_t half = (size_t)1 << t;

        enter_starts(comb, comb->lanes, work->start, work->starts, work->ring->width, first, t, work->rest);
        for (size_t d = 0; d < half; d++)
            qs_lanes_mul(comb->lanes, entries + (half + d) * group, entries + d * group, work->start, work->rest);
    }
    if (comb->root != NULL)
        split_entries(comb, work, entries, first);
    for (size_t d = 0; d < SIZE; d++)
        store_entry(comb, first, tables, d, entries + d * group, work->start);
}

static void fill_constants(qs_lanes_comb *comb, const qs_ring *ring, mp_limb_t *scratch)
{
    const mp_limb_t *sources[QS_LANES];

    qs_lanes_sources(sources, ring->one, 0, 1);
    qs_lanes_load(comb->lanes, comb->radix, sources, scratch);
    if (comb->root != NULL)
        qs_lanes_radix_vartime(comb->root, comb->square, 2, scratch);
}

static quorsum_status fill_tables(qs_lanes_comb *comb, const qs_ring *ring, const mp_limb_t *base)
{
    building work = {0};
    quorsum_status status = building_init(&work, comb, ring);

    if (status == QUORSUM_OK) {
        fill_starts(comb, ring, work.starts, base, work.rest);
        for (size_t k = 0; comb->root != NULL && k < TEETH * comb->count; k++)
            (void)invert_digit(ring, work.inverses + k * ring->limbs, work.starts + k * ring->width); /* units all */
        for (size_t first = 0; first < comb->count; first += QS_LANES)
            build_tables(comb, &work, first);
        fill_constants(comb, ring, work.rest);
    }
    building_clear(&work);
    return status;
}

static quorsum_status comb_alloc(qs_lanes_comb *comb)
{
    size_t tables = qs_lanes_comb_bytes(comb) / sizeof(mp_limb_t);
    size_t groups = qs_lanes_group(comb->lanes) + split_group(comb);

    comb->block = malloc((tables + groups + QS_LANES_SLACK) * sizeof *comb->block);
    if (comb->block == NULL)
        return QUORSUM_ERR_MEMORY;
    comb->tables = qs_lanes_align(comb->block);
    comb->radix = comb->tables + tables;
    comb->square = comb->radix + qs_lanes_group(comb->lanes);
    return QUORSUM_OK;
}

quorsum_status qs_lanes_comb_new(qs_lanes_comb **out, const qs_ring *ring, const mp_limb_t *base, size_t bits)
{
    qs_lanes_comb *comb;
    quorsum_status status;

    *out = NULL;
    if (ring->lanes == NULL)
        return QUORSUM_OK;
    comb = calloc(1, sizeof *comb);
    if (comb == NULL)
        return QUORSUM_ERR_MEMORY;
    comb->lanes = ring->lanes;
    choose_shape(comb, bits);
    status = choose_split(comb, ring, base);
    if (status == QUORSUM_OK)
        status = comb_alloc(comb);
    if (status == QUORSUM_OK)
        status = fill_tables(comb, ring, base);
    if (status == QUORSUM_OK) {
        *out = comb;
        comb = NULL;
    }
    qs_lanes_comb_free(comb);
    return status;
}

void qs_lanes_comb_free(qs_lanes_comb *comb)
{
    if (comb == NULL)
        return;
    qs_lanes_free(comb->root);
    free(comb->block);
    free(comb);
}

/* The powers, their sums and an entry of two groups, and what products need. */
size_t qs_lanes_comb_scratch(const qs_lanes_comb *comb)
{
    return QS_LANE_PICKS * (2 * qs_lanes_group(comb->lanes) + split_group(comb)) + qs_lanes_scratch(comb->lanes) +
           QS_LANES_SLACK;
}

typedef struct raising {
    const qs_lanes_comb *comb;
    size_t groups;
    const mp_limb_t *exponents[QS_LANE_PICKS * QS_LANES];
    mp_limb_t *power; /* of every group */
    mp_limb_t *sum;   /* of the t, if entries are split */
    mp_limb_t *entry;
    mp_limb_t *rest;
} raising;

/* ---- sums ---- */

/* x = 2^doubled x + y, limbs canonical again. A digit's rows of one part: `run` words, rows of so many. */
static void settle_part(const qs_lane_body *body, mp_limb_t *x, const mp_limb_t *y, unsigned doubled, size_t run)
{
    mp_limb_t mask = ((mp_limb_t)1 << body->bits) - 1;
    mp_limb_t carry[QS_LANES] = {0};

    for (size_t i = 0; i < run; i += body->part)
        for (size_t j = 0; j < body->part; j++) {
            mp_limb_t limb = (x[i + j] << doubled) + (y != NULL ? y[i + j] : 0) + carry[j];

            x[i + j] = limb & mask;
            carry[j] = limb >> body->bits;
        }
    for (size_t j = 0; j < QS_LANES; j++)
        QS_INVARIANT(carry[j] == 0);
    sodium_memzero(carry, sizeof carry);
}

static void settle(const qs_lanes_comb *comb, mp_limb_t *sum, unsigned doubled)
{
    const qs_lane_body *body = qs_lanes_body(comb->root);
    size_t run = qs_lanes_rows(comb->root) * body->part;

    for (size_t at = 0; at < split_group(comb); at += run)
        settle_part(body, sum + at, NULL, doubled, run);
}

/* Digit 1 of a picked entry is its t. */
static void add_to_sum(const qs_lanes_comb *comb, mp_limb_t *sum, const mp_limb_t *entry)
{
    size_t run = qs_lanes_rows(comb->root) * qs_lanes_body(comb->root)->part;

    for (size_t at = 0; at < split_group(comb); at += run) {
        const mp_limb_t *t = entry + 2 * at + run;

        for (size_t i = 0; i < run; i += QS_LANE_BLOCK)
            for (size_t j = 0; j < QS_LANE_BLOCK; j++)
                sum[at + i + j] += t[i + j];
    }
}

/* The first entry picked is the power. */
static void begin_sums(const raising *work)
{
    const qs_lanes_comb *comb = work->comb;

    memset(work->entry, 0, split_group(comb) * sizeof *work->entry);
    for (size_t g = 0; g < work->groups; g++) {
        mp_limb_t *power = work->power + g * qs_lanes_group(comb->lanes);

        qs_lanes_digit(comb->lanes, work->sum + g * split_group(comb), power, 1);
        qs_lanes_put_digit(comb->lanes, power, 1, work->entry);
    }
}

/* full: the sums have to be taken modulo n first. */
static void double_sums(const raising *work, int full)
{
    const qs_lanes_comb *comb = work->comb;

    for (size_t g = 0; g < work->groups; g++) {
        mp_limb_t *sum = work->sum + g * split_group(comb);

        settle(comb, sum, full ? 0 : 1);
        if (full) {
            qs_lanes_mul(comb->root, sum, sum, qs_lanes_one(comb->root), work->rest);
            settle(comb, sum, 1);
        }
    }
}

/* power times 1 + n sum. The sum T is a factor itself, and R^2 is not canonical: but a product of digits, as it and
 * every t are, is below 5/4 n, so T is below 11/16 R, and T R^2 / R below (11/16) (5/4) n + n, 2 n still. Digit 1 may
 * come to 4 n: that of a product by it is below (4 + 8) n^2 / R + n, 2 n still. */
static void apply_sum(const raising *work, mp_limb_t *power, mp_limb_t *sum)
{
    const qs_lanes_comb *comb = work->comb;
    const qs_lane_body *body = qs_lanes_body(comb->root);
    size_t run = qs_lanes_rows(comb->root) * body->part;

    settle(comb, sum, 0);
    qs_lanes_mul(comb->root, sum, sum, comb->square, work->rest);
    qs_lanes_digit(comb->lanes, work->entry, power, 0);
    qs_lanes_mul(comb->root, sum, sum, work->entry, work->rest);
    for (size_t at = 0; at < split_group(comb); at += run)
        settle_part(body, power + 2 * at + run, sum + at, 0, run);
}

/* ---- powers ---- */

static mp_limb_t bit_at(const mp_limb_t *exponent, size_t bits, size_t place)
{
    return place < bits ? exponent[place / GMP_LIMB_BITS] >> place % GMP_LIMB_BITS & 1 : 0;
}

/* Column c of an exponent: a bit from each row. Rows may reach past its end, where bits read as zero. */
static mp_limb_t column_at(const qs_lanes_comb *comb, const mp_limb_t *exponent, size_t column)
{
    mp_limb_t digit = 0;

    for (unsigned t = 0; t < TEETH; t++)
        digit |= bit_at(exponent, comb->bits, t * comb->columns + column) << t;
    return digit;
}

static void pick_column(const raising *work, mp_limb_t *r, size_t column)
{
    const qs_lanes_comb *comb = work->comb;
    mp_limb_t digits[QS_LANE_PICKS * QS_LANES];

    for (size_t j = 0; j < work->groups * QS_LANES; j++)
        digits[j] = column_at(comb, work->exponents[j], column);
    qs_lanes_body(comb->lanes)->pick(r, comb->tables + column / comb->spread * comb->table_limbs,
                                     qs_lanes_rows(comb->lanes), TEETH, digits, work->groups);
    sodium_memzero(digits, sizeof digits);
}

static void square_groups(const raising *work)
{
    size_t group = qs_lanes_group(work->comb->lanes);

    for (size_t at = 0; at < work->groups * group; at += group)
        qs_lanes_sqr(work->comb->lanes, work->power + at, work->power + at, work->rest);
}

static void multiply_groups(const raising *work)
{
    const qs_lanes *lanes = work->comb->lanes;
    size_t group = qs_lanes_group(lanes);
    size_t half = split_group(work->comb);

    for (size_t g = 0; g < work->groups; g++) {
        mp_limb_t *power = work->power + g * group;
        const mp_limb_t *entry = work->entry + g * group;

        if (half == 0) {
            qs_lanes_mul(lanes, power, power, entry, work->rest);
            continue;
        }
        qs_lanes_scale(lanes, power, power, entry, work->rest);
        add_to_sum(work->comb, work->sum + g * half, entry);
    }
}

/* The columns with the same place in their tables share a squaring: place spread-1 first, place 0 last. */
static void raise(const raising *work)
{
    const qs_lanes_comb *comb = work->comb;
    size_t doubled = 0;
    int first = 1;

    for (size_t place = comb->spread; place-- > 0;) {
        if (!first)
            square_groups(work);
        if (!first && comb->root != NULL) {
            int full = doubled == comb->doublings;

            double_sums(work, full);
            doubled = full ? 1 : doubled + 1;
        }
        for (size_t column = place; column < comb->columns; column += comb->spread) {
            pick_column(work, first ? work->power : work->entry, column);
            if (!first)
                multiply_groups(work);
            else if (comb->root != NULL)
                begin_sums(work);
            first = 0;
        }
    }
}

/* Out of lane form by the last product: with R for the ring's Montgomery form, or plain times Montgomery form, which is
 * plain. Places beyond the last repeat it. */
static void finish(const raising *work, size_t group, mp_limb_t *const *results, const mp_limb_t *const *factors,
                   size_t count)
{
    const qs_lanes *lanes = work->comb->lanes;
    mp_limb_t *power = work->power + group * qs_lanes_group(lanes);
    const mp_limb_t *sources[QS_LANES];
    mp_limb_t *places[QS_LANES];

    for (size_t j = 0; j < QS_LANES; j++) {
        size_t place = group * QS_LANES + j < count ? group * QS_LANES + j : count - 1;

        places[j] = results[place];
        sources[j] = factors != NULL ? factors[place] : NULL;
    }
    if (work->comb->root != NULL)
        apply_sum(work, power, work->sum + group * split_group(work->comb));
    if (factors != NULL)
        qs_lanes_load(lanes, work->entry, sources, work->rest);
    qs_lanes_mul(lanes, power, power, factors != NULL ? work->entry : work->comb->radix, work->rest);
    qs_lanes_store(lanes, places, power, work->rest);
}

void qs_lanes_comb_power(const qs_lanes_comb *comb, mp_limb_t *const *results, const mp_limb_t *const *factors,
                         const mp_limb_t *const *exponents, size_t count, mp_limb_t *scratch)
{
    raising work = {.comb = comb, .groups = (count + QS_LANES - 1) / QS_LANES};
    size_t group = qs_lanes_group(comb->lanes);

    work.power = qs_lanes_align(scratch);
    work.entry = work.power + QS_LANE_PICKS * group;
    work.sum = work.entry + QS_LANE_PICKS * group;
    work.rest = work.sum + QS_LANE_PICKS * split_group(comb);
    for (size_t j = 0; j < work.groups * QS_LANES; j++)
        work.exponents[j] = exponents[j < count ? j : count - 1];
    raise(&work);
    for (size_t g = 0; g < work.groups; g++)
        finish(&work, g, results, factors, count);
}
