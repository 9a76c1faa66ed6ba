/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole rounds between separate processes. A party is a forked process that gets a directory and its own number and
 * nothing else: keys, identities and messages pass as files only. Then crashes, full disks and races.
 *
 * All processes of a test build draw the same random bytes, so each party first skips to a place of its own.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/random.h"
#include "lib/threshold/dealer.h"
#include "quorsum/board.h"
#include "tests/fixtures/made_key.h"

#define HOSPITALS 4
#define TRUSTEES 5
#define QUORUM 3
#define VALUES 30
#define CRASHED 255 /* what run_party answers for a process that a signal ended */
#define FAILED 254

static char place[512]; /* the directory of the test */

typedef int (*party)(unsigned number); /* answers a quorsum_status */

/* ---- files ---- */

static char *path_of(const char *name, unsigned number)
{
    static char paths[4][700];
    static unsigned next;
    char *path = paths[next++ % 4];

    if (number > 0)
        (void)snprintf(path, sizeof paths[0], "%s/%s%u", place, name, number);
    else
        (void)snprintf(path, sizeof paths[0], "%s/%s", place, name);
    return path;
}

static quorsum_status put(const char *name, unsigned number, quorsum_bytes bytes)
{
    quorsum_status status = qs_file_write(path_of(name, number), bytes.data, bytes.len, 0600, 0);

    quorsum_bytes_free(&bytes);
    return status;
}

static quorsum_identity *my_identity(const char *name, unsigned number)
{
    quorsum_identity *identity = NULL;
    qs_view view;

    if (qs_view_open(&view, path_of(name, number), 1 << 20) != QUORSUM_OK)
        return NULL;
    if (quorsum_identity_unseal(&identity, view.data, view.len, "open", 4) != QUORSUM_OK)
        identity = NULL;
    qs_view_close(&view);
    return identity;
}

static quorsum_key_share *my_share(unsigned number)
{
    quorsum_key_share *share = NULL;
    qs_view view;

    if (qs_view_open(&view, path_of("share", number), 1 << 20) != QUORSUM_OK)
        return NULL;
    if (quorsum_key_share_unseal(&share, view.data, view.len, "open", 4) != QUORSUM_OK)
        share = NULL;
    qs_view_close(&view);
    return share;
}

static quorsum_board *the_board(const quorsum_watch *watch)
{
    quorsum_board *board = NULL;

    return quorsum_board_open(&board, path_of("board", 0), watch, NULL) == QUORSUM_OK ? board : NULL;
}

/* ---- processes ---- */

static pid_t start_party(party play, unsigned number, unsigned stream)
{
    pid_t child = fork();

    cr_assert_geq(child, 0);
    if (child == 0) {
        for (unsigned i = 0; i < 1000 * stream; i++) {
            uint8_t skipped;

            qs_random_bytes(&skipped, 1);
        }
        _exit(play(number));
    }
    return child;
}

static int end_party(pid_t child)
{
    int status;

    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : CRASHED;
}

static int run_party(party play, unsigned number, unsigned stream)
{
    return end_party(start_party(play, number, stream));
}

/* ---- the parties ---- */

static int make_identity(const char *name, unsigned number)
{
    quorsum_identity *identity = NULL;
    quorsum_bytes sealed = {0};

    if (quorsum_identity_generate(&identity) != QUORSUM_OK ||
        quorsum_identity_seal(&sealed, identity, "open", 4) != QUORSUM_OK)
        return FAILED;
    if (qs_file_write(path_of(name[0] == 't' ? "trustee-public" : "hospital-public", number),
                      quorsum_identity_public(identity), 32, 0644, 0) != QUORSUM_OK)
        return FAILED;
    quorsum_identity_free(identity);
    return (int)put(name, number, sealed);
}

static int trustee_enrols(unsigned number)
{
    return make_identity("trustee", number);
}

static int hospital_enrols(unsigned number)
{
    return make_identity("hospital", number);
}

static int read_public(uint8_t out[32], const char *name, unsigned number)
{
    qs_view view;

    if (qs_view_open(&view, path_of(name, number), 32) != QUORSUM_OK || view.len != 32)
        return -1;
    memcpy(out, view.data, 32);
    qs_view_close(&view);
    return 0;
}

#define SAFE_P UINT64_C(0xf8f0188ff66f5f5f) /* safe primes */
#define SAFE_Q UINT64_C(0xe67093a1f891ec2b)

static void set_prime(qs_secret *out, mp_limb_t prime)
{
    if (qs_secret_init(out, 1) == 0)
        out->limb[0] = prime;
}

static int put_key(const quorsum_key_record *record, quorsum_key_share *const *shares)
{
    quorsum_bytes bytes = {0};

    if (quorsum_key_record_encode(&bytes, record) != QUORSUM_OK || put("record", 0, bytes) != QUORSUM_OK)
        return FAILED;
    for (unsigned i = 0; i < TRUSTEES; i++) {
        if (quorsum_key_share_seal(&bytes, shares[i], "open", 4) != QUORSUM_OK ||
            put("share", i + 1, bytes) != QUORSUM_OK)
            return FAILED;
    }
    return QUORSUM_OK;
}

/* What the trustees would have made together, by one process that knows all of them. */
static int committee_makes(unsigned number)
{
    quorsum_identity *members[TRUSTEES];
    made_options options = {.trustees = TRUSTEES, .quorum = QUORUM, .members = members};
    quorsum_key_record *record = NULL;
    quorsum_key_share *shares[TRUSTEES];
    mpz_t p, q;

    (void)number;
    for (unsigned i = 0; i < TRUSTEES; i++) {
        members[i] = my_identity("trustee", i + 1);
        if (members[i] == NULL)
            return FAILED;
    }
    mpz_init_set_ui(p, SAFE_P);
    mpz_init_set_ui(q, SAFE_Q);
    if (made_key(&record, shares, p, q, &options) != QUORSUM_OK)
        return FAILED;
    return put_key(record, shares);
}

static int dealer_deals(unsigned number)
{
    uint8_t roster[TRUSTEES * 32];
    quorsum_deal_options options = {.trustees = TRUSTEES, .quorum = QUORUM, .roster = roster};
    quorsum_key_record *record = NULL;
    quorsum_key_share *shares[TRUSTEES];
    quorsum_identity *dealer = NULL;
    qs_secret p = {0};
    qs_secret q = {0};

    (void)number;
    for (unsigned i = 0; i < TRUSTEES; i++) {
        if (read_public(roster + 32 * i, "trustee-public", i + 1) != 0)
            return FAILED;
    }
    set_prime(&p, SAFE_P);
    set_prime(&q, SAFE_Q);
    if (quorsum_identity_generate(&dealer) != QUORSUM_OK ||
        qs_deal_from_primes(&record, shares, &p, &q, &options, dealer, NULL) != QUORSUM_OK)
        return FAILED;
    return put_key(record, shares);
}

static quorsum_key_record *read_record(const char *name, unsigned number)
{
    quorsum_key_record *record = NULL;
    qs_view view;

    if (qs_view_open(&view, path_of(name, number), 1 << 20) != QUORSUM_OK)
        return NULL;
    if (quorsum_key_record_decode(&record, view.data, view.len, NULL) != QUORSUM_OK)
        record = NULL;
    qs_view_close(&view);
    return record;
}

/* Trustees 1, 3 and 5 confirm a dealer's key, all of them one of their own. */
static unsigned next_confirming(unsigned trustee)
{
    return trustee + (made_keys_wanted() ? 1 : 2);
}

/* Each trustee on its own copy of the record, as it was made. */
static int trustee_confirms(unsigned number)
{
    quorsum_identity *identity = my_identity("trustee", number);
    quorsum_key_share *share = my_share(number);
    quorsum_key_record *record = read_record("record", 0);
    quorsum_key_record *confirmed = NULL;
    quorsum_bytes bytes = {0};

    if (identity == NULL || share == NULL || record == NULL ||
        made_confirm(&confirmed, record, share, identity) != QUORSUM_OK ||
        quorsum_key_record_encode(&bytes, confirmed) != QUORSUM_OK)
        return FAILED;
    return (int)put("confirmed", number, bytes);
}

/* The confirmations from their copies. */
static quorsum_key_record *collect(void)
{
    quorsum_key_record *all = read_record("record", 0);

    for (unsigned i = 1; i <= TRUSTEES && all != NULL; i = next_confirming(i)) {
        quorsum_key_record *one = read_record("confirmed", i);
        quorsum_key_record *both = NULL;

        if (one == NULL || quorsum_key_record_merge(&both, all, one) != QUORSUM_OK)
            both = NULL;
        quorsum_key_record_free(one);
        quorsum_key_record_free(all);
        all = both;
    }
    return all;
}

static int coordinator_announces(unsigned number)
{
    static const quorsum_field fields[] = {
        {.name = "counts", .count = 10, .bits = 10, .scale = 1},
        {.name = "sums", .count = VALUES - 10, .bits = 16, .is_signed = 1, .scale = 100},
    };
    uint8_t roster[HOSPITALS * 32];
    quorsum_task_options options = {.label = "a round", .fields = fields, .field_count = 2, .guard_bits = 1,
                                    .min_cohort = 2, .max_cohort = 100, .roster = roster, .roster_count = HOSPITALS};
    quorsum_identity *coordinator = NULL;
    quorsum_key_record *record = collect();
    quorsum_task *task = NULL;
    quorsum_bytes sealed = {0};

    (void)number;
    for (unsigned i = 0; i < HOSPITALS; i++) {
        if (read_public(roster + 32 * i, "hospital-public", i + 1) != 0)
            return FAILED;
    }
    if (record == NULL || quorsum_identity_generate(&coordinator) != QUORSUM_OK ||
        quorsum_identity_seal(&sealed, coordinator, "open", 4) != QUORSUM_OK ||
        put("coordinator", 0, sealed) != QUORSUM_OK ||
        quorsum_task_make(&task, record, &options, coordinator, NULL) != QUORSUM_OK)
        return FAILED;
    return (int)quorsum_board_create(path_of("board", 0), task);
}

static int64_t value_of(unsigned hospital, unsigned value)
{
    return value < 10 ? (int64_t)(100 * hospital + value) : (int64_t)(7919 * hospital * value % 65536) - 32768;
}

static int hospital_contributes(unsigned number)
{
    quorsum_identity *identity = my_identity("hospital", number);
    quorsum_board *board = the_board(NULL);
    const quorsum_key_record *record;
    quorsum_encryptor *encryptor = NULL;
    quorsum_bytes message = {0};
    int64_t values[VALUES];
    quorsum_status status;

    if (identity == NULL || board == NULL)
        return FAILED;
    for (unsigned i = 0; i < VALUES; i++)
        values[i] = value_of(number, i);
    record = quorsum_task_record(quorsum_board_task(board));
    status = quorsum_encryptor_new(&encryptor, quorsum_key_record_public(record), NULL);
    if (status == QUORSUM_OK)
        status = quorsum_contribution_make(&message, quorsum_board_task(board), encryptor, identity, values, VALUES, 1, 1,
                                           NULL);
    if (status == QUORSUM_OK)
        status = quorsum_board_contribute(board, &message, NULL);
    return (int)status;
}

static int aggregate_with(const quorsum_watch *watch, const quorsum_run *run)
{
    quorsum_identity *coordinator = my_identity("coordinator", 0);
    quorsum_board *board = the_board(watch);

    if (coordinator == NULL || board == NULL)
        return FAILED;
    return (int)quorsum_board_aggregate(board, coordinator, watch, run);
}

static int coordinator_aggregates(unsigned number)
{
    (void)number;
    return aggregate_with(NULL, NULL);
}

static int trustee_decrypts(unsigned number)
{
    quorsum_identity *identity = my_identity("trustee", number);
    quorsum_key_share *share = my_share(number);
    quorsum_board *board = the_board(NULL);

    if (identity == NULL || share == NULL || board == NULL)
        return FAILED;
    return (int)quorsum_board_decrypt(board, share, identity, path_of("journal", number), NULL, NULL);
}

static int trustee_acknowledges(unsigned number)
{
    quorsum_identity *identity = my_identity("trustee", number);
    quorsum_board *board = the_board(NULL);

    if (identity == NULL || board == NULL)
        return FAILED;
    return (int)quorsum_board_acknowledge(board, identity, path_of("journal", number), NULL, NULL);
}

static int check_totals(const quorsum_result *result, unsigned hospitals)
{
    for (unsigned i = 0; i < VALUES; i++) {
        int64_t total = 0;

        for (unsigned hospital = 1; hospital <= hospitals; hospital++)
            total += value_of(hospital, i);
        if (quorsum_result_totals(result)[i] != total)
            return FAILED;
    }
    return QUORSUM_OK;
}

static int anybody_opens(unsigned hospitals)
{
    quorsum_identity *anybody = NULL;
    quorsum_result *result = NULL;
    quorsum_board *board = the_board(NULL);
    quorsum_status status;

    if (board == NULL || quorsum_identity_generate(&anybody) != QUORSUM_OK)
        return FAILED;
    status = quorsum_board_result(&result, board, anybody, NULL, NULL);
    return status == QUORSUM_OK ? check_totals(result, hospitals) : (int)status;
}

static int auditor_verifies(unsigned hospitals)
{
    quorsum_result *result = NULL;
    quorsum_board *board = the_board(NULL);
    quorsum_status status;

    if (board == NULL)
        return FAILED;
    status = quorsum_board_verify(&result, board, NULL, NULL);
    return status == QUORSUM_OK ? check_totals(result, hospitals) : (int)status;
}

/* ---- the stage of every test ---- */

static void set_up(void)
{
    const char *base = getenv("TMPDIR");

    (void)snprintf(place, sizeof place, "%s/quorsum-protocol-XXXXXX", base != NULL ? base : "/tmp");
    cr_assert_not_null(mkdtemp(place));
    for (unsigned i = 1; i <= TRUSTEES; i++)
        cr_assert_eq(run_party(trustee_enrols, i, i), QUORSUM_OK);
    for (unsigned i = 1; i <= HOSPITALS; i++)
        cr_assert_eq(run_party(hospital_enrols, i, 10 + i), QUORSUM_OK);
    cr_assert_eq(run_party(made_keys_wanted() ? committee_makes : dealer_deals, 0, 20), QUORSUM_OK);
    for (unsigned i = 1; i <= TRUSTEES; i = next_confirming(i))
        cr_assert_eq(run_party(trustee_confirms, i, 22 + i), QUORSUM_OK);
    cr_assert_eq(run_party(coordinator_announces, 0, 21), QUORSUM_OK);
}

static void tear_down(void)
{
    char command[600];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", place);
    cr_expect_eq(system(command), 0);
}

static void all_contribute(void)
{
    pid_t children[HOSPITALS];

    for (unsigned i = 0; i < HOSPITALS; i++)
        children[i] = start_party(hospital_contributes, i + 1, 31 + i);
    for (unsigned i = 0; i < HOSPITALS; i++)
        cr_assert_eq(end_party(children[i]), QUORSUM_OK);
}

static void trustees_agree(void)
{
    pid_t children[TRUSTEES];

    for (unsigned i = 0; i < TRUSTEES; i++)
        children[i] = start_party(trustee_acknowledges, i + 1, 81 + i);
    for (unsigned i = 0; i < TRUSTEES; i++)
        cr_assert_eq(end_party(children[i]), QUORSUM_OK);
}

static void quorum_decrypts(void)
{
    pid_t children[QUORUM];

    trustees_agree();
    for (unsigned i = 0; i < QUORUM; i++)
        children[i] = start_party(trustee_decrypts, 2 * i + 1, 41 + i); /* 1, 3 and 5 */
    for (unsigned i = 0; i < QUORUM; i++)
        cr_assert_eq(end_party(children[i]), QUORSUM_OK);
}

static int on_board(const char *object)
{
    char path[800];

    (void)snprintf(path, sizeof path, "%s/board/%s", place, object);
    return access(path, F_OK) == 0;
}

/* Names in a folder of the board that begin with a dot, but for the lock. */
static unsigned leftovers(const char *folder)
{
    char path[800];
    unsigned count = 0;
    DIR *directory;

    (void)snprintf(path, sizeof path, "%s/board/%s", place, folder);
    directory = opendir(path);
    cr_assert_not_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        count += strncmp(entry->d_name, ".tmp-", 5) == 0;
    (void)closedir(directory);
    return count;
}

TestSuite(round, .init = set_up, .fini = tear_down);

Test(round, gives_exact_totals_between_processes)
{
    all_contribute();
    cr_expect_eq(run_party(coordinator_aggregates, 0, 50), QUORSUM_OK);
    quorum_decrypts();
    cr_expect_eq(run_party(anybody_opens, HOSPITALS, 51), QUORSUM_OK);
    cr_expect_eq(run_party(auditor_verifies, HOSPITALS, 52), QUORSUM_OK);
}

Test(round, goes_on_without_a_contributor_who_never_came)
{
    for (unsigned i = 1; i < HOSPITALS; i++)
        cr_assert_eq(run_party(hospital_contributes, i, 30 + i), QUORSUM_OK);
    cr_expect_eq(run_party(coordinator_aggregates, 0, 50), QUORSUM_OK);
    cr_expect_eq(run_party(hospital_contributes, HOSPITALS, 34), QUORSUM_ERR_CLOSED);
    quorum_decrypts();
    cr_expect_eq(run_party(anybody_opens, HOSPITALS - 1, 51), QUORSUM_OK);
}

Test(round, stays_shut_for_two_trustees)
{
    all_contribute();
    cr_expect_eq(run_party(coordinator_aggregates, 0, 50), QUORSUM_OK);
    cr_expect_eq(run_party(trustee_decrypts, 2, 42), QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(run_party(trustee_decrypts, 4, 44), QUORSUM_ERR_AGREEMENT);
    cr_expect_eq(run_party(anybody_opens, HOSPITALS, 51), QUORSUM_ERR_AGREEMENT);
    trustees_agree();
    cr_expect_eq(run_party(trustee_decrypts, 2, 42), QUORSUM_OK);
    cr_expect_eq(run_party(trustee_decrypts, 4, 44), QUORSUM_OK);
    cr_expect_eq(run_party(anybody_opens, HOSPITALS, 51), QUORSUM_ERR_TOO_FEW_SHARES);
    cr_expect_not(on_board("result"));
}

Test(round, stays_shut_for_a_cohort_of_one)
{
    cr_assert_eq(run_party(hospital_contributes, 1, 31), QUORSUM_OK);
    cr_expect_eq(run_party(coordinator_aggregates, 0, 50), QUORSUM_ERR_COHORT);
    cr_expect_not(on_board("manifest"));
    cr_expect_eq(run_party(trustee_decrypts, 1, 41), QUORSUM_ERR_MISSING);
}

Test(round, counts_a_contributor_once_however_many_processes_it_runs)
{
    pid_t children[8];
    unsigned accepted = 0;

    for (unsigned i = 0; i < 8; i++)
        children[i] = start_party(hospital_contributes, 1, 60 + i);
    for (unsigned i = 0; i < 8; i++) {
        int status = end_party(children[i]);

        cr_expect(status == QUORSUM_OK || status == QUORSUM_ERR_DUPLICATE);
        accepted += status == QUORSUM_OK;
    }
    cr_expect_eq(accepted, 1);
    cr_expect_eq(leftovers("contributions"), 0);
}

/* ---- two at once ---- */

static int wait_for_file(uint64_t done, uint64_t total, void *user)
{
    (void)total;
    (void)user;
    if (done == 1 && qs_file_write(path_of("inside", 0), "", 0, 0600, 1) != QUORSUM_OK)
        return 1;
    for (unsigned i = 0; i < 3000 && access(path_of("go", 0), F_OK) != 0; i++)
        (void)usleep(10000);
    return 0;
}

static int slow_coordinator(unsigned number)
{
    quorsum_run run = {.threads = 1, .progress = wait_for_file};

    (void)number;
    return aggregate_with(NULL, &run);
}

Test(round, has_one_coordinator_at_a_time)
{
    pid_t slow;

    all_contribute();
    slow = start_party(slow_coordinator, 0, 50);
    for (unsigned i = 0; i < 3000 && access(path_of("inside", 0), F_OK) != 0; i++)
        (void)usleep(10000);
    cr_expect_eq(run_party(coordinator_aggregates, 0, 51), QUORSUM_ERR_BUSY);
    cr_expect_not(on_board("manifest"));
    cr_assert_eq(qs_file_write(path_of("go", 0), "", 0, 0600, 1), QUORSUM_OK);
    cr_expect_eq(end_party(slow), QUORSUM_OK);
    cr_expect_eq(run_party(coordinator_aggregates, 0, 51), QUORSUM_OK);
    quorum_decrypts();
    cr_expect_eq(run_party(anybody_opens, HOSPITALS, 52), QUORSUM_OK);
}

Test(round, has_one_result_when_several_open_at_once)
{
    pid_t children[4];

    all_contribute();
    cr_assert_eq(run_party(coordinator_aggregates, 0, 50), QUORSUM_OK);
    quorum_decrypts();
    for (unsigned i = 0; i < 4; i++)
        children[i] = start_party(anybody_opens, HOSPITALS, 70 + i);
    for (unsigned i = 0; i < 4; i++)
        cr_expect_eq(end_party(children[i]), QUORSUM_OK);
    cr_expect_eq(run_party(auditor_verifies, HOSPITALS, 52), QUORSUM_OK);
}

/* ---- crashes ---- */

static unsigned die_after;

static int die_counting(uint64_t done, uint64_t total, void *user)
{
    (void)total;
    (void)user;
    if (done == die_after)
        (void)kill(getpid(), SIGKILL);
    return 0;
}

static void die_at_manifest(const char *object, const uint8_t *who, quorsum_status status, void *user)
{
    (void)who;
    (void)status;
    (void)user;
    if (strcmp(object, "manifest") == 0)
        (void)kill(getpid(), SIGKILL);
}

static int coordinator_dies(unsigned number)
{
    quorsum_watch watch = {die_at_manifest, NULL};
    quorsum_run run = {.threads = 1, .progress = die_counting};

    die_after = number;
    return number > 0 ? aggregate_with(NULL, &run) : aggregate_with(&watch, NULL);
}

Test(round, continues_after_the_coordinator_was_killed)
{
    all_contribute();
    for (unsigned i = 1; i <= HOSPITALS; i++) {
        cr_expect_eq(run_party(coordinator_dies, i, 50), CRASHED);
        cr_expect_not(on_board("manifest"));
    }
    cr_expect_eq(run_party(coordinator_dies, 0, 50), CRASHED, "between manifest and aggregate");
    cr_expect(on_board("manifest"));
    cr_expect_not(on_board("aggregate"));
    cr_expect_eq(run_party(trustee_decrypts, 1, 41), QUORSUM_ERR_MISSING);
    cr_expect_eq(run_party(coordinator_dies, 2, 50), CRASHED, "and once more on the way");
    cr_expect_eq(run_party(coordinator_aggregates, 0, 51), QUORSUM_OK);
    quorum_decrypts();
    cr_expect_eq(run_party(anybody_opens, HOSPITALS, 52), QUORSUM_OK);
    cr_expect_eq(run_party(auditor_verifies, HOSPITALS, 53), QUORSUM_OK);
}

/* ---- full disks: no file may grow beyond a limit. number: the limit, and the party's own number ---- */

#define LIMITED(limit, who) ((unsigned)(limit) * 16 + (who))

static int limit_files(unsigned number, int dies)
{
    struct rlimit sizes = {number / 16, RLIM_INFINITY};

    if (!dies)
        (void)signal(SIGXFSZ, SIG_IGN); /* the write fails, as on a full disk; else the process ends in it */
    return setrlimit(RLIMIT_FSIZE, &sizes);
}

static int limited_hospital(unsigned number)
{
    return limit_files(number, 0) == 0 ? hospital_contributes(number % 16) : FAILED;
}

static int dying_hospital(unsigned number)
{
    return limit_files(number, 1) == 0 ? hospital_contributes(number % 16) : FAILED;
}

static int limited_coordinator(unsigned number)
{
    return limit_files(number, 0) == 0 ? coordinator_aggregates(0) : FAILED;
}

static int limited_trustee(unsigned number)
{
    return limit_files(number, 0) == 0 ? trustee_decrypts(number % 16) : FAILED;
}

static int dying_trustee(unsigned number)
{
    return limit_files(number, 1) == 0 ? trustee_decrypts(number % 16) : FAILED;
}

static int limited_opener(unsigned number)
{
    return limit_files(number, 0) == 0 ? anybody_opens(HOSPITALS) : FAILED;
}

Test(round, leaves_nothing_half_written_on_a_full_disk)
{
    cr_expect_eq(run_party(limited_hospital, LIMITED(100, 1), 31), QUORSUM_ERR_SYSTEM);
    cr_expect_eq(leftovers("contributions"), 0);
    all_contribute();
    cr_expect_eq(run_party(limited_coordinator, LIMITED(100, 0), 50), QUORSUM_ERR_SYSTEM);
    cr_expect_not(on_board("manifest"));
    cr_expect_not(on_board("aggregate"));
    cr_assert_eq(run_party(coordinator_aggregates, 0, 50), QUORSUM_OK);
    /* the journal does not fit: nothing is said to others */
    cr_expect_eq(run_party(limited_trustee, LIMITED(100, 3), 42), QUORSUM_ERR_SYSTEM);
    cr_expect_not(on_board("acks/3"));
    trustees_agree();
    /* the partial does not fit */
    cr_expect_eq(run_party(limited_trustee, LIMITED(200, 1), 41), QUORSUM_ERR_SYSTEM);
    cr_expect_not(on_board("partials/1"));
    quorum_decrypts();
    cr_expect_eq(run_party(limited_opener, LIMITED(100, 0), 51), QUORSUM_ERR_SYSTEM);
    cr_expect_not(on_board("result"));
    cr_expect_eq(leftovers(""), 0);
    cr_expect_eq(leftovers("acks"), 0);
    cr_expect_eq(leftovers("partials"), 0);
    cr_expect_eq(run_party(anybody_opens, HOSPITALS, 51), QUORSUM_OK);
    cr_expect_eq(run_party(auditor_verifies, HOSPITALS, 52), QUORSUM_OK);
}

Test(round, continues_after_a_process_died_in_the_middle_of_a_file)
{
    cr_expect_eq(run_party(dying_hospital, LIMITED(100, 1), 31), CRASHED);
    cr_expect_geq(leftovers("contributions"), 1, "a beginning under a name that nobody looks for");
    all_contribute();
    cr_expect_eq(run_party(coordinator_aggregates, 0, 50), QUORSUM_OK);
    cr_expect_eq(run_party(dying_trustee, LIMITED(60, 1), 41), CRASHED, "in the journal");
    cr_expect_not(on_board("acks/1"));
    trustees_agree();
    cr_expect_eq(run_party(dying_trustee, LIMITED(200, 3), 42), CRASHED, "in the partial");
    quorum_decrypts();
    cr_expect_eq(run_party(anybody_opens, HOSPITALS, 51), QUORSUM_OK);
    cr_expect_eq(run_party(auditor_verifies, HOSPITALS, 52), QUORSUM_OK);
}
