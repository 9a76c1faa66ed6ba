/* SPDX-License-Identifier: Apache-2.0 */
/* Each operation is a call on one of the four things that can be made: vectors, openings, the two proofs. */
#include "bench/subject.h"

#include "bench/port.h"

static quorsum_status init_vectors(bench_subject *s, bench *b, bench_work work, size_t count)
{
    int brief = s->operation == BENCH_ENCRYPT_SHORT;
    quorsum_randomiser randomiser = brief ? QUORSUM_RANDOMISER_SHORT : QUORSUM_RANDOMISER_HALF;
    quorsum_status status = bench_vectors_init(&s->of.vectors, b, randomiser, count);

    s->side = (bench_side){work, &s->of.vectors, count};
    s->run = &s->of.vectors.run;
    s->bytes = (double)s->of.vectors.len;
    return status;
}

static quorsum_status init_opened(bench_subject *s, bench *b, bench_work work, size_t count)
{
    quorsum_status status = bench_opened_init(&s->of.opened, b, count);

    s->side = (bench_side){work, &s->of.opened, count};
    s->run = &s->of.opened.run;
    return status;
}

static quorsum_status init_known(bench_subject *s, bench *b, size_t count)
{
    quorsum_status status = bench_known_init(&s->of.known, b, count);

    s->side = (bench_side){bench_verify_work, &s->of.known, count};
    s->run = &s->of.known.run;
    s->bytes = (double)s->of.known.len;
    return status;
}

static quorsum_status init_shared(bench_subject *s, bench *b, size_t count)
{
    quorsum_status status = bench_shared_init(&s->of.shared, b, count);

    s->side = (bench_side){bench_share_verify_work, &s->of.shared, count};
    s->run = &s->of.shared.run;
    s->bytes = (double)qs_share_proof_bytes(b->keys.shares[0]->share_bits);
    return status;
}

quorsum_status bench_subject_init(bench_subject *s, bench *b, bench_operation operation, size_t count)
{
    *s = (bench_subject){.operation = operation};
    switch (operation) {
    case BENCH_ENCRYPT_HALF:
        s->ifma = bench_ifma_encrypt(b, QUORSUM_RANDOMISER_HALF, count);
        return init_vectors(s, b, bench_encrypt_work, count);
    case BENCH_ENCRYPT_SHORT:
        s->ifma = bench_ifma_encrypt(b, QUORSUM_RANDOMISER_SHORT, count);
        return init_vectors(s, b, bench_encrypt_work, count);
    case BENCH_AGGREGATE:
        s->ifma = bench_ifma_aggregate(b, count) + bench_ifma_validate(b, count);
        return init_vectors(s, b, bench_wire_work, count);
    case BENCH_PRODUCT:
        s->ifma = bench_ifma_aggregate(b, count);
        return init_vectors(s, b, bench_aggregate_work, count);
    case BENCH_VALIDATE:
        s->ifma = bench_ifma_validate(b, count);
        return init_vectors(s, b, bench_validate_work, count);
    case BENCH_DECRYPT:
        s->ifma = bench_ifma_decrypt(b, count);
        return init_vectors(s, b, bench_decrypt_work, count);
    case BENCH_PARTIAL:
        s->ifma = bench_ifma_partial(b, count);
        return init_opened(s, b, bench_partial_work, count);
    case BENCH_COMPLETE:
        s->ifma = bench_ifma_complete(b, count);
        return init_opened(s, b, bench_complete_work, count);
    case BENCH_OPENING:
        s->ifma = bench_ifma_opening(b, count);
        return init_opened(s, b, bench_opening_work, count);
    case BENCH_KNOWLEDGE:
        s->ifma = bench_ifma_knowledge(b, count);
        return init_known(s, b, count);
    case BENCH_SHARE:
        s->ifma = bench_ifma_share(b, count);
        return init_shared(s, b, count);
    }
    return QUORSUM_ERR_ARGUMENT;
}

void bench_subject_clear(bench_subject *s)
{
    if (s->operation <= BENCH_DECRYPT)
        bench_vectors_clear(&s->of.vectors);
    else if (s->operation <= BENCH_OPENING)
        bench_opened_clear(&s->of.opened);
    else if (s->operation == BENCH_KNOWLEDGE)
        bench_known_clear(&s->of.known);
    else
        bench_shared_clear(&s->of.shared);
}
