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
    return qs_norm_prove(x->proof, &x->context, x->encryptor, &x->statement, x->ciphertexts, x->values, &x->alpha, NULL);
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
