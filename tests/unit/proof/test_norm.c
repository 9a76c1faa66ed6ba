/* SPDX-License-Identifier: Apache-2.0 */
/* The norm proof: honest ones pass, and everything that differs from them is refused. */
#include "lib/proof/norm.h"

#include "lib/base/random.h"
#include "lib/base/transcript.h"
#include "lib/proof/norm_inside.h"
#include "tests/unit/paillier/oracle.h"

#define SAMPLE_SLOTS 200
#define SAMPLE_COUNT 16

typedef struct sample { /* a proven vector */
    oracle o;
    size_t slots[SAMPLE_COUNT];
    qs_norm_statement statement;
    int64_t values[SAMPLE_SLOTS];
    size_t n;
    quorsum_encryptor *encryptor;
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *ciphertexts;
    qs_secret alpha;
    qs_context context;
    uint8_t *proof;
    size_t len;
} sample;

static qs_wide norm_of(const sample *x)
{
    qs_wide norm = 0;

    for (size_t i = 0; i < x->n; i++)
        norm += (qs_wide)((__int128)x->values[i] * x->values[i]);
    return norm;
}

/* Packed by the formula, as whole numbers. */
static void pack_values(sample *x)
{
    size_t value = 0;
    mpz_t m, slot;

    mpz_inits(m, slot, NULL);
    for (size_t k = 0; k < x->statement.count; k++) {
        mpz_set_ui(m, 0);
        for (size_t j = 0; j < x->slots[k]; j++, value++) {
            mpz_set_si(slot, x->values[value]);
            mpz_mul_2exp(slot, slot, j * x->statement.slot_bits);
            mpz_add(m, m, slot);
        }
        mpz_mod(m, m, x->o.ns);
        cr_assert_eq(set_number(x->plaintexts, k, m), QUORSUM_OK);
    }
    mpz_clears(m, slot, NULL);
}

static quorsum_status prove(sample *x)
{
    return qs_norm_prove(x->proof, &x->context, x->encryptor, &x->statement, x->ciphertexts, x->values, &x->alpha,
                         NULL);
}

static quorsum_status verify_statement(const sample *x, const qs_norm_statement *statement)
{
    return qs_norm_verify_vartime(x->proof, x->len, &x->context, statement, x->ciphertexts, NULL);
}

static quorsum_status verify(const sample *x)
{
    return verify_statement(x, &x->statement);
}

/* A key, and the layout of n values as a plan has it: every plaintext full but the last. */
static void sample_begin(sample *x, size_t prime_bits, unsigned s, size_t n, unsigned beta)
{
    size_t room;

    memset(x, 0, sizeof *x);
    oracle_open_random(&x->o, prime_bits, s, QUORSUM_RANDOMISER_HALF);
    room = (mpz_sizeinbase(x->o.ns, 2) - 1) / beta;
    x->n = n;
    x->statement = (qs_norm_statement){.key = x->o.key, .slots = x->slots, .slot_bits = beta, .max_cohort = 3};
    for (size_t left = n; left > 0; left -= x->slots[x->statement.count++]) {
        cr_assert_lt(x->statement.count, SAMPLE_COUNT);
        x->slots[x->statement.count] = left < room ? left : room;
    }
    cr_assert_eq(quorsum_encryptor_new(&x->encryptor, x->o.key, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_new(&x->plaintexts, x->o.key, x->statement.count), QUORSUM_OK);
    x->context = (qs_context){.label = "contribution"};
    memcpy(x->context.key, quorsum_public_key_digest(x->o.key), sizeof x->context.key);
    memset(x->context.task, 7, sizeof x->context.task);
    memset(x->context.prover, 9, sizeof x->context.prover);
}

static quorsum_status sample_prove(sample *x, qs_wide bound)
{
    qs_secret_clear(&x->alpha);
    quorsum_ciphertexts_free(x->ciphertexts);
    free(x->proof);
    x->statement.norm_squared = bound;
    pack_values(x);
    cr_assert_eq(qs_encrypt_keep(&x->ciphertexts, &x->alpha, x->encryptor, x->plaintexts, NULL), QUORSUM_OK);
    x->len = qs_norm_bytes(&x->statement);
    x->proof = malloc(x->len + 8);
    return prove(x);
}

static void sample_close(sample *x)
{
    free(x->proof);
    qs_secret_clear(&x->alpha);
    quorsum_ciphertexts_free(x->ciphertexts);
    quorsum_plaintexts_free(x->plaintexts);
    quorsum_encryptor_free(x->encryptor);
    oracle_close(&x->o);
}

static void fill(sample *x, int shape, int64_t edge)
{
    for (size_t i = 0; i < x->n; i++)
        x->values[i] = 0;
    for (size_t i = 0; i < x->n; i++)
        switch (shape) {
        case 0: /* nothing */
            break;
        case 1: /* anything */
            x->values[i] = (int64_t)gmp_urandomm_ui(x->o.random, (unsigned long)(2 * edge + 1)) - edge;
            break;
        case 2: /* all at the lower edge */
            x->values[i] = -edge;
            break;
        case 3: /* all in the first slot */
            x->values[0] = edge;
            break;
        case 4: /* all in the last slot */
            x->values[x->n - 1] = -edge;
            break;
        default: /* top positive, bottom negative */
            x->values[0] = -1;
            x->values[x->n - 1] = edge;
        }
}

/* ---- the honest ones ---- */

static void expect_complete(sample *x, qs_wide bound)
{
    cr_assert_eq(sample_prove(x, bound), QUORSUM_OK);
    cr_expect_eq(verify(x), QUORSUM_OK, "degree %u, %zu values, norm %llu below %llu", x->o.s, x->n,
                 (unsigned long long)norm_of(x), (unsigned long long)bound);
}

/* What is left of the bound has three squares that are found at once, or by an exception, or by the search. */
Test(norm, is_shown_for_every_shape_and_what_is_left_of_its_bound)
{
    static const unsigned left[] = {0, 1, 2, 3, 6, 12, 20, 21, 30, 42, 1048576u * 1024};

    for (unsigned s = 1; s <= 2; s++)
        for (int shape = 0; shape < 6; shape++)
            for (size_t d = 0; d < sizeof left / sizeof left[0]; d++) {
                sample x;

                sample_begin(&x, s == 1 ? 160 : 101, s, 29, 26);
                fill(&x, shape, 1 << 14);
                if (norm_of(&x) + left[d] > 0)
                    expect_complete(&x, norm_of(&x) + left[d]);
                sample_close(&x);
            }
}

Test(norm, is_shown_for_the_smallest_and_the_largest_bound)
{
    static const struct {
        size_t n;
        unsigned beta;
        uint64_t cohort;
        int64_t value;
        qs_wide bound;
    } cases[] = {
        {1, 2, 1, 0, 1},
        {1, 2, 1, -1, 1},
        {1, 3, 3, 1, 3},
        {2, 64, 1, -((int64_t)1 << 61), ((qs_wide)1 << 124) - 1},
        {1, 64, 1, ((int64_t)1 << 62) - 1, ((qs_wide)1 << 124) - 1},
        {97, 22, 1000, 0, 1 << 20},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sample x;

        sample_begin(&x, 128, 1, cases[i].n, cases[i].beta);
        x.statement.max_cohort = cases[i].cohort;
        x.values[0] = cases[i].value;
        x.values[x.n - 1] = cases[i].value;
        expect_complete(&x, cases[i].bound);
        sample_close(&x);
    }
}

/* Lengths that fill six, 48 and 8 of the products' tables, and their neighbours. */
Test(norm, is_shown_for_every_length)
{
    static const size_t lengths[] = {1, 2, 3, 4, 5, 42, 44, 45, 46, 47, 90, 93, 94};

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        sample x;

        sample_begin(&x, 101, 2, lengths[i], 20);
        fill(&x, 1, 100);
        expect_complete(&x, norm_of(&x) + i);
        sample_close(&x);
    }
}

Test(norm, takes_the_bytes_its_bounds_say)
{
    static const size_t slots[] = {20, 20, 3};
    oracle o;

    oracle_open_random(&o, 512, 1, QUORSUM_RANDOMISER_HALF);
    for (unsigned bits = 2; bits <= 50; bits++) { /* 20 slots of one bit more fit */
        qs_norm_statement statement = {.key = o.key, .slots = slots, .count = 3, .slot_bits = bits + 1,
                                       .max_cohort = 1};
        unsigned b = bits + 1; /* B = 2^bits - 1 */
        size_t wanted = 128 + 128 + 16 + 43 * ((b + 262 + 2 + 7) / 8) + 3 * ((b + 262 + 1 + 7) / 8) +
                        2 * (128 + 49) + 3 * ((512 + 262 + 1 + 7) / 8);

        statement.norm_squared = (((qs_wide)1 << bits) - 1) * (((qs_wide)1 << bits) - 1);
        cr_expect_eq(qs_norm_bytes(&statement), wanted);
        statement.norm_squared = ((qs_wide)1 << (2 * bits)) - 1; /* the last one with this B */
        cr_expect_eq(qs_norm_bytes(&statement), wanted);
    }
    oracle_close(&o);
}

Test(norm, is_shown_differently_each_time)
{
    sample x;
    uint8_t *first;
    size_t differing = 0;

    sample_begin(&x, 128, 1, 11, 26);
    fill(&x, 1, 1000);
    cr_assert_eq(sample_prove(&x, norm_of(&x) + 5), QUORSUM_OK);
    first = malloc(x.len);
    memcpy(first, x.proof, x.len);
    cr_assert_eq(prove(&x), QUORSUM_OK);
    for (size_t i = 0; i < x.len; i++)
        differing += first[i] != x.proof[i];
    cr_expect_gt(differing, x.len * 9 / 10);
    cr_expect_eq(verify(&x), QUORSUM_OK);
    free(first);
    sample_close(&x);
}

/* ---- what is no witness ---- */

Test(norm, is_not_shown_of_a_vector_that_is_too_long)
{
    static const int64_t far[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, -((int64_t)1 << 62), (int64_t)1 << 62, 1 << 20};
    sample x;

    sample_begin(&x, 128, 1, 20, 40);
    fill(&x, 1, 5000);
    cr_expect_eq(sample_prove(&x, norm_of(&x) - 1), QUORSUM_ERR_NORM);
    cr_expect_eq(sample_prove(&x, norm_of(&x)), QUORSUM_OK);
    cr_expect_eq(sample_prove(&x, 1), QUORSUM_ERR_NORM);
    x.statement.norm_squared = norm_of(&x);
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++)
        for (size_t at = 0; at < x.n; at += 19) {
            int64_t before = x.values[at];

            x.values[at] = far[i];
            cr_expect_eq(prove(&x), QUORSUM_ERR_NORM, "%lld at %zu", (long long)far[i], at);
            x.values[at] = before;
        }
    for (size_t i = 0; i < x.n; i++) /* whose squares sum to 0 modulo 2^128 */
        x.values[i] = i < 4 ? INT64_MIN / 2 * 2 : 0;
    cr_expect_eq(prove(&x), QUORSUM_ERR_NORM);
    sample_close(&x);
}

Test(norm, is_not_shown_of_other_ciphertexts)
{
    sample x;
    size_t last;
    mpz_t m, beyond;

    sample_begin(&x, 160, 1, 20, 26);
    fill(&x, 1, 1000);
    last = x.statement.count - 1;
    mpz_inits(m, beyond, NULL);
    for (int where = 0; where < 4; where++) {
        pack_values(&x);
        get_number(&x.o, m, x.plaintexts, last);
        mpz_set_ui(beyond, 1);
        mpz_mul_2exp(beyond, beyond, where == 0 ? 0 : where == 1 ? x.slots[last] * 26 : where == 2 ? 318 : 25);
        mpz_add(m, m, beyond); /* a slot is off by one; a slot beyond the last, the highest bit; a slot's sign */
        cr_assert_eq(set_number(x.plaintexts, last, m), QUORSUM_OK);
        qs_secret_clear(&x.alpha);
        quorsum_ciphertexts_free(x.ciphertexts);
        free(x.proof);
        cr_assert_eq(qs_encrypt_keep(&x.ciphertexts, &x.alpha, x.encryptor, x.plaintexts, NULL), QUORSUM_OK);
        x.statement.norm_squared = norm_of(&x) + 100;
        x.len = qs_norm_bytes(&x.statement);
        x.proof = malloc(x.len + 8);
        cr_assert_eq(prove(&x), QUORSUM_OK);
        cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF, "place %d", where);
    }
    cr_assert_eq(sample_prove(&x, norm_of(&x) + 100), QUORSUM_OK);
    cr_assert_eq(verify(&x), QUORSUM_OK);
    x.alpha.limb[0] ^= 1;
    cr_assert_eq(prove(&x), QUORSUM_OK);
    cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF);
    mpz_clears(m, beyond, NULL);
    sample_close(&x);
}

/* ---- what is no proof ---- */

Test(norm, is_refused_with_any_byte_changed)
{
    for (unsigned s = 1; s <= 2; s++) {
        sample x;

        sample_begin(&x, 101, s, 9, 26);
        fill(&x, 1, 1000);
        cr_assert_eq(sample_prove(&x, norm_of(&x) + 77), QUORSUM_OK);
        for (size_t i = 0; i < x.len; i++) {
            quorsum_status status;

            x.proof[i] ^= (uint8_t)(1u << i % 8);
            status = verify(&x);
            cr_expect(status == QUORSUM_ERR_PROOF || status == QUORSUM_ERR_RANGE, "byte %zu: %d", i, status);
            x.proof[i] ^= (uint8_t)(1u << i % 8);
        }
        cr_expect_eq(verify(&x), QUORSUM_OK);
        sample_close(&x);
    }
}

Test(norm, is_refused_at_any_other_length)
{
    sample x;

    sample_begin(&x, 101, 1, 3, 26);
    fill(&x, 1, 1000);
    cr_assert_eq(sample_prove(&x, norm_of(&x) + 77), QUORSUM_OK);
    memset(x.proof + x.len, 0, 8);
    for (size_t len = 0; len < x.len + 8; len++)
        cr_expect_eq(qs_norm_verify_vartime(x.proof, len, &x.context, &x.statement, x.ciphertexts, NULL),
                     len < x.len ? QUORSUM_ERR_TRUNCATED : len > x.len ? QUORSUM_ERR_TRAILING : QUORSUM_OK);
    sample_close(&x);
}

/* `field` of `bytes` bytes becomes `value`; back to what it was afterwards. */
static void expect_with(sample *x, size_t at, size_t bytes, const mpz_t value, quorsum_status wanted, const char *what)
{
    uint8_t *copy = malloc(bytes);

    memcpy(copy, x->proof + at, bytes);
    number_to_bytes(x->proof + at, bytes, value);
    cr_expect_eq(verify(x), wanted, "%s", what);
    memcpy(x->proof + at, copy, bytes);
    free(copy);
}

static void expect_edge(sample *x, size_t at, size_t bytes, mpz_t first_bad, const char *what)
{
    expect_with(x, at, bytes, first_bad, QUORSUM_ERR_RANGE, what);
    mpz_sub_ui(first_bad, first_bad, 1);
    expect_with(x, at, bytes, first_bad, QUORSUM_ERR_PROOF, what);
    mpz_set_ui(first_bad, 1);
    mpz_mul_2exp(first_bad, first_bad, 8 * bytes);
    mpz_sub_ui(first_bad, first_bad, 1);
    expect_with(x, at, bytes, first_bad, QUORSUM_ERR_RANGE, what);
    mpz_set_ui(first_bad, 0);
    expect_with(x, at, bytes, first_bad, QUORSUM_ERR_PROOF, what);
}

Test(norm, is_refused_with_numbers_out_of_range)
{
    sample x;
    qs_norm_sizes sizes;
    size_t word;
    mpz_t edge;

    sample_begin(&x, 128, 1, 11, 26);
    fill(&x, 1, 1000);
    cr_assert_eq(sample_prove(&x, (1 << 24) + 77), QUORSUM_OK);
    cr_assert_eq(qs_norm_measure(&sizes, &x.statement), QUORSUM_OK);
    word = x.o.key->root->bytes;
    mpz_init(edge);
    for (size_t i = 0; i < 2; i++) { /* V, C1 */
        mpz_set(edge, x.o.n);
        expect_with(&x, i * word, word, edge, QUORSUM_ERR_RANGE, "N");
        mpz_sub_ui(edge, edge, 1);
        expect_with(&x, i * word, word, edge, QUORSUM_ERR_PROOF, "N - 1");
        expect_with(&x, i * word, word, x.o.p, QUORSUM_ERR_NOT_UNIT, "p");
        mpz_set_ui(edge, 0);
        expect_with(&x, i * word, word, edge, QUORSUM_ERR_NOT_UNIT, "0");
    }
    for (size_t i = 0; i < x.n; i++) { /* 2^(b+mu+1) + 2^(b+127) */
        mpz_set_ui(edge, 0);
        mpz_setbit(edge, sizes.b + 260 + 1);
        mpz_setbit(edge, sizes.b + 127);
        expect_edge(&x, sizes.z + i * sizes.z_bytes, sizes.z_bytes, edge, "z");
    }
    for (size_t i = 0; i < 3; i++) {
        mpz_set_ui(edge, 0);
        mpz_setbit(edge, sizes.b + 260 + 1);
        expect_edge(&x, sizes.y + i * sizes.y_bytes, sizes.y_bytes, edge, "z_y");
    }
    for (size_t i = 0; i < x.statement.count; i++) {
        mpz_set_ui(edge, 0);
        mpz_setbit(edge, x.o.key->alpha_bits + 260 + 1);
        expect_edge(&x, sizes.w + i * sizes.w_bytes, sizes.w_bytes, edge, "w");
    }
    for (size_t i = 0; i < 2; i++) {
        mpz_mul_2exp(edge, x.o.n, 385);
        expect_edge(&x, i == 0 ? sizes.r : sizes.t, sizes.r_bytes, edge, "z_r");
    }
    cr_expect_eq(verify(&x), QUORSUM_OK);
    mpz_clear(edge);
    sample_close(&x);
}

/* All first messages modulo N are squares when they are hashed, and V and C1 have any sign: -V is as good a commitment,
 * but it is another one. */
Test(norm, is_refused_with_a_commitment_negated)
{
    sample x;
    mpz_t v;

    sample_begin(&x, 128, 1, 5, 26);
    fill(&x, 1, 1000);
    cr_assert_eq(sample_prove(&x, norm_of(&x)), QUORSUM_OK);
    mpz_init(v);
    for (size_t i = 0; i < 2; i++) {
        number_from_bytes(v, x.proof + i * x.o.key->root->bytes, x.o.key->root->bytes);
        mpz_sub(v, x.o.n, v);
        expect_with(&x, i * x.o.key->root->bytes, x.o.key->root->bytes, v, QUORSUM_ERR_PROOF, "negated");
    }
    mpz_clear(v);
    sample_close(&x);
}

Test(norm, is_refused_in_any_other_context)
{
    sample x;
    uint8_t *fields[3];

    sample_begin(&x, 128, 1, 5, 26);
    fill(&x, 1, 1000);
    cr_assert_eq(sample_prove(&x, norm_of(&x)), QUORSUM_OK);
    fields[0] = x.context.key;
    fields[1] = x.context.task;
    fields[2] = x.context.prover;
    for (size_t f = 0; f < 3; f++)
        for (size_t i = 0; i < 32; i += 31) {
            fields[f][i] ^= 0x10;
            cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF, "field %zu, byte %zu", f, i);
            fields[f][i] ^= 0x10;
        }
    x.context.label = "ballot";
    cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF);
    x.context.label = "contribution";
    cr_expect_eq(verify(&x), QUORSUM_OK);
    sample_close(&x);
}

static void expect_other(const sample *x, qs_norm_statement other, quorsum_status wanted, const char *what)
{
    cr_expect_eq(verify_statement(x, &other), wanted, "%s", what);
}

/* Neighbours under which lengths stay the same. */
Test(norm, is_refused_for_any_other_statement)
{
    sample x;
    qs_norm_statement other;
    size_t moved[3] = {11, 12, 2};

    sample_begin(&x, 160, 1, 25, 26);
    fill(&x, 1, 1000);
    cr_assert_eq(sample_prove(&x, norm_of(&x)), QUORSUM_OK);
    cr_assert_eq(x.statement.count, 3);
    cr_assert_eq(x.slots[0], 12);
    cr_assert_eq(x.slots[2], 1);
    other = x.statement;
    other.norm_squared++;
    expect_other(&x, other, QUORSUM_ERR_PROOF, "B2 + 1");
    other.norm_squared -= 2;
    expect_other(&x, other, QUORSUM_ERR_PROOF, "B2 - 1");
    other = x.statement;
    other.max_cohort++;
    expect_other(&x, other, QUORSUM_ERR_PROOF, "W");
    other = x.statement;
    other.slot_bits--;
    expect_other(&x, other, QUORSUM_ERR_PROOF, "beta");
    other = x.statement;
    other.slots = moved;
    expect_other(&x, other, QUORSUM_ERR_PROOF, "L_k");
    moved[1] = 11;
    moved[2] = 3;
    expect_other(&x, other, QUORSUM_ERR_PROOF, "L_k");
    other = x.statement;
    other.count--;
    expect_other(&x, other, QUORSUM_ERR_WIDTH, "K");
    expect_other(&x, x.statement, QUORSUM_OK, "itself");
    sample_close(&x);
}

Test(norm, is_refused_for_any_other_vector)
{
    sample x;
    mpz_t numbers[3];
    quorsum_ciphertexts *vector;

    sample_begin(&x, 160, 1, 25, 26);
    fill(&x, 1, 1000);
    cr_assert_eq(sample_prove(&x, norm_of(&x)), QUORSUM_OK);
    for (int change = 0; change < 6; change++) {
        for (size_t k = 0; k < 3; k++) {
            mpz_init(numbers[k]);
            number_of(&x.o, numbers[k], x.ciphertexts, k);
        }
        if (change < 3) { /* negated, re-randomised, the plaintext plus one */
            mpz_mul(numbers[change], numbers[change], x.o.h_s);
            mpz_mod(numbers[change], numbers[change], x.o.modulus);
        } else if (change < 5) {
            mpz_swap(numbers[change - 3], numbers[change - 2]);
        } else {
            mpz_sub(numbers[1], x.o.modulus, numbers[1]);
        }
        vector = vector_of(&x.o, numbers, 3);
        cr_expect_eq(qs_norm_verify_vartime(x.proof, x.len, &x.context, &x.statement, vector, NULL), QUORSUM_ERR_PROOF,
                     "change %d", change);
        quorsum_ciphertexts_free(vector);
        clear_numbers(numbers, 3);
    }
    sample_close(&x);
}

/* ---- plans ---- */

Test(norm, is_neither_shown_nor_checked_under_a_plan_that_does_not_hold)
{
    static const size_t none[] = {12, 0, 1};
    sample x;
    qs_norm_statement good;
    const qs_wide all = ((qs_wide)1 << 25) - 1; /* 2 W B + 1 <= 2^26 <=> W B <= 2^25 - 1 */

    sample_begin(&x, 160, 1, 25, 26);
    x.statement.max_cohort = 1;
    cr_assert_eq(sample_prove(&x, all * all), QUORSUM_OK);
    cr_expect_eq(verify(&x), QUORSUM_OK);
    good = x.statement;
#define EXPECT_REFUSED(change)                                                \
    do {                                                                      \
        x.statement = good;                                                   \
        change;                                                               \
        cr_expect_eq(qs_norm_check(&x.statement), QUORSUM_ERR_PLAN, #change); \
        cr_expect_eq(qs_norm_bytes(&x.statement), 0, #change);                \
        cr_expect_eq(prove(&x), QUORSUM_ERR_PLAN, #change);                   \
        cr_expect_eq(verify(&x), QUORSUM_ERR_PLAN, #change);                  \
    } while (0)
    EXPECT_REFUSED(x.statement.norm_squared = 0);
    EXPECT_REFUSED(x.statement.norm_squared = (all + 1) * (all + 1));
    EXPECT_REFUSED(x.statement.norm_squared = (qs_wide)1 << 124);
    EXPECT_REFUSED(x.statement.norm_squared = ~(qs_wide)0);
    EXPECT_REFUSED(x.statement.max_cohort = 0);
    EXPECT_REFUSED(x.statement.max_cohort = 2);
    EXPECT_REFUSED(x.statement.max_cohort = UINT64_MAX);
    EXPECT_REFUSED(x.statement.slot_bits = 25);
    EXPECT_REFUSED(x.statement.slot_bits = 27); /* 12 of them do not fit 319 bits */
    EXPECT_REFUSED(x.statement.slot_bits = 0);
    EXPECT_REFUSED(x.statement.slots = none);
    EXPECT_REFUSED(x.slots[0] = 13);
    x.slots[0] = 12;
    EXPECT_REFUSED(x.slots[2] = SIZE_MAX);
    x.slots[2] = 1;
#undef EXPECT_REFUSED
    x.statement = good;
    x.statement.norm_squared = (all + 1) * (all + 1) - 1;
    cr_expect_eq(qs_norm_check(&x.statement), QUORSUM_OK);
    sample_close(&x);
}

Test(norm, has_a_limit_of_values)
{
    size_t *slots = calloc(1 << 20, sizeof *slots);
    qs_norm_statement statement = {.slots = slots, .count = 1 << 19, .slot_bits = 26, .max_cohort = 3,
                                   .norm_squared = 1000};
    oracle o;

    oracle_open_random(&o, 64, 1, QUORSUM_RANDOMISER_HALF);
    statement.key = o.key;
    for (size_t i = 0; i < 1 << 20; i++)
        slots[i] = 2;
    cr_expect_eq(qs_norm_check(&statement), QUORSUM_OK);
    slots[0] = 3;
    cr_expect_eq(qs_norm_check(&statement), QUORSUM_ERR_PLAN);
    oracle_close(&o);
    free(slots);
}

Test(norm, is_refused_under_another_key)
{
    sample x, other;

    sample_begin(&x, 128, 1, 9, 26);
    sample_begin(&other, 128, 2, 9, 26);
    fill(&x, 1, 1000);
    cr_assert_eq(sample_prove(&x, norm_of(&x) + 1), QUORSUM_OK);
    x.statement.key = other.o.key;
    cr_expect_eq(verify(&x), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(prove(&x), QUORSUM_ERR_KEY_MISMATCH);
    sample_close(&x);
    sample_close(&other);
}
