/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof that N has two prime factors = 3 mod 4: completeness over sizes, every part changed, and a forger who knows
 * the factors of whatever N it likes. The forger works with GMP integers: for each y it tries all four (a, b) and takes a
 * fourth root modulo every prime power where there is one.
 */
#include "lib/proof/modulus.h"

#include "tests/unit/proof/modulus_fixture.h"

#define POWERS_MAX 3

typedef struct proven {
    quorsum_public_key *key;
    qs_context context;
    qs_modulus_proof proof;
    size_t limbs;
} proven;

static void room_for(proven *p)
{
    p->context = key_context(p->key);
    p->limbs = p->key->root->limbs;
    memset(&p->proof, 0, sizeof p->proof);
    p->proof.words = calloc(QS_MODULUS_WORDS * p->limbs, sizeof(mp_limb_t));
    cr_assert_not_null(p->proof.words);
}

static void prove(proven *p, const mpz_t first, const mpz_t second)
{
    quorsum_status status;
    qs_secret factors[2] = {{0}, {0}};
    mpz_t n;

    mpz_init(n);
    mpz_mul(n, first, second);
    p->key = key_of(n, &status);
    cr_assert_eq(status, QUORSUM_OK);
    room_for(p);
    secret_of(&factors[0], first);
    secret_of(&factors[1], second);
    cr_assert_eq(qs_modulus_prove(&p->proof, &p->context, p->key, &factors[0], &factors[1]), QUORSUM_OK);
    qs_secret_clear(&factors[0]);
    qs_secret_clear(&factors[1]);
    mpz_clear(n);
}

static void proven_new(proven *p, unsigned bits)
{
    mpz_t first, second;

    mpz_inits(first, second, NULL);
    fixture_primes(first, second, bits);
    prove(p, first, second);
    mpz_clears(first, second, NULL);
}

static void proven_free(proven *p)
{
    free(p->proof.words);
    quorsum_public_key_free(p->key);
}

static quorsum_status verify(const proven *p)
{
    return qs_modulus_verify_vartime(&p->proof, &p->context, p->key);
}

Test(modulus_proof, honest_one_verifies_at_every_size)
{
    static const unsigned sizes[] = {256, 512, 2048, 3072, 4096};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        proven p;

        if (test_primes_find(sizes[i]) == NULL)
            continue;
        proven_new(&p, sizes[i]);
        cr_expect_eq(verify(&p), QUORSUM_OK, "%u bits", sizes[i]);
        proven_free(&p);
    }
}

/* Both residues of m = (p-1)/2 modulo 4, in all four pairs, primes that are not safe, and primes of different lengths. */
Test(modulus_proof, honest_one_verifies_whatever_the_primes_are_modulo_8)
{
    gmp_randstate_t random;
    mpz_t first, second;

    gmp_randinit_default(random);
    mpz_inits(first, second, NULL);
    for (unsigned round = 0; round < 12; round++) {
        proven p;

        prime_of(first, random, round < 8 ? 96 : 33, round & 1 ? 3 : 7, 8);
        prime_of(second, random, round < 8 ? 96 : 150, round & 2 ? 3 : 7, 8);
        prove(&p, first, second);
        cr_expect_eq(verify(&p), QUORSUM_OK, "round %u", round);
        proven_free(&p);
        prove(&p, second, first);
        cr_expect_eq(verify(&p), QUORSUM_OK, "round %u, the other way round", round);
        proven_free(&p);
    }
    mpz_clears(first, second, NULL);
    gmp_randclear(random);
}

/* Toy moduli, where most w lead to a y that is no unit. */
Test(modulus_proof, tiny_primes_prove_too)
{
    mpz_t first, second;
    proven p;

    mpz_init_set_ui(first, 47);
    mpz_init_set_ui(second, 59);
    prove(&p, first, second);
    cr_expect_eq(verify(&p), QUORSUM_OK);
    proven_free(&p);
    mpz_clears(first, second, NULL);
}

/* The equation with numbers of its own. */
Test(modulus_proof, roots_are_fourth_roots_and_squares)
{
    mpz_t first, second, x, word;
    proven p;

    mpz_inits(first, second, x, NULL);
    fixture_primes(first, second, 512);
    proven_new(&p, 512);
    for (size_t i = 1; i < QS_MODULUS_WORDS; i++) {
        mpz_set(x, mpz_roinit_n(word, p.proof.words + i * p.limbs, (mp_size_t)p.limbs));
        cr_expect_eq(mpz_legendre(x, first), 1, "root %zu", i);
        cr_expect_eq(mpz_legendre(x, second), 1, "root %zu", i);
    }
    mpz_clears(first, second, x, NULL);
    proven_free(&p);
}

/* Every square root of the right one is refused or right: only -x has the same fourth power, and x i where i^2 = -1,
 * which there is none of. */
Test(modulus_proof, any_bit_of_the_proof_changed_is_refused)
{
    proven p;

    proven_new(&p, 256);
    for (size_t bit = 0; bit < QS_MODULUS_ROOTS; bit++) {
        p.proof.negate[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_eq(verify(&p), QUORSUM_ERR_MODULUS_PROOF, "a, bit %zu", bit);
        p.proof.negate[bit / 8] ^= (uint8_t)(1u << bit % 8);
        p.proof.twist[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_eq(verify(&p), QUORSUM_ERR_MODULUS_PROOF, "b, bit %zu", bit);
        p.proof.twist[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < QS_MODULUS_WORDS * p.limbs * GMP_LIMB_BITS; bit += 7) {
        mp_limb_t *limb = &p.proof.words[bit / GMP_LIMB_BITS];

        *limb ^= (mp_limb_t)1 << bit % GMP_LIMB_BITS;
        cr_expect_neq(verify(&p), QUORSUM_OK, "words, bit %zu", bit);
        *limb ^= (mp_limb_t)1 << bit % GMP_LIMB_BITS;
    }
    cr_expect_eq(verify(&p), QUORSUM_OK);
    proven_free(&p);
}

Test(modulus_proof, words_outside_their_range_are_refused_by_name)
{
    proven p;
    mp_limb_t *last;
    size_t bytes;

    proven_new(&p, 256);
    bytes = p.limbs * sizeof *last;
    last = p.proof.words + QS_MODULUS_ROOTS * p.limbs;
    memcpy(last, p.key->root->n, bytes);
    cr_expect_eq(verify(&p), QUORSUM_ERR_RANGE, "x = N");
    memset(last, 0xff, bytes);
    cr_expect_eq(verify(&p), QUORSUM_ERR_RANGE, "x > N");
    memset(last, 0, bytes);
    cr_expect_eq(verify(&p), QUORSUM_ERR_NOT_UNIT, "x = 0");
    memset(p.proof.words, 0, bytes);
    cr_expect_eq(verify(&p), QUORSUM_ERR_NOT_UNIT, "w = 0");
    memcpy(p.proof.words, p.key->root->n, bytes);
    cr_expect_eq(verify(&p), QUORSUM_ERR_RANGE, "w = N");
    proven_free(&p);
}

/* -x is a fourth root just as well: nothing depends on which of the two is sent. */
Test(modulus_proof, the_other_root_is_one_too)
{
    proven p;
    mp_limb_t *x;

    proven_new(&p, 256);
    x = p.proof.words + 5 * p.limbs;
    mpn_sub_n(x, p.key->root->n, x, (mp_size_t)p.limbs);
    cr_expect_eq(verify(&p), QUORSUM_OK);
    proven_free(&p);
}

Test(modulus_proof, another_context_or_key_is_refused)
{
    proven p, other;
    mpz_t first, second;
    gmp_randstate_t random;

    proven_new(&p, 256);
    p.context.prover[31] ^= 1;
    cr_expect_eq(verify(&p), QUORSUM_ERR_MODULUS_PROOF, "prover");
    p.context.prover[31] ^= 1;
    p.context.key[0] ^= 1;
    cr_expect_eq(verify(&p), QUORSUM_ERR_MODULUS_PROOF, "key digest");
    p.context.key[0] ^= 1;
    p.context.task[7] ^= 1;
    cr_expect_eq(verify(&p), QUORSUM_ERR_MODULUS_PROOF, "task");
    p.context.task[7] ^= 1;
    p.context.label = "contribution";
    cr_expect_eq(verify(&p), QUORSUM_ERR_MODULUS_PROOF, "label");
    p.context.label = "key";
    cr_expect_eq(verify(&p), QUORSUM_OK);
    gmp_randinit_default(random);
    mpz_inits(first, second, NULL);
    prime_of(first, random, 128, 3, 4);
    prime_of(second, random, 128, 3, 4);
    prove(&other, first, second);
    cr_expect_neq(qs_modulus_verify_vartime(&p.proof, &p.context, other.key), QUORSUM_OK, "another N");
    mpz_clears(first, second, NULL);
    gmp_randclear(random);
    proven_free(&other);
    proven_free(&p);
}

/* ---- the forger ---- */

typedef struct forger {
    proven p;
    size_t count;
    mpz_t power[POWERS_MAX];    /* p^e */
    mpz_t order[POWERS_MAX];    /* of the fourth powers modulo it: odd */
    mpz_t exponent[POWERS_MAX]; /* 1/4 modulo that */
    mpz_t weight[POWERS_MAX];   /* 1 modulo it, 0 modulo the others */
    mpz_t n;
} forger;

/* primes[i]^exponents[i]; each prime is 3 mod 4 or 5 mod 8. */
static void forger_new(forger *f, const mpz_t *primes, const unsigned *exponents, size_t count)
{
    quorsum_status status;
    mpz_t rest;

    f->count = count;
    mpz_init_set_ui(f->n, 1);
    mpz_init(rest);
    for (size_t i = 0; i < count; i++) {
        mpz_inits(f->power[i], f->order[i], f->exponent[i], f->weight[i], NULL);
        mpz_pow_ui(f->power[i], primes[i], exponents[i]);
        mpz_mul(f->n, f->n, f->power[i]);
        mpz_divexact(f->order[i], f->power[i], primes[i]);
        mpz_sub_ui(rest, primes[i], 1);
        mpz_mul(f->order[i], f->order[i], rest);
        while (mpz_even_p(f->order[i]))
            mpz_fdiv_q_2exp(f->order[i], f->order[i], 1);
        mpz_set_ui(rest, 4);
        cr_assert(mpz_invert(f->exponent[i], rest, f->order[i]));
    }
    for (size_t i = 0; i < count; i++) {
        mpz_divexact(rest, f->n, f->power[i]);
        cr_assert(mpz_invert(f->weight[i], rest, f->power[i]));
        mpz_mul(f->weight[i], f->weight[i], rest);
    }
    mpz_clear(rest);
    f->p.key = key_of(f->n, &status);
    cr_assert_eq(status, QUORSUM_OK, "%s", quorsum_status_name(status));
    room_for(&f->p);
}

static void forger_free(forger *f)
{
    for (size_t i = 0; i < f->count; i++)
        mpz_clears(f->power[i], f->order[i], f->exponent[i], f->weight[i], NULL);
    mpz_clear(f->n);
    proven_free(&f->p);
}

/* 1 if z is a fourth power, and x a root of it. */
static int fourth_root(mpz_t x, const forger *f, const mpz_t z)
{
    mpz_t part;
    int is = 1;

    mpz_init(part);
    mpz_set_ui(x, 0);
    for (size_t i = 0; i < f->count; i++) {
        mpz_powm(part, z, f->order[i], f->power[i]);
        is &= mpz_cmp_ui(part, 1) == 0;
        mpz_powm(part, z, f->exponent[i], f->power[i]);
        mpz_addmul(x, part, f->weight[i]);
    }
    mpz_mod(x, x, f->n);
    mpz_clear(part);
    return is;
}

static void put_word(const proven *p, size_t index, const mpz_t value)
{
    mp_limb_t *word = p->proof.words + index * p->limbs;

    memset(word, 0, p->limbs * sizeof *word);
    mpn_copyi(word, mpz_limbs_read(value), (mp_size_t)mpz_size(value));
}

/* y_i by the words of docs/wire-format.md. */
static void challenge_of(mpz_t y, const proven *p, const uint8_t seed[64], uint64_t i)
{
    uint8_t derived[64], stream[528];

    qs_seed_derive(derived, "modulus-y", seed, i);
    qs_seed_expand(stream, p->key->root->bytes + 16, derived);
    mpz_import(y, p->key->root->bytes + 16, 1, 1, 1, 0, stream);
    mpz_mod(y, y, p->key->n);
}

/* The best proof for this w. Answers how many of the 128 equations hold. */
static size_t forge_with(forger *f, const mpz_t w)
{
    proven *p = &f->p;
    qs_transcript transcript;
    uint8_t seed[64];
    size_t hold = 0;
    mpz_t y, z, x;

    mpz_inits(y, z, x, NULL);
    memset(p->proof.negate, 0, sizeof p->proof.negate);
    memset(p->proof.twist, 0, sizeof p->proof.twist);
    put_word(p, 0, w);
    qs_transcript_begin(&transcript, "modulus", &p->context);
    qs_transcript_limbs(&transcript, p->proof.words, p->limbs, p->key->root->bytes);
    qs_transcript_seed(&transcript, seed);
    for (size_t i = 0; i < QS_MODULUS_ROOTS; i++) {
        int found = 0;

        challenge_of(y, p, seed, i + 1);
        for (unsigned choice = 0; choice < 4 && !found; choice++) {
            mpz_set(z, y);
            if (choice & 1)
                mpz_sub(z, f->n, z);
            if (choice & 2)
                mpz_mul(z, z, w);
            mpz_mod(z, z, f->n);
            found = fourth_root(x, f, z);
            if (found) {
                p->proof.negate[i / 8] |= (uint8_t)((choice & 1) << (7 - i % 8));
                p->proof.twist[i / 8] |= (uint8_t)((choice >> 1) << (7 - i % 8));
            }
        }
        put_word(p, i + 1, x); /* for want of a root, a number like one */
        hold += (size_t)found;
    }
    mpz_clears(y, z, x, NULL);
    return hold;
}

/* With w of Jacobi symbol `jacobi`, the most equations that hold over some of them. */
static size_t forge_best(forger *f, int jacobi)
{
    size_t best = 0;
    mpz_t w, kept;

    mpz_inits(w, kept, NULL);
    for (unsigned long i = 2, tried = 0; tried < 24; i++) {
        mpz_set_ui(w, i);
        if (mpz_jacobi(w, f->n) == jacobi) {
            size_t hold = forge_with(f, w);

            tried++;
            if (hold > best) {
                best = hold;
                mpz_set(kept, w);
            }
        }
    }
    cr_assert_eq(forge_with(f, kept), best);
    mpz_clears(w, kept, NULL);
    return best;
}

static void forge_for(forger *f, size_t count, const unsigned *bits, const unsigned long *residues,
                      const unsigned *exponents)
{
    gmp_randstate_t random;
    mpz_t primes[POWERS_MAX];

    gmp_randinit_default(random);
    for (size_t i = 0; i < count; i++) {
        mpz_init(primes[i]);
        prime_of(primes[i], random, bits[i], residues[i], 8);
    }
    forger_new(f, (const mpz_t *)primes, exponents, count);
    for (size_t i = 0; i < count; i++)
        mpz_clear(primes[i]);
    gmp_randclear(random);
}

static const unsigned once[POWERS_MAX] = {1, 1, 1};

/* The forger's own control: where the statement is true its proof is as good as the library's. */
Test(modulus_forger, proves_what_is_true)
{
    forger f;

    forge_for(&f, 2, (unsigned[]){96, 96}, (unsigned long[]){3, 7}, once);
    cr_expect_eq(forge_best(&f, -1), QS_MODULUS_ROOTS);
    cr_expect_eq(verify(&f.p), QUORSUM_OK);
    forger_free(&f);
}

/* P^2 q is within what this proof lets through; the root certificate is what refuses it. */
Test(modulus_forger, proves_a_square_times_a_prime)
{
    forger f;

    forge_for(&f, 2, (unsigned[]){64, 96}, (unsigned long[]){3, 7}, (unsigned[]){2, 1});
    cr_expect_eq(forge_best(&f, -1), QS_MODULUS_ROOTS);
    cr_expect_eq(verify(&f.p), QUORSUM_OK);
    forger_free(&f);
}

Test(modulus_forger, fails_with_a_third_small_prime)
{
    forger f;
    size_t hold;

    forge_for(&f, 3, (unsigned[]){30, 81, 81}, (unsigned long[]){3, 7, 3}, once);
    hold = forge_best(&f, -1);
    cr_expect(hold > 40 && hold < 100, "about half of 128 can hold: %zu", hold);
    cr_expect_eq(verify(&f.p), QUORSUM_ERR_MODULUS_PROOF);
    forger_free(&f);
}

Test(modulus_forger, fails_with_a_prime_that_is_1_modulo_4)
{
    static const unsigned long residues[][2] = {{5, 3}, {7, 5}, {5, 5}};

    for (size_t i = 0; i < 3; i++) {
        forger f;
        size_t hold;

        forge_for(&f, 2, (unsigned[]){96, 96}, residues[i], once);
        hold = forge_best(&f, -1);
        cr_expect(hold > 10 && hold < 110, "%zu hold", hold);
        cr_expect_eq(verify(&f.p), QUORSUM_ERR_MODULUS_PROOF, "%lu and %lu", residues[i][0], residues[i][1]);
        forger_free(&f);
    }
}

/* With symbol +1 only half of the y have a root, whatever N is. */
Test(modulus_forger, fails_with_a_w_of_jacobi_symbol_1)
{
    forger f;
    size_t hold;

    forge_for(&f, 2, (unsigned[]){96, 96}, (unsigned long[]){3, 7}, once);
    hold = forge_best(&f, 1);
    cr_expect(hold > 40 && hold < 100, "%zu hold", hold);
    cr_expect_eq(verify(&f.p), QUORSUM_ERR_MODULUS_PROOF);
    forger_free(&f);
}

/* What never becomes a key at all. */
Test(modulus_forger, prime_even_and_small_factor_moduli_make_no_key)
{
    gmp_randstate_t random;
    quorsum_status status;
    mpz_t n;

    gmp_randinit_default(random);
    mpz_init(n);
    prime_of(n, random, 256, 3, 4);
    cr_expect_null(key_of(n, &status));
    cr_expect_eq(status, QUORSUM_ERR_MODULUS_PRIME);
    mpz_mul_2exp(n, n, 1);
    cr_expect_null(key_of(n, &status));
    cr_expect_eq(status, QUORSUM_ERR_MODULUS_EVEN);
    prime_of(n, random, 236, 3, 4);
    mpz_mul_ui(n, n, 1048573); /* the largest prime below 2^20 */
    cr_expect_null(key_of(n, &status));
    cr_expect_eq(status, QUORSUM_ERR_MODULUS_FACTOR);
    mpz_clear(n);
    gmp_randclear(random);
}
