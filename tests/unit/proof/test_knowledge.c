/* SPDX-License-Identifier: Apache-2.0 */
/* The vector proof of plaintext knowledge: honest ones pass, and everything that differs from them is refused. */
#include "lib/proof/knowledge.h"

#include "tests/unit/paillier/oracle.h"

typedef struct sample { /* a proven vector */
    oracle o;
    size_t count;
    quorsum_encryptor *encryptor;
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *ciphertexts;
    qs_secret alpha;
    qs_context context;
    uint8_t *proof;
    size_t len;
} sample;

static void make_vector(sample *x)
{
    mpz_t m;

    mpz_init(m);
    cr_assert_eq(quorsum_encryptor_new(&x->encryptor, x->o.key, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_new(&x->plaintexts, x->o.key, x->count), QUORSUM_OK);
    for (size_t i = 0; i < x->count; i++) {
        mpz_urandomm(m, x->o.random, x->o.ns);
        cr_assert_eq(set_number(x->plaintexts, i, m), QUORSUM_OK);
    }
    cr_assert_eq(qs_encrypt_keep(&x->ciphertexts, &x->alpha, x->encryptor, x->plaintexts, NULL), QUORSUM_OK);
    mpz_clear(m);
}

static quorsum_status prove(sample *x)
{
    return qs_knowledge_prove(x->proof, &x->context, x->encryptor, x->ciphertexts, x->plaintexts, &x->alpha, NULL);
}

static void sample_open(sample *x, size_t prime_bits, unsigned s, quorsum_randomiser randomiser, size_t count)
{
    if (prime_bits < 16)
        oracle_open_small(&x->o, 47, 59, s, randomiser);
    else
        oracle_open_random(&x->o, prime_bits, s, randomiser);
    x->count = count;
    make_vector(x);
    x->context = (qs_context){.label = "contribution"};
    memcpy(x->context.key, quorsum_public_key_digest(x->o.key), sizeof x->context.key);
    memset(x->context.task, 7, sizeof x->context.task);
    memset(x->context.prover, 9, sizeof x->context.prover);
    x->len = qs_knowledge_bytes(x->o.key, count);
    x->proof = malloc(x->len + 8);
    cr_assert_eq(prove(x), QUORSUM_OK);
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

static quorsum_status verify_vector(const sample *x, const quorsum_ciphertexts *ciphertexts)
{
    return qs_knowledge_verify_vartime(x->proof, x->len, &x->context, x->o.key, ciphertexts, NULL);
}

static quorsum_status verify(const sample *x)
{
    return verify_vector(x, x->ciphertexts);
}

/* ---- the honest ones ---- */

Test(knowledge, is_shown_for_every_length_degree_and_randomiser)
{
    static const size_t counts[] = {1, 2, 9, 130};
    static const size_t sizes[] = {6, 64, 101};

    for (unsigned s = 1; s <= 3; s++)
        for (int randomiser = 0; randomiser < 3; randomiser++)
            for (size_t k = 0; k < 4; k++)
                for (size_t b = 0; b < 3; b++) {
                    sample x;

                    sample_open(&x, sizes[b], s, (quorsum_randomiser)randomiser, counts[k]);
                    cr_assert_eq(verify(&x), QUORSUM_OK, "s %u, %zu bits, %zu elements", s, sizes[b], counts[k]);
                    sample_close(&x);
                }
}

static unsigned log2_up(size_t count)
{
    unsigned log = 0;

    while (((size_t)1 << log) < count)
        log++;
    return log;
}

/* A is recomputed with plain integers, the seed from the transcript as the header spells it out. */
static void oracle_commitment(const sample *x, mpz_t a)
{
    size_t digit = quorsum_public_key_modulus_bytes(x->o.key);
    const uint8_t *at = x->proof + 64;
    size_t w_bytes = x->len - 64 - x->o.s * digit;
    uint8_t bytes[16];
    mpz_t z, part, c, e;

    mpz_inits(z, part, c, e, NULL);
    for (unsigned i = x->o.s; i-- > 0;) {
        number_from_bytes(part, at + i * digit, digit);
        mpz_mul(z, z, x->o.n);
        mpz_add(z, z, part);
    }
    number_from_bytes(part, at + x->o.s * digit, w_bytes);
    oracle_encrypt(&x->o, a, z, part);
    for (size_t k = 0; k < x->count; k++) {
        qs_seed_exponent(bytes, x->proof, k);
        number_from_bytes(e, bytes, 16);
        number_of(&x->o, c, x->ciphertexts, k);
        mpz_neg(e, e);
        mpz_powm(c, c, e, x->o.modulus);
        mpz_mul(a, a, c);
        mpz_mod(a, a, x->o.modulus);
    }
    mpz_clears(z, part, c, e, NULL);
}

static void oracle_seed(const sample *x, const mpz_t a, uint8_t seed[64])
{
    size_t len = x->count * ciphertext_bytes(&x->o);
    uint8_t *wire = malloc(len);
    qs_transcript transcript;

    qs_transcript_begin(&transcript, "pok-vector", &x->context);
    qs_transcript_u64(&transcript, x->o.s);
    qs_transcript_u64(&transcript, x->o.key->alpha_bits);
    qs_transcript_u64(&transcript, x->count);
    cr_assert_eq(quorsum_ciphertexts_encode(x->ciphertexts, wire, len, &len), QUORSUM_OK);
    qs_transcript_bytes(&transcript, wire, len);
    wire_of(&x->o, wire, a);
    qs_transcript_bytes(&transcript, wire, ciphertext_bytes(&x->o));
    qs_transcript_seed(&transcript, seed);
    free(wire);
}

Test(knowledge, satisfies_its_equation_in_plain_integers)
{
    for (unsigned s = 1; s <= 3; s++)
        for (size_t count = 1; count <= 17; count += 4) {
            sample x;
            uint8_t seed[64];
            mpz_t a;

            sample_open(&x, 90, s, QUORSUM_RANDOMISER_SHORT, count);
            mpz_init(a);
            oracle_commitment(&x, a);
            oracle_seed(&x, a, seed);
            cr_expect_arr_eq(seed, x.proof, 64, "degree %u, %zu elements", s, count);
            mpz_clear(a);
            sample_close(&x);
        }
}

Test(knowledge, takes_the_bytes_its_bounds_say)
{
    static const size_t counts[] = {1, 2, 3, 4, 5, 9, 130, 1024, 1025, 100000};
    oracle o;

    for (unsigned s = 1; s <= 3; s++) {
        oracle_open_random(&o, 256, s, QUORSUM_RANDOMISER_SHORT);
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
            unsigned log = counts[k] < 2 ? 1 : log2_up(counts[k]);
            size_t w = (384 + 128 + 128 + log + 1 + 7) / 8;

            cr_expect_eq(qs_knowledge_w_bytes(o.key, counts[k]), w);
            cr_expect_eq(qs_knowledge_bytes(o.key, counts[k]), 64 + s * 64 + w);
        }
        oracle_close(&o);
    }
}

Test(knowledge, is_shown_differently_each_time)
{
    sample x;
    uint8_t *first;

    sample_open(&x, 64, 1, QUORSUM_RANDOMISER_HALF, 3);
    first = malloc(x.len);
    memcpy(first, x.proof, x.len);
    cr_assert_eq(prove(&x), QUORSUM_OK);
    cr_expect_neq(memcmp(first, x.proof, 64), 0);
    cr_expect_neq(memcmp(first + 64, x.proof + 64, 8), 0);
    cr_expect_neq(memcmp(first + x.len - 16, x.proof + x.len - 16, 16), 0);
    cr_expect_eq(verify(&x), QUORSUM_OK);
    free(first);
    sample_close(&x);
}

/* ---- the others ---- */

Test(knowledge, is_refused_with_any_byte_changed)
{
    for (unsigned s = 1; s <= 2; s++) {
        sample x;

        sample_open(&x, 128, s, QUORSUM_RANDOMISER_HALF, 3);
        for (size_t i = 0; i < x.len; i++) {
            quorsum_status status;

            x.proof[i] ^= (uint8_t)(1u << i % 8);
            status = verify(&x);
            cr_expect(status == QUORSUM_ERR_PROOF || (i >= 64 && status == QUORSUM_ERR_RANGE), "byte %zu", i);
            x.proof[i] ^= (uint8_t)(1u << i % 8);
        }
        cr_expect_eq(verify(&x), QUORSUM_OK);
        sample_close(&x);
    }
}

Test(knowledge, is_refused_at_any_other_length)
{
    sample x;

    sample_open(&x, 64, 1, QUORSUM_RANDOMISER_HALF, 2);
    memset(x.proof + x.len, 0, 8);
    for (size_t len = 0; len < x.len; len++)
        cr_expect_eq(qs_knowledge_verify_vartime(x.proof, len, &x.context, x.o.key, x.ciphertexts, NULL),
                     QUORSUM_ERR_TRUNCATED);
    for (size_t len = x.len + 1; len <= x.len + 8; len++)
        cr_expect_eq(qs_knowledge_verify_vartime(x.proof, len, &x.context, x.o.key, x.ciphertexts, NULL),
                     QUORSUM_ERR_TRAILING);
    sample_close(&x);
}

Test(knowledge, is_refused_in_any_other_context)
{
    sample x;
    uint8_t *fields[3];

    sample_open(&x, 128, 1, QUORSUM_RANDOMISER_HALF, 2);
    fields[0] = x.context.key;
    fields[1] = x.context.task;
    fields[2] = x.context.prover;
    for (size_t f = 0; f < 3; f++)
        for (size_t i = 0; i < 32; i++) {
            fields[f][i] ^= 0x10;
            cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF, "field %zu, byte %zu", f, i);
            fields[f][i] ^= 0x10;
        }
    x.context.label = "contributio";
    cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF);
    x.context.label = "contributions";
    cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF);
    x.context.label = NULL;
    cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF);
    x.context.label = "contribution";
    cr_expect_eq(verify(&x), QUORSUM_OK);
    sample_close(&x);
}

static size_t z_at(const sample *x, unsigned digit)
{
    return 64 + digit * quorsum_public_key_modulus_bytes(x->o.key);
}

Test(knowledge, is_refused_with_responses_out_of_range)
{
    for (unsigned s = 1; s <= 3; s++)
        for (size_t count = 1; count <= 9; count += 2) {
            sample x;
            size_t digit, w_bytes, bits;
            uint8_t *copy;

            sample_open(&x, 128, s, QUORSUM_RANDOMISER_HALF, count);
            digit = quorsum_public_key_modulus_bytes(x.o.key);
            w_bytes = qs_knowledge_w_bytes(x.o.key, count);
            bits = x.o.key->alpha_bits + 257 + (count < 3 ? 1 : log2_up(count)); /* w < 2^bits */
            copy = malloc(x.len);
            memcpy(copy, x.proof, x.len);
            for (unsigned i = 0; i < s; i++) {
                number_to_bytes(x.proof + z_at(&x, i), digit, x.o.n);
                cr_expect_eq(verify(&x), QUORSUM_ERR_RANGE, "digit %u of z is N", i);
                memset(x.proof + z_at(&x, i), 0xff, digit);
                cr_expect_eq(verify(&x), QUORSUM_ERR_RANGE);
                memcpy(x.proof, copy, x.len);
            }
            for (size_t bit = bits; bit < 8 * w_bytes; bit++) {
                x.proof[x.len - 1 - bit / 8] |= (uint8_t)(1u << bit % 8);
                cr_expect_eq(verify(&x), QUORSUM_ERR_RANGE, "bit %zu of w", bit);
                memcpy(x.proof, copy, x.len);
            }
            cr_expect_eq(x.proof[x.len - w_bytes] >> ((bits - 1) % 8 + 1) & 0xff, 0, "a response too long");
            x.proof[x.len - 1 - (bits - 1) / 8] ^= (uint8_t)(1u << (bits - 1) % 8);
            cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF, "in range, but wrong");
            free(copy);
            sample_close(&x);
        }
}

/* A vector that differs from the proven one in the element `index`: that times `factor`. */
static void expect_refused_times(const sample *x, size_t index, const mpz_t factor, const char *what)
{
    mpz_t *numbers = malloc(x->count * sizeof *numbers);
    quorsum_ciphertexts *vector;

    for (size_t i = 0; i < x->count; i++) {
        mpz_init(numbers[i]);
        number_of(&x->o, numbers[i], x->ciphertexts, i);
    }
    mpz_mul(numbers[index], numbers[index], factor);
    mpz_mod(numbers[index], numbers[index], x->o.modulus);
    vector = vector_of(&x->o, numbers, x->count);
    cr_expect_eq(verify_vector(x, vector), QUORSUM_ERR_PROOF, "%s, element %zu", what, index);
    quorsum_ciphertexts_free(vector);
    clear_numbers(numbers, x->count);
    free(numbers);
}

Test(knowledge, is_refused_for_any_other_vector)
{
    for (unsigned s = 1; s <= 2; s++) {
        sample x;
        mpz_t factor;

        sample_open(&x, 128, s, QUORSUM_RANDOMISER_HALF, 9);
        mpz_init(factor);
        for (size_t i = 0; i < x.count; i++) {
            expect_refused_times(&x, i, x.o.h_s, "re-randomised");
            mpz_add_ui(factor, x.o.n, 1);
            expect_refused_times(&x, i, factor, "plaintext plus one");
            mpz_sub_ui(factor, x.o.modulus, 1);
            expect_refused_times(&x, i, factor, "negated");
        }
        mpz_clear(factor);
        sample_close(&x);
    }
}

/* order[i]: which of the proven ciphertexts stands at place i */
static void expect_refused_order(const sample *x, const size_t *order, size_t count)
{
    mpz_t numbers[10];
    quorsum_ciphertexts *vector;

    for (size_t i = 0; i < count; i++) {
        mpz_init(numbers[i]);
        number_of(&x->o, numbers[i], x->ciphertexts, order[i]);
    }
    vector = vector_of(&x->o, numbers, count);
    cr_expect_eq(verify_vector(x, vector), QUORSUM_ERR_PROOF);
    quorsum_ciphertexts_free(vector);
    clear_numbers(numbers, count);
}

Test(knowledge, is_refused_for_elements_swapped_dropped_added_or_doubled)
{
    sample x;

    sample_open(&x, 128, 1, QUORSUM_RANDOMISER_HALF, 7); /* 5 to 8 elements give proofs of one length */
    expect_refused_order(&x, (const size_t[]){1, 0, 2, 3, 4, 5, 6}, 7);
    expect_refused_order(&x, (const size_t[]){0, 1, 2, 3, 4, 6, 5}, 7);
    expect_refused_order(&x, (const size_t[]){6, 5, 4, 3, 2, 1, 0}, 7);
    expect_refused_order(&x, (const size_t[]){0, 1, 2, 3, 4, 5}, 6);
    expect_refused_order(&x, (const size_t[]){1, 2, 3, 4, 5, 6}, 6);
    expect_refused_order(&x, (const size_t[]){0, 1, 2, 3, 4, 5, 6, 6}, 8);
    expect_refused_order(&x, (const size_t[]){0, 1, 2, 3, 4, 5, 5}, 7);
    sample_close(&x);
}

Test(knowledge, cannot_be_shown_with_a_wrong_plaintext_or_randomiser)
{
    sample x;
    mpz_t m;

    sample_open(&x, 128, 2, QUORSUM_RANDOMISER_HALF, 5);
    mpz_init(m);
    for (size_t i = 0; i < 5; i++) {
        get_number(&x.o, m, x.plaintexts, i);
        mpz_add_ui(m, m, 1);
        cr_assert_eq(set_number(x.plaintexts, i, m), QUORSUM_OK);
        cr_assert_eq(prove(&x), QUORSUM_OK);
        cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF, "plaintext %zu", i);
        mpz_sub_ui(m, m, 1);
        cr_assert_eq(set_number(x.plaintexts, i, m), QUORSUM_OK);
        x.alpha.limb[i * qs_alpha_limbs(x.o.key)] ^= 1;
        cr_assert_eq(prove(&x), QUORSUM_OK);
        cr_expect_eq(verify(&x), QUORSUM_ERR_PROOF, "alpha %zu", i);
        x.alpha.limb[i * qs_alpha_limbs(x.o.key)] ^= 1;
    }
    cr_assert_eq(prove(&x), QUORSUM_OK);
    cr_expect_eq(verify(&x), QUORSUM_OK);
    mpz_clear(m);
    sample_close(&x);
}

/* first and second with the plaintexts (0, 5) and no randomness of one's own. */
static quorsum_status prove_pair(const sample *x, const mpz_t first, const mpz_t second)
{
    mpz_t numbers[2];
    sample pair = *x;
    quorsum_status status;

    mpz_init_set(numbers[0], first);
    mpz_init_set(numbers[1], second);
    pair.count = 2;
    pair.ciphertexts = vector_of(&x->o, numbers, 2);
    pair.len = qs_knowledge_bytes(x->o.key, 2);
    pair.proof = malloc(pair.len);
    cr_assert_eq(qs_secret_init(&pair.alpha, 2 * qs_alpha_limbs(x->o.key)), 0);
    cr_assert_eq(quorsum_plaintexts_new(&pair.plaintexts, x->o.key, 2), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_set_int64(pair.plaintexts, 1, 5), QUORSUM_OK);
    cr_assert_eq(prove(&pair), QUORSUM_OK);
    status = verify(&pair);
    clear_numbers(numbers, 2);
    qs_secret_clear(&pair.alpha);
    quorsum_plaintexts_free(pair.plaintexts);
    quorsum_ciphertexts_free(pair.ciphertexts);
    free(pair.proof);
    return status;
}

/* Somebody else's ciphertext and its inverse cancel in the plain product: one exponent for both would let them pass. */
Test(knowledge, cannot_be_shown_of_a_copy_and_its_inverse)
{
    for (unsigned s = 1; s <= 3; s++) {
        sample x;
        mpz_t victim, inverse, five, one;

        sample_open(&x, 128, s, QUORSUM_RANDOMISER_HALF, 4);
        mpz_inits(victim, inverse, five, one, NULL);
        mpz_set_ui(one, 1);
        mpz_set_ui(five, 5);
        oracle_lift(&x.o, five, five);
        number_of(&x.o, victim, x.ciphertexts, 3);
        cr_assert_neq(mpz_invert(inverse, victim, x.o.modulus), 0);
        mpz_mul(inverse, inverse, five);
        mpz_mod(inverse, inverse, x.o.modulus);
        cr_expect_eq(prove_pair(&x, victim, inverse), QUORSUM_ERR_PROOF, "degree %u", s);
        cr_expect_eq(prove_pair(&x, one, five), QUORSUM_OK, "the same without the victim's");
        mpz_clears(victim, inverse, five, one, NULL);
        sample_close(&x);
    }
}

Test(knowledge, refuses_what_does_not_belong_together)
{
    sample x, other;
    qs_secret empty = {0};

    sample_open(&x, 64, 1, QUORSUM_RANDOMISER_HALF, 3);
    sample_open(&other, 65, 1, QUORSUM_RANDOMISER_HALF, 4);
    cr_expect_eq(qs_knowledge_verify_vartime(x.proof, x.len, &x.context, other.o.key, x.ciphertexts, NULL),
                 QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(qs_knowledge_prove(x.proof, &x.context, other.encryptor, x.ciphertexts, x.plaintexts, &x.alpha, NULL),
                 QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(qs_knowledge_prove(x.proof, &x.context, x.encryptor, x.ciphertexts, other.plaintexts, &x.alpha, NULL),
                 QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(qs_knowledge_prove(x.proof, &x.context, x.encryptor, x.ciphertexts, x.plaintexts, &empty, NULL),
                 QUORSUM_ERR_WIDTH);
    sample_close(&x);
    sample_close(&other);
}
