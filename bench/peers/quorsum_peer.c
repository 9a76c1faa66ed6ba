/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quorsum as bench/peers/compare.py asks it: the same whole operations as the peers', through the installed interface
 * only. Says on stdout, as JSON, one line each, what it is and offers; then reads the name of an operation a line and
 * answers the seconds of processor time that one value took. One thread.
 *
 *     quorsum_peer BITS OPERATION...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "quorsum.h"

#define TRUSTEES 5
#define QUORUM 3
#define VECTOR 256     /* values of an encryption, addition, multiplication */
#define OPENED 64      /* values of what needs a secret key */
#define FACTOR 1234567891
#define SAMPLE 0.05    /* seconds that a sample lasts at least */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct peer {
    quorsum_private_key *private;
    quorsum_public_key *key[3]; /* by quorsum_randomiser, all of the private key's modulus */
    quorsum_encryptor *encryptor[3];
    quorsum_plaintexts *plaintexts[3];
    quorsum_ciphertexts *a, *few;
    quorsum_key_record *record;
    quorsum_key_share *shares[TRUSTEES];
    quorsum_ciphertexts *sealed; /* under the record's key */
} peer;

static const quorsum_run one_thread = {.threads = 1};
static const uint8_t no_task[32];

static int64_t value_at(size_t i)
{
    return (int64_t)((i + 1) * 1000003 % 2147483647);
}

/* ---- keys and inputs ---- */

static quorsum_status fill(quorsum_plaintexts **out, const quorsum_public_key *key, size_t count)
{
    quorsum_status status = quorsum_plaintexts_new(out, key, count);

    for (size_t i = 0; i < count && status == QUORSUM_OK; i++)
        status = quorsum_plaintexts_set_int64(*out, i, value_at(i));
    return status;
}

static quorsum_status encrypt_new(quorsum_ciphertexts **out, const quorsum_public_key *key, size_t count)
{
    quorsum_plaintexts *plaintexts = NULL;
    quorsum_encryptor *encryptor = NULL;
    quorsum_status status = fill(&plaintexts, key, count);

    if (status == QUORSUM_OK)
        status = quorsum_encryptor_new(&encryptor, key, &one_thread);
    if (status == QUORSUM_OK)
        status = quorsum_encrypt(out, encryptor, plaintexts, &one_thread);
    quorsum_encryptor_free(encryptor);
    quorsum_plaintexts_free(plaintexts);
    return status;
}

/* A key for each length of the randomiser. */
static quorsum_status make_encryptors(peer *p, quorsum_key_options options)
{
    const quorsum_public_key *own = quorsum_private_key_public(p->private);
    size_t len = quorsum_public_key_modulus_bytes(own);
    uint8_t *modulus = malloc(len);
    quorsum_status status = modulus != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    if (status == QUORSUM_OK)
        quorsum_public_key_modulus(own, modulus);
    for (unsigned i = 0; i < COUNT(p->key) && status == QUORSUM_OK; i++) {
        options.randomiser = (quorsum_randomiser)i;
        status = quorsum_public_key_new(&p->key[i], modulus, len, &options);
        if (status == QUORSUM_OK)
            status = fill(&p->plaintexts[i], p->key[i], VECTOR);
        if (status == QUORSUM_OK)
            status = quorsum_encryptor_new(&p->encryptor[i], p->key[i], &one_thread);
    }
    free(modulus);
    return status;
}

static quorsum_status make_private(peer *p, uint32_t bits)
{
    quorsum_key_options options = {.modulus_bits = bits, .degree = 1};
    quorsum_status status = quorsum_private_key_generate(&p->private, &options, NULL);

    if (status == QUORSUM_OK)
        status = make_encryptors(p, options);
    if (status == QUORSUM_OK)
        status = encrypt_new(&p->a, quorsum_private_key_public(p->private), VECTOR);
    if (status == QUORSUM_OK)
        status = encrypt_new(&p->few, quorsum_private_key_public(p->private), OPENED);
    return status;
}

static quorsum_status make_threshold(peer *p, uint32_t bits)
{
    quorsum_deal_options options = {.key = {.modulus_bits = bits, .degree = 1}, .trustees = TRUSTEES, .quorum = QUORUM};
    quorsum_identity *dealer = NULL;
    quorsum_status status = quorsum_identity_generate(&dealer);

    if (status == QUORSUM_OK)
        status = quorsum_deal(&p->record, p->shares, &options, dealer, NULL);
    if (status == QUORSUM_OK)
        status = encrypt_new(&p->sealed, quorsum_key_record_public(p->record), OPENED);
    quorsum_identity_free(dealer);
    return status;
}

static void peer_clear(peer *p)
{
    for (size_t i = 0; i < COUNT(p->key); i++) {
        quorsum_encryptor_free(p->encryptor[i]);
        quorsum_plaintexts_free(p->plaintexts[i]);
        quorsum_public_key_free(p->key[i]);
    }
    quorsum_ciphertexts_free(p->a);
    quorsum_ciphertexts_free(p->few);
    quorsum_ciphertexts_free(p->sealed);
    for (size_t i = 0; i < TRUSTEES; i++)
        quorsum_key_share_free(p->shares[i]);
    quorsum_key_record_free(p->record);
    quorsum_private_key_free(p->private);
}

/* ---- operations: each leaves its result to whoever asks, or frees it ---- */

typedef struct result {
    quorsum_ciphertexts *ciphertexts;
    quorsum_plaintexts *plaintexts;
    quorsum_partial *partial;
} result;

static void result_clear(result *r)
{
    quorsum_ciphertexts_free(r->ciphertexts);
    quorsum_plaintexts_free(r->plaintexts);
    quorsum_partial_free(r->partial);
}

static quorsum_status encrypt(const peer *p, result *r, quorsum_randomiser kind)
{
    return quorsum_encrypt(&r->ciphertexts, p->encryptor[kind], p->plaintexts[kind], &one_thread);
}

static quorsum_status encrypt_half(const peer *p, result *r)
{
    return encrypt(p, r, QUORSUM_RANDOMISER_HALF);
}

static quorsum_status encrypt_short(const peer *p, result *r)
{
    return encrypt(p, r, QUORSUM_RANDOMISER_SHORT);
}

static quorsum_status encrypt_full(const peer *p, result *r)
{
    return encrypt(p, r, QUORSUM_RANDOMISER_FULL);
}

static quorsum_status decrypt(const peer *p, result *r)
{
    return quorsum_decrypt(&r->plaintexts, p->private, p->few, &one_thread);
}

static quorsum_status add(const peer *p, result *r)
{
    return quorsum_ciphertexts_add(&r->ciphertexts, quorsum_private_key_public(p->private), p->a, p->a, &one_thread);
}

static quorsum_status scale(const peer *p, result *r)
{
    const quorsum_public_key *key = quorsum_private_key_public(p->private);

    return quorsum_ciphertexts_scale(&r->ciphertexts, key, p->a, FACTOR, &one_thread);
}

static quorsum_status partial(const peer *p, result *r)
{
    return quorsum_partial_decrypt(&r->partial, p->record, p->shares[0], p->sealed, no_task, no_task, &one_thread);
}

static quorsum_status partial_add(quorsum_combiner *combiner, const peer *p, size_t trustee)
{
    quorsum_partial *one = NULL;
    quorsum_status status =
        quorsum_partial_decrypt(&one, p->record, p->shares[trustee], p->sealed, no_task, no_task, &one_thread);

    if (status == QUORSUM_OK)
        status = quorsum_combiner_add(combiner, one, &one_thread);
    quorsum_partial_free(one);
    return status;
}

static quorsum_status open_by_quorum(const peer *p, result *r)
{
    quorsum_combiner *combiner = NULL;
    quorsum_opening *opening = NULL;
    quorsum_status status = quorsum_combiner_new(&combiner, p->record, p->sealed, no_task);

    for (size_t i = 0; i < QUORUM && status == QUORSUM_OK; i++)
        status = partial_add(combiner, p, i);
    if (status == QUORSUM_OK)
        status = quorsum_combiner_open(&opening, combiner, &one_thread);
    if (status == QUORSUM_OK)
        status = quorsum_opening_plaintexts(&r->plaintexts, opening);
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
    return status;
}

typedef struct operation {
    const char *name;
    quorsum_status (*run)(const peer *p, result *r);
    size_t values;
    int threshold;    /* needs a dealt key */
    int64_t multiple; /* what it makes of value_at(i); 0: it cannot be read back */
    const char *note;
} operation;

static const operation operations[] = {
    {"encrypt_half", encrypt_half, VECTOR, 0, 1, "h^alpha, alpha half as long as N"},
    {"encrypt_short", encrypt_short, VECTOR, 0, 1, "h^alpha, alpha of 384 bits"},
    {"encrypt_full", encrypt_full, VECTOR, 0, 1, "h^alpha, alpha 128 bits longer than N"},
    {"decrypt", decrypt, OPENED, 0, 1, "modulo p^2 and q^2"},
    {"add", add, VECTOR, 0, 2, ""},
    {"scale", scale, VECTOR, 0, FACTOR, "the factor is public"},
    {"partial", partial, OPENED, 1, 0, "root opening: modulo N, with one proof for the vector"},
    {"open", open_by_quorum, OPENED, 1, 1, "3 partials made, proven, checked; combined, completed, checked"},
};

static const operation *find(const char *name)
{
    for (size_t i = 0; i < COUNT(operations); i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    return NULL;
}

/* ---- is it right? ---- */

/* Ciphertexts of any of the keys, read with the private one: they share the modulus. */
static quorsum_status read_back(const peer *p, quorsum_plaintexts **out, const quorsum_ciphertexts *ciphertexts)
{
    const quorsum_public_key *key = quorsum_private_key_public(p->private);
    size_t len = quorsum_ciphertexts_count(ciphertexts) * quorsum_public_key_ciphertext_bytes(key);
    uint8_t *wire = malloc(len);
    quorsum_ciphertexts *own = NULL;
    quorsum_status status =
        wire != NULL ? quorsum_ciphertexts_encode(ciphertexts, wire, len, &len) : QUORSUM_ERR_MEMORY;

    if (status == QUORSUM_OK)
        status = quorsum_ciphertexts_decode(&own, key, wire, len, NULL, &one_thread);
    if (status == QUORSUM_OK)
        status = quorsum_decrypt(out, p->private, own, &one_thread);
    quorsum_ciphertexts_free(own);
    free(wire);
    return status;
}

/* 1 if every value is the expected one. */
static int right(const peer *p, const operation *op, result *r)
{
    int64_t value = 0;

    if (op->multiple == 0)
        return 1;
    if (r->plaintexts == NULL && read_back(p, &r->plaintexts, r->ciphertexts) != QUORSUM_OK)
        return 0;
    for (size_t i = 0; i < op->values; i++)
        if (quorsum_plaintexts_get_int64(r->plaintexts, i, &value) != QUORSUM_OK ||
            value != op->multiple * value_at(i))
            return 0;
    return quorsum_plaintexts_count(r->plaintexts) == op->values;
}

static const char *check(const peer *p, const operation *op)
{
    result r = {0};
    quorsum_status status = op->run(p, &r);
    const char *wrong = status != QUORSUM_OK ? quorsum_status_name(status) : right(p, op, &r) ? NULL : "wrong result";

    result_clear(&r);
    return wrong;
}

/* ---- the conversation ---- */

static double clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static quorsum_status sample(const peer *p, const operation *op, double *seconds)
{
    quorsum_status status = QUORSUM_OK;
    double start = clock_now();
    unsigned calls = 0;

    for (*seconds = 0; *seconds < SAMPLE && status == QUORSUM_OK; *seconds = clock_now() - start, calls++) {
        result r = {0};

        status = op->run(p, &r);
        result_clear(&r);
    }
    *seconds /= (double)calls * (double)op->values;
    return status;
}

static int fail(const char *what, const char *why)
{
    printf("{\"failed\": \"%s: %s\"}\n", what, why);
    return EXIT_FAILURE;
}

static int offer(const peer *p, char **names, int count)
{
    for (int i = 0; i < count; i++) {
        const char *wrong = check(p, find(names[i]));

        if (wrong != NULL)
            return fail(names[i], wrong);
    }
    printf("{\"ready\": \"quorsum %s, kernel %s\", \"operations\": {", quorsum_version(), quorsum_kernel());
    for (int i = 0; i < count; i++) {
        const operation *op = find(names[i]);

        printf("%s\"%s\": {\"values\": %zu, \"note\": \"%s\"}", i > 0 ? ", " : "", op->name, op->values, op->note);
    }
    printf("}}\n");
    return EXIT_SUCCESS;
}

static int answer(const peer *p)
{
    char line[64];

    while (fflush(stdout) == 0 && fgets(line, sizeof line, stdin) != NULL) {
        const operation *op;
        double seconds;
        quorsum_status status;

        line[strcspn(line, "\n")] = 0;
        op = find(line);
        if (op == NULL || (op->threshold ? p->record == NULL : p->private == NULL))
            return fail(line, "not offered");
        status = sample(p, op, &seconds);
        if (status != QUORSUM_OK)
            return fail(line, quorsum_status_name(status));
        printf("{\"seconds\": %.9f}\n", seconds);
    }
    return EXIT_SUCCESS;
}

static quorsum_status make_keys(peer *p, uint32_t bits, char **names, int count)
{
    quorsum_status status = QUORSUM_OK;

    for (int i = 0; i < count && status == QUORSUM_OK; i++) {
        if (find(names[i])->threshold && p->record == NULL)
            status = make_threshold(p, bits);
        else if (!find(names[i])->threshold && p->private == NULL)
            status = make_private(p, bits);
    }
    return status;
}

int main(int argc, char **argv)
{
    peer p = {0};
    unsigned long bits = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    quorsum_status status;
    int code;

    if (bits != 2048 && bits != 3072 && bits != 4096) {
        fprintf(stderr, "Usage: quorsum_peer 2048|3072|4096 OPERATION...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++)
        if (find(argv[i]) == NULL)
            return fail(argv[i], "no such operation");
    status = make_keys(&p, (uint32_t)bits, argv + 2, argc - 2);
    code = status == QUORSUM_OK ? offer(&p, argv + 2, argc - 2) : fail("keys", quorsum_status_name(status));
    if (code == EXIT_SUCCESS)
        code = answer(&p);
    peer_clear(&p);
    return code;
}
