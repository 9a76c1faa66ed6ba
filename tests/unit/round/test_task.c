/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/task.c and task_decode.c */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#include "lib/threshold/key_record.h"
#include "tests/fixtures/made_key.h"

static quorsum_status read_task(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_task *task = NULL;
    quorsum_status status = quorsum_task_decode(&task, f->record, in, len);

    cr_assert_eq(task != NULL, status == QUORSUM_OK);
    quorsum_task_free(task);
    return status;
}

static quorsum_status make(const fixture *f, const quorsum_task_options *options, size_t *index)
{
    quorsum_task *task = (quorsum_task *)(uintptr_t)f; /* not NULL, to see it become so */
    quorsum_status status = quorsum_task_make(&task, f->record, options, f->coordinator, index);

    cr_assert_eq(task != NULL, status == QUORSUM_OK);
    quorsum_task_free(task);
    return status;
}

static quorsum_task_options good_options(void)
{
    return (quorsum_task_options){.label = "good",
                                  .fields = fixture_fields,
                                  .field_count = FIELDS,
                                  .guard_bits = 1,
                                  .min_cohort = 2,
                                  .max_cohort = 9};
}

/* A quorum of them for a dealer's key, all of them for a ceremony's. */
static void expect_confirmations_wanted(int made)
{
    for (size_t confirmed = 0; confirmed <= TRUSTEES; confirmed++) {
        size_t needed = made ? TRUSTEES : QUORUM;
        quorsum_status expected = confirmed < needed ? QUORSUM_ERR_UNCONFIRMED : QUORSUM_OK;
        quorsum_task_options options = good_options();
        quorsum_key_record *bare = NULL;
        quorsum_bytes task = {0};
        fixture f;

        fixture_open(&f, (setup){.made = made});
        cr_assert_eq(quorsum_task_encode(&task, f.task), QUORSUM_OK);
        cr_assert_eq(qs_key_record_with(&bare, f.record, NULL, 0), QUORSUM_OK);
        quorsum_key_record_free(f.record);
        f.record = bare;
        for (size_t i = 0; i < confirmed; i++) { /* from the last trustee down */
            size_t trustee = TRUSTEES - 1 - i;
            quorsum_key_record *more = NULL;

            cr_assert_eq(made_confirm(&more, f.record, f.shares[trustee], f.trustees[trustee]), QUORSUM_OK);
            quorsum_key_record_free(f.record);
            f.record = more;
        }
        cr_expect_eq(quorsum_key_record_confirmed(f.record), confirmed);
        cr_expect_eq(make(&f, &options, NULL), expected, "made with %zu", confirmed);
        cr_expect_eq(read_task(&f, task.data, task.len), expected, "read with %zu", confirmed);
        quorsum_bytes_free(&task);
        fixture_close(&f);
    }
}

Test(task, needs_a_key_that_enough_of_its_trustees_have_confirmed)
{
    expect_confirmations_wanted(1);
    if (!made_keys_wanted())
        expect_confirmations_wanted(0);
}

Test(task, says_the_same_after_encoding_and_decoding)
{
    fixture f;
    quorsum_bytes bytes = {0};
    quorsum_task *task = NULL;
    const quorsum_plan *plan;
    const uint8_t *roster;

    fixture_open(&f, (setup){.roster = 1, .weight_bits = 3, .label = "Gew\xc3\xa4sser"});
    cr_assert_eq(quorsum_task_encode(&bytes, f.task), QUORSUM_OK);
    cr_assert_eq(quorsum_task_decode(&task, f.record, bytes.data, bytes.len), QUORSUM_OK);
    plan = quorsum_task_plan(task);
    cr_expect_str_eq(quorsum_task_label(task), "Gew\xc3\xa4sser");
    cr_expect_eq(memcmp(quorsum_task_digest(task), quorsum_task_digest(f.task), 32), 0);
    cr_expect_eq(quorsum_task_min_cohort(task), 2);
    cr_expect_eq(quorsum_task_max_cohort(task), MAX_COHORT);
    cr_expect_eq(quorsum_task_weight_bits(task), 3);
    cr_expect_eq(quorsum_task_roster(task, &roster), CONTRIBUTORS - 1);
    for (size_t i = 0; i + 1 < CONTRIBUTORS; i++)
        cr_expect_eq(memcmp(roster + 32 * i, quorsum_identity_public(f.contributors[i]), 32), 0, "sorted, %zu", i);
    cr_expect_eq(quorsum_plan_fields(plan), FIELDS);
    for (size_t i = 0; i < FIELDS; i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);

        cr_expect_str_eq(field->name, fixture_fields[i].name);
        cr_expect_eq(field->count, fixture_fields[i].count);
        cr_expect_eq(field->bits, fixture_fields[i].bits);
        cr_expect_eq(field->is_signed, fixture_fields[i].is_signed);
        cr_expect_eq(field->scale, fixture_fields[i].scale);
        cr_expect_eq(field->clip, fixture_fields[i].clip);
        cr_expect_eq(field->reduce, fixture_fields[i].reduce);
    }
    cr_expect_str_eq(quorsum_plan_field(plan, 2)->column, "bee");
    cr_expect(quorsum_plan_plaintexts(plan) > 1, "the tests want several ciphertexts");
    quorsum_task_free(task);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(task, outlives_the_record_it_was_made_from)
{
    fixture f;

    fixture_open(&f, (setup){0});
    quorsum_key_record_free(f.record);
    f.record = NULL;
    cr_expect_eq(quorsum_key_record_quorum(quorsum_task_record(f.task)), QUORUM);
    fixture_close(&f);
}

Test(task, admits_the_roster_and_nobody_else)
{
    fixture f;

    fixture_open(&f, (setup){.roster = 1});
    for (size_t i = 0; i < CONTRIBUTORS; i++)
        cr_expect_eq(quorsum_task_admits(f.task, quorsum_identity_public(f.contributors[i])), i + 1 < CONTRIBUTORS);
    cr_expect_eq(quorsum_task_admits(f.task, quorsum_identity_public(f.stranger)), 0);
    fixture_close(&f);
    fixture_open(&f, (setup){0});
    cr_expect_eq(quorsum_task_admits(f.task, quorsum_identity_public(f.stranger)), 1);
    fixture_close(&f);
}

Test(task, is_another_one_each_time_it_is_made)
{
    fixture f;
    quorsum_task_options options = good_options();
    quorsum_task *a = NULL;
    quorsum_task *b = NULL;

    fixture_open(&f, (setup){0});
    cr_assert_eq(quorsum_task_make(&a, f.record, &options, f.coordinator, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_task_make(&b, f.record, &options, f.coordinator, NULL), QUORSUM_OK);
    cr_expect_neq(memcmp(quorsum_task_digest(a), quorsum_task_digest(b), 32), 0);
    quorsum_task_free(a);
    quorsum_task_free(b);
    fixture_close(&f);
}

Test(task, is_refused_with_a_cohort_that_hides_nobody)
{
    fixture f;
    quorsum_task_options options = good_options();

    fixture_open(&f, (setup){0});
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_OK);
    options.min_cohort = 1;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_ERR_COHORT);
    options.min_cohort = 0;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_ERR_COHORT);
    options.min_cohort = 10;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_ERR_COHORT);
    options.min_cohort = 9;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_OK);
    fixture_close(&f);
}

Test(task, names_the_field_that_is_malformed)
{
    static char long_name[130];
    fixture f;
    quorsum_task_options options = good_options();
    quorsum_field fields[3] = {fixture_fields[0], fixture_fields[1], fixture_fields[0]}; /* a, b, a */
    size_t index = 99;

    fixture_open(&f, (setup){0});
    memset(long_name, 'x', 129);
    options.fields = fields;
    options.field_count = 3;
    cr_expect_eq(make(&f, &options, &index), QUORSUM_ERR_FIELDS, "the same name twice");
    cr_expect_eq(index, 2);
    fields[2].name = "c";
    cr_expect_eq(make(&f, &options, &index), QUORSUM_OK);
    fields[1].name = "";
    cr_expect_eq(make(&f, &options, &index), QUORSUM_ERR_FIELDS);
    cr_expect_eq(index, 1);
    fields[1].name = long_name;
    cr_expect_eq(make(&f, &options, &index), QUORSUM_ERR_FIELDS);
    fields[1].name = long_name + 1;
    cr_expect_eq(make(&f, &options, &index), QUORSUM_OK, "128 bytes");
    fields[0].column = long_name;
    cr_expect_eq(make(&f, &options, &index), QUORSUM_ERR_FIELDS);
    cr_expect_eq(index, 0);
    fields[0].column = long_name + 1;
    cr_expect_eq(make(&f, &options, &index), QUORSUM_OK);
    fields[0].bits = 62;
    cr_expect_eq(make(&f, &options, &index), QUORSUM_ERR_PLAN, "9 * 2^61 is too much");
    cr_expect_eq(index, 0);
    options.field_count = 0;
    cr_expect_eq(make(&f, &options, &index), QUORSUM_ERR_FIELDS);
    fixture_close(&f);
}

Test(task, has_bounded_texts_and_lists)
{
    static char label[258];
    static uint8_t twice[64];
    fixture f;
    quorsum_task_options options = good_options();
    quorsum_field *many = calloc(4097, sizeof *many);

    fixture_open(&f, (setup){0});
    memset(label, 'y', 257);
    options.label = label;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_ERR_LIMIT);
    options.label = label + 1;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_OK, "256 bytes");
    options.label = "\xff";
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_ERR_ARGUMENT, "no UTF-8");
    options.label = NULL;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_OK);
    options.roster = twice;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_ERR_ARGUMENT, "a roster of nobody");
    options.roster_count = 2;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_ERR_DUPLICATE);
    options.roster_count = 1;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_OK);
    options.roster_count = ((size_t)1 << 20) + 1;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_ERR_LIMIT);
    options = good_options();
    options.fields = many;
    options.field_count = 4097;
    cr_expect_eq(make(&f, &options, NULL), QUORSUM_ERR_LIMIT);
    free(many);
    fixture_close(&f);
}

Test(task, is_refused_when_any_part_of_it_is_wrong)
{
    fixture f;
    quorsum_bytes bytes = {0};

    fixture_open(&f, (setup){.roster = 1});
    cr_assert_eq(quorsum_task_encode(&bytes, f.task), QUORSUM_OK);
    check_envelope(&f, &bytes, read_task, 0, f.coordinator);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

typedef struct change {
    uint64_t key;
    const char *value; /* CBOR */
    size_t len;
    quorsum_status status;
} change;

#define CHANGE(key, value, status) {key, value, sizeof value - 1, status}

/* A field {0: "a", 1: 1, 2: 8, 3: 0, 4: 1, 5: 0, 6: "", 7: 0, 8: 0, 9: 0, 10: []} and its spoiled forms */
#define CHOICE(name, count, bits, sign, scale, clip, column, reduce, min, max, options)                                \
    "\x81\xab\x00" name "\x01" count "\x02" bits "\x03" sign "\x04" scale "\x05" clip "\x06" column "\x07" reduce     \
    "\x08" min "\x09" max "\x0a" options
#define FIELD(name, count, bits, sign, scale, clip, column, reduce)                                                    \
    CHOICE(name, count, bits, sign, scale, clip, column, reduce, "\x00", "\x00", "\x80")

static const change changes[] = {
    CHANGE(10, "\x62\xc3\x28", QUORSUM_ERR_NOT_CANONICAL),
    CHANGE(10, "\x61\x00", QUORSUM_ERR_NOT_CANONICAL),
    CHANGE(10, "\x01", QUORSUM_ERR_NOT_CANONICAL),
    CHANGE(11, "\x4f" "0123456789abcde", QUORSUM_ERR_RANGE),
    CHANGE(12, "\x80", QUORSUM_ERR_FIELDS),
    CHANGE(12, "\x19\x10\x01", QUORSUM_ERR_NOT_CANONICAL),
    CHANGE(12, "\x99\x10\x01", QUORSUM_ERR_LIMIT),
    CHANGE(12, "\x81\xaa", QUORSUM_ERR_NOT_CANONICAL),
    CHANGE(12, FIELD("\x61" "a", "\x01", "\x08", "\x00", "\x01", "\x00", "\x60", "\x00"), QUORSUM_OK),
    CHANGE(12, FIELD("\x60", "\x01", "\x08", "\x00", "\x01", "\x00", "\x60", "\x00"), QUORSUM_ERR_FIELDS),
    CHANGE(12, FIELD("\x61" "a", "\x00", "\x08", "\x00", "\x01", "\x00", "\x60", "\x00"), QUORSUM_ERR_FIELDS),
    CHANGE(12, FIELD("\x61" "a", "\x1a\x04\x00\x00\x01", "\x08", "\x00", "\x01", "\x00", "\x60", "\x00"),
           QUORSUM_ERR_FIELDS),
    CHANGE(12, FIELD("\x61" "a", "\x01", "\x00", "\x00", "\x01", "\x00", "\x60", "\x00"), QUORSUM_ERR_FIELDS),
    CHANGE(12, FIELD("\x61" "a", "\x01", "\x18\x3f", "\x00", "\x01", "\x00", "\x60", "\x00"), QUORSUM_ERR_FIELDS),
    CHANGE(12, FIELD("\x61" "a", "\x01", "\x18\x3e", "\x00", "\x01", "\x00", "\x60", "\x00"), QUORSUM_ERR_PLAN),
    CHANGE(12, FIELD("\x61" "a", "\x01", "\x08", "\x02", "\x01", "\x00", "\x60", "\x00"), QUORSUM_ERR_RANGE),
    CHANGE(12, FIELD("\x61" "a", "\x01", "\x08", "\x00", "\x00", "\x00", "\x60", "\x00"), QUORSUM_ERR_FIELDS),
    CHANGE(12, FIELD("\x61" "a", "\x01", "\x08", "\x00", "\x01", "\x00", "\x60", "\x04"), QUORSUM_ERR_RANGE),
    CHANGE(12, CHOICE("\x61" "a", "\x01", "\x08", "\x00", "\x01", "\x00", "\x60", "\x00", "\x00", "\x01", "\x80"),
           QUORSUM_ERR_FIELDS),
    CHANGE(12, CHOICE("\x61" "a", "\x01", "\x01", "\x00", "\x01", "\x00", "\x60", "\x00", "\x00", "\x01", "\x81\x61" "x"),
           QUORSUM_ERR_FIELDS), /* a choice at level knowledge */
    CHANGE(12, CHOICE("\x61" "a", "\x02", "\x01", "\x00", "\x01", "\x00", "\x60", "\x00", "\x00", "\x01", "\x81\x61" "x"),
           QUORSUM_ERR_FIELDS),
    CHANGE(12, CHOICE("\x61" "a", "\x02", "\x01", "\x00", "\x01", "\x00", "\x60", "\x00", "\x00", "\x01", "\x99\x10\x01"),
           QUORSUM_ERR_LIMIT),
    CHANGE(13, "\x18\x29", QUORSUM_ERR_RANGE),
    CHANGE(14, "\x01", QUORSUM_ERR_COHORT),
    CHANGE(14, "\x06", QUORSUM_ERR_COHORT),
    CHANGE(15, "\x01", QUORSUM_ERR_COHORT),
    CHANGE(15, "\x1a\xff\xff\xff\xff", QUORSUM_OK),
    CHANGE(15, "\x1b\x00\x00\x00\x01\x00\x00\x00\x00", QUORSUM_ERR_RANGE),
    CHANGE(16, "\x11", QUORSUM_ERR_RANGE),
    CHANGE(17, "\x80", QUORSUM_OK),
    CHANGE(17, "\x81\x40", QUORSUM_ERR_RANGE),
    CHANGE(17, "\x9a\x00\x0f\xff\xff", QUORSUM_ERR_TRUNCATED),
    CHANGE(17, "\x9a\x00\x10\x00\x01", QUORSUM_ERR_LIMIT),
    CHANGE(18, "\x03", QUORSUM_ERR_RANGE),
    CHANGE(19, "\x41\x00", QUORSUM_ERR_NOT_CANONICAL),
    CHANGE(19, "\x41\x01", QUORSUM_ERR_RANGE), /* a norm bound at level knowledge */
    CHANGE(19, "\x49\x01\x02\x03\x04\x05\x06\x07\x08\x09", QUORSUM_ERR_LIMIT),
    CHANGE(20, "\x01", QUORSUM_OK),
    CHANGE(20, "\x02", QUORSUM_ERR_RANGE),
    CHANGE(21, "\x00", QUORSUM_ERR_AGREEMENT),
    CHANGE(21, "\x01", QUORSUM_ERR_AGREEMENT),
    CHANGE(21, "\x18\xff", QUORSUM_ERR_AGREEMENT),
};

Test(task, is_refused_by_name_when_a_field_is_changed_and_signed_again)
{
    fixture f;
    quorsum_bytes bytes = {0};

    fixture_open(&f, (setup){.roster = 1});
    cr_assert_eq(quorsum_task_encode(&bytes, f.task), QUORSUM_OK);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const change *c = &changes[i];
        quorsum_bytes changed = forge(&bytes, c->key, (const uint8_t *)c->value, c->len, f.coordinator);

        cr_expect_eq(read_task(&f, changed.data, changed.len), c->status, "change %zu: %s", i,
                     quorsum_status_name(read_task(&f, changed.data, changed.len)));
        quorsum_bytes_free(&changed);
    }
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(task, has_its_roster_in_strictly_ascending_order)
{
    fixture f;
    quorsum_bytes bytes = {0};
    uint8_t roster[1 + 2 * 34];
    size_t begin;
    size_t end;

    fixture_open(&f, (setup){.roster = 1});
    cr_assert_eq(quorsum_task_encode(&bytes, f.task), QUORSUM_OK);
    value_at(&bytes, 17, &begin, &end);
    roster[0] = 0x82;
    memcpy(roster + 1, bytes.data + begin + 1, 68);
    cr_expect_eq(read_once(read_task, &f, forge(&bytes, 17, roster, sizeof roster, f.coordinator)), QUORSUM_OK);
    memcpy(roster + 35, roster + 1, 34);
    cr_expect_eq(read_once(read_task, &f, forge(&bytes, 17, roster, sizeof roster, f.coordinator)),
                 QUORSUM_ERR_DUPLICATE);
    memcpy(roster + 1, bytes.data + begin + 35, 34);
    cr_expect_eq(read_once(read_task, &f, forge(&bytes, 17, roster, sizeof roster, f.coordinator)),
                 QUORSUM_ERR_NOT_CANONICAL);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}
