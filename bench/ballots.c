/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second ring, ballots of 10 options: packed into one plaintext, none or one of them chosen (11 branches), and as a
 * vector, one to three of them chosen (23 branches). Proofs are made and checked one by one, and a thousand checked at
 * once beside one of them. An encryptor's tables are there already, as they are from its second ballot on; building
 * them is a row of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "lib/paillier/pool.h"
#include "lib/proof/choice.h"

#define OPTIONS 10
#define SLOT_BITS 60
#define MOST 3 /* of a vector */

typedef struct poll {
    qs_choices *choices;
    quorsum_encryptor *encryptor;
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *ciphertexts;
    qs_secret alpha;
    qs_secret chosen;
    qs_context context;
    uint8_t *proof;
    size_t len;
    qs_ballot *ballots; /* one ballot so often: equal ones cost what different ones do */
    size_t count;
    quorsum_run run;
} poll;

/* ---- statements ---- */

static quorsum_status packed(poll *p, const quorsum_public_key *key)
{
    qs_value values[OPTIONS + 1] = {{0, 0}};
    qs_clause clause = {0, 1, values, OPTIONS + 1};

    for (size_t j = 0; j < OPTIONS; j++)
        values[j + 1] = (qs_value){1, j * SLOT_BITS};
    return qs_choices_new(&p->choices, key, 1, &clause, 1);
}

static quorsum_status vector(poll *p, const quorsum_public_key *key)
{
    static const qs_value values[MOST + 1] = {{0, 0}, {1, 0}, {2, 0}, {3, 0}};
    qs_clause clauses[OPTIONS + 1];

    for (size_t j = 0; j < OPTIONS; j++)
        clauses[j] = (qs_clause){j, 1, values, 2};
    clauses[OPTIONS] = (qs_clause){0, OPTIONS, values + 1, MOST};
    return qs_choices_new(&p->choices, key, OPTIONS, clauses, OPTIONS + 1);
}

/* ---- what is timed ---- */

static quorsum_status prove_work(void *context)
{
    poll *p = context;

    return qs_choice_prove(p->proof, &p->context, p->choices, p->encryptor, p->ciphertexts, &p->alpha, &p->chosen,
                           &p->run);
}

static quorsum_status check_work(void *context)
{
    poll *p = context;

    return qs_choice_verify_vartime(p->proof, p->len, &p->context, p->choices, p->ciphertexts, &p->run);
}

static quorsum_status batch_work(void *context)
{
    poll *p = context;
    size_t bad;
    quorsum_status status = qs_choice_verify_all_vartime(p->ballots, p->count, p->choices, &bad, &p->run);

    return status == QUORSUM_OK && bad > 0 ? QUORSUM_ERR_PROOF : status;
}

static quorsum_status table_work(void *context)
{
    poll *p = context;
    quorsum_encryptor *encryptor = NULL;
    quorsum_status status = qs_encryptor_bare(&encryptor, p->encryptor->key);

    if (status == QUORSUM_OK)
        status = qs_masks_ready(encryptor, &p->run);
    quorsum_encryptor_free(encryptor);
    return status;
}

/* ---- polls ---- */

/* The first option: its bit in either form, and a sum that is the first allowed one. */
static quorsum_status mark(poll *p)
{
    int is_packed = p->choices->clause_count == 1;
    quorsum_status status = quorsum_plaintexts_new(&p->plaintexts, p->choices->key, p->choices->ciphertexts);

    if (status == QUORSUM_OK && qs_secret_init(&p->chosen, p->choices->clause_count) != 0)
        status = QUORSUM_ERR_MEMORY;
    if (status != QUORSUM_OK)
        return status;
    p->chosen.limb[0] = 1;
    status = quorsum_plaintexts_set_int64(p->plaintexts, 0, 1);
    for (size_t k = 1; !is_packed && k < p->choices->ciphertexts && status == QUORSUM_OK; k++)
        status = quorsum_plaintexts_set_int64(p->plaintexts, k, 0);
    return status;
}

static quorsum_status poll_init(poll *p, bench *b, quorsum_status (*form)(poll *, const quorsum_public_key *),
                                size_t count)
{
    const quorsum_public_key *key = bench_key(b);
    quorsum_status status;

    *p = (poll){.context = {.label = "contribution"}, .count = count, .run = {.threads = b->options.threads}};
    p->ballots = calloc(count, sizeof *p->ballots);
    status = form(p, key);
    if (status == QUORSUM_OK) {
        p->len = qs_choice_bytes(p->choices);
        p->proof = malloc(p->len);
        status = p->ballots == NULL || p->proof == NULL ? QUORSUM_ERR_MEMORY : mark(p);
    }
    if (status == QUORSUM_OK)
        status = quorsum_encryptor_new(&p->encryptor, key, NULL);
    if (status == QUORSUM_OK)
        status = qs_encrypt_keep(&p->ciphertexts, &p->alpha, p->encryptor, p->plaintexts, NULL);
    if (status == QUORSUM_OK)
        status = prove_work(p);
    for (size_t i = 0; status == QUORSUM_OK && i < count; i++)
        p->ballots[i] = (qs_ballot){&p->context, p->ciphertexts, p->proof, p->len, QUORSUM_OK};
    return status;
}

static void poll_clear(poll *p)
{
    free(p->ballots);
    free(p->proof);
    qs_secret_clear(&p->alpha);
    qs_secret_clear(&p->chosen);
    quorsum_ciphertexts_free(p->ciphertexts);
    quorsum_plaintexts_free(p->plaintexts);
    quorsum_encryptor_free(p->encryptor);
    qs_choices_free(p->choices);
}

/* ---- rows ---- */

/* Asked of the packed form: seconds a ballot with the fast kernel and with the portable one. */
static void ask(const bench *b, bench_row *row, double fast, double portable)
{
    if (row->bits != 2048 || row->degree != 1 || row->threads != 1 || b->options.values > 0)
        return;
    if (strcmp(quorsum_kernel(), "ifma") == 0)
        row->goal = fast;
    else if (strcmp(quorsum_kernel(), "portable") == 0)
        row->goal = portable;
}

static quorsum_status run_poll(bench *b, bench_row *row, quorsum_status (*form)(poll *, const quorsum_public_key *),
                               bench_work work)
{
    poll p;
    quorsum_status status = poll_init(&p, b, form, row->values);
    bench_side ours = {work, &p, row->values};
    bench_side single = {check_work, &p, 1};

    row->bytes = work == table_work ? 0 : (double)(p.len * row->values);
    if (work == batch_work) {
        row->reference = "one by one";
        bench_ask(row, BENCH_AT_LEAST, 2);
    }
    if (status == QUORSUM_OK)
        status = bench_compare(b, row, &ours, work == batch_work ? &single : NULL);
    poll_clear(&p);
    return status;
}

static quorsum_status prove_packed(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, 1);

    ask(b, &row, 4e-3, 15e-3);
    return run_poll(b, &row, packed, prove_work);
}

static quorsum_status check_packed(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, 1);

    ask(b, &row, 3e-3, 12e-3);
    return run_poll(b, &row, packed, check_work);
}

static quorsum_status batch_packed(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 1000));

    return run_poll(b, &row, packed, batch_work);
}

static quorsum_status prove_vector(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, 1);

    return run_poll(b, &row, vector, prove_work);
}

static quorsum_status check_vector(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, 1);

    return run_poll(b, &row, vector, check_work);
}

static quorsum_status batch_vector(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 1000));

    return run_poll(b, &row, vector, batch_work);
}

static quorsum_status build_table(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, 1);

    return run_poll(b, &row, packed, table_work);
}

const bench_case bench_ballots[] = {
    {"calls.ballot_prove_10", "proof of a ballot of 10 options in one plaintext", prove_packed},
    {"calls.ballot_check_10", "checking it", check_packed},
    {"calls.ballot_check_10x1000", "checking 1,000 of them at once, beside one by one", batch_packed},
    {"calls.ballot_vector_prove_10", "proof of a ballot of 10 options, one to three of them chosen", prove_vector},
    {"calls.ballot_vector_check_10", "checking it", check_vector},
    {"calls.ballot_vector_check_10x1000", "checking 1,000 of them at once, beside one by one", batch_vector},
    {"calls.ballot_table", "the table that an encryptor builds before its first proof", build_table},
    {NULL, NULL, NULL},
};
