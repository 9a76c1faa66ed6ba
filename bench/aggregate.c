/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggregating a board of contributions, and the memory it takes: a board of a few and a board of many, each aggregated
 * by a process of its own, which tells its own high-water mark. (The mark is read from /proc: what wait4 says of a
 * child includes its parent's memory from before the exec.)
 */
#include <ftw.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/cohort.h"
#include "lib/base/file.h"
#include "lib/base/identity.h"
#include "lib/base/secret.h"

#define FEW 10
#define PATH_BYTES 512

typedef struct outcome {
    double seconds;
    double peak; /* memory, bytes */
    double sent; /* contributions, bytes */
} outcome;

/* ---- the child ---- */

static long peak_kib(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[128];
    long peak = -1;

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0)
            peak = strtol(line + 6, NULL, 10);
    }
    if (file != NULL)
        (void)fclose(file);
    return peak;
}

/* The coordinator's identity, which the parent left beside the board: unsealing one would be most of the memory. */
static quorsum_identity *coordinator_beside(const char *board)
{
    quorsum_identity *identity = calloc(1, sizeof *identity);
    char path[2 * PATH_BYTES + 32];
    FILE *file;

    snprintf(path, sizeof path, "%s.coordinator", board);
    file = fopen(path, "rb");
    if (identity != NULL)
        identity->secret = qs_secret_block(crypto_sign_SECRETKEYBYTES);
    if (file == NULL || identity == NULL || identity->secret == NULL ||
        fread(identity->secret, crypto_sign_SECRETKEYBYTES, 1, file) != 1) {
        quorsum_identity_free(identity);
        identity = NULL;
    } else {
        memcpy(identity->public_half, identity->secret + crypto_sign_SEEDBYTES, sizeof identity->public_half);
    }
    if (file != NULL)
        (void)fclose(file);
    return identity;
}

static quorsum_status leave_coordinator(const char *board, const quorsum_identity *identity)
{
    char path[2 * PATH_BYTES + 32];

    if (snprintf(path, sizeof path, "%s.coordinator", board) >= (int)sizeof path)
        return QUORSUM_ERR_ARGUMENT;
    return qs_file_write(path, identity->secret, crypto_sign_SECRETKEYBYTES, 0600, 1);
}

int bench_aggregate_board(const char *path, unsigned threads)
{
    quorsum_run run = {.threads = threads};
    quorsum_board *board = NULL;
    quorsum_identity *signer = coordinator_beside(path);
    double start = bench_clock(threads);
    quorsum_status status = signer != NULL ? QUORSUM_OK : QUORSUM_ERR_NOT_FOUND;

    if (status == QUORSUM_OK)
        status = quorsum_board_open(&board, path, NULL, &run);
    if (status == QUORSUM_OK)
        status = quorsum_board_aggregate(board, signer, NULL, &run);
    if (status == QUORSUM_OK)
        printf("%.6f %ld\n", bench_clock(threads) - start, peak_kib());
    else
        fprintf(stderr, "quorsum-bench: aggregate: %s\n", quorsum_status_text(status));
    quorsum_board_close(board);
    quorsum_identity_free(signer);
    return status == QUORSUM_OK ? 0 : 3;
}

/* ---- the parent ---- */

static void become_child(int output, const char *self, const char *path, unsigned threads)
{
    char count[16];

    snprintf(count, sizeof count, "%u", threads);
    if (dup2(output, STDOUT_FILENO) >= 0)
        execl(self, self, "--threads", count, "--aggregate-board", path, (char *)NULL);
    _exit(127);
}

static quorsum_status run_child(outcome *out, const char *path, unsigned threads)
{
    char self[PATH_BYTES];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    int ends[2], code = -1;
    double kib = 0;
    FILE *answer;
    pid_t child;

    if (len <= 0 || pipe(ends) != 0)
        return QUORSUM_ERR_SYSTEM;
    self[len] = 0;
    child = fork();
    if (child == 0)
        become_child(ends[1], self, path, threads);
    close(ends[1]);
    answer = fdopen(ends[0], "r");
    if (answer == NULL || fscanf(answer, "%lf %lf", &out->seconds, &kib) != 2)
        kib = 0;
    if (answer != NULL)
        (void)fclose(answer);
    if (child < 0 || waitpid(child, &code, 0) != child || code != 0 || kib <= 0)
        return QUORSUM_ERR_SYSTEM;
    out->peak = kib * 1024;
    return QUORSUM_OK;
}

/* ---- boards ---- */

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

static quorsum_status make_board(quorsum_board **out, const char *path, const bench_cohort *cohort)
{
    quorsum_status status = quorsum_board_create(path, cohort->task);

    return status == QUORSUM_OK ? quorsum_board_open(out, path, NULL, NULL) : status;
}

/* The first FEW contributions go to both boards. */
static quorsum_status fill_boards(outcome results[2], quorsum_board *few, quorsum_board *many,
                                  const bench_cohort *cohort, unsigned count)
{
    quorsum_identity **identities = bench_identities(count);
    quorsum_status status = identities != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    for (unsigned i = 0; i < count && status == QUORSUM_OK; i++) {
        quorsum_run all_cores = {0};
        quorsum_bytes bytes = {NULL, 0};

        status = quorsum_contribution_make(&bytes, cohort->task, cohort->encryptor, identities[i], cohort->values,
                                           cohort->count, 1, 1, &all_cores);
        if (status == QUORSUM_OK && i < FEW)
            status = quorsum_board_contribute(few, &bytes, &all_cores);
        if (status == QUORSUM_OK)
            status = quorsum_board_contribute(many, &bytes, &all_cores);
        results[0].sent += i < FEW ? (double)bytes.len : 0;
        results[1].sent += (double)bytes.len;
        quorsum_bytes_free(&bytes);
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\rboard: %u of %u contributions%s", i + 1, count, i + 1 == count ? "\r\033[K" : "");
    }
    bench_identities_free(identities, count);
    return status;
}

static quorsum_status measure_boards(outcome results[2], const bench_cohort *cohort, const char *folder)
{
    const bench_options *o = &cohort->b->options;
    char paths[2][PATH_BYTES + 8];
    quorsum_board *few = NULL;
    quorsum_board *many = NULL;
    quorsum_status status;

    snprintf(paths[0], sizeof paths[0], "%s/few", folder);
    snprintf(paths[1], sizeof paths[1], "%s/many", folder);
    status = make_board(&few, paths[0], cohort);
    if (status == QUORSUM_OK)
        status = make_board(&many, paths[1], cohort);
    if (status == QUORSUM_OK)
        status = fill_boards(results, few, many, cohort, o->contributions);
    quorsum_board_close(few);
    quorsum_board_close(many);
    for (unsigned i = 0; i < 2 && status == QUORSUM_OK; i++)
        status = leave_coordinator(paths[i], cohort->b->keys.signer);
    for (unsigned i = 0; i < 2 && status == QUORSUM_OK; i++)
        status = run_child(&results[i], paths[i], o->threads);
    return status;
}

static void print_outcomes(bench *b, const char *name, const outcome results[2], size_t values)
{
    char label[64];

    for (unsigned i = 0; i < 2; i++) {
        unsigned count = i == 0 ? FEW : b->options.contributions;
        bench_row row = bench_row_new(b, label, values * count);

        snprintf(label, sizeof label, "%s_%u", name, count);
        row.min = row.median = row.max = results[i].seconds;
        row.samples = 1;
        row.bytes = results[i].sent;
        row.figure = results[i].peak / 1e6;
        row.unit = "MB peak";
        bench_print_row(b, &row);
    }
}

/* The last row is the ratio of the two high-water marks: "the same memory" is taken as within a twentieth. */
quorsum_status bench_aggregate(bench *b, const bench_case *self)
{
    size_t values = bench_count(b, BENCH_VALUES);
    const char *tmp = getenv("TMPDIR");
    char folder[PATH_BYTES];
    outcome results[2] = {{0, 0, 0}, {0, 0, 0}};
    bench_row row = bench_row_new(b, "rounds.aggregate_memory", values);
    bench_cohort cohort;
    quorsum_status status = bench_cohort_init(&cohort, b, values);

    snprintf(folder, sizeof folder, "%s/quorsum-bench-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (status == QUORSUM_OK && mkdtemp(folder) == NULL)
        status = QUORSUM_ERR_SYSTEM;
    if (status == QUORSUM_OK) {
        status = measure_boards(results, &cohort, folder);
        (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    if (status == QUORSUM_OK) {
        print_outcomes(b, self->name, results, values);
        row.samples = 1;
        row.figure = results[1].peak / results[0].peak;
        row.unit = "x peak";
        row.reference = "ten contributions";
        row.sense = BENCH_AT_MOST;
        row.asked = 1.05;
        bench_print_row(b, &row);
    }
    bench_cohort_clear(&cohort);
    return status;
}
