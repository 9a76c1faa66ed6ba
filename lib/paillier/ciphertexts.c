/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vectors of ciphertexts and their two byte forms. Whatever comes in from bytes is checked whole: every digit below N,
 * every element a unit (intake.c; for integers here). Both checks go on in blocks over all cores, and the lowest bad
 * element is the one reported. All public.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/paillier/intake.h"
#include "lib/paillier/workers.h"

/* One gcd serves a block: it costs about as much as a dozen products, so a block this long makes it small. */
#define BLOCK ((size_t)128)

quorsum_status qs_ciphertexts_new(quorsum_ciphertexts **out, const quorsum_public_key *key, size_t count)
{
    quorsum_ciphertexts *ciphertexts;

    *out = NULL;
    if (count == 0)
        return QUORSUM_ERR_ARGUMENT;
    if (count > QS_COUNT_MAX || count > SIZE_MAX / sizeof(mp_limb_t) / key->ring->width)
        return QUORSUM_ERR_LIMIT;
    ciphertexts = calloc(1, sizeof *ciphertexts);
    if (ciphertexts == NULL)
        return QUORSUM_ERR_MEMORY;
    ciphertexts->value = malloc(count * key->ring->width * sizeof(mp_limb_t));
    if (ciphertexts->value == NULL) {
        free(ciphertexts);
        return QUORSUM_ERR_MEMORY;
    }
    ciphertexts->key = qs_public_key_hold(key);
    ciphertexts->count = count;
    *out = ciphertexts;
    return QUORSUM_OK;
}

quorsum_ciphertexts qs_ciphertexts_range(const quorsum_ciphertexts *whole, size_t begin, size_t count)
{
    return (quorsum_ciphertexts){whole->key, count, whole->value + begin * whole->key->ring->width};
}

void quorsum_ciphertexts_free(quorsum_ciphertexts *ciphertexts)
{
    if (ciphertexts == NULL)
        return;
    quorsum_public_key_free(ciphertexts->key);
    free(ciphertexts->value);
    free(ciphertexts);
}

size_t quorsum_ciphertexts_count(const quorsum_ciphertexts *ciphertexts)
{
    return ciphertexts->count;
}

/* ---- out ---- */

static quorsum_status check_room(const quorsum_ciphertexts *ciphertexts, uint8_t *out, size_t capacity, size_t *len)
{
    size_t needed;

    if (len != NULL)
        *len = 0;
    if (ciphertexts == NULL || len == NULL || (out == NULL && capacity > 0))
        return QUORSUM_ERR_ARGUMENT;
    needed = ciphertexts->count * quorsum_public_key_ciphertext_bytes(ciphertexts->key);
    *len = needed;
    return capacity < needed ? QUORSUM_ERR_BUFFER : QUORSUM_OK;
}

quorsum_status quorsum_ciphertexts_encode(const quorsum_ciphertexts *ciphertexts, uint8_t *out, size_t capacity,
                                          size_t *len)
{
    quorsum_status status = check_room(ciphertexts, out, capacity, len);
    size_t bytes;

    if (status != QUORSUM_OK)
        return status;
    bytes = quorsum_public_key_ciphertext_bytes(ciphertexts->key);
    for (size_t i = 0; i < ciphertexts->count; i++)
        qs_ring_write(ciphertexts->key->ring, out + i * bytes, ciphertexts->value + i * ciphertexts->key->ring->width);
    return QUORSUM_OK;
}

static void write_integer(const qs_ring *ring, uint8_t *out, const mp_limb_t *value, mpz_t integer)
{
    size_t bytes = ring->digits * ring->bytes;
    size_t used;

    qs_ring_to_mpz(ring, integer, value);
    used = (mpz_sizeinbase(integer, 2) + 7) / 8;
    memset(out, 0, bytes - used);
    (void)mpz_export(out + bytes - used, NULL, 1, 1, 1, 0, integer);
}

quorsum_status quorsum_ciphertexts_export(const quorsum_ciphertexts *ciphertexts, const quorsum_public_key *key,
                                          uint8_t *out, size_t capacity, size_t *len)
{
    quorsum_status status = check_room(ciphertexts, out, capacity, len);
    size_t bytes;
    mpz_t integer;

    if (status == QUORSUM_OK && key == NULL)
        status = QUORSUM_ERR_ARGUMENT;
    if (status == QUORSUM_OK && !qs_public_key_same(key, ciphertexts->key))
        status = QUORSUM_ERR_KEY_MISMATCH;
    if (status != QUORSUM_OK)
        return status;
    bytes = quorsum_public_key_ciphertext_bytes(key);
    mpz_init(integer);
    for (size_t i = 0; i < ciphertexts->count; i++)
        write_integer(key->ring, out + i * bytes, ciphertexts->value + i * key->ring->width, integer);
    mpz_clear(integer);
    return QUORSUM_OK;
}

/* ---- in: the wire form ---- */

/* An element, or a group in lane form, that came in. */
static void keep_elements(void *context, size_t first, size_t used, const mp_limb_t *x, mp_limb_t *scratch)
{
    const quorsum_ciphertexts *result = context;
    const qs_ring *ring = result->key->ring;
    mp_limb_t *value = result->value + first * ring->width;
    mp_limb_t *places[QS_LANES];

    if (ring->lanes == NULL) {
        memcpy(value, x, ring->width * sizeof *value);
        return;
    }
    qs_lanes_places(places, value, ring->width, used);
    qs_lanes_store(ring->lanes, places, x, scratch);
}

static quorsum_status check_length(const quorsum_public_key *key, size_t len)
{
    size_t bytes = quorsum_public_key_ciphertext_bytes(key);

    if (len < bytes)
        return QUORSUM_ERR_TRUNCATED;
    return len % bytes == 0 ? QUORSUM_OK : QUORSUM_ERR_TRAILING;
}

quorsum_status quorsum_ciphertexts_decode(quorsum_ciphertexts **out, const quorsum_public_key *key, const uint8_t *in,
                                          size_t len, size_t *index, const quorsum_run *run)
{
    qs_intake intake = {.key = key, .in = in, .keep = keep_elements};
    quorsum_ciphertexts *result = NULL;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (index != NULL)
        *index = 0;
    if (out == NULL || key == NULL || in == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = check_length(key, len);
    if (status == QUORSUM_OK) {
        intake.count = len / quorsum_public_key_ciphertext_bytes(key);
        status = qs_ciphertexts_new(&result, key, intake.count);
        intake.context = result;
    }
    if (status == QUORSUM_OK)
        status = qs_intake_all(&intake, index, run);
    if (status == QUORSUM_OK) {
        *out = result;
        result = NULL;
    }
    quorsum_ciphertexts_free(result);
    return status;
}

quorsum_status qs_ciphertexts_validate(const quorsum_public_key *key, const uint8_t *in, size_t count, size_t *index,
                                       const quorsum_run *run)
{
    qs_intake intake = {.key = key, .in = in, .count = count};

    if (index != NULL)
        *index = 0;
    return qs_intake_all(&intake, index, run);
}

/* ---- in: integers ---- */

typedef struct importing {
    const uint8_t *in;
    mpz_t bound; /* N^(s+1) */
    quorsum_ciphertexts *result;
    qs_workers workers;
    atomic_size_t bad; /* lowest bad element so far */
} importing;

static void note_bad(importing *job, size_t index)
{
    size_t lowest = atomic_load(&job->bad);

    while (index < lowest && !atomic_compare_exchange_weak(&job->bad, &lowest, index))
        continue;
}

/* 0, or -1 when it is out of range */
static int read_integer(const importing *job, size_t index)
{
    const qs_ring *ring = job->result->key->ring;
    size_t bytes = ring->digits * ring->bytes;
    mpz_t integer;
    int in_range;

    mpz_init(integer);
    mpz_import(integer, bytes, 1, 1, 1, 0, job->in + index * bytes);
    in_range = mpz_cmp(integer, job->bound) < 0;
    if (in_range)
        qs_ring_from_mpz_vartime(ring, job->result->value + index * ring->width, integer);
    mpz_clear(integer);
    return in_range ? 0 : -1;
}

/* Units are tested over digit 0: a number is prime to N if its residue modulo N is. */
static quorsum_status import_block(void *context, unsigned worker, size_t begin, size_t end)
{
    importing *job = context;
    const quorsum_public_key *key = job->result->key;
    size_t width = key->ring->width;
    size_t count = 0;
    size_t first;
    quorsum_status status = QUORSUM_OK;

    while (begin + count < end && read_integer(job, begin + count) == 0)
        count++;
    first = count;
    if (begin + count < end)
        status = QUORSUM_ERR_RANGE;
    if (!qs_ring_units_vartime(key->root, job->result->value + begin * width, width, count, &first,
                               qs_workers_scratch(&job->workers, worker)))
        status = QUORSUM_ERR_NOT_UNIT; /* lower than the one out of range */
    if (status != QUORSUM_OK)
        note_bad(job, begin + first);
    return status;
}

static quorsum_status import_all(importing *job, size_t *index, const quorsum_run *run)
{
    const quorsum_public_key *key = job->result->key;
    size_t count = job->result->count;
    quorsum_status status;

    atomic_init(&job->bad, count);
    mpz_init(job->bound);
    mpz_mul(job->bound, key->ns, key->n);
    status = qs_workers_init(&job->workers, run, count, BLOCK, qs_ring_scratch(key->root), 0);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, count, BLOCK, import_block, job);
    if (index != NULL && (status == QUORSUM_ERR_RANGE || status == QUORSUM_ERR_NOT_UNIT))
        *index = atomic_load(&job->bad);
    qs_workers_clear(&job->workers);
    mpz_clear(job->bound);
    return status;
}

quorsum_status quorsum_ciphertexts_import(quorsum_ciphertexts **out, const quorsum_public_key *key, const uint8_t *in,
                                          size_t len, size_t *index, const quorsum_run *run)
{
    importing job = {.in = in};
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (index != NULL)
        *index = 0;
    if (out == NULL || key == NULL || in == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = check_length(key, len);
    if (status == QUORSUM_OK)
        status = qs_ciphertexts_new(&job.result, key, len / quorsum_public_key_ciphertext_bytes(key));
    if (status == QUORSUM_OK)
        status = import_all(&job, index, run);
    if (status == QUORSUM_OK) {
        *out = job.result;
        job.result = NULL;
    }
    quorsum_ciphertexts_free(job.result);
    return status;
}
