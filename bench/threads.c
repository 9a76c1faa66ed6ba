/* SPDX-License-Identifier: Apache-2.0 */
/* Whole operations on two threads, or as many as asked for, beside the same on one: by the wall clock. */
#include <string.h>

#include "bench/subject.h"

typedef struct threaded {
    const bench_side *side;
    quorsum_run *run;
    unsigned threads;
} threaded;

static quorsum_status threaded_work(void *context)
{
    threaded *t = context;

    t->run->threads = t->threads;
    return t->side->work(t->side->context);
}

/* Vectors long enough that their tails are short: a few milliseconds at least. */
static quorsum_status compare(bench *b, const bench_case *self, bench_operation operation, size_t values)
{
    size_t count = bench_count(b, values);
    bench_row row = bench_row_new(b, self->name, count);
    bench_subject subject;
    quorsum_status status = bench_subject_init(&subject, b, operation, count);
    threaded one = {&subject.side, subject.run, 1};
    threaded many = {&subject.side, subject.run, b->options.threads > 1 ? b->options.threads : 2};
    bench_side ours = {threaded_work, &many, count};
    bench_side theirs = {threaded_work, &one, count};

    row.threads = many.threads;
    row.bytes = subject.bytes;
    row.ifma = subject.ifma;
    row.reference = "one thread";
    row.sense = BENCH_AT_LEAST;
    row.asked = many.threads == 2 ? 1.85 : 0;
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, &theirs);
    bench_subject_clear(&subject);
    return status;
}

static quorsum_status encrypt(bench *b, const bench_case *self)
{
    return compare(b, self, BENCH_ENCRYPT_HALF, 512);
}

static quorsum_status aggregate(bench *b, const bench_case *self)
{
    return compare(b, self, BENCH_AGGREGATE, 8192);
}

static quorsum_status validate(bench *b, const bench_case *self)
{
    return compare(b, self, BENCH_VALIDATE, 8192);
}

static quorsum_status decrypt(bench *b, const bench_case *self)
{
    return compare(b, self, BENCH_DECRYPT, 128);
}

static quorsum_status partial(bench *b, const bench_case *self)
{
    return compare(b, self, BENCH_PARTIAL, 128);
}

static quorsum_status complete(bench *b, const bench_case *self)
{
    return compare(b, self, BENCH_COMPLETE, 128);
}

static quorsum_status opening(bench *b, const bench_case *self)
{
    return compare(b, self, BENCH_OPENING, 1000);
}

static quorsum_status knowledge(bench *b, const bench_case *self)
{
    return compare(b, self, BENCH_KNOWLEDGE, 1334);
}

static quorsum_status share(bench *b, const bench_case *self)
{
    return compare(b, self, BENCH_SHARE, 1000);
}

const bench_case bench_threads[] = {
    {"threads.encrypt", "encryption on two threads and on one", encrypt},
    {"threads.aggregate", "wire bytes into the running product", aggregate},
    {"threads.validate", "reading ciphertexts", validate},
    {"threads.decrypt", "decryption with the private key", decrypt},
    {"threads.partial", "partial decryption", partial},
    {"threads.complete", "completion", complete},
    {"threads.openings", "checking 1,000 openings", opening},
    {"threads.knowledge", "checking a contribution's proof, 1334 ciphertexts", knowledge},
    {"threads.share", "checking a trustee's proof of 1,000 partials", share},
    {NULL, NULL, NULL},
};
