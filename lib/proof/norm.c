/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The norm proof's statement, sizes and transcript, and encryption under masks. The packed masks and their exponents
 * are secret where a proof is made: the plaintext side works in guarded memory and in constant time.
 */
#include "lib/proof/norm.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/fixed_base.h"
#include "lib/arith/mask.h"
#include "lib/base/bytes.h"
#include "lib/base/invariant.h"
#include "lib/paillier/workers.h"
#include "lib/proof/norm_inside.h"

#define NORM_BITS_MAX 124 /* of B2 */

/* ---- the statement ---- */

static size_t bit_length(qs_wide x)
{
    size_t bits = 0;

    for (; x > 0; x >>= 1)
        bits++;
    return bits;
}

static uint64_t square_root(qs_wide x) /* rounded down; x < 2^124, public */
{
    uint64_t root = 0;

    for (unsigned bit = NORM_BITS_MAX / 2; bit-- > 0;)
        if ((qs_wide)(root | (uint64_t)1 << bit) * (root | (uint64_t)1 << bit) <= x)
            root |= (uint64_t)1 << bit;
    return root;
}

/* n, or 0 if there is none that is allowed. */
static size_t count_values(const qs_norm_statement *statement)
{
    size_t room = mpz_sizeinbase(statement->key->ns, 2) - 1;
    size_t values = 0;

    for (size_t k = 0; k < statement->count; k++) {
        if (statement->slots[k] == 0 || statement->slots[k] > room / statement->slot_bits)
            return 0;
        values += statement->slots[k];
        if (values > QS_NORM_VALUES_MAX)
            return 0;
    }
    return values;
}

/* 2 W B + 1 <= 2^beta says B < 2^(beta-1), too, as W >= 1: the ciphertext packs exactly the x of the commitment. */
static int statement_holds(const qs_norm_statement *statement)
{
    qs_wide reach;

    if (statement->norm_squared == 0 || bit_length(statement->norm_squared) > NORM_BITS_MAX)
        return 0;
    if (statement->max_cohort == 0 || statement->slot_bits == 0)
        return 0;
    reach = (qs_wide)square_root(statement->norm_squared) * statement->max_cohort; /* below 2^126 */
    return bit_length(2 * reach) <= statement->slot_bits && count_values(statement) > 0;
}

quorsum_status qs_norm_check(const qs_norm_statement *statement)
{
    return statement_holds(statement) ? QUORSUM_OK : QUORSUM_ERR_PLAN;
}

/* ---- sizes ---- */

static size_t log2_ceiling(size_t count) /* at least 1 */
{
    size_t log = 1;

    while (((size_t)1 << log) < count)
        log++;
    return log;
}

static size_t limbs_for(size_t bits)
{
    return (bits + GMP_LIMB_BITS - 1) / GMP_LIMB_BITS;
}

quorsum_status qs_norm_measure(qs_norm_sizes *sizes, const qs_norm_statement *statement)
{
    const quorsum_public_key *key = statement->key;
    size_t word = key->root->bytes;
    size_t mu;

    if (!statement_holds(statement))
        return QUORSUM_ERR_PLAN;
    sizes->values = count_values(statement);
    sizes->b = bit_length(square_root(statement->norm_squared)) + 1;
    sizes->lambda = log2_ceiling(sizes->values);
    mu = QS_CHALLENGE_BITS + QS_SLACK + sizes->lambda;
    sizes->mask_bits = sizes->b + mu;
    sizes->z_bytes = (sizes->mask_bits + 2 + 7) / 8;
    sizes->z_limbs = limbs_for(sizes->mask_bits + 2);
    sizes->y_bytes = (sizes->mask_bits + 1 + 7) / 8;
    sizes->alpha_mask_bits = key->alpha_bits + mu;
    sizes->w_bytes = (sizes->alpha_mask_bits + 1 + 7) / 8;
    sizes->w_limbs = limbs_for(sizes->alpha_mask_bits + 1);
    sizes->r_bytes = word + (QS_CHALLENGE_BITS + 2 * QS_SLACK) / 8 + 1;
    sizes->r_limbs = key->root->limbs + (QS_CHALLENGE_BITS + 2 * QS_SLACK) / GMP_LIMB_BITS + 1;
    sizes->e = 2 * word;
    sizes->z = sizes->e + QS_CHALLENGE_BYTES;
    sizes->y = sizes->z + sizes->values * sizes->z_bytes;
    sizes->r = sizes->y + QS_NORM_SQUARES * sizes->y_bytes;
    sizes->w = sizes->r + sizes->r_bytes;
    sizes->t = sizes->w + statement->count * sizes->w_bytes;
    sizes->all = sizes->t + sizes->r_bytes;
    return QUORSUM_OK;
}

size_t qs_norm_bytes(const qs_norm_statement *statement)
{
    qs_norm_sizes sizes;

    return qs_norm_measure(&sizes, statement) == QUORSUM_OK ? sizes.all : 0;
}

/* ---- the transcript ---- */

/* All elements as one item: its length, then one after the other. */
static void absorb_elements(qs_transcript *transcript, const qs_ring *ring, const mp_limb_t *elements, size_t count,
                            uint8_t *wire)
{
    size_t bytes = ring->digits * ring->bytes;
    uint8_t length[8];

    qs_store64(length, (uint64_t)count * bytes);
    (void)crypto_generichash_update(&transcript->state, length, sizeof length);
    for (size_t i = 0; i < count; i++) {
        qs_ring_write(ring, wire, elements + i * ring->width);
        (void)crypto_generichash_update(&transcript->state, wire, bytes);
    }
}

static void absorb_natural(qs_transcript *transcript, qs_wide value)
{
    uint8_t bytes[16];
    size_t skip = 0;

    qs_store64(bytes, (uint64_t)(value >> 64));
    qs_store64(bytes + 8, (uint64_t)value);
    while (skip < sizeof bytes && bytes[skip] == 0)
        skip++;
    qs_transcript_bytes(transcript, bytes + skip, sizeof bytes - skip);
}

quorsum_status qs_norm_challenge(uint8_t e[QS_CHALLENGE_BYTES], const qs_context *context,
                                 const qs_norm_statement *statement, const qs_norm_sizes *sizes,
                                 const quorsum_ciphertexts *ciphertexts, const qs_norm_messages *messages)
{
    const quorsum_public_key *key = statement->key;
    uint8_t *wire = malloc(key->ring->digits * key->ring->bytes);
    uint8_t seed[QS_SEED_BYTES];
    qs_transcript transcript;

    if (wire == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_transcript_begin(&transcript, "l2", context);
    qs_transcript_u64(&transcript, key->degree);
    qs_transcript_u64(&transcript, key->alpha_bits);
    qs_transcript_u64(&transcript, statement->count);
    for (size_t k = 0; k < statement->count; k++)
        qs_transcript_u64(&transcript, statement->slots[k]);
    absorb_elements(&transcript, key->ring, ciphertexts->value, statement->count, wire);
    absorb_natural(&transcript, statement->norm_squared);
    qs_transcript_u64(&transcript, statement->max_cohort);
    qs_transcript_u64(&transcript, statement->slot_bits);
    qs_transcript_u64(&transcript, sizes->b);
    absorb_elements(&transcript, key->root, messages->v, 1, wire);
    absorb_elements(&transcript, key->root, messages->a, 1, wire);
    absorb_elements(&transcript, key->ring, messages->plain, statement->count, wire);
    absorb_elements(&transcript, key->root, messages->c1, 1, wire);
    absorb_elements(&transcript, key->root, messages->c0, 1, wire);
    qs_transcript_seed(&transcript, seed);
    memcpy(e, seed, QS_CHALLENGE_BYTES);
    free(wire);
    return QUORSUM_OK;
}

/* ---- the plaintext side ---- */

/* The sum is below 2^(plaintext bits) times one value. */
static size_t sum_limbs(const quorsum_public_key *key, size_t limbs)
{
    return limbs_for(mpz_sizeinbase(key->ns, 2)) + limbs + 1;
}

size_t qs_norm_pack_scratch(const quorsum_public_key *key, size_t limbs)
{
    return sum_limbs(key, limbs) + limbs + 1 + qs_ring_scratch(key->plain);
}

void qs_norm_pack(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *values, size_t limbs, size_t stride,
                  size_t count, unsigned beta, mp_limb_t *scratch)
{
    size_t length = sum_limbs(key, limbs);
    mp_limb_t *sum = scratch;
    mp_limb_t *term = sum + length;
    mp_limb_t *rest = term + limbs + 1;

    memset(sum, 0, length * sizeof *sum);
    for (size_t j = 0; j < count; j++) {
        size_t at = j * beta / GMP_LIMB_BITS;
        unsigned shift = (unsigned)(j * beta % GMP_LIMB_BITS);
        mp_limb_t carry;

        memcpy(term, values + j * stride, limbs * sizeof *term);
        term[limbs] = shift > 0 ? mpn_lshift(term, term, (mp_size_t)limbs, shift) : 0;
        QS_INVARIANT(at + limbs + 1 <= length);
        carry = mpn_add_n(sum + at, sum + at, term, (mp_size_t)limbs + 1);
        for (size_t i = at + limbs + 1; i < length; i++) {
            sum[i] += carry;
            carry &= qs_is_zero(sum[i]); /* adding 1 carries on exactly when the limb becomes 0 */
        }
    }
    qs_ring_reduce(key->plain, out, sum, length, rest);
}

typedef struct blinding {
    const quorsum_public_key *key;
    mp_limb_t *out;
    const mp_limb_t *m;
    const mp_limb_t *exponents;
    size_t limbs; /* of an exponent */
    qs_fixed_base *table;
    qs_workers workers;
} blinding;

static size_t blinding_scratch(const blinding *job)
{
    size_t table = qs_fixed_base_scratch(job->table);
    size_t lift = qs_lift_scratch(job->key);

    return QS_FIXED_GROUP * 2 * job->key->ring->width + (table > lift ? table : lift);
}

static quorsum_status blind_group(void *context, unsigned worker, size_t begin, size_t end)
{
    const blinding *job = context;
    size_t width = job->key->ring->width;
    mp_limb_t *values = qs_workers_scratch(&job->workers, worker);
    mp_limb_t *lifted = values + QS_FIXED_GROUP * width;
    mp_limb_t *rest = lifted + QS_FIXED_GROUP * width;
    const mp_limb_t *factors[QS_FIXED_GROUP];
    const mp_limb_t *exponents[QS_FIXED_GROUP];
    mp_limb_t *results[QS_FIXED_GROUP];

    for (size_t k = begin; k < end; k++) {
        qs_lift(job->key, lifted + (k - begin) * width, job->m + k * job->key->plain->width, rest);
        factors[k - begin] = lifted + (k - begin) * width;
        exponents[k - begin] = job->exponents + k * job->limbs;
        results[k - begin] = values + (k - begin) * width;
    }
    qs_fixed_base_blind(job->table, results, factors, exponents, end - begin, rest);
    memcpy(job->out + begin * width, values, (end - begin) * width * sizeof *values);
    return QUORSUM_OK;
}

quorsum_status qs_norm_blind(const quorsum_public_key *key, mp_limb_t *out, const mp_limb_t *m,
                             const mp_limb_t *exponents, size_t bits, size_t count, const quorsum_run *run)
{
    blinding job = {.key = key, .out = out, .m = m, .exponents = exponents, .limbs = limbs_for(bits)};
    quorsum_status status = qs_fixed_base_new(&job.table, key->ring, key->h_s, bits, run);

    if (status == QUORSUM_OK)
        status = qs_workers_init(&job.workers, run, count, QS_FIXED_GROUP, blinding_scratch(&job), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, count, QS_FIXED_GROUP, blind_group, &job);
    qs_workers_clear(&job.workers);
    qs_fixed_base_free(job.table);
    return status;
}
