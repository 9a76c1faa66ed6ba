/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key record as a signed message of kind "key" (docs/wire-format.md): a header of small things, then v_1..v_n,
 * rho_1..rho_7 and, for a key of a dealer, the proof's w, x_1..x_128 as words of the length of N. v and h follow from N
 * and are not carried. The header has all its keys always: what a record has not is an empty string, or 0.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arith/prime.h"
#include "lib/base/message.h"
#include "lib/proof/factors.h"
#include "lib/threshold/key_record.h"

#define ORIGIN_MAX 32

enum {
    KEY_MODULUS = 10,
    KEY_DEGREE = 11,
    KEY_RANDOMISER = 12,
    KEY_TRUSTEES = 13,
    KEY_QUORUM = 14,
    KEY_THETA = 15,
    KEY_SHARE_BITS = 16,
    KEY_ORIGIN = 17,
    KEY_ROSTER = 18,
    KEY_NEGATE = 19,
    KEY_TWIST = 20,
    KEY_FACTORS = 21,
    KEY_EPOCH = 22,
    KEY_CEREMONY = 23,
    KEY_PARENT = 24,
    KEY_PROVER = 25,
    KEY_SECRET_BITS = 26
};

/* One identity twice would be one trustee who counts as two. */
static int roster_repeats(const uint8_t *roster, uint32_t trustees)
{
    for (uint32_t i = 1; i < trustees; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (memcmp(roster + (size_t)i * QUORSUM_IDENTITY_BYTES, roster + (size_t)j * QUORSUM_IDENTITY_BYTES,
                       QUORSUM_IDENTITY_BYTES) == 0)
                return 1;
        }
    }
    return 0;
}

/* ---- writing ---- */

static void put_uint(qs_buffer *out, uint64_t key, uint64_t value)
{
    qs_cbor_put_uint(out, key);
    qs_cbor_put_uint(out, value);
}

static void put_bytes(qs_buffer *out, uint64_t key, const void *data, size_t len)
{
    qs_cbor_put_uint(out, key);
    qs_cbor_put_bytes(out, data, len);
}

/* Zeros stand for none. */
static void put_digest(qs_buffer *out, uint64_t key, const uint8_t digest[QUORSUM_DIGEST_BYTES])
{
    put_bytes(out, key, digest, qs_digest_is_none(digest) ? 0 : QUORSUM_DIGEST_BYTES);
}

static void put_proofs(qs_buffer *out, const qs_key_parts *parts)
{
    int there = qs_key_has_proofs(parts);

    put_bytes(out, KEY_NEGATE, parts->modulus.negate, there ? sizeof parts->modulus.negate : 0);
    put_bytes(out, KEY_TWIST, parts->modulus.twist, there ? sizeof parts->modulus.twist : 0);
    put_bytes(out, KEY_FACTORS, parts->factors, there ? qs_factors_proof_bytes(parts->key->root->bits) : 0);
}

static void put_lineage(qs_buffer *out, const qs_key_parts *parts)
{
    put_uint(out, KEY_EPOCH, parts->epoch);
    put_digest(out, KEY_CEREMONY, parts->ceremony);
    put_digest(out, KEY_PARENT, parts->parent);
    put_bytes(out, KEY_PROVER, parts->prover, qs_key_has_proofs(parts) ? sizeof parts->prover : 0);
    put_uint(out, KEY_SECRET_BITS, parts->secret_bits);
}

static void put_header(qs_buffer *out, const qs_key_parts *parts)
{
    qs_cbor_put_uint(out, KEY_MODULUS);
    qs_cbor_put_mpz(out, parts->key->n);
    put_uint(out, KEY_DEGREE, parts->key->degree);
    put_uint(out, KEY_RANDOMISER, (uint64_t)parts->key->randomiser);
    put_uint(out, KEY_TRUSTEES, parts->trustees);
    put_uint(out, KEY_QUORUM, parts->quorum);
    qs_cbor_put_uint(out, KEY_THETA);
    qs_cbor_put_mpz(out, parts->theta);
    put_uint(out, KEY_SHARE_BITS, parts->share_bits);
    qs_cbor_put_uint(out, KEY_ORIGIN);
    qs_cbor_put_text(out, parts->origin);
    qs_cbor_put_uint(out, KEY_ROSTER);
    qs_cbor_put_array(out, parts->roster != NULL ? parts->trustees : 0);
    for (uint32_t i = 0; parts->roster != NULL && i < parts->trustees; i++)
        qs_cbor_put_bytes(out, parts->roster + (size_t)i * QUORSUM_IDENTITY_BYTES, QUORSUM_IDENTITY_BYTES);
    put_proofs(out, parts);
    put_lineage(out, parts);
}

static void put_words(qs_buffer *out, const qs_ring *root, const mp_limb_t *words, size_t count)
{
    uint8_t *room = qs_buffer_extend(out, count * root->bytes);

    for (size_t i = 0; room != NULL && i < count; i++)
        qs_ring_write(root, room + i * root->bytes, words + i * root->limbs);
}

/* Header and blocks, as the parts say. */
static void put_unsigned(qs_buffer *out, const qs_key_parts *parts)
{
    qs_message_begin(out, QS_KIND_KEY, QS_KEY_KEYS, parts->signer, NULL, NULL);
    put_header(out, parts);
    put_words(out, parts->key->root, parts->verify, parts->trustees);
    put_words(out, parts->key->root, parts->roots, QS_CERTIFICATE_ROOTS);
    if (qs_key_has_proofs(parts))
        put_words(out, parts->key->root, parts->modulus.words, QS_MODULUS_WORDS);
}

quorsum_status qs_key_record_prepare(qs_buffer *unsigned_message, uint8_t digest[QUORSUM_DIGEST_BYTES],
                                     const qs_key_parts *parts)
{
    quorsum_status status = qs_key_lineage_check(parts);

    if (status == QUORSUM_OK && parts->roster != NULL && roster_repeats(parts->roster, parts->trustees))
        status = QUORSUM_ERR_DUPLICATE_TRUSTEE;
    if (status != QUORSUM_OK)
        return status;
    put_unsigned(unsigned_message, parts);
    status = unsigned_message->status;
    if (status == QUORSUM_OK)
        (void)crypto_generichash(digest, QUORSUM_DIGEST_BYTES, unsigned_message->data, unsigned_message->len, NULL, 0);
    else
        qs_buffer_free(unsigned_message);
    return status;
}

/* ---- reading ---- */

/* What the header says, before anything of the parts' size is allocated. Pointers are lent by the message. */
typedef struct key_header {
    const uint8_t *modulus;
    size_t modulus_len;
    quorsum_key_options options;
    uint32_t trustees;
    uint32_t quorum;
    mpz_t theta;
    size_t share_bits;
    uint32_t roster_count;
    uint8_t *roster; /* room for QUORSUM_TRUSTEES_MAX identities */
    uint8_t negate[QS_MODULUS_ROOTS / 8];
    uint8_t twist[QS_MODULUS_ROOTS / 8];
    const uint8_t *factors;
    size_t factors_len;
    const char *origin;
    uint64_t epoch;
    uint8_t ceremony[QUORSUM_DIGEST_BYTES];
    uint8_t parent[QUORSUM_DIGEST_BYTES];
    uint8_t prover[QUORSUM_IDENTITY_BYTES];
    size_t secret_bits;
} key_header;

/* A key of any other origin has no proofs. */
static int of_dealer(const key_header *header)
{
    return header->origin == qs_origin_dealer;
}

static void refuse(qs_cbor_reader *reader, quorsum_status status)
{
    if (reader->status == QUORSUM_OK)
        reader->status = status;
}

/* A number from 1 on: zero would mean a default where options take it. */
static uint32_t take_positive(qs_cbor_reader *reader, uint64_t key, uint64_t max)
{
    uint64_t value;

    qs_cbor_key(reader, key);
    value = qs_cbor_uint(reader, max);
    if (value == 0)
        refuse(reader, QUORSUM_ERR_RANGE);
    return (uint32_t)value;
}

static void take_modulus(qs_cbor_reader *reader, key_header *header)
{
    qs_cbor_key(reader, KEY_MODULUS);
    header->modulus = qs_cbor_bytes(reader, &header->modulus_len, QS_MODULUS_BITS_MAX / 8);
    if (header->modulus_len == 0)
        refuse(reader, QUORSUM_ERR_MODULUS_SIZE);
    else if (header->modulus[0] == 0)
        refuse(reader, QUORSUM_ERR_NOT_CANONICAL);
}

/* Origins are a closed list: a new one comes with new checks. */
static void take_origin(qs_cbor_reader *reader, key_header *header)
{
    const char *text;
    size_t len;

    qs_cbor_key(reader, KEY_ORIGIN);
    text = qs_cbor_text(reader, &len, ORIGIN_MAX);
    header->origin = text != NULL ? qs_origin_find(text, len) : NULL;
    if (header->origin == NULL)
        refuse(reader, QUORSUM_ERR_RANGE);
}

/* Exactly `len` bytes where there must be something, an empty string where there must not. */
static void take_if(qs_cbor_reader *reader, uint64_t key, int there, void *out, size_t len)
{
    qs_cbor_key(reader, key);
    qs_cbor_fixed(reader, out, there ? len : 0);
}

/* 32 bytes that are not all zero, or the empty string, which zeros stand for. */
static void take_digest(qs_cbor_reader *reader, uint64_t key, uint8_t out[QUORSUM_DIGEST_BYTES])
{
    const uint8_t *bytes;
    size_t len;

    qs_cbor_key(reader, key);
    bytes = qs_cbor_bytes(reader, &len, QUORSUM_DIGEST_BYTES);
    if (bytes == NULL || len == 0)
        return;
    if (len != QUORSUM_DIGEST_BYTES || qs_digest_is_none(bytes)) {
        refuse(reader, QUORSUM_ERR_RANGE);
        return;
    }
    memcpy(out, bytes, QUORSUM_DIGEST_BYTES);
}

static void take_roster(qs_cbor_reader *reader, key_header *header)
{
    uint64_t count;

    qs_cbor_key(reader, KEY_ROSTER);
    count = qs_cbor_array(reader, header->trustees);
    if (count != 0 && count != header->trustees)
        refuse(reader, QUORSUM_ERR_RANGE);
    header->roster_count = reader->status == QUORSUM_OK ? (uint32_t)count : 0;
    for (uint32_t i = 0; i < header->roster_count; i++)
        qs_cbor_fixed(reader, header->roster + (size_t)i * QUORSUM_IDENTITY_BYTES, QUORSUM_IDENTITY_BYTES);
    if (reader->status == QUORSUM_OK && roster_repeats(header->roster, header->roster_count))
        refuse(reader, QUORSUM_ERR_DUPLICATE_TRUSTEE);
}

static void take_proofs(qs_cbor_reader *reader, key_header *header)
{
    take_if(reader, KEY_NEGATE, of_dealer(header), header->negate, sizeof header->negate);
    take_if(reader, KEY_TWIST, of_dealer(header), header->twist, sizeof header->twist);
    qs_cbor_key(reader, KEY_FACTORS);
    header->factors = qs_cbor_bytes(reader, &header->factors_len, qs_factors_proof_bytes(QS_MODULUS_BITS_MAX));
}

static void take_lineage(qs_cbor_reader *reader, key_header *header)
{
    qs_cbor_key(reader, KEY_EPOCH);
    header->epoch = qs_cbor_uint(reader, UINT64_MAX);
    take_digest(reader, KEY_CEREMONY, header->ceremony);
    take_digest(reader, KEY_PARENT, header->parent);
    take_if(reader, KEY_PROVER, of_dealer(header), header->prover, sizeof header->prover);
    qs_cbor_key(reader, KEY_SECRET_BITS);
    header->secret_bits = (size_t)qs_cbor_uint(reader, QS_SHARE_BITS_MAX);
}

static void take_header(qs_cbor_reader *reader, key_header *header)
{
    take_modulus(reader, header);
    header->options.degree = take_positive(reader, KEY_DEGREE, QS_DEGREE_MAX);
    qs_cbor_key(reader, KEY_RANDOMISER);
    header->options.randomiser = (quorsum_randomiser)qs_cbor_uint(reader, QUORSUM_RANDOMISER_FULL);
    header->trustees = take_positive(reader, KEY_TRUSTEES, QUORSUM_TRUSTEES_MAX);
    header->quorum = take_positive(reader, KEY_QUORUM, header->trustees);
    qs_cbor_key(reader, KEY_THETA);
    qs_cbor_mpz(reader, header->theta, QS_THETA_BYTES_MAX);
    header->share_bits = take_positive(reader, KEY_SHARE_BITS, QS_SHARE_BITS_MAX);
    take_origin(reader, header);
    take_roster(reader, header);
    take_proofs(reader, header);
    take_lineage(reader, header);
}

static uint64_t blocks_len(const key_header *header)
{
    uint64_t words = (uint64_t)header->trustees + QS_CERTIFICATE_ROOTS + (of_dealer(header) ? QS_MODULUS_WORDS : 0);

    return words * header->modulus_len;
}

/* ERR_RANGE for a word that is no residue. */
static quorsum_status take_words(const qs_ring *root, mp_limb_t *words, const uint8_t *in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (qs_ring_read(root, words + i * root->limbs, in + i * root->bytes) != 0)
            return QUORSUM_ERR_RANGE;
    }
    return QUORSUM_OK;
}

static quorsum_status take_blocks(qs_key_parts *parts, const uint8_t *blocks)
{
    const qs_ring *root = parts->key->root;
    const uint8_t *roots = blocks + parts->trustees * root->bytes;
    quorsum_status status = take_words(root, parts->verify, blocks, parts->trustees);

    if (status == QUORSUM_OK)
        status = take_words(root, parts->roots, roots, QS_CERTIFICATE_ROOTS);
    if (status == QUORSUM_OK && qs_key_has_proofs(parts))
        status = take_words(root, parts->modulus.words, roots + QS_CERTIFICATE_ROOTS * root->bytes, QS_MODULUS_WORDS);
    return status;
}

static void fill_parts(qs_key_parts *parts, const key_header *header)
{
    mpz_set(parts->theta, header->theta);
    memcpy(parts->modulus.negate, header->negate, sizeof header->negate);
    memcpy(parts->modulus.twist, header->twist, sizeof header->twist);
    if (qs_key_has_proofs(parts))
        memcpy(parts->factors, header->factors, header->factors_len);
    parts->epoch = header->epoch;
    parts->secret_bits = header->secret_bits;
    memcpy(parts->ceremony, header->ceremony, sizeof parts->ceremony);
    memcpy(parts->parent, header->parent, sizeof parts->parent);
    memcpy(parts->prover, header->prover, sizeof parts->prover);
}

static quorsum_status make_parts(qs_key_parts *parts, const key_header *header, const qs_message *message)
{
    quorsum_public_key *key = NULL;
    quorsum_status status = quorsum_public_key_new(&key, header->modulus, header->modulus_len, &header->options);

    if (status == QUORSUM_OK && header->factors_len != (of_dealer(header) ? qs_factors_proof_bytes(key->root->bits) : 0))
        status = QUORSUM_ERR_RANGE;
    if (status == QUORSUM_OK)
        status = qs_key_parts_init(parts, key, header->origin, header->trustees, header->quorum, header->share_bits,
                                   header->roster_count > 0 ? header->roster : NULL);
    if (status == QUORSUM_OK) {
        memcpy(parts->signer, message->sender, sizeof parts->signer);
        fill_parts(parts, header);
        status = qs_key_lineage_check(parts);
        if (status == QUORSUM_OK)
            status = take_blocks(parts, message->blocks);
        if (status != QUORSUM_OK)
            qs_key_parts_clear(parts);
    }
    quorsum_public_key_free(key);
    return status;
}

quorsum_status qs_key_parts_read(qs_key_parts *parts, uint8_t digest[QUORSUM_DIGEST_BYTES], size_t *message_len,
                                 const uint8_t *in, size_t len)
{
    key_header header = {0};
    qs_message message;
    size_t behind = 0;
    quorsum_status status;

    memset(parts, 0, sizeof *parts);
    header.roster = malloc((size_t)QUORSUM_TRUSTEES_MAX * QUORSUM_IDENTITY_BYTES);
    if (header.roster == NULL)
        return QUORSUM_ERR_MEMORY;
    mpz_init(header.theta);
    status = qs_message_open(&message, QS_KIND_KEY, QS_KEY_KEYS, in, len);
    if (status == QUORSUM_OK) {
        take_header(&message.header, &header);
        status = qs_message_close_followed(&message, blocks_len(&header), &behind);
    }
    if (status == QUORSUM_OK)
        status = make_parts(parts, &header, &message);
    if (status == QUORSUM_OK) {
        memcpy(digest, message.digest, QUORSUM_DIGEST_BYTES);
        *message_len = message.len;
    }
    mpz_clear(header.theta);
    free(header.roster);
    return status;
}
