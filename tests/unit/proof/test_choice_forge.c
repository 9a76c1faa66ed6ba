/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ballots by people who want more than a vote, and the two halves of why they fail: who answers two challenges after
 * the same commitments gives the plaintext away, and who need answer only one that he knew gives away nothing.
 */
#include "tests/unit/proof/choice_fixture.h"

/* ---- by hand, honestly ---- */

/* The commitments; `real` is the branch of each clause that needs no e. */
static void begin_honest(hand *h, const size_t *real)
{
    for (size_t l = 0; l < h->x->f.value_count; l++)
        hand_draw(h, l);
    for (size_t i = 0; i < h->x->f.clause_count; i++)
        mpz_set_ui(h->e[real[i]], 0);
    for (size_t l = 0; l < h->x->f.value_count; l++)
        hand_commit(h, l);
}

/* w[l] += e[l] alpha for the real branches: `masks` are the w of the commitments. */
static void end_honest(hand *h, const size_t *real)
{
    size_t begin = 0;

    for (size_t i = 0; i < h->x->f.clause_count; i++) {
        size_t end = begin + h->x->f.clauses[i].value_count;

        hand_balance(h, begin, end, real[i]);
        mpz_addmul(h->w[real[i]], h->e[real[i]], h->alpha[real[i]]);
        begin = end;
    }
    hand_write(h);
}

static void prove_by_hand(hand *h, const size_t *real)
{
    begin_honest(h, real);
    hand_hash(h);
    end_honest(h, real);
}

Test(choice_forge, honest_work_by_hand_is_accepted)
{
    for (unsigned s = 1; s <= 3; s++) {
        form f = {0};
        sample x;
        hand h;

        form_vector(&f, 2, 1, 1);
        sample_open(&x, 101, s, QUORSUM_RANDOMISER_HALF, &f);
        sample_choose(&x, (const size_t[]){0, 1, 0});
        hand_open(&h, &x);
        prove_by_hand(&h, (const size_t[]){0, 3, 4});
        cr_expect_eq(sample_verify(&x), QUORSUM_OK, "degree %u", s);
        cr_expect(hand_accepts(&h));
        hand_close(&h);
        sample_close(&x);
    }
}

/* ---- minus five and plus six ---- */

static void open_unfair(sample *x, size_t prime_bits)
{
    form f = {0};
    mpz_t plaintexts[2];

    form_vector(&f, 2, 1, 1);
    sample_open(x, prime_bits, 1, QUORSUM_RANDOMISER_HALF, &f);
    mpz_init_set_si(plaintexts[0], -5);
    mpz_init_set_si(plaintexts[1], 6);
    sample_fill(x, plaintexts, (const size_t[]){0, 1, 0});
    clear_numbers(plaintexts, 2);
}

Test(choice_forge, minus_five_and_plus_six_are_refused_whatever_is_claimed)
{
    sample x;

    open_unfair(&x, 128);
    for (unsigned claim = 0; claim < 4; claim++) {
        x.chosen.limb[0] = claim & 1;
        x.chosen.limb[1] = claim >> 1;
        cr_assert_eq(sample_prove(&x), QUORSUM_OK);
        cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF, "claim %u", claim);
    }
    sample_close(&x);
}

/* The proof of the sum alone would let them pass: it is true. */
Test(choice_forge, minus_five_and_plus_six_have_the_right_sum)
{
    sample x;
    qs_choices *choices = NULL;
    qs_secret chosen;
    uint8_t *proof;

    open_unfair(&x, 128);
    x.f.clauses[2].count = 2;
    x.f.values[5] = (qs_value){2, 0}; /* two values, for two ciphertexts */
    x.f.clauses[2].value_count = 2;
    cr_assert_eq(qs_choices_new(&choices, x.o.key, 2, &x.f.clauses[2], 1), QUORSUM_OK);
    cr_assert_eq(qs_secret_init(&chosen, 1), 0);
    proof = malloc(qs_choice_bytes(choices));
    cr_assert_eq(qs_choice_prove(proof, &x.context, choices, x.encryptor, x.ciphertexts, &x.alpha, &chosen, NULL),
                 QUORSUM_OK);
    cr_expect_eq(qs_choice_verify_vartime(proof, qs_choice_bytes(choices), &x.context, choices, x.ciphertexts, NULL),
                 QUORSUM_OK);
    free(proof);
    qs_secret_clear(&chosen);
    qs_choices_free(choices);
    sample_close(&x);
}

/* Commitments of false clauses are made for sub-challenges 0 .. P-1 that were drawn; the sum clause is honest. */
static void begin_forgery(hand *h)
{
    for (size_t l = 0; l < 5; l++)
        hand_draw(h, l);
    mpz_set_ui(h->e[4], 0);
    for (size_t l = 0; l < 5; l++)
        hand_commit(h, l);
}

static void end_sum(hand *h)
{
    hand_balance(h, 4, 5, 4);
    mpz_addmul(h->w[4], h->e[4], h->alpha[4]);
}

/* Every equation holds; the sub-challenges come to what they come to. */
Test(choice_forge, sub_challenges_that_fit_the_commitments_do_not_fit_the_challenge)
{
    sample x;
    hand h;

    open_unfair(&x, 128);
    hand_open(&h, &x);
    for (unsigned attempt = 0; attempt < 20; attempt++) {
        begin_forgery(&h);
        hand_hash(&h);
        end_sum(&h);
        hand_write(&h);
        for (size_t l = 0; l < 5; l++)
            cr_assert(hand_equation_holds(&h, l));
        cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF);
    }
    hand_close(&h);
    sample_close(&x);
}

/* The sums are right, and w makes up for the randomness: what is left is (1+N) to the change of e times the lie. */
Test(choice_forge, sub_challenges_that_fit_the_challenge_do_not_fit_the_commitments)
{
    for (size_t moved = 0; moved < 2; moved++) {
        sample x;
        hand h;
        mpz_t before;

        open_unfair(&x, 128);
        hand_open(&h, &x);
        mpz_init(before);
        begin_forgery(&h);
        hand_hash(&h);
        end_sum(&h);
        for (size_t clause = 0; clause < 2; clause++) {
            size_t l = 2 * clause + moved;

            mpz_set(before, h.e[l]);
            hand_balance(&h, 2 * clause, 2 * clause + 2, l);
            mpz_sub(before, h.e[l], before);
            mpz_addmul(h.w[l], before, h.alpha[l]);
            mpz_abs(h.w[l], h.w[l]);
        }
        hand_write(&h);
        cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF);
        mpz_clear(before);
        hand_close(&h);
        sample_close(&x);
    }
}

/* ---- a sub-challenge that is a multiple of N^s ---- */

/* 0 and a multiple of N^s that comes to e modulo 2^128: every plaintext fits, the equations hold; and 16 bytes do not
 * hold it. reference: a "bit" of 1000 passed a prototype that did not look. */
Test(choice_forge, a_sub_challenge_beyond_its_bits_has_no_room)
{
    form f = {0};
    sample x;
    hand h;
    mpz_t thousand, two, inverse;

    form_packed(&f, 1, 1, 1);
    sample_open(&x, 128, 1, QUORSUM_RANDOMISER_HALF, &f);
    mpz_init_set_ui(thousand, 1000);
    sample_fill(&x, &thousand, (const size_t[]){1});
    hand_open(&h, &x);
    mpz_inits(two, inverse, NULL);
    hand_draw(&h, 0);
    hand_draw(&h, 1);
    mpz_set_ui(h.e[0], 0);
    mpz_set_ui(h.e[1], 0);
    hand_commit(&h, 0);
    hand_commit(&h, 1);
    hand_hash(&h);
    mpz_setbit(two, 128);
    cr_assert_neq(mpz_invert(inverse, x.o.ns, two), 0);
    mpz_mul(h.e[1], h.challenge, inverse);
    mpz_mod(h.e[1], h.e[1], two);
    mpz_mul(h.e[1], h.e[1], x.o.ns);
    mpz_addmul(h.w[1], h.e[1], h.alpha[1]);
    cr_expect(mpz_congruent_2exp_p(h.e[1], h.challenge, 128), "they sum to the challenge");
    cr_expect(hand_equation_holds(&h, 0) && hand_equation_holds(&h, 1), "and the equations hold");
    hand_write(&h);
    cr_expect_neq(sample_verify(&x), QUORSUM_OK);
    mpz_clears(thousand, two, inverse, NULL);
    hand_close(&h);
    sample_close(&x);
}

/* Where N^s itself has fewer bits it does have room: two multiples sum to e for one challenge in some, and commitments
 * are drawn until it comes. That is why soundness speaks of the least prime factor of N. */
Test(choice_forge, a_modulus_shorter_than_a_challenge_would_be_forged)
{
    form f = {0};
    sample x;
    hand h;
    mpz_t thousand;
    int forged = 0;

    form_packed(&f, 1, 1, 1);
    sample_open(&x, 6, 1, QUORSUM_RANDOMISER_HALF, &f); /* N = 2773 */
    mpz_init_set_ui(thousand, 1000);
    sample_fill(&x, &thousand, (const size_t[]){1});
    hand_open(&h, &x);
    for (unsigned attempt = 0; attempt < 40000 && !forged; attempt++) {
        for (size_t l = 0; l < 2; l++) {
            hand_draw(&h, l);
            mpz_set_ui(h.e[l], 0);
            hand_commit(&h, l);
        }
        hand_hash(&h);
        forged = mpz_divisible_p(h.challenge, x.o.ns);
    }
    cr_assert(forged);
    mpz_set(h.e[1], h.challenge);
    mpz_addmul(h.w[1], h.e[1], h.alpha[1]);
    hand_write(&h);
    cr_expect_eq(sample_verify(&x), QUORSUM_OK, "a ballot of 1000");
    mpz_clear(thousand);
    hand_close(&h);
    sample_close(&x);
}

/* ---- what may be changed, and what may not ---- */

/* Squares: a sign is no difference, and no reader sees one. */
Test(choice_forge, a_commitment_may_be_negated_before_it_is_hashed)
{
    form f = {0};
    sample x;
    hand h;

    form_vector(&f, 2, 1, 1);
    sample_open(&x, 128, 1, QUORSUM_RANDOMISER_HALF, &f);
    sample_choose(&x, (const size_t[]){0, 1, 0});
    hand_open(&h, &x);
    for (size_t l = 0; l < 5; l++) {
        begin_honest(&h, (const size_t[]){0, 3, 4});
        mpz_sub(h.a[l], x.o.modulus, h.a[l]);
        hand_hash(&h);
        end_honest(&h, (const size_t[]){0, 3, 4});
        cr_expect_eq(sample_verify(&x), QUORSUM_OK, "branch %zu", l);
        cr_expect(hand_accepts(&h));
        wire_of(&x.o, x.proof + l * ciphertext_bytes(&x.o), h.base[l]); /* anything else */
        cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF);
    }
    hand_close(&h);
    sample_close(&x);
}

/* A factor of (1+N)^d in one commitment and its inverse in another: a product without weights would not see it. */
Test(choice_forge, errors_that_cancel_are_seen)
{
    form f = {0};
    sample x;
    hand h;
    mpz_t factor, inverse;

    form_vector(&f, 2, 1, 1);
    sample_open(&x, 128, 1, QUORSUM_RANDOMISER_HALF, &f);
    sample_choose(&x, (const size_t[]){0, 1, 0});
    hand_open(&h, &x);
    mpz_inits(factor, inverse, NULL);
    mpz_add_ui(factor, x.o.n, 1);
    cr_assert_neq(mpz_invert(inverse, factor, x.o.modulus), 0);
    for (size_t l = 0; l < 5; l++)
        for (size_t k = 0; k < 5; k++) {
            begin_honest(&h, (const size_t[]){0, 3, 4});
            mpz_mul(h.a[l], h.a[l], factor);
            mpz_mod(h.a[l], h.a[l], x.o.modulus);
            mpz_mul(h.a[k], h.a[k], inverse);
            mpz_mod(h.a[k], h.a[k], x.o.modulus);
            hand_hash(&h);
            end_honest(&h, (const size_t[]){0, 3, 4});
            cr_expect_eq(sample_verify(&x), l == k ? QUORSUM_OK : QUORSUM_ERR_PROOF, "branches %zu and %zu", l, k);
        }
    mpz_clears(factor, inverse, NULL);
    hand_close(&h);
    sample_close(&x);
}

/* ---- small orders ---- */

/* p = 1 mod 3: 1 modulo q^(s+1), of order 3 modulo p^(s+1), an N^s-th residue. */
static void find_order_three(const oracle *o, mpz_t z)
{
    mpz_t exponent;

    mpz_init(exponent);
    mpz_sub_ui(exponent, o->p, 1);
    mpz_divexact_ui(exponent, exponent, 3);
    mpz_mul(exponent, exponent, o->ns);
    do { /* the part of q goes by its own order */
        mpz_urandomm(z, ((oracle *)(uintptr_t)o)->random, o->modulus);
        mpz_powm(z, z, exponent, o->modulus);
    } while (mpz_cmp_ui(z, 1) == 0);
    mpz_sub_ui(exponent, o->q, 1);
    while (mpz_divisible_ui_p(exponent, 3))
        mpz_divexact_ui(exponent, exponent, 3);
    mpz_powm(z, z, exponent, o->modulus);
    mpz_clear(exponent);
}

static void open_with_order_three(sample *x, const form *f)
{
    gmp_randstate_t random;
    mpz_t p, q;

    sample_open(x, 101, 1, QUORSUM_RANDOMISER_HALF, f);
    qs_choices_free(x->choices);
    quorsum_encryptor_free(x->encryptor);
    quorsum_plaintexts_free(x->plaintexts);
    oracle_close(&x->o);
    gmp_randinit_default(random);
    gmp_randseed_ui(random, 3);
    mpz_inits(p, q, NULL);
    do {
        find_prime(p, 101, random);
        find_prime(q, 101, random);
    } while (mpz_fdiv_ui(p, 9) != 4 || mpz_fdiv_ui(q, 3) != 2);
    oracle_open(&x->o, p, q, 1, QUORSUM_RANDOMISER_HALF);
    mpz_clears(p, q, NULL);
    gmp_randclear(random);
    cr_assert_eq(qs_choices_new(&x->choices, x->o.key, f->ciphertexts, x->f.clauses, f->clause_count), QUORSUM_OK);
    cr_assert_eq(quorsum_encryptor_new(&x->encryptor, x->o.key, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_plaintexts_new(&x->plaintexts, x->o.key, f->ciphertexts), QUORSUM_OK);
}

/* What the weights do not prove, as docs/security.md says: somebody with the factors of an N that has such elements may
 * have a wrong equation overlooked one time in three. The plaintext is one of the allowed all the same. */
Test(choice_forge, a_quotient_of_order_three_is_overlooked_sometimes)
{
    form f = {0};
    sample x;
    hand h;
    mpz_t z, cube;
    unsigned accepted = 0;

    form_packed(&f, 2, 8, 0);
    open_with_order_three(&x, &f);
    sample_choose(&x, (const size_t[]){1});
    hand_open(&h, &x);
    mpz_inits(z, cube, NULL);
    find_order_three(&x.o, z);
    mpz_powm_ui(cube, z, 3, x.o.modulus);
    cr_assert(mpz_cmp_ui(z, 1) != 0 && mpz_cmp_ui(cube, 1) == 0);
    begin_honest(&h, (const size_t[]){1});
    mpz_mul(h.a[0], h.a[0], z);
    mpz_mod(h.a[0], h.a[0], x.o.modulus);
    hand_hash(&h);
    end_honest(&h, (const size_t[]){1});
    cr_expect_not(hand_accepts(&h));
    for (unsigned attempt = 0; attempt < 90; attempt++)
        accepted += sample_verify(&x) == QUORSUM_OK;
    cr_expect(accepted > 10 && accepted < 50, "%u of 90", accepted);
    mpz_clears(z, cube, NULL);
    hand_close(&h);
    sample_close(&x);
}

/* ---- extractor and simulator ---- */

/* c_l^(e - e') = h_s^(w - w') */
static int powers_agree(const hand *h, size_t l, const mpz_t e, const mpz_t w)
{
    mpz_t left, right;
    int answer;

    mpz_inits(left, right, NULL);
    mpz_powm(left, h->base[l], e, h->x->o.modulus);
    mpz_powm(right, h->x->o.h_s, w, h->x->o.modulus);
    answer = mpz_cmp(left, right) == 0;
    mpz_clears(left, right, NULL);
    return answer;
}

/* What a clause's product decrypts to. */
static void decrypt_clause(const sample *x, mpz_t m, const qs_clause *clause)
{
    mpz_t product, c;

    mpz_init(c);
    mpz_init_set_ui(product, 1);
    for (size_t k = clause->first; k < clause->first + clause->count; k++) {
        number_of(&x->o, c, x->ciphertexts, k);
        mpz_mul(product, product, c);
        mpz_mod(product, product, x->o.modulus);
    }
    oracle_decrypt(&x->o, m, product);
    mpz_clears(product, c, NULL);
}

/* One branch of the clause has another sub-challenge in the second transcript: its value is the plaintext. */
static void expect_extracted(const hand *first, const hand *second, size_t begin, const qs_clause *clause)
{
    mpz_t e, w, m, value;
    unsigned different = 0;

    mpz_inits(e, w, m, value, NULL);
    decrypt_clause(first->x, m, clause);
    for (size_t v = 0; v < clause->value_count; v++) {
        mpz_sub(e, first->e[begin + v], second->e[begin + v]);
        mpz_sub(w, first->w[begin + v], second->w[begin + v]);
        if (mpz_sgn(e) == 0)
            continue;
        different++;
        cr_expect(powers_agree(first, begin + v, e, w));
        value_number(&clause->values[v], value);
        cr_expect(mpz_congruent_p(value, m, first->x->o.ns), "the extracted value is not the plaintext");
    }
    cr_expect_eq(different, 1);
    mpz_clears(e, w, m, value, NULL);
}

static void expect_extraction(size_t prime_bits, unsigned s)
{
    static const size_t real[] = {2, 4, 6, 8};
    form f = {0};
    sample x;
    hand first, second;
    size_t begin = 0;

    form_packed(&f, 2, 3, 1);
    form_vector(&f, 2, 1, 2);
    sample_open(&x, prime_bits, s, QUORSUM_RANDOMISER_HALF, &f);
    sample_choose(&x, (const size_t[]){2, 1, 1, 1});
    hand_open(&first, &x);
    hand_open(&second, &x);
    begin_honest(&first, real);
    for (size_t l = 0; l < x.f.value_count; l++) {
        mpz_set(second.a[l], first.a[l]);
        mpz_set(second.e[l], first.e[l]);
        mpz_set(second.w[l], first.w[l]);
    }
    hand_hash(&first);
    end_honest(&first, real);
    cr_assert_eq(sample_verify(&x), QUORSUM_OK);
    memset(x.context.task, 8, sizeof x.context.task); /* another random oracle */
    hand_hash(&second);
    end_honest(&second, real);
    cr_assert_eq(sample_verify(&x), QUORSUM_OK);
    for (size_t i = 0; i < x.f.clause_count; i++) {
        expect_extracted(&first, &second, begin, &x.f.clauses[i]);
        begin += x.f.clauses[i].value_count;
    }
    hand_close(&first);
    hand_close(&second);
    sample_close(&x);
}

Test(choice_forge, two_answers_give_the_plaintext_away)
{
    for (unsigned s = 1; s <= 3; s++) {
        expect_extraction(6, s);
        expect_extraction(64, s);
    }
}

/* Whoever knows e beforehand needs no witness, and what he writes looks alike: so a proof tells nothing else. */
Test(choice_forge, a_known_challenge_is_answered_without_a_witness)
{
    for (unsigned s = 1; s <= 2; s++) {
        sample x;
        hand h;

        open_unfair(&x, 64);
        hand_open(&h, &x);
        mpz_urandomb(h.challenge, x.o.random, 128);
        for (size_t l = 0; l < 5; l++)
            hand_draw(&h, l);
        hand_balance(&h, 0, 2, 1);
        hand_balance(&h, 2, 4, 2);
        hand_balance(&h, 4, 5, 4);
        for (size_t l = 0; l < 5; l++) {
            hand_commit(&h, l);
            cr_expect(hand_equation_holds(&h, l));
            cr_expect_leq(mpz_sizeinbase(h.w[l], 2), qs_choice_mask_bits(x.choices));
        }
        hand_close(&h);
        sample_close(&x);
    }
}
