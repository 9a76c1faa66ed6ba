/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof that both factors are large: the number it lives modulo, completeness over sizes, every part changed and moved
 * over its edge, and a forger who knows the factors, makes its own masks and follows the equations with any N.
 */
#include "lib/proof/factors.h"

#include "lib/proof/rsa_2048.h"
#include "tests/unit/proof/modulus_fixture.h"

#define WORD 256

/* As published, in decimal: typed from another place than the bytes of lib/proof/rsa_2048.c. */
static const char rsa_2048[] =
    "25195908475657893494027183240048398571429282126204032027777137836043662020707595556264018525880784"
    "4069182906412495150821892985591491761845028084891200728449926873928072877767359714183472702618963750149718246911"
    "6507761337985909570009733045974880842840179742910064245869181719511874612151517265463228221686998754918242243363"
    "7259085141865462043576798423387184774447920739934236584823824281198163815010674810451660377306056201619676256133"
    "8441436038339044149526344321901146575444541784240209246165157233507787077498171257724679629263863563732899121548"
    "31438167899885040445364023527381951378636564391212010397122822120720357";

static void set_rsa_2048(mpz_t out)
{
    mpz_import(out, sizeof qs_rsa_2048, 1, 1, 1, 0, qs_rsa_2048);
}

Test(rsa_2048, is_the_published_number)
{
    char digits[700];
    unsigned sum = 0;
    mpz_t m;

    mpz_init(m);
    set_rsa_2048(m);
    cr_expect_str_eq(mpz_get_str(digits, 10, m), rsa_2048);
    cr_expect_eq(strlen(digits), 617);
    for (const char *digit = digits; *digit != '\0'; digit++)
        sum += (unsigned)(*digit - '0');
    cr_expect_eq(sum, 2738, "the published digit sum");
    cr_expect_eq(mpz_fdiv_ui(m, 991889), 543967, "the checksum of the challenge's first list, for this number");
    cr_expect_eq(mpz_sizeinbase(m, 2), QS_RSA_2048_BITS);
    mpz_clear(m);
}

Test(rsa_2048, is_odd_composite_no_power_and_without_a_small_factor)
{
    mpz_t m, root;

    mpz_inits(m, root, NULL);
    set_rsa_2048(m);
    cr_expect(mpz_odd_p(m));
    cr_expect_eq(mpz_probab_prime_p(m, 32), 0);
    cr_expect_not(mpz_perfect_power_p(m));
    cr_expect_not(mpz_perfect_square_p(m));
    for (unsigned long d = 3; d < 1 << 20; d += 2)
        cr_assert_neq(mpz_fdiv_ui(m, d), 0, "%lu", d);
    mpz_clears(m, root, NULL);
}

/* ---- the library's own ---- */

typedef struct proven {
    quorsum_public_key *key;
    qs_context context;
    uint8_t proof[4096];
    size_t len;
    mpz_t p, q;
} proven;

static quorsum_status prove_for(proven *f, const mpz_t p, const mpz_t q)
{
    qs_secret factors[2] = {{0}, {0}};
    quorsum_status status;

    secret_of(&factors[0], p);
    secret_of(&factors[1], q);
    status = qs_factors_prove(f->proof, &f->context, f->key, &factors[0], &factors[1]);
    qs_secret_clear(&factors[0]);
    qs_secret_clear(&factors[1]);
    return status;
}

static void proven_new(proven *f, unsigned bits)
{
    quorsum_status status;
    mpz_t n;

    mpz_inits(f->p, f->q, n, NULL);
    fixture_primes(f->p, f->q, bits);
    mpz_mul(n, f->p, f->q);
    f->key = key_of(n, &status);
    cr_assert_eq(status, QUORSUM_OK);
    f->context = key_context(f->key);
    f->len = qs_factors_proof_bytes(bits);
    cr_assert_leq(f->len, sizeof f->proof);
    cr_assert_eq(prove_for(f, f->p, f->q), QUORSUM_OK);
    mpz_clear(n);
}

static void proven_free(proven *f)
{
    quorsum_public_key_free(f->key);
    mpz_clears(f->p, f->q, NULL);
}

static quorsum_status verify(const proven *f)
{
    return qs_factors_verify_vartime(f->proof, f->len, &f->context, f->key);
}

Test(factors_proof, honest_one_verifies_at_every_size)
{
    static const unsigned sizes[] = {256, 512, 2048, 3072, 4096};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        proven f;

        if (test_primes_find(sizes[i]) == NULL)
            continue;
        proven_new(&f, sizes[i]);
        cr_expect_eq(verify(&f), QUORSUM_OK, "%u bits", sizes[i]);
        proven_free(&f);
    }
}

/* P | Q | e | z1 | z2 | w1 | w2 | sign | |u| as docs/wire-format.md has them. */
Test(factors_proof, has_the_stated_length)
{
    static const size_t sizes[] = {12, 256, 2048, 3072, 4096};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t half = sizes[i] / 2;

        cr_expect_eq(qs_factors_proof_bytes(sizes[i]),
                     512 + 16 + 2 * ((half + 257 + 7) / 8) + 2 * 305 + 1 + 256 + (half + 385 + 7) / 8, "%zu bits",
                     sizes[i]);
    }
}

/* Toy moduli of odd length, whose u begins within a limb. */
Test(factors_proof, tiny_primes_prove_too)
{
    static const unsigned long primes[][2] = {{47, 59}, {59, 83}, {1019, 1187}, {47, 1187}};

    for (size_t i = 0; i < sizeof primes / sizeof primes[0]; i++) {
        quorsum_status status;
        proven f;
        mpz_t n;

        mpz_init_set_ui(n, primes[i][0]);
        mpz_mul_ui(n, n, primes[i][1]);
        f.key = key_of(n, &status);
        cr_assert_eq(status, QUORSUM_OK);
        f.context = key_context(f.key);
        f.len = qs_factors_proof_bytes(mpz_sizeinbase(n, 2));
        mpz_init_set_ui(f.p, primes[i][0]);
        mpz_init_set_ui(f.q, primes[i][1]);
        cr_expect_eq(prove_for(&f, f.p, f.q), QUORSUM_OK);
        cr_expect_eq(verify(&f), QUORSUM_OK, "%lu %lu", primes[i][0], primes[i][1]);
        mpz_clear(n);
        proven_free(&f);
    }
}

Test(factors_proof, every_byte_changed_is_refused)
{
    proven f;

    proven_new(&f, 256);
    for (size_t i = 0; i < f.len; i++) {
        uint8_t bit = (uint8_t)(1u << i % 8);

        f.proof[i] ^= bit;
        cr_expect_neq(verify(&f), QUORSUM_OK, "byte %zu", i);
        f.proof[i] ^= bit;
    }
    cr_expect_eq(verify(&f), QUORSUM_OK);
    proven_free(&f);
}

Test(factors_proof, another_length_is_refused)
{
    proven f;

    proven_new(&f, 256);
    cr_expect_eq(qs_factors_verify_vartime(f.proof, f.len - 1, &f.context, f.key), QUORSUM_ERR_TRUNCATED);
    cr_expect_eq(qs_factors_verify_vartime(f.proof, f.len + 1, &f.context, f.key), QUORSUM_ERR_TRAILING);
    cr_expect_eq(qs_factors_verify_vartime(f.proof, 0, &f.context, f.key), QUORSUM_ERR_TRUNCATED);
    proven_free(&f);
}

Test(factors_proof, another_context_or_key_is_refused)
{
    proven f, other;

    proven_new(&f, 256);
    proven_new(&other, 512);
    f.context.prover[0] ^= 1;
    cr_expect_eq(verify(&f), QUORSUM_ERR_MODULUS_PROOF, "prover");
    f.context.prover[0] ^= 1;
    f.context.key[31] ^= 1;
    cr_expect_eq(verify(&f), QUORSUM_ERR_MODULUS_PROOF, "key digest");
    f.context.key[31] ^= 1;
    f.context.task[0] ^= 1;
    cr_expect_eq(verify(&f), QUORSUM_ERR_MODULUS_PROOF, "task");
    f.context.task[0] ^= 1;
    f.context.label = "partial";
    cr_expect_eq(verify(&f), QUORSUM_ERR_MODULUS_PROOF, "label");
    f.context.label = "key";
    cr_expect_eq(verify(&f), QUORSUM_OK);
    cr_expect_neq(qs_factors_verify_vartime(f.proof, f.len, &f.context, other.key), QUORSUM_OK);
    proven_free(&other);
    proven_free(&f);
}

/* ---- edges ---- */

/* Where the parts of a proof begin, from the page of the wire format. */
typedef struct places {
    size_t z1, z2, w1, w2, sign, u;
} places;

static places places_for(size_t bits)
{
    size_t z = (bits / 2 + 257 + 7) / 8;
    places at = {.z1 = 528, .z2 = 528 + z, .w1 = 528 + 2 * z};

    at.w2 = at.w1 + 305;
    at.sign = at.w2 + 305;
    at.u = at.sign + 1;
    return at;
}

static void put(proven *f, size_t begin, size_t end, const mpz_t value)
{
    size_t len = (mpz_sizeinbase(value, 2) + 7) / 8;

    memset(f->proof + begin, 0, end - begin);
    cr_assert_leq(len, end - begin);
    if (mpz_sgn(value) != 0)
        mpz_export(f->proof + end - len, NULL, 1, 1, 1, 0, value);
}

/* The bound itself is out of range; one below it is in range and merely wrong. */
static void expect_edge(proven *f, size_t begin, size_t end, const mpz_t bound, const char *what)
{
    uint8_t kept[4096];
    mpz_t below;

    mpz_init(below);
    mpz_sub_ui(below, bound, 1);
    memcpy(kept, f->proof, f->len);
    put(f, begin, end, bound);
    cr_expect_eq(verify(f), QUORSUM_ERR_RANGE, "%s at its bound", what);
    put(f, begin, end, below);
    cr_expect_eq(verify(f), QUORSUM_ERR_MODULUS_PROOF, "%s below its bound", what);
    memset(f->proof + begin, 0xff, end - begin);
    cr_expect_eq(verify(f), QUORSUM_ERR_RANGE, "%s all ones", what);
    memcpy(f->proof, kept, f->len);
    mpz_clear(below);
}

Test(factors_proof, every_response_has_its_bound)
{
    places at = places_for(256);
    proven f;
    mpz_t m, bound;

    proven_new(&f, 256);
    mpz_inits(m, bound, NULL);
    set_rsa_2048(m);
    mpz_setbit(bound, 128 + 257);
    expect_edge(&f, at.z1, at.z2, bound, "z1");
    expect_edge(&f, at.z2, at.w1, bound, "z2");
    mpz_mul_2exp(bound, m, 385);
    expect_edge(&f, at.w1, at.w2, bound, "w1");
    expect_edge(&f, at.w2, at.sign, bound, "w2");
    mpz_mul_2exp(bound, m, 128 + 385);
    expect_edge(&f, at.u, f.len, bound, "u");
    f.proof[at.sign] = 1;
    expect_edge(&f, at.u, f.len, bound, "negative u");
    f.proof[at.sign] = 0;
    cr_expect_eq(verify(&f), QUORSUM_OK);
    mpz_clears(m, bound, NULL);
    proven_free(&f);
}

Test(factors_proof, the_sign_of_u_has_one_form)
{
    places at = places_for(256);
    proven f;

    proven_new(&f, 256);
    f.proof[at.sign] = 1;
    cr_expect_eq(verify(&f), QUORSUM_ERR_MODULUS_PROOF, "the other sign");
    f.proof[at.sign] = 2;
    cr_expect_eq(verify(&f), QUORSUM_ERR_RANGE);
    f.proof[at.sign] = 0xff;
    cr_expect_eq(verify(&f), QUORSUM_ERR_RANGE);
    memset(f.proof + at.u, 0, f.len - at.u);
    f.proof[at.sign] = 0;
    cr_expect_eq(verify(&f), QUORSUM_ERR_MODULUS_PROOF, "zero is in range");
    f.proof[at.sign] = 1;
    cr_expect_eq(verify(&f), QUORSUM_ERR_NOT_CANONICAL, "negative zero");
    proven_free(&f);
}

Test(factors_proof, commitments_are_units)
{
    proven f;

    proven_new(&f, 256);
    for (size_t i = 0; i < 2; i++) {
        uint8_t kept[WORD];

        memcpy(kept, f.proof + i * WORD, WORD);
        memset(f.proof + i * WORD, 0, WORD);
        cr_expect_eq(verify(&f), QUORSUM_ERR_NOT_UNIT, "zero");
        memcpy(f.proof + i * WORD, qs_rsa_2048, WORD);
        cr_expect_eq(verify(&f), QUORSUM_ERR_RANGE, "the modulus");
        memset(f.proof + i * WORD, 0xff, WORD);
        cr_expect_eq(verify(&f), QUORSUM_ERR_RANGE, "above the modulus");
        memcpy(f.proof + i * WORD, kept, WORD);
    }
    cr_expect_eq(verify(&f), QUORSUM_OK);
    proven_free(&f);
}

/* The prover's factors need not be in an order. */
Test(factors_proof, other_factors_than_those_of_the_key_are_refused)
{
    proven f;
    mpz_t other;

    proven_new(&f, 256);
    cr_expect_eq(prove_for(&f, f.q, f.p), QUORSUM_OK);
    cr_expect_eq(verify(&f), QUORSUM_OK, "q and p");
    mpz_init(other);
    mpz_add_ui(other, f.q, 2);
    cr_expect_eq(prove_for(&f, f.p, other), QUORSUM_OK);
    cr_expect_eq(verify(&f), QUORSUM_ERR_MODULUS_PROOF, "p and q + 2");
    mpz_clear(other);
    proven_free(&f);
}

/* ---- the forger ---- */

typedef struct forger {
    proven f;
    gmp_randstate_t random;
    mpz_t m, s, t;
    places at;
    size_t half;
} forger;

static void hash_base(mpz_t out, const forger *f, const char *label)
{
    qs_ring *ring = NULL;
    mp_limb_t limbs[2048 / GMP_LIMB_BITS];
    mpz_t value;

    cr_assert_eq(qs_rsa_2048_ring(&ring), QUORSUM_OK);
    qs_hash_to_ring(ring, label, 0, limbs);
    mpz_set(out, mpz_roinit_n(value, limbs, 2048 / GMP_LIMB_BITS));
    mpz_mul(out, out, out);
    mpz_mod(out, out, f->m);
    qs_ring_free(ring);
}

static void forger_new(forger *f, const mpz_t p, const mpz_t q)
{
    quorsum_status status;
    mpz_t n;

    mpz_inits(f->m, f->s, f->t, n, NULL);
    mpz_init_set(f->f.p, p);
    mpz_init_set(f->f.q, q);
    gmp_randinit_default(f->random);
    set_rsa_2048(f->m);
    hash_base(f->s, f, "fac-s");
    hash_base(f->t, f, "fac-t");
    mpz_mul(n, p, q);
    f->f.key = key_of(n, &status);
    cr_assert_eq(status, QUORSUM_OK, "%s", quorsum_status_name(status));
    f->f.context = key_context(f->f.key);
    f->half = mpz_sizeinbase(n, 2) / 2;
    f->at = places_for(mpz_sizeinbase(n, 2));
    f->f.len = qs_factors_proof_bytes(mpz_sizeinbase(n, 2));
    mpz_clear(n);
}

static void forger_free(forger *f)
{
    mpz_clears(f->m, f->s, f->t, NULL);
    gmp_randclear(f->random);
    proven_free(&f->f);
}

/* out = a^e t^f */
static void commit(mpz_t out, const forger *f, const mpz_t a, const mpz_t e, const mpz_t g)
{
    mpz_t right;

    mpz_init(right);
    mpz_powm(out, a, e, f->m);
    mpz_powm(right, f->t, g, f->m);
    mpz_mul(out, out, right);
    mpz_mod(out, out, f->m);
    mpz_clear(right);
}

static void absorb(qs_transcript *transcript, const mpz_t value, size_t len)
{
    uint8_t word[512] = {0};
    size_t used = (mpz_sizeinbase(value, 2) + 7) / 8;

    mpz_export(word + len - used, NULL, 1, 1, 1, 0, value);
    qs_transcript_bytes(transcript, word, len);
}

static void draw_below(mpz_t out, forger *f, size_t extra)
{
    mpz_mul_2exp(out, f->m, extra);
    mpz_urandomm(out, f->random, out);
}

/* All by the equations, except that alpha and beta may be shorter or longer than the rule says, and that a response that
 * does not fit its place is cut to its low bits. Answers whether it had to be. rho: "small" makes u negative. */
static int forge(forger *f, size_t mask, int small_rho)
{
    mpz_t alpha, beta, mu, nu, x, y, rho, p, q, a, b, c, e, z;
    qs_transcript transcript;
    uint8_t seed[64];
    int cut = 0;

    mpz_inits(alpha, beta, mu, nu, x, y, rho, p, q, a, b, c, e, z, NULL);
    mpz_urandomb(alpha, f->random, mask);
    mpz_urandomb(beta, f->random, mask);
    draw_below(mu, f, 128);
    draw_below(nu, f, 128);
    draw_below(x, f, 384);
    draw_below(y, f, 384);
    draw_below(rho, f, small_rho ? 0 : f->half + 384);
    commit(p, f, f->s, f->f.p, mu);
    commit(q, f, f->s, f->f.q, nu);
    commit(a, f, f->s, alpha, x);
    commit(b, f, f->s, beta, y);
    commit(c, f, q, alpha, rho);
    qs_transcript_begin(&transcript, "factors", &f->f.context);
    absorb(&transcript, f->f.key->n, f->f.key->root->bytes);
    absorb(&transcript, f->m, WORD);
    absorb(&transcript, f->s, WORD);
    absorb(&transcript, f->t, WORD);
    absorb(&transcript, p, WORD);
    absorb(&transcript, q, WORD);
    absorb(&transcript, a, WORD);
    absorb(&transcript, b, WORD);
    absorb(&transcript, c, WORD);
    qs_transcript_seed(&transcript, seed);
    mpz_import(e, 16, 1, 1, 1, 0, seed);
    memset(f->f.proof, 0, sizeof f->f.proof);
    put(&f->f, 0, WORD, p);
    put(&f->f, WORD, 2 * WORD, q);
    memcpy(f->f.proof + 2 * WORD, seed, 16);
    mpz_addmul(alpha, e, f->f.p);
    mpz_addmul(beta, e, f->f.q);
    mpz_addmul(x, e, mu);
    mpz_addmul(y, e, nu);
    mpz_mul(z, e, nu);
    mpz_submul(rho, z, f->f.p);
    f->f.proof[f->at.sign] = mpz_sgn(rho) < 0;
    mpz_abs(rho, rho);
    cut |= mpz_sizeinbase(alpha, 2) > f->half + 257 || mpz_sizeinbase(beta, 2) > f->half + 257;
    mpz_fdiv_r_2exp(alpha, alpha, f->half + 257);
    mpz_fdiv_r_2exp(beta, beta, f->half + 257);
    cut |= mpz_sizeinbase(rho, 2) > 2048 + f->half + 385;
    mpz_fdiv_r_2exp(rho, rho, 2047 + f->half + 385);
    put(&f->f, f->at.z1, f->at.z2, alpha);
    put(&f->f, f->at.z2, f->at.w1, beta);
    put(&f->f, f->at.w1, f->at.w2, x);
    put(&f->f, f->at.w2, f->at.sign, y);
    put(&f->f, f->at.u, f->f.len, rho);
    mpz_clears(alpha, beta, mu, nu, x, y, rho, p, q, a, b, c, e, z, NULL);
    return cut;
}

Test(factors_forger, proves_what_is_true)
{
    forger f;
    mpz_t p, q;

    mpz_inits(p, q, NULL);
    fixture_primes(p, q, 2048);
    forger_new(&f, p, q);
    cr_expect_eq(forge(&f, 1024 + 256, 0), 0);
    cr_expect_eq(verify(&f.f), QUORSUM_OK);
    mpz_clears(p, q, NULL);
    forger_free(&f);
}

/* A mask rho that does not cover e nu p gives a negative u: a valid proof, if one that hides nothing. */
Test(factors_forger, a_negative_u_verifies_with_its_sign_alone)
{
    forger f;
    mpz_t p, q;

    mpz_inits(p, q, NULL);
    fixture_primes(p, q, 256);
    forger_new(&f, p, q);
    cr_expect_eq(forge(&f, 128 + 256, 1), 0);
    cr_expect_eq(f.f.proof[f.at.sign], 1);
    cr_expect_eq(verify(&f.f), QUORSUM_OK);
    f.f.proof[f.at.sign] = 0;
    cr_expect_eq(verify(&f.f), QUORSUM_ERR_MODULUS_PROOF);
    mpz_clears(p, q, NULL);
    forger_free(&f);
}

/* N = 64-bit prime * rest at 2048 bits: e times the large factor does not fit z, whatever the masks are. */
Test(factors_forger, fails_with_a_64_bit_prime)
{
    gmp_randstate_t random;
    forger f;
    mpz_t p, q;

    gmp_randinit_default(random);
    mpz_inits(p, q, NULL);
    prime_of(p, random, 64, 3, 4);
    prime_of(q, random, 1984, 3, 4);
    forger_new(&f, p, q);
    cr_expect_eq(f.half, 1024);
    cr_expect(forge(&f, 0, 0), "the large factor's response is too long");
    cr_expect_eq(verify(&f.f), QUORSUM_ERR_MODULUS_PROOF);
    mpz_clears(p, q, NULL);
    gmp_randclear(random);
    forger_free(&f);
}

/* Alone the proof does not exclude a third prime, if it is inside one of two factors of fitting length: the proof of the
 * modulus does (test_modulus.c). */
Test(factors_forger, a_third_small_prime_is_not_its_business)
{
    gmp_randstate_t random;
    forger f;
    mpz_t p, q, small;

    gmp_randinit_default(random);
    mpz_inits(p, q, small, NULL);
    fixture_primes(p, q, 2048);
    prime_of(small, random, 30, 3, 4);
    prime_of(p, random, 994, 3, 4);
    mpz_mul(p, p, small);
    mpz_mul(small, p, q);
    cr_assert_eq(mpz_sizeinbase(small, 2), 2048);
    forger_new(&f, p, q);
    cr_expect_eq(forge(&f, 1024 + 256, 0), 0);
    cr_expect_eq(verify(&f.f), QUORSUM_OK);
    mpz_clears(p, q, small, NULL);
    gmp_randclear(random);
    forger_free(&f);
}
