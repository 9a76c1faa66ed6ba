/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trustee's check of a manifest costs when it has verified the contributions before: reading, a hash and the
 * product, beside reading and the product alone, and beside what the coordinator's aggregation takes with its proofs.
 */
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cohort.h"
#include "lib/round/board.h"

#define PATH_BYTES 512
#define CIPHERTEXTS 100

typedef struct agreed {
    bench_cohort cohort;
    char folder[PATH_BYTES];
    char journal[PATH_BYTES + 16];
    quorsum_board *board;
    quorsum_manifest *manifest;
    quorsum_aggregate *aggregate;
} agreed;

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

/* ---- sides ---- */

static quorsum_run run_of(const agreed *a)
{
    return (quorsum_run){.threads = a->cohort.b->options.threads};
}

/* All that quorum_board_acknowledge does before it writes. */
static quorsum_status check_work(void *context)
{
    agreed *a = context;
    quorsum_run run = run_of(a);
    qs_account nobody = {0};
    qs_journal *journal = NULL;
    quorsum_aggregator *aggregator = NULL;
    quorsum_status status = qs_journal_open(&journal, a->journal, quorsum_task_digest(a->cohort.task));

    if (status == QUORSUM_OK)
        status = quorsum_aggregator_new(&aggregator, a->cohort.task);
    if (status == QUORSUM_OK)
        status = qs_board_feed_manifest(aggregator, a->board, a->manifest, journal, &nobody, &run);
    if (status == QUORSUM_OK)
        status = quorsum_aggregate_check(a->aggregate, a->manifest, aggregator, &run);
    quorsum_aggregator_free(aggregator);
    qs_journal_close(journal);
    return status;
}

static quorsum_status add_file(quorsum_sum *sum, const agreed *a, uint32_t index, const quorsum_run *run)
{
    const quorsum_public_key *key = quorsum_key_record_public(quorsum_task_record(a->cohort.task));
    size_t len = CIPHERTEXTS * quorsum_public_key_ciphertext_bytes(key);
    char object[QS_OBJECT_BYTES];
    qs_view view = {0};
    qs_place place = {.sequence = 1};
    quorsum_status status;

    memcpy(place.sender, quorsum_manifest_sender(a->manifest, index), sizeof place.sender);
    qs_contribution_object(object, &place);
    status = qs_board_map(&view, a->board, object, SIZE_MAX);
    if (status == QUORSUM_OK)
        status = quorsum_sum_add_bytes(sum, view.data + view.len - QS_SIGNATURE_BYTES - len, len, NULL, run);
    qs_view_close(&view);
    return status;
}

static quorsum_status multiply_work(void *context)
{
    agreed *a = context;
    quorsum_run run = run_of(a);
    quorsum_sum *sum = NULL;
    quorsum_status status = quorsum_sum_new(&sum, bench_key(a->cohort.b), CIPHERTEXTS);

    for (uint32_t i = 0; i < quorsum_manifest_cohort(a->manifest) && status == QUORSUM_OK; i++)
        status = add_file(sum, a, i, &run);
    quorsum_sum_free(sum);
    return status;
}

static quorsum_status aggregate_work(void *context)
{
    agreed *a = context;
    quorsum_run run = run_of(a);
    qs_account nobody = {0};
    quorsum_aggregator *aggregator = NULL;
    quorsum_status status = quorsum_aggregator_new(&aggregator, a->cohort.task);

    if (status == QUORSUM_OK)
        status = qs_board_feed_all(aggregator, a->board, &nobody, &run);
    quorsum_aggregator_free(aggregator);
    return status;
}

/* ---- the board ---- */

static quorsum_status fill(agreed *a, unsigned count)
{
    quorsum_identity **identities = bench_identities(count);
    quorsum_status status = identities != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    for (unsigned i = 0; i < count && status == QUORSUM_OK; i++) {
        quorsum_bytes bytes = {NULL, 0};

        status = bench_cohort_contribution(&bytes, &a->cohort, identities[i]);
        if (status == QUORSUM_OK)
            status = quorsum_board_contribute(a->board, &bytes, NULL);
        quorsum_bytes_free(&bytes);
    }
    bench_identities_free(identities, count);
    return status;
}

static quorsum_status close_task(agreed *a)
{
    qs_account nobody = {0};
    quorsum_status status = quorsum_board_aggregate(a->board, a->cohort.b->keys.signer, NULL, NULL);

    if (status == QUORSUM_OK)
        status = quorsum_board_examine(a->board, a->journal, NULL, NULL);
    if (status == QUORSUM_OK)
        status = qs_board_manifest(&a->manifest, a->board, &nobody);
    if (status == QUORSUM_OK)
        status = qs_board_aggregate(&a->aggregate, a->board, a->manifest, &nobody, NULL);
    return status;
}

static quorsum_status agreed_init(agreed *a, bench *b, unsigned count)
{
    const char *tmp = getenv("TMPDIR");
    char path[PATH_BYTES + 16];
    quorsum_status status;

    memset(a, 0, sizeof *a);
    status = bench_cohort_init(&a->cohort, b, CIPHERTEXTS * bench_cohort_slots(b));
    snprintf(a->folder, sizeof a->folder, "%s/quorsum-bench-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (status == QUORSUM_OK && mkdtemp(a->folder) == NULL)
        status = QUORSUM_ERR_SYSTEM;
    snprintf(path, sizeof path, "%s/board", a->folder);
    snprintf(a->journal, sizeof a->journal, "%s/journal", a->folder);
    if (status == QUORSUM_OK)
        status = quorsum_board_create(path, a->cohort.task);
    if (status == QUORSUM_OK)
        status = quorsum_board_open(&a->board, path, NULL, NULL);
    if (status == QUORSUM_OK)
        status = fill(a, count);
    return status == QUORSUM_OK ? close_task(a) : status;
}

static void agreed_clear(agreed *a)
{
    quorsum_aggregate_free(a->aggregate);
    quorsum_manifest_free(a->manifest);
    quorsum_board_close(a->board);
    (void)nftw(a->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    bench_cohort_clear(&a->cohort);
}

static quorsum_status compare_with(bench *b, const bench_case *self, bench_work work, const char *reference,
                                   double asked)
{
    unsigned count = b->options.contributions;
    bench_row row = bench_row_new(b, self->name, (size_t)count * CIPHERTEXTS);
    agreed a;
    bench_side check = {check_work, &a, row.values};
    bench_side other = {work, &a, row.values};
    quorsum_status status = agreed_init(&a, b, count);

    row.reference = reference;
    if (asked > 0)
        bench_ask(&row, BENCH_AT_MOST, asked);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &check, &other);
    agreed_clear(&a);
    return status;
}

quorsum_status bench_agreed(bench *b, const bench_case *self)
{
    return compare_with(b, self, aggregate_work, "the coordinator's aggregation", 1.3);
}

/* What is left beside the multiplications: a hash of every byte. */
quorsum_status bench_agreed_bare(bench *b, const bench_case *self)
{
    return compare_with(b, self, multiply_work, "reading and multiplying alone", 0);
}
