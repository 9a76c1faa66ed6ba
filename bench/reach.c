/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was asked of the eight-lane kernel: a row an operation, beside the GMP call that does the same. The ratios are
 * what is judged. The times are for a core that does two IFMA a cycle; a row on another one says so.
 */
#include <string.h>

#include "bench/port.h"
#include "bench/subject.h"

typedef enum opponent {
    NOTHING,
    POWER_ROOT,  /* a power modulo N as long as a partial's */
    CLASSICAL,   /* the classical partial, modulo N^(s+1) */
    RANDOMISER,  /* r^(N^s) mod N^(s+1) */
    MULTIPLY,    /* a product and a remainder */
    REMAINDERS,  /* decryption by the remainder theorem */
    GCD,         /* one for each */
    PORTABLE     /* our own portable kernel */
} opponent;

enum { SIZES = 3 }; /* 2048, 3072, 4096 bits */

typedef struct asked {
    const char *name;
    bench_operation operation;
    size_t values;
    opponent against;
    double times[SIZES];  /* so many times faster; 0: nothing was asked */
    double a_value[SIZES]; /* microseconds; 0 likewise */
} asked;

#define RATE(a_second) (1e6 / (a_second))

static const asked table[] = {
    {"reach.partial", BENCH_PARTIAL, 64, POWER_ROOT, {6, 6, 6}, {RATE(3300), RATE(1100), RATE(480)}},
    {"reach.classical", BENCH_PARTIAL, 64, CLASSICAL, {40, 40, 40}, {RATE(3300), RATE(1100), RATE(480)}},
    {"reach.complete", BENCH_COMPLETE, 64, RANDOMISER, {12, 12, 12}, {RATE(1900), RATE(600), RATE(260)}},
    {"reach.encrypt_half", BENCH_ENCRYPT_HALF, 256, RANDOMISER, {110, 0, 0}, {RATE(17000), RATE(5200), RATE(2200)}},
    {"reach.encrypt_short", BENCH_ENCRYPT_SHORT, 256, RANDOMISER, {250, 0, 0}, {0, 0, 0}},
    {"reach.aggregate", BENCH_AGGREGATE, 1024, MULTIPLY, {9, 9, 9}, {RATE(3.0e6), RATE(1.4e6), RATE(0.8e6)}},
    {"reach.product", BENCH_PRODUCT, 1024, MULTIPLY, {9, 9, 9}, {RATE(3.0e6), RATE(1.4e6), RATE(0.8e6)}},
    {"reach.alone", BENCH_PARTIAL, 1, POWER_ROOT, {3, 3, 0}, {600, 2000, 0}},
    {"reach.decrypt", BENCH_DECRYPT, 64, REMAINDERS, {8, 8, 0}, {RATE(6000), RATE(1900), 0}},
    {"reach.openings_1000", BENCH_OPENING, 1000, NOTHING, {0, 0, 0}, {15, 40, 0}},
    {"reach.knowledge_100", BENCH_KNOWLEDGE, 100, PORTABLE, {8, 8, 0}, {8, 20, 0}},
    {"reach.knowledge_1334", BENCH_KNOWLEDGE, 1334, PORTABLE, {8, 8, 0}, {8, 20, 0}},
    {"reach.share_1000", BENCH_SHARE, 1000, NOTHING, {0, 0, 0}, {8, 20, 0}},
    {"reach.validate", BENCH_VALIDATE, 1024, GCD, {15, 15, 0}, {0.5, 1, 0}},
};

static const asked *find(const char *name)
{
    const asked *row = table;

    while (strcmp(row->name, name) != 0)
        row++;
    return row;
}

/* ---- the other side ---- */

typedef struct other {
    opponent against;
    bench_powm powm;
    bench_vector vector;
    bench_crt crt;
    bench_side side;
} other;

static void init_power(other *o, bench *b)
{
    mpz_t exponent;

    mpz_init(exponent);
    if (o->against == RANDOMISER)
        mpz_set(exponent, b->keys.ns);
    else if (o->against == CLASSICAL)
        bench_classical_exponent(exponent, b);
    else
        bench_partial_exponent(exponent, b);
    bench_powm_init(&o->powm, b, exponent, o->against == POWER_ROOT ? b->keys.n : b->keys.ns1, 0);
    o->side = bench_powm_side(&o->powm);
    mpz_clear(exponent);
}

static quorsum_status init_vector(other *o, bench *b, size_t count)
{
    quorsum_status status = bench_vector_init(&o->vector, b, o->against == GCD ? b->keys.n : b->keys.ns1, count);

    o->side = bench_vector_side(&o->vector, o->against == GCD ? bench_gcd_work : bench_mulmod_work);
    return status;
}

static quorsum_status other_init(other *o, bench *b, opponent against, size_t count)
{
    *o = (other){.against = against};
    switch (against) {
    case POWER_ROOT:
    case CLASSICAL:
    case RANDOMISER:
        init_power(o, b);
        return QUORSUM_OK;
    case MULTIPLY:
    case GCD:
        return init_vector(o, b, count);
    case REMAINDERS:
        bench_crt_init(&o->crt, b, 0);
        o->side = (bench_side){bench_crt_work, &o->crt, 1};
        return QUORSUM_OK;
    case NOTHING:
    case PORTABLE:
        break;
    }
    return QUORSUM_OK;
}

static void other_clear(other *o)
{
    if (o->side.work == bench_powm_work)
        bench_powm_clear(&o->powm);
    else if (o->side.work == bench_crt_work)
        bench_crt_clear(&o->crt);
    bench_vector_clear(&o->vector);
}

/* ---- rows ---- */

static const char *name_of(opponent against)
{
    static const char *const names[] = {
        [POWER_ROOT] = "mpz_powm mod N",   [CLASSICAL] = "classical by mpz_powm", [RANDOMISER] = "r^N by mpz_powm",
        [MULTIPLY] = "mpz_mul + mpz_mod",  [REMAINDERS] = "mpz_powm by CRT",    [GCD] = "mpz_gcd each",
        [PORTABLE] = "our portable kernel",
    };

    return against == NOTHING ? NULL : names[against];
}

/* Asked of one thread, degree 1 and vectors of these lengths, and of no other kernel. */
static void ask(const bench *b, bench_row *row, const asked *wanted)
{
    unsigned size = b->options.bits / 1024 - 2;

    row->sense = wanted->against == NOTHING ? BENCH_NO_LIMIT : BENCH_AT_LEAST;
    row->beside_portable = wanted->against == PORTABLE;
    if (row->degree != 1 || row->threads != 1 || b->options.values > 0 || strcmp(quorsum_kernel(), "ifma") != 0)
        return;
    row->asked = wanted->times[size];
    row->goal = wanted->a_value[size] * 1e-6;
}

static quorsum_status reach(bench *b, const bench_case *self)
{
    const asked *wanted = find(self->name);
    opponent against = wanted->against == REMAINDERS && b->options.degree > 1 ? NOTHING : wanted->against;
    size_t count = wanted->values > 1 ? bench_count(b, wanted->values) : 1;
    bench_row row = bench_row_new(b, self->name, count);
    bench_subject ours;
    other theirs = {.against = NOTHING};
    quorsum_status status = bench_subject_init(&ours, b, wanted->operation, count);

    if (status == QUORSUM_OK)
        status = other_init(&theirs, b, against, count);
    row.reference = name_of(against);
    row.bytes = ours.bytes;
    row.ifma = ours.ifma;
    ask(b, &row, wanted);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours.side, theirs.side.work != NULL ? &theirs.side : NULL);
    other_clear(&theirs);
    bench_subject_clear(&ours);
    return status;
}

const bench_case bench_reach[] = {
    {"reach.partial", "partial decryption of a vector", reach},
    {"reach.classical", "the same beside c^(2 Delta s_i) mod N^(s+1)", reach},
    {"reach.complete", "public completion of a vector", reach},
    {"reach.encrypt_half", "encryption, randomiser of |N|/2 bits", reach},
    {"reach.encrypt_short", "encryption, randomiser of 384 bits", reach},
    {"reach.aggregate", "wire bytes into the running sum, checked on the way", reach},
    {"reach.product", "the same of ciphertexts that were checked before", reach},
    {"reach.alone", "one partial decryption", reach},
    {"reach.decrypt", "decryption of a vector with the private key", reach},
    {"reach.openings_1000", "checking 1,000 openings", reach},
    {"reach.knowledge_100", "checking a contribution's proof, 100 ciphertexts", reach},
    {"reach.knowledge_1334", "the same, 1334 ciphertexts", reach},
    {"reach.share_1000", "checking a trustee's proof of 1,000 partials", reach},
    {"reach.validate", "checking ciphertexts: ranges and units", reach},
    {NULL, NULL, NULL},
};
