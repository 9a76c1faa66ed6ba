/* SPDX-License-Identifier: Apache-2.0 */
/* Norm proofs that tests/vectors/make_norm.py made are accepted here, and one that is made here is accepted there. */
#include "lib/proof/norm.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/paillier/oracle.h"

#define SLOTS_MAX 8

typedef struct vector { /* one case of the file */
    oracle o;
    size_t slots[SLOTS_MAX];
    qs_norm_statement statement;
    qs_context context;
    quorsum_ciphertexts *ciphertexts;
    uint8_t *proof;
    size_t len;
} vector;

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    cr_assert_not_null(value, "the vector has no %s", key);
    return value;
}

static unsigned small(const json_t *object, const char *key)
{
    return (unsigned)json_integer_value(json_object_get(object, key));
}

static uint8_t *unhex(size_t *len, const char *hex)
{
    uint8_t *out = malloc(strlen(hex) / 2 + 1);

    cr_assert_eq(sodium_hex2bin(out, strlen(hex) / 2, hex, strlen(hex), NULL, len, NULL), 0);
    return out;
}

static void unhex_digest(uint8_t out[32], const char *hex)
{
    size_t len;

    cr_assert_eq(sodium_hex2bin(out, 32, hex, strlen(hex), NULL, &len, NULL), 0);
    cr_assert_eq(len, 32);
}

static qs_wide wide_from_hex(const char *hex)
{
    qs_wide value = 0;

    for (; *hex != 0; hex++)
        value = value * 16 + (unsigned)(*hex <= '9' ? *hex - '0' : *hex - 'a' + 10);
    return value;
}

static json_t *load(void)
{
    const char *top = getenv("top_srcdir");
    char path[4096];
    json_t *file;

    snprintf(path, sizeof path, "%s/tests/vectors/norm.json", top != NULL ? top : ".");
    file = json_load_file(path, 0, NULL);
    cr_assert_not_null(file, "cannot read %s", path);
    return file;
}

static void open_key(oracle *o, const json_t *json)
{
    mpz_t p, q;

    cr_assert_eq(mpz_init_set_str(p, text(json, "p"), 16), 0);
    cr_assert_eq(mpz_init_set_str(q, text(json, "q"), 16), 0);
    oracle_open(o, p, q, small(json, "degree"), (quorsum_randomiser)small(json, "randomiser"));
    mpz_clears(p, q, NULL);
}

static void vector_open(vector *v, const json_t *json)
{
    const json_t *slots = json_object_get(json, "slots");
    uint8_t *wire;
    size_t len;

    open_key(&v->o, json);
    v->statement = (qs_norm_statement){.key = v->o.key, .slots = v->slots, .count = json_array_size(slots),
                                       .slot_bits = small(json, "beta"), .max_cohort = small(json, "cohort"),
                                       .norm_squared = wide_from_hex(text(json, "bound"))};
    cr_assert_leq(v->statement.count, SLOTS_MAX);
    for (size_t k = 0; k < v->statement.count; k++)
        v->slots[k] = (size_t)json_integer_value(json_array_get(slots, k));
    v->context = (qs_context){.label = "contribution"};
    memcpy(v->context.key, quorsum_public_key_digest(v->o.key), 32);
    unhex_digest(v->context.task, text(json, "task"));
    unhex_digest(v->context.prover, text(json, "prover"));
    wire = unhex(&len, text(json, "ciphertexts"));
    cr_assert_eq(quorsum_ciphertexts_decode(&v->ciphertexts, v->o.key, wire, len, NULL, NULL), QUORSUM_OK);
    free(wire);
    v->proof = unhex(&v->len, text(json, "proof"));
}

static void vector_close(vector *v)
{
    quorsum_ciphertexts_free(v->ciphertexts);
    free(v->proof);
    oracle_close(&v->o);
}

static quorsum_status verify(const vector *v)
{
    return qs_norm_verify_vartime(v->proof, v->len, &v->context, &v->statement, v->ciphertexts, NULL);
}

Test(norm_vectors, are_accepted)
{
    json_t *file = load();
    json_t *json;
    size_t i;

    cr_assert_gt(json_array_size(json_object_get(file, "cases")), 0);
    json_array_foreach(json_object_get(file, "cases"), i, json) {
        vector v;

        vector_open(&v, json);
        cr_expect_eq(qs_norm_bytes(&v.statement), v.len, "%s", text(json, "name"));
        cr_expect_eq(verify(&v), QUORSUM_OK, "%s", text(json, "name"));
        v.statement.norm_squared--;
        cr_expect_neq(verify(&v), QUORSUM_OK, "%s, a smaller bound", text(json, "name"));
        vector_close(&v);
    }
    json_decref(file);
}

/* ---- the other way round ---- */

static json_t *hex_of(const uint8_t *bytes, size_t len)
{
    char *hex = malloc(2 * len + 1);
    json_t *out;

    sodium_bin2hex(hex, 2 * len + 1, bytes, len);
    out = json_string(hex);
    free(hex);
    return out;
}

/* The case again, with ciphertexts and a proof that are made here; `spoil`: a byte of the proof is another one. */
static void make_again(const json_t *json, json_t *out, int spoil)
{
    const json_t *list = json_object_get(json, "values");
    size_t n = json_array_size(list);
    int64_t *values = calloc(n, sizeof *values);
    quorsum_encryptor *encryptor = NULL;
    quorsum_plaintexts *plaintexts = NULL;
    quorsum_ciphertexts *ciphertexts = NULL;
    qs_secret alpha = {0};
    size_t value = 0, len;
    uint8_t *wire, *proof;
    vector v;
    mpz_t m, slot;

    vector_open(&v, json);
    mpz_inits(m, slot, NULL);
    cr_assert_eq(quorsum_encryptor_new(&encryptor, v.o.key, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_new(&plaintexts, v.o.key, v.statement.count), QUORSUM_OK);
    for (size_t k = 0; k < v.statement.count; k++) {
        mpz_set_ui(m, 0);
        for (size_t j = 0; j < v.slots[k]; j++, value++) {
            values[value] = json_integer_value(json_array_get(list, value));
            mpz_set_si(slot, values[value]);
            mpz_mul_2exp(slot, slot, j * v.statement.slot_bits);
            mpz_add(m, m, slot);
        }
        mpz_mod(m, m, v.o.ns);
        cr_assert_eq(set_number(plaintexts, k, m), QUORSUM_OK);
    }
    cr_assert_eq(value, n);
    cr_assert_eq(qs_encrypt_keep(&ciphertexts, &alpha, encryptor, plaintexts, NULL), QUORSUM_OK);
    proof = malloc(v.len);
    cr_assert_eq(qs_norm_prove(proof, &v.context, encryptor, &v.statement, ciphertexts, values, &alpha, NULL),
                 QUORSUM_OK);
    proof[v.len / 2] ^= (uint8_t)spoil;
    len = v.statement.count * ciphertext_bytes(&v.o);
    wire = malloc(len);
    cr_assert_eq(quorsum_ciphertexts_encode(ciphertexts, wire, len, &len), QUORSUM_OK);
    json_object_set_new(out, "ciphertexts", hex_of(wire, len));
    json_object_set_new(out, "proof", hex_of(proof, v.len));
    free(wire);
    free(proof);
    free(values);
    mpz_clears(m, slot, NULL);
    qs_secret_clear(&alpha);
    quorsum_ciphertexts_free(ciphertexts);
    quorsum_plaintexts_free(plaintexts);
    quorsum_encryptor_free(encryptor);
    vector_close(&v);
}

static int python_accepts(const json_t *json)
{
    const char *top = getenv("top_srcdir");
    const char *python = getenv("PYTHON3");
    char path[] = "/tmp/quorsum-norm-XXXXXX";
    char command[8192];
    int file = mkstemp(path);
    int status;

    cr_assert_geq(file, 0);
    cr_assert_eq(json_dumpfd(json, file, 0), 0);
    close(file);
    snprintf(command, sizeof command, "%s -B '%s/tests/vectors/make_norm.py' --check %s 2>/dev/null",
             python != NULL && *python != 0 ? python : "python3", top != NULL ? top : ".", path);
    status = system(command);
    unlink(path);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) <= 1, "python did not run");
    return WEXITSTATUS(status) == 0;
}

Test(norm_vectors, are_made_so_that_the_formulas_accept_them)
{
    json_t *file = load();
    json_t *json;
    size_t i;

    json_array_foreach(json_object_get(file, "cases"), i, json) {
        json_t *made = json_deep_copy(json);

        make_again(json, made, 0);
        cr_expect(python_accepts(made), "%s", text(json, "name"));
        if (i == 0) {
            make_again(json, made, 1);
            cr_expect_not(python_accepts(made), "a byte is changed");
        }
        json_decref(made);
    }
    json_decref(file);
}
