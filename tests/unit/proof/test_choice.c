/* SPDX-License-Identifier: Apache-2.0 */
/* Ballot proofs: honest ones pass whatever was chosen, and everything that differs from them is refused. */
#include "tests/unit/proof/choice_fixture.h"

/* ---- the honest ones ---- */

/* By ours and by hand. */
static void expect_shown(sample *x, const char *what, size_t choice)
{
    hand h;

    cr_assert_eq(sample_prove(x), QUORSUM_OK);
    cr_expect_eq(sample_verify(x), QUORSUM_OK, "%s, degree %u, %zu bits, choice %zu", what, x->o.s,
                 x->o.key->root->bits, choice);
    hand_open(&h, x);
    cr_expect(hand_accepts(&h), "%s, degree %u, choice %zu", what, x->o.s, choice);
    hand_close(&h);
}

static void expect_every_packed(size_t bits, unsigned s, quorsum_randomiser randomiser, size_t options, int none)
{
    form f = {0};
    sample x;

    form_packed(&f, options, 3, none);
    sample_open(&x, bits, s, randomiser, &f);
    for (size_t choice = 0; choice < f.value_count; choice++) {
        sample_choose(&x, &choice);
        expect_shown(&x, "packed", choice);
    }
    sample_close(&x);
}

Test(choice, is_shown_for_every_option_of_a_packed_ballot)
{
    static const size_t sizes[] = {6, 64, 101};

    for (unsigned s = 1; s <= 3; s++)
        for (int randomiser = 0; randomiser < 3; randomiser++)
            for (size_t b = 0; b < 3; b++) {
                expect_every_packed(sizes[b], s, (quorsum_randomiser)randomiser, 2, 1);
                if (b == 0)
                    expect_every_packed(sizes[b], s, (quorsum_randomiser)randomiser, 1, 0);
            }
    expect_every_packed(128, 1, QUORSUM_RANDOMISER_HALF, 10, 1);
    expect_every_packed(128, 1, QUORSUM_RANDOMISER_HALF, 40, 1);
}

/* Bit j of `marks` is option j. */
static void choose_marks(sample *x, unsigned marks, size_t options, size_t least)
{
    size_t chosen[FORM_CLAUSES];
    size_t sum = 0;

    for (size_t j = 0; j < options; j++) {
        chosen[j] = marks >> j & 1;
        sum += chosen[j];
    }
    chosen[options] = sum - least;
    sample_choose(x, chosen);
}

static size_t ones(unsigned marks)
{
    size_t sum = 0;

    for (; marks != 0; marks &= marks - 1)
        sum++;
    return sum;
}

static void expect_every_vector(size_t bits, unsigned s, size_t options, size_t least, size_t most)
{
    form f = {0};
    sample x;

    form_vector(&f, options, least, most);
    sample_open(&x, bits, s, QUORSUM_RANDOMISER_HALF, &f);
    for (unsigned marks = 0; marks < 1u << options; marks++)
        if (ones(marks) >= least && ones(marks) <= most) {
            choose_marks(&x, marks, options, least);
            expect_shown(&x, "vector", marks);
        }
    sample_close(&x);
}

Test(choice, is_shown_for_every_choice_of_a_vector)
{
    for (unsigned s = 1; s <= 3; s++) {
        expect_every_vector(70, s, 1, 0, 1);
        expect_every_vector(70, s, 3, 0, 3);
        expect_every_vector(101, s, 3, 1, 2);
        expect_every_vector(6, s, 4, 2, 2);
    }
}

Test(choice, is_shown_for_fields_of_both_forms_together)
{
    for (unsigned s = 1; s <= 2; s++) {
        form f = {0};
        sample x;

        form_packed(&f, 4, 20, 1);
        form_vector(&f, 5, 0, 2);
        form_packed(&f, 2, 20, 0);
        sample_open(&x, 128, s, QUORSUM_RANDOMISER_HALF, &f);
        sample_choose(&x, (const size_t[]){4, 0, 1, 0, 0, 1, 2, 1});
        expect_shown(&x, "mixed", 0);
        sample_choose(&x, (const size_t[]){0, 0, 0, 0, 0, 0, 0, 0});
        expect_shown(&x, "mixed", 1);
        sample_close(&x);
    }
}

Test(choice, is_shown_on_several_threads)
{
    form f = {0};
    sample x;

    form_packed(&f, 70, 2, 1);
    sample_open(&x, 101, 1, QUORSUM_RANDOMISER_HALF, &f);
    sample_choose(&x, (const size_t[]){44});
    for (unsigned threads = 1; threads <= 5; threads++) {
        const quorsum_run run = {.threads = threads};

        cr_assert_eq(qs_choice_prove(x.proof, &x.context, x.choices, x.encryptor, x.ciphertexts, &x.alpha, &x.chosen,
                                     &run), QUORSUM_OK);
        cr_expect_eq(qs_choice_verify_vartime(x.proof, x.len, &x.context, x.choices, x.ciphertexts, &run), QUORSUM_OK);
    }
    sample_close(&x);
}

Test(choice, takes_the_bytes_its_bounds_say)
{
    for (unsigned s = 1; s <= 3; s++)
        for (size_t options = 1; options <= 33; options = options < 5 ? options + 1 : 2 * options - 1) {
            form f = {0};
            sample x;
            size_t log = 1;

            form_packed(&f, options, 1, 0);
            while (((size_t)1 << log) < options)
                log++;
            sample_open(&x, 128, s, QUORSUM_RANDOMISER_SHORT, &f);
            cr_expect_eq(x.o.key->alpha_bits, 256); /* the modulus is shorter than 384 bits */
            cr_expect_eq(qs_choice_w_bytes(x.choices), (256 + 257 + log + 7) / 8);
            cr_expect_eq(x.len, options * ((s + 1) * 32 + 16 + (256 + 257 + log + 7) / 8));
            sample_close(&x);
        }
}

/* ---- a sample for what is refused ---- */

/* A packed field and a vector: branches 0..4, then pairs 5..10, then 11..12 for the sum. */
static void open_mixed(sample *x, unsigned s)
{
    form f = {0};

    form_packed(&f, 4, 20, 1);
    form_vector(&f, 3, 1, 2);
    sample_open(x, 128, s, QUORSUM_RANDOMISER_HALF, &f);
    sample_choose(x, (const size_t[]){3, 1, 0, 1, 1});
    cr_assert_eq(sample_prove(x), QUORSUM_OK);
    cr_assert_eq(sample_verify(x), QUORSUM_OK);
}

Test(choice, is_shown_differently_each_time)
{
    sample x;
    uint8_t *first;

    open_mixed(&x, 1);
    first = malloc(x.len);
    memcpy(first, x.proof, x.len);
    cr_assert_eq(sample_prove(&x), QUORSUM_OK);
    for (size_t at = 0; at + 16 < x.len; at += 16)
        cr_expect_neq(memcmp(first + at, x.proof + at, 16), 0, "bytes from %zu on", at);
    cr_expect_eq(sample_verify(&x), QUORSUM_OK);
    free(first);
    sample_close(&x);
}

Test(choice, is_refused_with_any_byte_changed)
{
    for (unsigned s = 1; s <= 2; s++) {
        sample x;
        size_t commitments;

        open_mixed(&x, s);
        commitments = x.f.value_count * ciphertext_bytes(&x.o);
        for (size_t i = 0; i < x.len; i++) {
            quorsum_status status;

            x.proof[i] ^= (uint8_t)(1u << i % 8);
            status = sample_verify(&x);
            if (i >= commitments && i < commitments + 16 * x.f.value_count)
                cr_expect_eq(status, QUORSUM_ERR_PROOF, "byte %zu", i);
            else
                cr_expect(status == QUORSUM_ERR_PROOF || status == QUORSUM_ERR_RANGE, "byte %zu", i);
            x.proof[i] ^= (uint8_t)(1u << i % 8);
        }
        cr_expect_eq(sample_verify(&x), QUORSUM_OK);
        sample_close(&x);
    }
}

Test(choice, is_refused_at_any_other_length)
{
    sample x;

    open_mixed(&x, 1);
    memset(x.proof + x.len, 0, 8);
    for (size_t len = 0; len < x.len; len++)
        cr_expect_eq(qs_choice_verify_vartime(x.proof, len, &x.context, x.choices, x.ciphertexts, NULL),
                     QUORSUM_ERR_TRUNCATED);
    for (size_t len = x.len + 1; len <= x.len + 8; len++)
        cr_expect_eq(qs_choice_verify_vartime(x.proof, len, &x.context, x.choices, x.ciphertexts, NULL),
                     QUORSUM_ERR_TRAILING);
    sample_close(&x);
}

Test(choice, is_refused_in_any_other_context)
{
    sample x;
    uint8_t *fields[3];

    open_mixed(&x, 1);
    fields[0] = x.context.key;
    fields[1] = x.context.task;
    fields[2] = x.context.prover;
    for (size_t f = 0; f < 3; f++)
        for (size_t i = 0; i < 32; i++) {
            fields[f][i] ^= 0x10;
            cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF, "field %zu, byte %zu", f, i);
            fields[f][i] ^= 0x10;
        }
    x.context.label = "contributio";
    cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF);
    x.context.label = NULL;
    cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF);
    x.context.label = "contribution";
    cr_expect_eq(sample_verify(&x), QUORSUM_OK);
    sample_close(&x);
}

Test(choice, is_refused_with_responses_out_of_range)
{
    for (size_t options = 1; options <= 9; options++) {
        form f = {0};
        sample x;
        size_t bits, w_bytes;

        form_packed(&f, options, 2, 0);
        sample_open(&x, 101, 1, QUORSUM_RANDOMISER_HALF, &f);
        sample_choose(&x, (const size_t[]){0});
        cr_assert_eq(sample_prove(&x), QUORSUM_OK);
        bits = qs_choice_mask_bits(x.choices) + 1;
        w_bytes = qs_choice_w_bytes(x.choices);
        for (size_t l = 0; l < options; l++) {
            uint8_t *end = x.proof + x.len - (options - 1 - l) * w_bytes;

            for (size_t bit = bits; bit < 8 * w_bytes; bit++) {
                end[-1 - (ptrdiff_t)(bit / 8)] ^= (uint8_t)(1u << bit % 8);
                cr_expect_eq(sample_verify(&x), QUORSUM_ERR_RANGE, "bit %zu of w", bit);
                end[-1 - (ptrdiff_t)(bit / 8)] ^= (uint8_t)(1u << bit % 8);
            }
            end[-1 - (ptrdiff_t)((bits - 1) / 8)] ^= (uint8_t)(1u << (bits - 1) % 8);
            cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF, "in range, but wrong");
            end[-1 - (ptrdiff_t)((bits - 1) / 8)] ^= (uint8_t)(1u << (bits - 1) % 8);
        }
        sample_close(&x);
    }
}

Test(choice, is_refused_with_commitments_that_are_no_units)
{
    for (unsigned s = 1; s <= 2; s++) {
        sample x;
        size_t digit, bytes;
        uint8_t *copy;

        open_mixed(&x, s);
        digit = quorsum_public_key_modulus_bytes(x.o.key);
        bytes = ciphertext_bytes(&x.o);
        copy = malloc(x.len);
        memcpy(copy, x.proof, x.len);
        for (size_t l = 0; l < x.f.value_count; l++) {
            memset(x.proof + l * bytes, 0, bytes);
            cr_expect_eq(sample_verify(&x), QUORSUM_ERR_NOT_UNIT, "zero at %zu", l);
            memset(x.proof + l * bytes, 0, digit);
            memcpy(x.proof + l * bytes + digit, copy + l * bytes + digit, bytes - digit);
            cr_expect_eq(sample_verify(&x), QUORSUM_ERR_NOT_UNIT, "a multiple of N at %zu", l);
            number_to_bytes(x.proof + l * bytes, digit, x.o.p);
            cr_expect_eq(sample_verify(&x), QUORSUM_ERR_NOT_UNIT, "a multiple of p at %zu", l);
            for (unsigned i = 0; i <= s; i++) {
                memcpy(x.proof, copy, x.len);
                number_to_bytes(x.proof + l * bytes + i * digit, digit, x.o.n);
                cr_expect_eq(sample_verify(&x), QUORSUM_ERR_RANGE, "N as digit %u at %zu", i, l);
            }
            memcpy(x.proof, copy, x.len);
        }
        free(copy);
        sample_close(&x);
    }
}

/* ---- another statement ---- */

static quorsum_status verify_under(const sample *x, size_t ciphertexts, const form *f)
{
    qs_choices *choices = NULL;
    quorsum_status status = qs_choices_new(&choices, x->o.key, ciphertexts, f->clauses, f->clause_count);

    cr_assert_eq(status, QUORSUM_OK);
    status = qs_choice_verify_vartime(x->proof, x->len, &x->context, choices, x->ciphertexts, NULL);
    qs_choices_free(choices);
    return status;
}

static void swap_clauses(form *f, size_t i, size_t j)
{
    qs_clause clause = f->clauses[i];

    f->clauses[i] = f->clauses[j];
    f->clauses[j] = clause;
}

Test(choice, is_refused_for_any_other_value_allowed)
{
    sample x;

    open_mixed(&x, 1);
    for (size_t l = 0; l < x.f.value_count; l++) {
        x.f.values[l].factor ^= 2;
        cr_expect_eq(verify_under(&x, 4, &x.f), QUORSUM_ERR_PROOF, "value %zu", l);
        x.f.values[l].factor ^= 2;
        x.f.values[l].factor += x.f.values[l].factor == 0;
        x.f.values[l].shift++;
        cr_expect_eq(verify_under(&x, 4, &x.f), QUORSUM_ERR_PROOF, "value %zu", l);
        x.f.values[l].shift--;
        x.f.values[l].factor -= l == 0 || (l >= 5 && l < 11 && l % 2 == 1);
    }
    cr_expect_eq(verify_under(&x, 4, &x.f), QUORSUM_OK);
    sample_close(&x);
}

Test(choice, is_refused_for_values_or_clauses_in_another_order)
{
    sample x;

    open_mixed(&x, 1);
    for (size_t l = 0; l + 1 < 5; l++) {
        qs_value value = x.f.values[l];

        x.f.values[l] = x.f.values[l + 1];
        x.f.values[l + 1] = value;
        cr_expect_eq(verify_under(&x, 4, &x.f), QUORSUM_ERR_PROOF, "values %zu and the next", l);
        x.f.values[l + 1] = x.f.values[l];
        x.f.values[l] = value;
    }
    for (size_t i = 0; i < 5; i++)
        for (size_t j = i + 1; j < 5; j++) {
            swap_clauses(&x.f, i, j);
            cr_expect_eq(verify_under(&x, 4, &x.f), QUORSUM_ERR_PROOF, "clauses %zu and %zu", i, j);
            swap_clauses(&x.f, i, j);
        }
    sample_close(&x);
}

Test(choice, is_refused_for_other_ciphertexts_of_a_clause)
{
    sample x;

    open_mixed(&x, 1);
    for (size_t i = 0; i < 5; i++) {
        qs_clause kept = x.f.clauses[i];

        x.f.clauses[i].first ^= 1;
        if (i < 4)
            cr_expect_eq(verify_under(&x, 4, &x.f), QUORSUM_ERR_PROOF, "clause %zu elsewhere", i);
        x.f.clauses[i] = kept;
        if (kept.first + kept.count < 4) {
            x.f.clauses[i].count++;
            cr_expect_eq(verify_under(&x, 4, &x.f), QUORSUM_ERR_PROOF, "clause %zu longer", i);
        } else if (kept.count > 1) {
            x.f.clauses[i].count--;
            cr_expect_eq(verify_under(&x, 4, &x.f), QUORSUM_ERR_PROOF, "clause %zu shorter", i);
            x.f.clauses[i].first++;
            cr_expect_eq(verify_under(&x, 4, &x.f), QUORSUM_ERR_PROOF, "clause %zu shorter from below", i);
        }
        x.f.clauses[i] = kept;
    }
    sample_close(&x);
}

/* The last value of one clause becomes the first of the next: the same values, the same branches. */
Test(choice, is_refused_for_values_moved_to_the_next_clause)
{
    sample x;

    open_mixed(&x, 1);
    for (size_t i = 0; i + 1 < 5; i++) {
        x.f.clauses[i].value_count--;
        x.f.clauses[i + 1].values--;
        x.f.clauses[i + 1].value_count++;
        cr_expect_eq(verify_under(&x, 4, &x.f), QUORSUM_ERR_PROOF, "clause %zu", i);
        x.f.clauses[i].value_count++;
        x.f.clauses[i + 1].values++;
        x.f.clauses[i + 1].value_count--;
    }
    sample_close(&x);
}

/* ---- another vector ---- */

/* Element `index` times `factor`. */
static void expect_refused_times(const sample *x, size_t index, const mpz_t factor, const char *what)
{
    mpz_t numbers[FORM_CLAUSES];
    quorsum_ciphertexts *vector;

    for (size_t i = 0; i < x->f.ciphertexts; i++) {
        mpz_init(numbers[i]);
        number_of(&x->o, numbers[i], x->ciphertexts, i);
    }
    mpz_mul(numbers[index], numbers[index], factor);
    mpz_mod(numbers[index], numbers[index], x->o.modulus);
    vector = vector_of(&x->o, numbers, x->f.ciphertexts);
    cr_expect_eq(qs_choice_verify_vartime(x->proof, x->len, &x->context, x->choices, vector, NULL), QUORSUM_ERR_PROOF,
                 "%s, element %zu", what, index);
    quorsum_ciphertexts_free(vector);
    clear_numbers(numbers, x->f.ciphertexts);
}

Test(choice, is_refused_for_any_other_vector)
{
    for (unsigned s = 1; s <= 2; s++) {
        sample x;
        mpz_t factor;

        open_mixed(&x, s);
        mpz_init(factor);
        for (size_t i = 0; i < x.f.ciphertexts; i++) {
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

/* ---- a wrong witness ---- */

Test(choice, cannot_be_shown_with_another_place_or_randomiser)
{
    sample x;

    open_mixed(&x, 1);
    for (size_t i = 0; i < 5; i++) {
        x.chosen.limb[i] ^= 1;
        cr_assert_eq(sample_prove(&x), QUORSUM_OK);
        cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF, "place of clause %zu", i);
        x.chosen.limb[i] ^= 1;
    }
    for (size_t k = 0; k < x.f.ciphertexts; k++) {
        x.alpha.limb[k * qs_alpha_limbs(x.o.key)] ^= 1;
        cr_assert_eq(sample_prove(&x), QUORSUM_OK);
        cr_expect_eq(sample_verify(&x), QUORSUM_ERR_PROOF, "alpha %zu", k);
        x.alpha.limb[k * qs_alpha_limbs(x.o.key)] ^= 1;
    }
    cr_assert_eq(sample_prove(&x), QUORSUM_OK);
    cr_expect_eq(sample_verify(&x), QUORSUM_OK);
    sample_close(&x);
}

Test(choice, is_not_made_with_a_place_beyond_the_values)
{
    sample x;

    open_mixed(&x, 1);
    for (size_t i = 0; i < 5; i++) {
        mp_limb_t kept = x.chosen.limb[i];

        x.chosen.limb[i] = (mp_limb_t)x.f.clauses[i].value_count;
        cr_expect_eq(sample_prove(&x), QUORSUM_ERR_CHOICE);
        x.chosen.limb[i] = (mp_limb_t)-1;
        cr_expect_eq(sample_prove(&x), QUORSUM_ERR_CHOICE);
        x.chosen.limb[i] = kept;
    }
    sample_close(&x);
}

Test(choice, refuses_what_does_not_belong_together)
{
    form f = {0};
    sample x, other;
    qs_secret empty = {0};

    open_mixed(&x, 1);
    form_packed(&f, 3, 5, 1);
    sample_open(&other, 129, 1, QUORSUM_RANDOMISER_HALF, &f);
    sample_choose(&other, (const size_t[]){0});
    cr_expect_eq(qs_choice_verify_vartime(x.proof, x.len, &x.context, other.choices, x.ciphertexts, NULL),
                 QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(qs_choice_verify_vartime(x.proof, x.len, &x.context, x.choices, other.ciphertexts, NULL),
                 QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(qs_choice_prove(x.proof, &x.context, x.choices, other.encryptor, x.ciphertexts, &x.alpha, &x.chosen,
                                 NULL), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(qs_choice_prove(x.proof, &x.context, x.choices, x.encryptor, other.ciphertexts, &x.alpha, &x.chosen,
                                 NULL), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(qs_choice_prove(x.proof, &x.context, x.choices, x.encryptor, x.ciphertexts, &empty, &x.chosen, NULL),
                 QUORSUM_ERR_WIDTH);
    cr_expect_eq(qs_choice_prove(x.proof, &x.context, x.choices, x.encryptor, x.ciphertexts, &x.alpha, &empty, NULL),
                 QUORSUM_ERR_WIDTH);
    cr_expect_eq(verify_under(&x, 5, &x.f), QUORSUM_ERR_WIDTH, "a ciphertext fewer than there should be");
    sample_close(&x);
    sample_close(&other);
}
