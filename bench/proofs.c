/* SPDX-License-Identifier: Apache-2.0 */
/* The second ring, proofs: one knowledge proof for a vector of 100 and of 1334 ciphertexts, one share proof for 100. */
#include "bench/port.h"
#include "bench/proven.h"

static quorsum_status knowledge(bench *b, const bench_case *self, bench_work work, size_t count)
{
    bench_row row = bench_row_new(b, self->name, count);
    bench_known k;
    quorsum_status status = bench_known_init(&k, b, count);
    bench_side ours = {work, &k, count};

    row.bytes = (double)k.len;
    if (work == bench_verify_work)
        row.ifma = bench_ifma_knowledge(b, count);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    bench_known_clear(&k);
    return status;
}

static quorsum_status prove_100(bench *b, const bench_case *self)
{
    return knowledge(b, self, bench_prove_work, bench_count(b, 100));
}

static quorsum_status prove_1334(bench *b, const bench_case *self)
{
    return knowledge(b, self, bench_prove_work, bench_count(b, 1334));
}

static quorsum_status verify_100(bench *b, const bench_case *self)
{
    return knowledge(b, self, bench_verify_work, bench_count(b, 100));
}

static quorsum_status verify_1334(bench *b, const bench_case *self)
{
    return knowledge(b, self, bench_verify_work, bench_count(b, 1334));
}

/* ---- a trustee's ---- */

static quorsum_status share_proof(bench *b, const bench_case *self, bench_work work)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 100));
    bench_shared s;
    quorsum_status status = bench_shared_init(&s, b, row.values);
    bench_side ours = {work, &s, row.values};

    row.bytes = (double)qs_share_proof_bytes(b->keys.shares[0]->share_bits);
    if (work == bench_share_verify_work)
        row.ifma = bench_ifma_share(b, row.values);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    bench_shared_clear(&s);
    return status;
}

static quorsum_status share_prove(bench *b, const bench_case *self)
{
    return share_proof(b, self, bench_share_prove_work);
}

static quorsum_status share_verify(bench *b, const bench_case *self)
{
    return share_proof(b, self, bench_share_verify_work);
}

const bench_case bench_proofs[] = {
    {"calls.knowledge_prove_100", "proof of plaintext knowledge for 100 ciphertexts", prove_100},
    {"calls.knowledge_prove_1334", "the same for 1334", prove_1334},
    {"calls.knowledge_check_100", "checking it for 100", verify_100},
    {"calls.knowledge_check_1334", "checking it for 1334", verify_1334},
    {"calls.share_prove_100", "a trustee's proof for a vector of 100 partials", share_prove},
    {"calls.share_check_100", "checking it", share_verify},
    {NULL, NULL, NULL},
};
