/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets meet no branch and no address: everything secret is marked undefined for valgrind's memcheck, which then
 * reports each conditional jump and each memory access that depends on it.
 *
 * What is tested are the objects that are shipped, at the optimisation they were built with, or others made for it
 * (run.sh). The linker (--wrap) puts the functions below between their parts, which say where something becomes secret,
 * and where it becomes public:
 *
 *   secret   every byte of qs_random_bytes; the shares, primes and plaintexts that this program gives
 *   public   what qs_reveal answers; whatever is hashed in a transcript, or expanded to a residue; responses,
 *            ciphertexts, partials, verification keys and the dealer's proofs once they are complete; N = pq
 *
 * The search for primes is left out: what it refuses, it looks at.
 */
#include <gmp.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "lib/arith/exponent.h"
#include "lib/arith/kernel.h"
#include "lib/base/bytes.h"
#include "lib/base/identity.h"
#include "lib/ceremony/generation.h"
#include "lib/ceremony/handover.h"
#include "lib/paillier/pool.h"
#include "lib/paillier/private_key.h"
#include "lib/proof/choice.h"
#include "lib/proof/factors.h"
#include "lib/proof/knowledge.h"
#include "lib/proof/modulus.h"
#include "lib/proof/norm_inside.h"
#include "lib/proof/share.h"
#include "lib/threshold/dealer.h"
#include "lib/threshold/partial.h"
#include "quorsum/round.h"
#include "tests/fixtures/primes.h"

#define SECRET(data, len) (void)VALGRIND_MAKE_MEM_UNDEFINED(data, len)
#define PUBLIC(data, len) (void)VALGRIND_MAKE_MEM_DEFINED(data, len)
#define LIMBS(count) ((count) * sizeof(mp_limb_t))

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "ctime: line %d: %s\n", __LINE__, #condition);                                             \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* ---- between the library's parts ---- */

size_t __wrap_qs_modulus_bits_min(void);
int __wrap_qs_mulx_usable(void);
int __wrap_qs_avx2_usable(void);
size_t __real_qs_reveal(size_t value);
size_t __wrap_qs_reveal(size_t value);
void __real_qs_random_bytes(void *out, size_t len);
void __wrap_qs_random_bytes(void *out, size_t len);
void __real_qs_transcript_bytes(qs_transcript *transcript, const void *data, size_t len);
void __wrap_qs_transcript_bytes(qs_transcript *transcript, const void *data, size_t len);
void __real_qs_transcript_limbs(qs_transcript *transcript, const mp_limb_t *value, size_t limbs, size_t bytes);
void __wrap_qs_transcript_limbs(qs_transcript *transcript, const mp_limb_t *value, size_t limbs, size_t bytes);
quorsum_status __real_quorsum_public_key_new(quorsum_public_key **out, const uint8_t *modulus, size_t len,
                                             const quorsum_key_options *options);
quorsum_status __wrap_quorsum_public_key_new(quorsum_public_key **out, const uint8_t *modulus, size_t len,
                                             const quorsum_key_options *options);
void __real_qs_seed_to_ring(const qs_ring *root, const uint8_t seed[QS_SEED_BYTES], mp_limb_t *out);
void __wrap_qs_seed_to_ring(const qs_ring *root, const uint8_t seed[QS_SEED_BYTES], mp_limb_t *out);
quorsum_status __real_qs_modulus_prove(qs_modulus_proof *out, const qs_context *context, const quorsum_public_key *key,
                                       const qs_secret *p, const qs_secret *q);
quorsum_status __wrap_qs_modulus_prove(qs_modulus_proof *out, const qs_context *context, const quorsum_public_key *key,
                                       const qs_secret *p, const qs_secret *q);
quorsum_status __real_qs_factors_prove(uint8_t *out, const qs_context *context, const quorsum_public_key *key,
                                       const qs_secret *p, const qs_secret *q);
quorsum_status __wrap_qs_factors_prove(uint8_t *out, const qs_context *context, const quorsum_public_key *key,
                                       const qs_secret *p, const qs_secret *q);
quorsum_status __wrap_qs_factors_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                                const quorsum_public_key *key);
quorsum_status __real_qs_partial_powers(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *bases,
                                        size_t stride, size_t count, const qs_secret *share, size_t share_bits,
                                        const quorsum_run *run);
quorsum_status __wrap_qs_partial_powers(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *bases,
                                        size_t stride, size_t count, const qs_secret *share, size_t share_bits,
                                        const quorsum_run *run);
quorsum_status __real_qs_verification_key(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *v,
                                          const qs_secret *share, size_t share_bits);
quorsum_status __wrap_qs_verification_key(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *v,
                                          const qs_secret *share, size_t share_bits);
quorsum_status __real_qs_share_prove(uint8_t *out, const qs_context *context, const qs_share_statement *statement,
                                     const qs_secret *share, const quorsum_run *run);
quorsum_status __wrap_qs_share_prove(uint8_t *out, const qs_context *context, const qs_share_statement *statement,
                                     const qs_secret *share, const quorsum_run *run);
quorsum_status __real_qs_encrypt_keep(quorsum_ciphertexts **out, qs_secret *alpha, const quorsum_encryptor *encryptor,
                                      const quorsum_plaintexts *plaintexts, const quorsum_run *run);
quorsum_status __wrap_qs_encrypt_keep(quorsum_ciphertexts **out, qs_secret *alpha, const quorsum_encryptor *encryptor,
                                      const quorsum_plaintexts *plaintexts, const quorsum_run *run);
quorsum_status __real_qs_norm_challenge(uint8_t e[QS_CHALLENGE_BYTES], const qs_context *context,
                                        const qs_norm_statement *statement, const qs_norm_sizes *sizes,
                                        const quorsum_ciphertexts *ciphertexts, const qs_norm_messages *messages);
quorsum_status __wrap_qs_norm_challenge(uint8_t e[QS_CHALLENGE_BYTES], const qs_context *context,
                                        const qs_norm_statement *statement, const qs_norm_sizes *sizes,
                                        const quorsum_ciphertexts *ciphertexts, const qs_norm_messages *messages);
void __real_qs_identity_sign(const quorsum_identity *identity, uint8_t signature[64], const void *message, size_t len);
void __wrap_qs_identity_sign(const quorsum_identity *identity, uint8_t signature[64], const void *message, size_t len);

static int random_is_public; /* a task's nonce */

/* Toy keys: the same code with fewer limbs. */
size_t __wrap_qs_modulus_bits_min(void)
{
    return 12;
}

/* Valgrind runs the instructions but does not say so when asked: tests/ctime/run.sh knows. */
static int is_wanted(const char *kernel)
{
    const char *wanted = getenv("QUORSUM_KERNEL");

    return wanted != NULL && strcmp(wanted, kernel) == 0;
}

int __wrap_qs_mulx_usable(void)
{
    return is_wanted("mulx");
}

int __wrap_qs_avx2_usable(void)
{
    return is_wanted("avx2");
}

void __wrap_qs_random_bytes(void *out, size_t len)
{
    __real_qs_random_bytes(out, len);
    if (!random_is_public)
        SECRET(out, len);
}

size_t __wrap_qs_reveal(size_t value)
{
    PUBLIC(&value, sizeof value);
    return __real_qs_reveal(value);
}

void __wrap_qs_transcript_bytes(qs_transcript *transcript, const void *data, size_t len)
{
    PUBLIC(data, len);
    __real_qs_transcript_bytes(transcript, data, len);
}

void __wrap_qs_transcript_limbs(qs_transcript *transcript, const mp_limb_t *value, size_t limbs, size_t bytes)
{
    PUBLIC(value, LIMBS(limbs));
    __real_qs_transcript_limbs(transcript, value, limbs, bytes);
}

quorsum_status __wrap_quorsum_public_key_new(quorsum_public_key **out, const uint8_t *modulus, size_t len,
                                             const quorsum_key_options *options)
{
    PUBLIC(&len, sizeof len);
    PUBLIC(&modulus, sizeof modulus);
    PUBLIC(modulus, len);
    return __real_quorsum_public_key_new(out, modulus, len, options);
}

/* The dealer's w is drawn as a seed. */
void __wrap_qs_seed_to_ring(const qs_ring *root, const uint8_t seed[QS_SEED_BYTES], mp_limb_t *out)
{
    PUBLIC(seed, QS_SEED_BYTES);
    __real_qs_seed_to_ring(root, seed, out);
}

quorsum_status __wrap_qs_modulus_prove(qs_modulus_proof *out, const qs_context *context, const quorsum_public_key *key,
                                       const qs_secret *p, const qs_secret *q)
{
    quorsum_status status = __real_qs_modulus_prove(out, context, key, p, q);

    PUBLIC(out->words, LIMBS(QS_MODULUS_WORDS * key->root->limbs));
    return status;
}

/* 2048 bits whatever the key has, and half a minute with the plain lanes: once, since it does not depend on the degree.
 * Checking it has no secrets. */
quorsum_status __wrap_qs_factors_prove(uint8_t *out, const qs_context *context, const quorsum_public_key *key,
                                       const qs_secret *p, const qs_secret *q)
{
    static int done;
    quorsum_status status = done ? QUORSUM_OK : __real_qs_factors_prove(out, context, key, p, q);

    done = 1;
    PUBLIC(out, qs_factors_proof_bytes(key->root->bits));
    return status;
}

quorsum_status __wrap_qs_factors_verify_vartime(const uint8_t *proof, size_t len, const qs_context *context,
                                                const quorsum_public_key *key)
{
    (void)proof;
    (void)context;
    return len == qs_factors_proof_bytes(key->root->bits) ? QUORSUM_OK : QUORSUM_ERR_TRUNCATED;
}

quorsum_status __wrap_qs_partial_powers(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *bases,
                                        size_t stride, size_t count, const qs_secret *share, size_t share_bits,
                                        const quorsum_run *run)
{
    quorsum_status status = __real_qs_partial_powers(out, key, bases, stride, count, share, share_bits, run);

    PUBLIC(out, LIMBS(count * key->root->limbs));
    return status;
}

quorsum_status __wrap_qs_verification_key(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *v,
                                          const qs_secret *share, size_t share_bits)
{
    quorsum_status status = __real_qs_verification_key(out, key, v, share, share_bits);

    PUBLIC(out, LIMBS(key->root->width));
    return status;
}

/* quorsum_partial_decrypt has them from a function of its own file, where the linker finds nothing to wrap. */
quorsum_status __wrap_qs_share_prove(uint8_t *out, const qs_context *context, const qs_share_statement *statement,
                                     const qs_secret *share, const quorsum_run *run)
{
    PUBLIC(statement->partials, LIMBS(statement->count * statement->key->root->limbs));
    return __real_qs_share_prove(out, context, statement, share, run);
}

quorsum_status __wrap_qs_encrypt_keep(quorsum_ciphertexts **out, qs_secret *alpha, const quorsum_encryptor *encryptor,
                                      const quorsum_plaintexts *plaintexts, const quorsum_run *run)
{
    quorsum_status status = __real_qs_encrypt_keep(out, alpha, encryptor, plaintexts, run);

    if (status == QUORSUM_OK)
        PUBLIC((*out)->value, LIMBS((*out)->count * encryptor->key->ring->width));
    return status;
}

quorsum_status __wrap_qs_norm_challenge(uint8_t e[QS_CHALLENGE_BYTES], const qs_context *context,
                                        const qs_norm_statement *statement, const qs_norm_sizes *sizes,
                                        const quorsum_ciphertexts *ciphertexts, const qs_norm_messages *messages)
{
    const quorsum_public_key *key = statement->key;

    PUBLIC(messages->v, LIMBS(key->root->width));
    PUBLIC(messages->a, LIMBS(key->root->width));
    PUBLIC(messages->plain, LIMBS(statement->count * key->ring->width));
    PUBLIC(messages->c1, LIMBS(key->root->width));
    PUBLIC(messages->c0, LIMBS(key->root->width));
    return __real_qs_norm_challenge(e, context, statement, sizes, ciphertexts, messages);
}

void __wrap_qs_identity_sign(const quorsum_identity *identity, uint8_t signature[64], const void *message, size_t len)
{
    __real_qs_identity_sign(identity, signature, message, len);
    PUBLIC(signature, 64);
}

/* ---- what is given ---- */

static void secret_prime(qs_secret *out, const char *hex)
{
    mpz_t value;

    mpz_init_set_str(value, hex, 16);
    REQUIRE(qs_secret_init(out, mpz_size(value)) == 0);
    mpn_copyi(out->limb, mpz_limbs_read(value), (mp_size_t)mpz_size(value));
    mpz_clear(value);
    SECRET(out->limb, LIMBS(out->limbs));
}

static const quorsum_run one_thread = {.threads = 1};

/* ---- powers at the sizes in use ---- */

static void powers(size_t bits, unsigned digits, int secret)
{
    qs_ring *ring = NULL;
    mp_limb_t *n = calloc(bits / GMP_LIMB_BITS, sizeof *n);
    mp_limb_t exponent[2];
    mp_limb_t *x, *scratch;

    REQUIRE(n != NULL);
    memset(n, 0xa5, bits / 8);
    if (secret)
        SECRET(n, bits / 8);
    REQUIRE(qs_ring_new(&ring, n, bits / GMP_LIMB_BITS, digits, secret) == QUORSUM_OK);
    x = calloc(ring->width, sizeof *x);
    scratch = calloc(qs_power_scratch(ring), sizeof *scratch);
    REQUIRE(x != NULL && scratch != NULL);
    memset(x, 0x3c, LIMBS(ring->width));
    SECRET(x, LIMBS(ring->width));
    memset(exponent, 0x77, sizeof exponent);
    SECRET(exponent, sizeof exponent);
    qs_power(ring, x, x, exponent, 70, scratch);
    qs_ring_add(ring, x, x, x, scratch);
    qs_ring_sub(ring, x, x, ring->one, scratch);
    qs_ring_leave(ring, x, x, scratch);
    free(scratch);
    free(x);
    qs_ring_free(ring);
    free(n);
}

/* ---- a contributor ---- */

static void fill_plaintexts(quorsum_plaintexts *plaintexts)
{
    for (size_t i = 0; i < quorsum_plaintexts_count(plaintexts); i++) {
        int64_t value = (int64_t)i * 1000003 - 2000000;

        SECRET(&value, sizeof value);
        REQUIRE(quorsum_plaintexts_set_int64(plaintexts, i, value) == QUORSUM_OK);
    }
}

/* With `pooled` randomisers made ahead of time, of the 9 that are encrypted and the 9 that are blinded again. */
static void contribute(const quorsum_public_key *key, quorsum_ciphertexts **out, size_t pooled)
{
    qs_context context = {.label = "ctime"};
    quorsum_encryptor *encryptor = NULL;
    quorsum_plaintexts *plaintexts = NULL;
    quorsum_ciphertexts *again = NULL;
    qs_secret alpha = {0};
    uint8_t *proof = calloc(1, qs_knowledge_bytes(key, 9));

    REQUIRE(proof != NULL);
    REQUIRE(quorsum_encryptor_new(&encryptor, key, &one_thread) == QUORSUM_OK);
    REQUIRE(quorsum_plaintexts_new(&plaintexts, key, 9) == QUORSUM_OK);
    fill_plaintexts(plaintexts);
    REQUIRE(quorsum_pool_fill(encryptor, pooled, &one_thread) == QUORSUM_OK);
    REQUIRE(qs_encrypt_keep(out, &alpha, encryptor, plaintexts, &one_thread) == QUORSUM_OK);
    REQUIRE(quorsum_pool_available(encryptor) == (pooled > 9 ? pooled - 9 : 0));
    REQUIRE(qs_knowledge_prove(proof, &context, encryptor, *out, plaintexts, &alpha, &one_thread) == QUORSUM_OK);
    PUBLIC(proof, qs_knowledge_bytes(key, 9));
    REQUIRE(qs_knowledge_verify_vartime(proof, qs_knowledge_bytes(key, 9), &context, key, *out, &one_thread) ==
            QUORSUM_OK);
    REQUIRE(quorsum_ciphertexts_rerandomise(&again, encryptor, *out, &one_thread) == QUORSUM_OK);
    quorsum_ciphertexts_free(again);
    qs_secret_clear(&alpha);
    quorsum_plaintexts_free(plaintexts);
    quorsum_encryptor_free(encryptor);
    free(proof);
}

/* A ballot: one of three options or none in one plaintext, and two options with one each, both of them taken. */
static void vote(const quorsum_public_key *key)
{
    static const qs_value packed[] = {{0, 0}, {1, 0}, {1, 20}, {1, 40}};
    static const qs_value few[] = {{0, 0}, {1, 0}, {2, 0}};
    static const size_t places[] = {2, 1, 1, 2};
    const qs_clause clauses[] = {{0, 1, packed, 4}, {1, 1, few, 2}, {2, 1, few, 2}, {1, 2, few, 3}};
    qs_context context = {.label = "ctime"};
    quorsum_encryptor *encryptor = NULL;
    quorsum_plaintexts *plaintexts = NULL;
    quorsum_ciphertexts *ciphertexts = NULL;
    qs_choices *choices = NULL;
    qs_secret alpha = {0}, chosen = {0};
    uint8_t *proof;
    size_t len;

    REQUIRE(qs_choices_new(&choices, key, 3, clauses, 4) == QUORSUM_OK);
    REQUIRE(quorsum_encryptor_new(&encryptor, key, &one_thread) == QUORSUM_OK);
    REQUIRE(quorsum_plaintexts_new(&plaintexts, key, 3) == QUORSUM_OK);
    REQUIRE(qs_secret_init(&chosen, 4) == 0);
    for (size_t i = 0; i < 4; i++)
        chosen.limb[i] = (mp_limb_t)places[i];
    SECRET(chosen.limb, LIMBS(4));
    for (size_t k = 0; k < 3; k++) {
        int64_t value = k == 0 ? (int64_t)1 << 20 : 1;

        SECRET(&value, sizeof value);
        REQUIRE(quorsum_plaintexts_set_int64(plaintexts, k, value) == QUORSUM_OK);
    }
    REQUIRE(qs_encrypt_keep(&ciphertexts, &alpha, encryptor, plaintexts, &one_thread) == QUORSUM_OK);
    len = qs_choice_bytes(choices);
    proof = calloc(1, len);
    REQUIRE(proof != NULL);
    REQUIRE(qs_choice_prove(proof, &context, choices, encryptor, ciphertexts, &alpha, &chosen, &one_thread) ==
            QUORSUM_OK);
    PUBLIC(proof, len);
    REQUIRE(qs_choice_verify_vartime(proof, len, &context, choices, ciphertexts, &one_thread) == QUORSUM_OK);
    free(proof);
    qs_secret_clear(&alpha);
    qs_secret_clear(&chosen);
    qs_choices_free(choices);
    quorsum_ciphertexts_free(ciphertexts);
    quorsum_plaintexts_free(plaintexts);
    quorsum_encryptor_free(encryptor);
}

/* A proof of a vector's norm, which is the bound itself, or less. */
static void prove_norm(const quorsum_public_key *key, unsigned left)
{
    static const size_t slots[2] = {3, 2};
    qs_norm_statement statement = {.key = key, .slots = slots, .count = 2, .slot_bits = 20, .max_cohort = 9,
                                   .norm_squared = 30000 + left};
    qs_context context = {.label = "ctime"};
    int64_t values[5] = {100, 0, -100, 0, 100};
    int64_t packed[2] = {100 - ((int64_t)100 << 40), (int64_t)100 << 20};
    quorsum_encryptor *encryptor = NULL;
    quorsum_plaintexts *plaintexts = NULL;
    quorsum_ciphertexts *ciphertexts = NULL;
    qs_secret alpha = {0};
    size_t len = qs_norm_bytes(&statement);
    uint8_t *proof = calloc(1, len);

    REQUIRE(proof != NULL && len > 0);
    REQUIRE(quorsum_encryptor_new(&encryptor, key, &one_thread) == QUORSUM_OK);
    REQUIRE(quorsum_plaintexts_new(&plaintexts, key, 2) == QUORSUM_OK);
    SECRET(values, sizeof values);
    SECRET(packed, sizeof packed);
    for (size_t k = 0; k < 2; k++)
        REQUIRE(quorsum_plaintexts_set_int64(plaintexts, k, packed[k]) == QUORSUM_OK);
    REQUIRE(qs_encrypt_keep(&ciphertexts, &alpha, encryptor, plaintexts, &one_thread) == QUORSUM_OK);
    REQUIRE(qs_norm_prove(proof, &context, encryptor, &statement, ciphertexts, values, &alpha, &one_thread) ==
            QUORSUM_OK);
    PUBLIC(proof, len);
    REQUIRE(qs_norm_verify_vartime(proof, len, &context, &statement, ciphertexts, &one_thread) == QUORSUM_OK);
    quorsum_plaintexts_free(plaintexts);
    quorsum_ciphertexts_free(ciphertexts);
    qs_secret_clear(&alpha);
    quorsum_encryptor_free(encryptor);
    free(proof);
}

/* A contribution from numbers: ranges, weights and packing too. */
static void send_numbers(const quorsum_key_record *record, const quorsum_identity *identity, uint32_t weight_bits)
{
    quorsum_field fields[2] = {{.name = "signed", .count = 20, .bits = 30, .is_signed = 1, .scale = 1},
                               {.name = "count", .count = 3, .bits = 5, .scale = 1, .clip = 17}};
    quorsum_task_options options = {.label = "", .fields = fields, .field_count = 2, .weight_bits = weight_bits,
                                    .guard_bits = 1, .min_cohort = 2, .max_cohort = 5};
    quorsum_encryptor *encryptor = NULL;
    quorsum_task *task = NULL;
    quorsum_bytes bytes = {0};
    int64_t values[23] = {-5, 7, 1 << 28};
    uint64_t weight = weight_bits > 0 ? 3 : 1;
    size_t index;

    random_is_public = 1;
    REQUIRE(quorsum_task_make(&task, record, &options, identity, &index) == QUORSUM_OK);
    random_is_public = 0;
    REQUIRE(quorsum_encryptor_new(&encryptor, quorsum_key_record_public(record), &one_thread) == QUORSUM_OK);
    SECRET(values, sizeof values);
    SECRET(&weight, sizeof weight);
    REQUIRE(quorsum_contribution_make(&bytes, task, encryptor, identity, values, 23, weight, 1, &one_thread) ==
            QUORSUM_OK);
    quorsum_bytes_free(&bytes);
    quorsum_task_free(task);
    quorsum_encryptor_free(encryptor);
}

/* The same where a proof goes with it: a ballot in each of its two forms, and a vector of bounded norm. */
static void send_proven(const quorsum_key_record *record, const quorsum_identity *identity, quorsum_level level)
{
    static const char *const names[] = {"a", "b", "c"};
    quorsum_field choices[2] = {{.name = "one", .count = 3, .bits = 1, .scale = 1, .options = names, .choose_max = 1},
                                {.name = "some", .count = 3, .bits = 1, .scale = 1, .options = names, .choose_min = 1,
                                 .choose_max = 2}};
    quorsum_field numbers = {.name = "numbers", .count = 6, .bits = 8, .is_signed = 1, .scale = 1};
    int is_ballot = level == QUORSUM_LEVEL_BALLOT;
    quorsum_task_options options = {.label = "", .fields = is_ballot ? choices : &numbers,
                                    .field_count = is_ballot ? 2 : 1, .guard_bits = 1, .min_cohort = 2, .max_cohort = 5,
                                    .level = level, .norm_squared = is_ballot ? 0 : 900};
    quorsum_encryptor *encryptor = NULL;
    quorsum_task *task = NULL;
    quorsum_bytes bytes = {0};
    int64_t votes[6] = {0, 1, 0, 1, 0, 1};
    int64_t vector[6] = {-20, 3, 0, 20, -1, 7};
    int64_t *values = is_ballot ? votes : vector;
    uint64_t weight = 1;
    size_t index;

    random_is_public = 1;
    REQUIRE(quorsum_task_make(&task, record, &options, identity, &index) == QUORSUM_OK);
    random_is_public = 0;
    REQUIRE(quorsum_encryptor_new(&encryptor, quorsum_key_record_public(record), &one_thread) == QUORSUM_OK);
    SECRET(values, sizeof votes);
    SECRET(&weight, sizeof weight);
    REQUIRE(quorsum_contribution_make(&bytes, task, encryptor, identity, values, 6, weight, 1, &one_thread) ==
            QUORSUM_OK);
    quorsum_bytes_free(&bytes);
    quorsum_task_free(task);
    quorsum_encryptor_free(encryptor);
}

/* ---- a key's owner ---- */

static void own(const test_primes *primes, unsigned degree)
{
    quorsum_key_options options = {.degree = degree};
    quorsum_private_key *key = NULL;
    quorsum_ciphertexts *ciphertexts = NULL;
    quorsum_plaintexts *plaintexts = NULL;
    qs_secret p = {0}, q = {0};
    uint8_t magnitude[8];
    int negative;

    secret_prime(&p, primes->p);
    secret_prime(&q, primes->q);
    REQUIRE(qs_private_key_from_primes(&key, &p, &q, &options) == QUORSUM_OK);
    REQUIRE((key->p.ring->lanes != NULL) == (qs_kernel_active()->lanes != NULL));
    contribute(quorsum_private_key_public(key), &ciphertexts, 3);
    quorsum_ciphertexts_free(ciphertexts);
    contribute(quorsum_private_key_public(key), &ciphertexts, 12);
    vote(quorsum_private_key_public(key));
    prove_norm(quorsum_private_key_public(key), 0);
    prove_norm(quorsum_private_key_public(key), 12345);
    REQUIRE(quorsum_decrypt(&plaintexts, key, ciphertexts, &one_thread) == QUORSUM_OK);
    REQUIRE(quorsum_plaintexts_get(plaintexts, 1, magnitude, sizeof magnitude, &negative) == QUORSUM_OK);
    PUBLIC(magnitude, sizeof magnitude);
    PUBLIC(&negative, sizeof negative);
    REQUIRE(negative == 1 && qs_load64(magnitude) == 999997);
    quorsum_plaintexts_free(plaintexts);
    quorsum_ciphertexts_free(ciphertexts);
    quorsum_private_key_free(key);
    qs_secret_clear(&p);
    qs_secret_clear(&q);
}

/* ---- dealer and trustees ---- */

static void open_total(const quorsum_key_record *record, quorsum_key_share *const *shares,
                       const quorsum_ciphertexts *ciphertexts, quorsum_identity *const *trustees)
{
    static const uint8_t task[QUORSUM_DIGEST_BYTES] = {1};
    quorsum_combiner *combiner = NULL;
    quorsum_opening *opening = NULL;

    REQUIRE(quorsum_combiner_new(&combiner, record, ciphertexts, task) == QUORSUM_OK);
    for (size_t i = 0; i < 2; i++) {
        quorsum_partial *partial = NULL;

        REQUIRE(quorsum_partial_decrypt(&partial, record, shares[i], ciphertexts, task,
                                        quorsum_identity_public(trustees[i]), &one_thread) == QUORSUM_OK);
        PUBLIC(partial->proof, partial->proof_len);
        REQUIRE(quorsum_combiner_add(combiner, partial, &one_thread) == QUORSUM_OK);
        quorsum_partial_free(partial);
    }
    REQUIRE(quorsum_combiner_open(&opening, combiner, &one_thread) == QUORSUM_OK);
    quorsum_opening_free(opening);
    quorsum_combiner_free(combiner);
}

/* As trustees 1 and 2 do; the record changes for the confirmed one. */
static void confirm(quorsum_key_record **record, quorsum_key_share *const *shares, quorsum_identity *const *trustees)
{
    for (size_t i = 0; i < 2; i++) {
        quorsum_key_record *confirmed = NULL;

        REQUIRE(quorsum_key_record_confirm(&confirmed, *record, shares[i], trustees[i]) == QUORSUM_OK);
        quorsum_key_record_free(*record);
        *record = confirmed;
    }
}

/* ---- a key without a dealer ---- */

#define MEMBERS ((uint32_t)3)

/* All members say a round with secret keys, then hear it. */
static qs_ruling say_round(qs_generation *generation, const qs_party *party, uint8_t (*key)[2][32],
                           const qs_generation_round *round)
{
    uint8_t *body[MEMBERS];
    qs_ruling ruling;

    for (uint32_t i = 0; i < MEMBERS; i++) {
        size_t len = round->len(generation, i + 1);

        body[i] = calloc(1, len + 1);
        REQUIRE(body[i] != NULL);
        SECRET(key[i], sizeof key[i]);
        REQUIRE(round->say(generation, &party[i], body[i], &one_thread) == QUORSUM_OK);
        PUBLIC(body[i], len);
    }
    REQUIRE(round->hear(generation, (const uint8_t *const *)body, &ruling, &one_thread) == QUORSUM_OK);
    for (uint32_t i = 0; i < MEMBERS; i++)
        free(body[i]);
    return ruling;
}

/* Three members from batch to batch until they have a key, and one's share. */
static void generate(size_t bits, unsigned degree)
{
    static const qs_generation_round *const rounds[] = {&qs_round_sift,   &qs_round_product, &qs_round_test,
                                                        &qs_round_verify, &qs_round_derive,  &qs_round_keys};
    static const uint8_t ceremony[32] = {1};
    uint8_t key[MEMBERS][2][32];
    qs_party party[MEMBERS];
    qs_sets *sets = NULL;
    qs_generation *generation = NULL;
    quorsum_key_share *share = NULL;
    uint64_t batch = 0;

    REQUIRE(qs_sets_new(&sets, MEMBERS, 1) == QUORSUM_OK && sets->own == 2);
    REQUIRE(qs_generation_new(&generation, bits, degree, QUORSUM_RANDOMISER_HALF, sets, ceremony, 32) == QUORSUM_OK);
    for (size_t r = 0; r < sizeof rounds / sizeof rounds[0];) {
        if (r == 0) {
            REQUIRE(batch < 100);
            qs_generation_next(generation, batch++);
        }
        for (uint32_t i = 0; i < MEMBERS && r == 0; i++) {
            party[i] = (qs_party){.index = i + 1, .sets = sets, .key = key[i][0]};
            for (size_t k = 0; k < 2; k++)
                memset(key[i][k], (int)(3 * batch + qs_party_set(&party[i], k)), 32);
        }
        r = say_round(generation, party, key, rounds[r]) == QS_GO_ON ? r + 1 : 0;
    }
    REQUIRE(qs_generation_share(&share, generation, &party[0]) == QUORSUM_OK);
    quorsum_key_share_free(share);
    qs_generation_free(generation);
    qs_sets_free(sets);
}

/* ---- a key that is handed on ---- */

/* Trustees 1 and 2 hand it on to three others, every one of which says what it says; the last one takes its share. */
static void hand_on(const quorsum_key_record *record, quorsum_key_share *const *shares)
{
    static const uint32_t dealers[2] = {1, 2};
    static const uint32_t members = 3;
    uint8_t set_key[3][32] = {{1}, {2}, {3}}; /* three sets of two */
    uint8_t dealt_key[2][3][32] = {{{4}, {5}, {6}}, {{7}, {8}, {9}}};
    qs_handover *handover = NULL;
    qs_sets *sets = NULL;
    quorsum_key_share *share = NULL;
    qs_accused accused;
    uint8_t *body[3];
    int sound;

    REQUIRE(qs_sets_new(&sets, members, 1) == QUORSUM_OK && sets->own == 2);
    REQUIRE(qs_handover_new(&handover, record, sets, dealers, 2) == QUORSUM_OK);
    SECRET(set_key, sizeof set_key);
    SECRET(dealt_key, sizeof dealt_key);
    for (uint32_t d = 0; d < 2; d++) {
        body[d] = calloc(1, qs_handover_dealt_len(handover));
        REQUIRE(body[d] != NULL);
        REQUIRE(qs_handover_deal(handover, shares[d], dealt_key[d][0], body[d], &one_thread) == QUORSUM_OK);
        PUBLIC(body[d], qs_handover_dealt_len(handover));
        REQUIRE(qs_handover_take(handover, d, body[d], &sound, &one_thread) == QUORSUM_OK && sound);
        free(body[d]);
    }
    for (uint32_t i = 1; i <= members; i++) {
        const uint16_t *own = sets->mine + (i - 1) * sets->own;
        uint8_t key[2][32];
        uint8_t given[2][2][32];
        qs_party party = {.index = i, .sets = sets, .key = key[0]};

        for (size_t k = 0; k < 2; k++) {
            memcpy(key[k], set_key[own[k]], 32);
            memcpy(given[0][k], dealt_key[0][own[k]], 32);
            memcpy(given[1][k], dealt_key[1][own[k]], 32);
        }
        for (uint32_t d = 0; d < 2; d++)
            REQUIRE(qs_handover_check_keys(handover, d, i, given[d][0], &sound, &one_thread) == QUORSUM_OK && sound);
        body[i - 1] = calloc(1, qs_handover_mask_len(handover));
        REQUIRE(body[i - 1] != NULL);
        REQUIRE(qs_handover_mask(handover, &party, given[0][0], body[i - 1], &one_thread) == QUORSUM_OK);
        PUBLIC(body[i - 1], qs_handover_mask_len(handover));
        if (i < members)
            continue;
        REQUIRE(qs_handover_hear(handover, (const uint8_t *const *)body, &accused, &one_thread) == QUORSUM_OK);
        REQUIRE(accused.members == 0 && !accused.unnamed);
        REQUIRE(qs_handover_share(&share, handover, &party) == QUORSUM_OK);
    }
    for (uint32_t i = 0; i < members; i++)
        free(body[i]);
    quorsum_key_share_free(share);
    qs_handover_free(handover);
    qs_sets_free(sets);
}

/* ---- candidates for a key without a dealer ---- */

/* What one of three members says in a round when the keys of its sets are secret, and what all have said is heard. */
static void say_and_hear(qs_generation *generation, const qs_generation_round *round, const uint8_t key[3][2][32])
{
    uint8_t *body[3];
    qs_ruling ruling;

    for (uint32_t i = 1; i <= 3; i++) {
        qs_party party = {.index = i, .sets = generation->sets, .key = key[i - 1][0]};

        body[i - 1] = calloc(1, round->len(generation, i));
        REQUIRE(body[i - 1] != NULL);
        REQUIRE(round->say(generation, &party, body[i - 1], &one_thread) == QUORSUM_OK);
        PUBLIC(body[i - 1], round->len(generation, i));
    }
    REQUIRE(round->hear(generation, (const uint8_t *const *)body, &ruling, &one_thread) == QUORSUM_OK);
    REQUIRE(ruling == QS_GO_ON);
    for (uint32_t i = 0; i < 3; i++)
        free(body[i]);
}

static void candidates(void)
{
    static const uint8_t ceremony[32] = {1};
    uint8_t key[3][2][32] = {{{1}, {2}}, {{1}, {3}}, {{2}, {3}}}; /* of the sets {1,2}, {1,3}, {2,3} */
    qs_generation *generation = NULL;
    qs_sets *sets = NULL;

    REQUIRE(qs_sets_new(&sets, 3, 1) == QUORSUM_OK);
    REQUIRE(qs_generation_new(&generation, 256, 1, QUORSUM_RANDOMISER_HALF, sets, ceremony, 16) == QUORSUM_OK);
    qs_generation_next(generation, 0);
    SECRET(key, sizeof key);
    say_and_hear(generation, &qs_round_sift, key);
    REQUIRE(generation->candidates > 0);
    say_and_hear(generation, &qs_round_product, key);
    qs_generation_free(generation);
    qs_sets_free(sets);
}

static void deal(const test_primes *primes, unsigned degree)
{
    uint8_t roster[3 * QUORSUM_IDENTITY_BYTES];
    quorsum_deal_options options = {.key = {.degree = degree}, .trustees = 3, .quorum = 2, .roster = roster};
    quorsum_identity *trustees[3];
    quorsum_identity *identity = NULL;
    quorsum_key_record *record = NULL;
    quorsum_key_share *shares[3];
    quorsum_ciphertexts *ciphertexts = NULL;
    qs_secret p = {0}, q = {0};

    REQUIRE(quorsum_identity_generate(&identity) == QUORSUM_OK);
    PUBLIC(identity->public_half, sizeof identity->public_half);
    for (size_t i = 0; i < 3; i++) {
        REQUIRE(quorsum_identity_generate(&trustees[i]) == QUORSUM_OK);
        PUBLIC(trustees[i]->public_half, sizeof trustees[i]->public_half);
        memcpy(roster + i * QUORSUM_IDENTITY_BYTES, trustees[i]->public_half, QUORSUM_IDENTITY_BYTES);
    }
    secret_prime(&p, primes->p);
    secret_prime(&q, primes->q);
    REQUIRE(qs_deal_from_primes(&record, shares, &p, &q, &options, identity, &one_thread) == QUORSUM_OK);
    for (size_t i = 0; i < 3; i++) /* products and rests have passed through GMP, whose marks need not be exact */
        SECRET(shares[i]->value.limb, LIMBS(shares[i]->value.limbs));
    confirm(&record, shares, trustees);
    contribute(quorsum_key_record_public(record), &ciphertexts, 9);
    send_numbers(record, identity, 0);
    send_numbers(record, identity, 4);
    send_proven(record, identity, QUORSUM_LEVEL_BALLOT);
    send_proven(record, identity, QUORSUM_LEVEL_NORM);
    open_total(record, shares, ciphertexts, trustees);
    hand_on(record, shares);
    for (size_t i = 0; i < 3; i++) {
        quorsum_key_share_free(shares[i]);
        quorsum_identity_free(trustees[i]);
    }
    quorsum_ciphertexts_free(ciphertexts);
    quorsum_key_record_free(record);
    quorsum_identity_free(identity);
    qs_secret_clear(&p);
    qs_secret_clear(&q);
}

/* That the tool sees what it should: a jump on a secret. With --leak the program must be refused. */
static void leak(void)
{
    unsigned char secret = 7;

    SECRET(&secret, 1);
    if (secret == 7)
        puts("a secret was looked at");
}

int main(int argc, char **argv)
{
    const test_primes *primes = test_primes_find(1024 / 2);

    REQUIRE(primes != NULL && RUNNING_ON_VALGRIND);
    if (argc > 1 && strcmp(argv[1], "--leak") == 0) {
        leak();
        return 0;
    }
    for (unsigned digits = 1; digits <= 2; digits++) /* one level of Karatsuba, and lengths no kernel likes */
        for (size_t bits = 192; bits <= 4096; bits = bits == 192 ? 2048 : bits + 1024)
            for (int secret = 0; secret < 2; secret++)
                powers(bits, digits, secret);
    candidates();
    for (unsigned degree = 1; degree <= 2; degree++) {
        own(primes, degree);
        generate(degree == 1 ? 96 : 192, degree);
        if (degree == 1 || strcmp(quorsum_kernel(), "portable") == 0) /* the dealer's proofs take long, and know no degree */
            deal(primes, degree);
    }
    printf("%s: done\n", quorsum_kernel());
    return 0;
}
