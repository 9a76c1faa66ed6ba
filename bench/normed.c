/* SPDX-License-Identifier: Apache-2.0 */
/* Making a vector with a proof of its norm, and checking it. */
#include "bench/normed.h"

#include <stdlib.h>

#include "lib/arith/prime.h"

#define VALUE_BITS 16
#define COHORT 1000

quorsum_status bench_norm_prove_work(void *context)
{
    bench_normed *x = context;

    return qs_norm_prove(x->proof, &x->context, x->encryptor, &x->statement, x->ciphertexts, x->values, &x->alpha,
                         &x->run);
}

quorsum_status bench_norm_verify_work(void *context)
{
    bench_normed *x = context;

    return qs_norm_verify_vartime(x->proof, x->len, &x->context, &x->statement, x->ciphertexts, &x->run);
}

/* Bits of 2 W sqrt(B2) + 1, and one to guard. */
static unsigned slot_bits(qs_wide norm_squared)
{
    unsigned bits = 1;

    while (((qs_wide)1 << (2 * bits)) <= norm_squared * 4 * COHORT * COHORT)
        bits++;
    return bits + 1;
}

static quorsum_status lay_out(bench_normed *x, const quorsum_public_key *key, size_t count)
{
    size_t room = (quorsum_public_key_plaintext_bits(key) - 1) / x->statement.slot_bits;

    x->statement.count = (count + room - 1) / room;
    x->slots = calloc(x->statement.count, sizeof *x->slots);
    x->values = calloc(count, sizeof *x->values);
    if (x->slots == NULL || x->values == NULL)
        return QUORSUM_ERR_MEMORY;
    for (size_t k = 0; k < x->statement.count; k++)
        x->slots[k] = count - k * room < room ? count - k * room : room;
    x->statement.slots = x->slots;
    return QUORSUM_OK;
}

static quorsum_status pack(bench_normed *x, size_t k, const int64_t *values)
{
    uint8_t bytes[QS_MODULUS_BITS_MAX / 8 * QS_DEGREE_MAX];
    size_t len = 0;
    quorsum_status status;
    mpz_t m, slot;

    mpz_inits(m, slot, NULL);
    for (size_t j = x->slots[k]; j-- > 0;) {
        mpz_mul_2exp(m, m, x->statement.slot_bits);
        mpz_set_si(slot, values[j]);
        mpz_add(m, m, slot);
    }
    (void)mpz_export(bytes, &len, 1, 1, 1, 0, m);
    status = quorsum_plaintexts_set(x->plaintexts, k, bytes, len, mpz_sgn(m) < 0);
    mpz_clears(m, slot, NULL);
    return status;
}

quorsum_status bench_normed_init(bench_normed *x, bench *b, size_t count)
{
    const quorsum_public_key *key = bench_key(b);
    size_t value = 0;
    quorsum_status status;

    *x = (bench_normed){.context = {.label = "bench"}, .run = {.threads = b->options.threads}};
    x->statement.key = key;
    x->statement.max_cohort = COHORT;
    x->statement.norm_squared = (qs_wide)count << (2 * (VALUE_BITS - 1) - 1);
    x->statement.slot_bits = slot_bits(x->statement.norm_squared);
    status = lay_out(x, key, count);
    for (size_t i = 0; i < count && status == QUORSUM_OK; i++)
        x->values[i] = (int64_t)gmp_urandomb_ui(b->keys.random, VALUE_BITS) - (1 << (VALUE_BITS - 1));
    if (status == QUORSUM_OK)
        status = quorsum_plaintexts_new(&x->plaintexts, key, x->statement.count);
    for (size_t k = 0; k < x->statement.count && status == QUORSUM_OK; k++) {
        status = pack(x, k, x->values + value);
        value += x->slots[k];
    }
    if (status == QUORSUM_OK)
        status = quorsum_encryptor_new(&x->encryptor, key, NULL);
    if (status == QUORSUM_OK)
        status = qs_encrypt_keep(&x->ciphertexts, &x->alpha, x->encryptor, x->plaintexts, NULL);
    x->len = qs_norm_bytes(&x->statement);
    x->proof = malloc(x->len);
    if (status == QUORSUM_OK)
        status = x->proof != NULL ? bench_norm_prove_work(x) : QUORSUM_ERR_MEMORY;
    return status;
}

void bench_normed_clear(bench_normed *x)
{
    qs_secret_clear(&x->alpha);
    quorsum_ciphertexts_free(x->ciphertexts);
    quorsum_plaintexts_free(x->plaintexts);
    quorsum_encryptor_free(x->encryptor);
    free(x->slots);
    free(x->values);
    free(x->proof);
}
