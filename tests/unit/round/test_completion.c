/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/round/completion.c and board_complete.c: parts of a vector, what one is refused for, and that an opener uses
 * right ones and no others.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/base/file.h"
#include "lib/round/board.h"
#include "lib/threshold/opening.h"

#define WORD 16 /* bytes of the small N */

/* ---- parts ---- */

Test(completion, parts_of_a_vector_are_all_of_it_once)
{
    for (size_t count = 1; count <= 40; count++) {
        for (uint32_t parts = 1; parts <= count; parts++) {
            size_t next = 0;
            size_t least = count;
            size_t most = 0;

            for (uint32_t number = 1; number <= parts; number++) {
                qs_range range;

                cr_assert_eq(qs_part_range(&range, (qs_part){number, parts}, count), QUORSUM_OK);
                cr_assert_eq(range.begin, next);
                next += range.count;
                least = range.count < least ? range.count : least;
                most = range.count > most ? range.count : most;
            }
            cr_assert_eq(next, count, "%zu in %u", count, (unsigned)parts);
            cr_assert(least >= 1 && most - least <= 1, "%zu in %u", count, (unsigned)parts);
        }
    }
}

Test(completion, parts_that_there_are_not)
{
    static const struct {
        uint32_t number, parts;
        size_t count;
    } bad[] = {{0, 1, 5}, {2, 1, 5}, {0, 0, 5}, {1, 0, 5}, {1, 6, 5}, {6, 6, 5}, {UINT32_MAX, UINT32_MAX, 5}};
    qs_range range;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_eq(qs_part_range(&range, (qs_part){bad[i].number, bad[i].parts}, bad[i].count), QUORSUM_ERR_RANGE);
    cr_expect_eq(qs_part_range(&range, (qs_part){QS_COUNT_MAX, QS_COUNT_MAX}, QS_COUNT_MAX), QUORSUM_OK);
    cr_expect(range.begin == QS_COUNT_MAX - 1 && range.count == 1);
}

/* ---- messages ---- */

static size_t count_of(const fixture *f)
{
    return quorsum_ciphertexts_count(quorsum_aggregate_ciphertexts(f->aggregate));
}

/* Part `number` of `parts`, made from the opening of all. */
static quorsum_bytes completion_of(const fixture *f, uint32_t number, uint32_t parts)
{
    const quorsum_public_key *key = quorsum_key_record_public(f->record);
    quorsum_opening *whole = fixture_opening(f);
    quorsum_opening *part = NULL;
    quorsum_bytes out = {0};
    qs_range range;

    cr_assert_eq(qs_part_range(&range, (qs_part){number, parts}, count_of(f)), QUORSUM_OK);
    cr_assert_eq(qs_opening_new(&part, key, range.count), QUORSUM_OK);
    memcpy(part->m, whole->m + range.begin * key->plain->width, range.count * key->plain->width * sizeof *part->m);
    memcpy(part->r, whole->r + range.begin * key->root->width, range.count * key->root->width * sizeof *part->r);
    part->trustees = whole->trustees;
    part->trustee_count = whole->trustee_count;
    whole->trustees = NULL;
    cr_assert_eq(qs_completion_make(&out, f->task, f->aggregate, (qs_part){number, parts}, part, f->stranger),
                 QUORSUM_OK);
    quorsum_opening_free(part);
    quorsum_opening_free(whole);
    return out;
}

/* Reads one and holds it against the aggregate. */
static quorsum_status read_completion(const fixture *f, const uint8_t *in, size_t len)
{
    qs_completion *completion = NULL;
    quorsum_status status = qs_completion_decode(&completion, f->task, f->aggregate, in, len);

    cr_assert_eq(completion != NULL, status == QUORSUM_OK);
    if (status == QUORSUM_OK)
        status = qs_completion_check(completion, f->aggregate, NULL);
    qs_completion_free(completion);
    return status;
}

static void open_round(fixture *f)
{
    fixture_open(f, (setup){.weight_bits = 20}); /* wide slots, so that there are some ciphertexts */
    fixture_aggregate(f, 2);
    cr_assert_geq(count_of(f), 5);
}

Test(completion, of_every_part_reads_back)
{
    fixture f;

    open_round(&f);
    for (uint32_t parts = 1; parts <= count_of(&f); parts++) {
        for (uint32_t number = 1; number <= parts; number++) {
            quorsum_bytes bytes = completion_of(&f, number, parts);
            qs_completion *completion = NULL;

            cr_expect_eq(read_completion(&f, bytes.data, bytes.len), QUORSUM_OK);
            cr_assert_eq(qs_completion_decode(&completion, f.task, f.aggregate, bytes.data, bytes.len), QUORSUM_OK);
            cr_expect(completion->part.number == number && completion->part.parts == parts);
            cr_expect_eq(completion->opening->count, completion->range.count);
            cr_expect(completion->trustee_count == 3 && completion->trustees[2] == 4);
            cr_expect_leq(bytes.len, qs_completion_max(f.task));
            qs_completion_free(completion);
            quorsum_bytes_free(&bytes);
        }
    }
    fixture_close(&f);
}

Test(completion, is_refused_when_any_part_of_it_is_wrong)
{
    fixture f;
    quorsum_bytes bytes;

    open_round(&f);
    bytes = completion_of(&f, 2, 2);
    check_envelope(&f, &bytes, read_completion, 1, f.stranger);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(completion, is_refused_by_name_when_signed_again)
{
    static const uint8_t zeros[32];
    static const struct {
        uint64_t key, value;
        quorsum_status status;
    } numbers[] = {
        {11, 0, QUORSUM_ERR_RANGE}, {11, 3, QUORSUM_ERR_RANGE},     {11, (uint64_t)1 << 32, QUORSUM_ERR_RANGE},
        {12, 0, QUORSUM_ERR_RANGE}, {12, 1000, QUORSUM_ERR_RANGE},  {12, 1, QUORSUM_ERR_WIDTH},
        {14, 0, QUORSUM_ERR_WIDTH}, {14, 1000, QUORSUM_ERR_WIDTH},
    };
    static const struct {
        const char *value;
        size_t len;
        quorsum_status status;
    } lists[] = {
        {"\x83\x01\x02\x05", 4, QUORSUM_OK}, /* who helped is the signer's word; the openings prove themselves */
        {"\x82\x01\x02", 3, QUORSUM_ERR_TOO_FEW_SHARES},      {"\x80", 1, QUORSUM_ERR_TOO_FEW_SHARES},
        {"\x83\x01\x02\x02", 4, QUORSUM_ERR_DUPLICATE_TRUSTEE}, {"\x83\x02\x01\x03", 4, QUORSUM_ERR_NOT_CANONICAL},
        {"\x83\x00\x01\x02", 4, QUORSUM_ERR_TRUSTEE},         {"\x83\x01\x02\x06", 4, QUORSUM_ERR_TRUSTEE},
    };
    fixture f;
    quorsum_bytes bytes;

    open_round(&f);
    bytes = completion_of(&f, 1, 1);
    cr_expect_eq(read_once(read_completion, &f, forge_bytes(&bytes, 10, zeros, 32, f.dealer)), QUORSUM_ERR_MISSING);
    cr_expect_eq(read_once(read_completion, &f, forge(&bytes, FORGE_NOTHING, NULL, 0, f.dealer)), QUORSUM_OK,
                 "anybody may sign it");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        quorsum_status expected = numbers[i].key == 12 && numbers[i].value == 1 ? QUORSUM_OK : numbers[i].status;

        cr_expect_eq(read_once(read_completion, &f, forge_uint(&bytes, numbers[i].key, numbers[i].value, f.dealer)),
                     expected, "number %zu", i);
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        cr_expect_eq(read_once(read_completion, &f,
                               forge(&bytes, 13, (const uint8_t *)lists[i].value, lists[i].len, f.dealer)),
                     lists[i].status, "list %zu", i);
    quorsum_bytes_free(&bytes);
    bytes = completion_of(&f, 2, (uint32_t)count_of(&f)); /* the first ciphertext for the second */
    cr_expect_eq(read_once(read_completion, &f, forge_uint(&bytes, 11, 1, f.dealer)), QUORSUM_ERR_OPENING);
    quorsum_bytes_free(&bytes);
    bytes = completion_of(&f, 2, 2); /* the second third is shorter than the second half */
    cr_expect_eq(read_once(read_completion, &f, forge_uint(&bytes, 12, 3, f.dealer)), QUORSUM_ERR_WIDTH);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

/* Every word in turn: changed, N, zero, p, and that of its neighbour. */
Test(completion, is_refused_when_it_is_not_the_opening)
{
    fixture f;
    quorsum_bytes bytes;
    uint8_t word[WORD];
    uint8_t n[WORD];
    uint8_t p[WORD] = {0};
    uint8_t zero[WORD] = {0};

    open_round(&f);
    bytes = completion_of(&f, 1, 1);
    mpz_export(n, NULL, 1, 1, 1, 0, f.n);
    mpz_export(p + WORD / 2, NULL, 1, 1, 1, 0, f.p);
    for (size_t at = 0; at < blocks_len(&bytes); at += WORD) {
        int is_m = at % (2 * WORD) == 0;
        size_t other = (at + 2 * WORD) % blocks_len(&bytes);

        memcpy(word, blocks_of(&bytes) + at, WORD);
        word[WORD - 1] ^= 1;
        cr_expect_eq(read_once(read_completion, &f, forge_block(&bytes, at, word, WORD, f.dealer)),
                     QUORSUM_ERR_OPENING);
        memcpy(word, blocks_of(&bytes) + other, WORD);
        cr_expect_eq(read_once(read_completion, &f, forge_block(&bytes, at, word, WORD, f.dealer)),
                     QUORSUM_ERR_OPENING);
        cr_expect_eq(read_once(read_completion, &f, forge_block(&bytes, at, n, WORD, f.dealer)), QUORSUM_ERR_RANGE);
        cr_expect_eq(read_once(read_completion, &f, forge_block(&bytes, at, zero, WORD, f.dealer)),
                     is_m ? QUORSUM_ERR_OPENING : QUORSUM_ERR_RANGE);
        cr_expect_eq(read_once(read_completion, &f, forge_block(&bytes, at, p, WORD, f.dealer)), QUORSUM_ERR_OPENING);
    }
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(completion, of_another_round_is_refused)
{
    fixture f;
    fixture other;
    quorsum_bytes bytes;
    qs_completion *completion = NULL;

    open_round(&f);
    open_round(&other);
    bytes = completion_of(&other, 1, 1);
    cr_expect_eq(read_completion(&f, bytes.data, bytes.len), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(qs_completion_decode(&completion, f.task, other.aggregate, bytes.data, bytes.len),
                 QUORSUM_ERR_TASK_MISMATCH);
    quorsum_bytes_free(&bytes);
    fixture_close(&other);
    fixture_close(&f);
}

Test(completion, is_made_of_the_part_it_names)
{
    fixture f;
    quorsum_opening *whole;
    quorsum_bytes out;

    open_round(&f);
    whole = fixture_opening(&f);
    cr_expect_eq(qs_completion_make(&out, f.task, f.aggregate, (qs_part){1, 2}, whole, f.stranger), QUORSUM_ERR_WIDTH);
    cr_expect_eq(qs_completion_make(&out, f.task, f.aggregate, (qs_part){2, 1}, whole, f.stranger), QUORSUM_ERR_RANGE);
    cr_expect_null(out.data);
    quorsum_opening_free(whole);
    fixture_close(&f);
}

/* ---- on a board ---- */

typedef struct place {
    fixture f;
    char *directory;
    quorsum_board *board;
    char told[40][160]; /* "object status" of all completions that were told */
    size_t count;
    quorsum_watch watch;
} place;

static void remember(const char *object, const uint8_t *who, quorsum_status status, void *user)
{
    place *p = user;

    (void)who;
    if (strncmp(object, "completions", 11) == 0 && p->count < sizeof p->told / sizeof p->told[0])
        (void)snprintf(p->told[p->count++], sizeof p->told[0], "%s %s", object, quorsum_status_name(status));
}

static int was_told(const place *p, const char *object, quorsum_status status)
{
    char line[160];
    int found = 0;

    (void)snprintf(line, sizeof line, "%s %s", object, quorsum_status_name(status));
    for (size_t i = 0; i < p->count; i++)
        found += strcmp(p->told[i], line) == 0;
    return found;
}

static char *path_of(const place *p, const char *object)
{
    static char path[800]; /* one at a time */

    (void)snprintf(path, sizeof path, "%s/%s", p->directory, object);
    return path;
}

static void put(const place *p, const char *object, quorsum_bytes bytes)
{
    cr_assert_eq(qs_file_write(path_of(p, object), bytes.data, bytes.len, 0644, 1), QUORSUM_OK);
    quorsum_bytes_free(&bytes);
}

static quorsum_bytes copy_of(const quorsum_bytes *bytes)
{
    quorsum_bytes copy = {malloc(bytes->len), bytes->len};

    memcpy(copy.data, bytes->data, bytes->len);
    return copy;
}

/* A board with manifest, aggregate, all acknowledgements and the partials of trustees 1, 2 and 4. */
static void place_open(place *p)
{
    memset(p, 0, sizeof *p);
    open_round(&p->f);
    p->directory = new_directory();
    p->watch = (quorsum_watch){remember, p};
    cr_assert_eq(quorsum_board_create(p->directory, p->f.task), QUORSUM_OK);
    put(p, "manifest", copy_of(&p->f.manifest_bytes));
    put(p, "aggregate", copy_of(&p->f.aggregate_bytes));
    for (size_t i = 0; i < TRUSTEES; i++) {
        char object[16];

        (void)snprintf(object, sizeof object, "acks/%zu", i + 1);
        put(p, object, fixture_acknowledgement(&p->f, i));
    }
    put(p, "partials/1", fixture_partial(&p->f, 0));
    put(p, "partials/2", fixture_partial(&p->f, 1));
    put(p, "partials/4", fixture_partial(&p->f, 3));
    cr_assert_eq(quorsum_board_open(&p->board, p->directory, NULL, NULL), QUORSUM_OK);
}

static void place_close(place *p)
{
    quorsum_board_close(p->board);
    remove_directory(p->directory);
    fixture_close(&p->f);
}

static quorsum_status complete(place *p, uint32_t part, uint32_t parts)
{
    p->count = 0;
    return quorsum_board_complete(p->board, part, parts, p->f.stranger, &p->watch, NULL);
}

static uint64_t opened; /* by the opener itself */

static int count_work(uint64_t done, uint64_t total, void *user)
{
    (void)user;
    (void)total;
    opened = done / 2;
    return 0;
}

/* Opens; the result is removed again, and must be byte for byte what is expected. */
static quorsum_status open_board(place *p, const quorsum_bytes *expected)
{
    const quorsum_run run = {.threads = 1, .progress = count_work};
    quorsum_result *result = NULL;
    quorsum_status status;
    qs_view view = {0};

    p->count = 0;
    opened = 0;
    status = quorsum_board_result(&result, p->board, p->f.coordinator, &p->watch, &run);
    for (size_t i = 0; i < VALUES && result != NULL; i++)
        cr_expect_eq(quorsum_result_totals(result)[i], fixture_total(&p->f, 2, i));
    quorsum_result_free(result);
    if (status != QUORSUM_OK)
        return status;
    cr_assert_eq(qs_view_open(&view, path_of(p, "result"), SIZE_MAX), QUORSUM_OK);
    if (expected != NULL)
        cr_expect(view.len == expected->len && memcmp(view.data, expected->data, view.len) == 0);
    qs_view_close(&view);
    cr_assert_eq(unlink(path_of(p, "result")), 0);
    return status;
}

Test(completion, saves_the_opener_what_it_covers_and_changes_no_byte)
{
    place p;
    quorsum_bytes expected;
    uint32_t count;

    place_open(&p);
    expected = fixture_result(&p.f);
    count = (uint32_t)count_of(&p.f);
    cr_expect_eq(open_board(&p, &expected), QUORSUM_OK);
    cr_expect_eq(opened, count);
    for (uint32_t done = 1; done <= count; done++) {
        cr_expect_eq(complete(&p, done, count), QUORSUM_OK);
        cr_expect_eq(p.count, 1);
        cr_expect_eq(open_board(&p, &expected), QUORSUM_OK);
        cr_expect_eq(opened, count - done, "%u of %u are there", (unsigned)done, (unsigned)count);
        cr_expect_eq(p.count, done);
    }
    cr_expect_eq(complete(&p, 1, 1), QUORSUM_OK);
    cr_expect_eq(open_board(&p, &expected), QUORSUM_OK);
    cr_expect(p.count == 1 && was_told(&p, "completions/1-of-1", QUORSUM_OK), "one file says it all");
    quorsum_bytes_free(&expected);
    place_close(&p);
}

Test(completion, is_made_once_and_leaves_what_stands_in_its_place)
{
    place p;
    struct stat before;
    struct stat after;

    place_open(&p);
    cr_expect_eq(complete(&p, 1, 2), QUORSUM_OK);
    cr_assert_eq(stat(path_of(&p, "completions/1-of-2"), &before), 0);
    cr_expect_eq(complete(&p, 1, 2), QUORSUM_OK);
    cr_expect(was_told(&p, "completions/1-of-2", QUORSUM_OK));
    cr_assert_eq(stat(path_of(&p, "completions/1-of-2"), &after), 0);
    cr_expect_eq(before.st_ino, after.st_ino);
    put(&p, "completions/2-of-2", completion_of(&p.f, 1, 2)); /* the other part */
    cr_expect_eq(complete(&p, 2, 2), QUORSUM_ERR_EXISTS);
    cr_expect(was_told(&p, "completions/2-of-2", QUORSUM_ERR_RANGE));
    place_close(&p);
}

Test(completion, needs_what_an_opening_needs)
{
    place p;

    place_open(&p);
    cr_expect_eq(complete(&p, 0, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(complete(&p, 3, 2), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(complete(&p, 1, (uint32_t)count_of(&p.f) + 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_board_complete(p.board, 1, 1, NULL, NULL, NULL), QUORSUM_ERR_ARGUMENT);
    cr_assert_eq(unlink(path_of(&p, "partials/2")), 0);
    cr_expect_eq(complete(&p, 1, 1), QUORSUM_ERR_TOO_FEW_SHARES);
    cr_assert_eq(unlink(path_of(&p, "aggregate")), 0);
    cr_expect_eq(complete(&p, 1, 1), QUORSUM_ERR_MISSING);
    cr_expect_neq(access(path_of(&p, "completions"), F_OK), 0);
    place_close(&p);
}

/* Completions that say it all, and no quorum: anybody could have written them for a total of his own. */
Test(completion, never_stands_in_for_a_partial)
{
    place p;

    place_open(&p);
    cr_expect_eq(complete(&p, 1, 1), QUORSUM_OK);
    cr_assert_eq(unlink(path_of(&p, "partials/2")), 0);
    cr_expect_eq(open_board(&p, NULL), QUORSUM_ERR_TOO_FEW_SHARES);
    cr_expect_eq(p.count, 0, "not even looked at");
    put(&p, "partials/2", fixture_partial(&p.f, 0));
    cr_expect_eq(open_board(&p, NULL), QUORSUM_ERR_TOO_FEW_SHARES);
    put(&p, "partials/3", fixture_partial(&p.f, 2));
    cr_expect_eq(open_board(&p, NULL), QUORSUM_OK);
    place_close(&p);
}

Test(completion, that_is_wrong_is_named_and_ignored)
{
    static const uint8_t other[WORD] = {0};
    static const char name[] = "completions/1-of-1";
    place p;
    quorsum_bytes expected;
    quorsum_bytes good;
    quorsum_bytes junk = {malloc(4), 4};

    place_open(&p);
    expected = fixture_result(&p.f);
    cr_assert_eq(mkdir(path_of(&p, "completions"), 0777), 0);
    good = completion_of(&p.f, 1, 1);
    put(&p, name, forge_block(&good, 0, other, WORD, p.f.dealer));
    cr_expect_eq(open_board(&p, &expected), QUORSUM_OK);
    cr_expect(was_told(&p, name, QUORSUM_ERR_OPENING));
    cr_expect_eq(opened, count_of(&p.f));
    put(&p, name, forge_block(&good, WORD, other, WORD, p.f.dealer));
    cr_expect_eq(open_board(&p, &expected), QUORSUM_OK);
    cr_expect(was_told(&p, name, QUORSUM_ERR_RANGE));
    put(&p, name, completion_of(&p.f, 1, 2));
    cr_expect_eq(open_board(&p, &expected), QUORSUM_OK);
    cr_expect(was_told(&p, name, QUORSUM_ERR_RANGE), "another part under its name");
    memcpy(junk.data, "junk", 4);
    put(&p, name, junk);
    put(&p, "completions/2-of-2", completion_of(&p.f, 2, 2));
    cr_expect_eq(open_board(&p, &expected), QUORSUM_OK);
    cr_expect(p.count == 2 && was_told(&p, "completions/2-of-2", QUORSUM_OK));
    cr_expect_lt(opened, count_of(&p.f));
    quorsum_bytes_free(&good);
    quorsum_bytes_free(&expected);
    place_close(&p);
}

Test(completion, folder_is_no_part_of_the_round)
{
    static const char *const names[] = {"0-of-1", "2-of-1", "1-of-01", "01-of-1", "1-of-", "-of-1", "1-of-1 ", "1of1",
                                        "1-of-1000", "1-of-18446744073709551617", "18446744073709551617-of-2"};
    place p;
    quorsum_bytes expected;
    quorsum_result *result = NULL;

    place_open(&p);
    expected = fixture_result(&p.f);
    put(&p, "completions", (quorsum_bytes){NULL, 0}); /* a file in its place */
    cr_expect_eq(open_board(&p, &expected), QUORSUM_OK);
    cr_expect(was_told(&p, "completions", QUORSUM_ERR_TYPE));
    cr_assert_eq(unlink(path_of(&p, "completions")), 0);
    cr_assert_eq(mkdir(path_of(&p, "completions"), 0777), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char object[96];

        (void)snprintf(object, sizeof object, "completions/%s", names[i]);
        put(&p, object, completion_of(&p.f, 1, 1));
    }
    cr_assert_eq(mkdir(path_of(&p, "completions/1-of-2"), 0777), 0);
    cr_assert_eq(symlink("../key", path_of(&p, "completions/2-of-2")), 0);
    cr_expect_eq(open_board(&p, &expected), QUORSUM_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char object[96];

        (void)snprintf(object, sizeof object, "completions/%s", names[i]);
        cr_expect(was_told(&p, object, QUORSUM_ERR_TYPE), "%s", names[i]);
    }
    cr_expect(was_told(&p, "completions/1-of-2", QUORSUM_ERR_TYPE));
    cr_expect(was_told(&p, "completions/2-of-2", QUORSUM_ERR_TYPE));
    cr_expect_eq(opened, count_of(&p.f));
    quorsum_bytes_free(&expected);
    /* an auditor names them and refuses nothing for their sake: what it misses here are the contributions */
    put(&p, "result", fixture_result(&p.f));
    p.count = 0;
    cr_expect_eq(quorsum_board_verify(&result, p.board, &p.watch, NULL), QUORSUM_ERR_MISSING);
    cr_expect_not_null(result);
    cr_expect(was_told(&p, "completions/1-of-2", QUORSUM_ERR_TYPE));
    quorsum_result_free(result);
    place_close(&p);
}
