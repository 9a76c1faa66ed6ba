/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ceremonies for the second implementation (tests/verifier/test_ceremony.py) to read: what an observer was shown, and
 * what it made of it. Only with HOSTILE_DUMP, a folder, and with HOSTILE_BITS one ceremony of that size; each ceremony
 * has one of its own in it.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "play.h"

static void write_file(const char *folder, const char *name, const void *data, size_t len)
{
    char path[600];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(data, 1, len, file), len);
    cr_assert_eq(fclose(file), 0);
}

static void write_record(const char *folder, const char *name, const quorsum_key_record *record)
{
    quorsum_bytes bytes = {0};

    cr_assert_eq(quorsum_key_record_encode(&bytes, record), QUORSUM_OK);
    write_file(folder, name, bytes.data, bytes.len);
    quorsum_bytes_free(&bytes);
}

static void write_outcome(const char *folder, const stage *all)
{
    quorsum_ceremony_status status;
    char text[1000];
    size_t len;

    quorsum_ceremony_state(&status, all->observer);
    len = (size_t)snprintf(text, sizeof text, "%s %u %u %d", status.phase == QUORSUM_CEREMONY_DONE ? "done"
                           : status.phase == QUORSUM_CEREMONY_FAILED ? "failed" : "running",
                           status.step, (unsigned)status.batch, status.certain);
    for (uint32_t i = 0; i < status.accused; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, " %u", status.accused_slot[i]);
    write_file(folder, "outcome", text, len);
    if (status.phase == QUORSUM_CEREMONY_DONE)
        write_record(folder, "record", all->observer->record);
}

static void dump(const stage *all, const char *name)
{
    char folder[500];

    (void)snprintf(folder, sizeof folder, "%s/%s", getenv("HOSTILE_DUMP"), name);
    cr_assert_eq(mkdir(folder, 0700), 0);
    write_file(folder, "proposal", all->proposal.data, all->proposal.len);
    if (all->parent != NULL)
        write_record(folder, "parent", all->parent);
    for (size_t i = 0; i < all->letters; i++) {
        char file[40];

        (void)snprintf(file, sizeof file, "message-%u-%u", all->letter[i].step, all->letter[i].slot);
        write_file(folder, file, all->letter[i].bytes.data, all->letter[i].bytes.len);
    }
    write_outcome(folder, all);
}

static void play_and_dump(const stage_sizes *sizes, const char *name, deed one)
{
    stage all;

    stage_open(&all, sizes);
    if (one.round != NULL)
        stage_add(&all, &one);
    stage_run(&all);
    dump(&all, name);
    stage_close(&all);
}

static void liars(void)
{
    static const char *const rounds[] = {"commit", "confirm", "sift", "product", "test", "verify",
                                         "derive", "keys", "certificate", "sign", "reveal"};
    static const stage_sizes sizes[] = {{64, 3, 2, 3, 1}, {64, 4, 2, 4, 1}, {64, 5, 3, 4, 1}};
    static const stage_sizes larger = {128, 3, 2, 8, 1}; /* with candidates that are no products of two primes */

    for (size_t r = 0; r < sizeof rounds / sizeof rounds[0]; r++) {
        for (unsigned k = 0; k < 2; k++) {
            const stage_sizes *size = strcmp(rounds[r], "test") == 0 ? &larger : &sizes[(r + k) % 3];
            deed one = {.kind = k == 0 ? DEED_LIE : DEED_LIE_SEEN, .round = rounds[r], .party = (r + k) % 3,
                        .at = 21 * k + 20, .change = CHANGE_BIT, .victim = 1};
            char name[60];

            if (r == 0 && k == 1)
                continue;
            (void)snprintf(name, sizeof name, "%s-%u", rounds[r], k);
            play_and_dump(size, name, one);
        }
    }
}

static void hand_overs(void)
{
    stage first;
    stage second;
    stage third;
    deed one = {.kind = DEED_LIE, .round = "mask", .party = 1, .at = 40, .change = CHANGE_BIT};
    deed two = {.kind = DEED_LIE, .round = "deliver", .party = 4, .as_dealer = 1, .at = 5, .change = CHANGE_BIT};

    stage_open(&first, &TWO_OF_THREE);
    stage_run(&first);
    stage_hand_on(&second, &first, 4, 3, 1);
    stage_run(&second);
    dump(&second, "hand-over");
    stage_hand_on(&third, &second, 3, 3, 2);
    stage_run(&third);
    dump(&third, "hand-over-again");
    stage_close(&third);
    stage_close(&second);
    stage_hand_on(&second, &first, 4, 3, 0);
    stage_add(&second, &one);
    stage_run(&second);
    dump(&second, "hand-over-mask");
    stage_close(&second);
    stage_hand_on(&second, &first, 4, 3, 0);
    stage_add(&second, &two);
    stage_run(&second);
    dump(&second, "hand-over-deal");
    stage_close(&second);
    stage_close(&first);
}

Test(dump, what_an_observer_sees)
{
    static const stage_sizes sizes[] = {{64, 3, 2, 4, 1}, {64, 5, 3, 4, 2}, {72, 4, 2, 24, 3}, {128, 3, 2, 8, 1}};
    char name[30];

    if (getenv("HOSTILE_DUMP") == NULL)
        cr_skip_test("no HOSTILE_DUMP");
    if (getenv("HOSTILE_BITS") != NULL) {
        play_and_dump(&(stage_sizes){.bits = (uint32_t)atoi(getenv("HOSTILE_BITS")), .trustees = 3, .quorum = 2}, "large",
                      (deed){0});
        return;
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        (void)snprintf(name, sizeof name, "honest-%zu", i);
        play_and_dump(&sizes[i], name, (deed){0});
    }
    liars();
    hand_overs();
}
