/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key record as a signed message of kind "key" (docs/wire-format.md): a header of small things, then v_1..v_n,
 * rho_1..rho_7 and the proof's w, x_1..x_128 as words of the length of N. v and h follow from N and are not carried.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/arith/prime.h"
#include "lib/base/message.h"
#include "lib/proof/factors.h"
#include "lib/threshold/key_record.h"

#define OWN_KEYS 12
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
    KEY_FACTORS = 21
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
    qs_cbor_put_uint(out, KEY_NEGATE);
    qs_cbor_put_bytes(out, parts->modulus.negate, sizeof parts->modulus.negate);
    qs_cbor_put_uint(out, KEY_TWIST);
    qs_cbor_put_bytes(out, parts->modulus.twist, sizeof parts->modulus.twist);
    qs_cbor_put_uint(out, KEY_FACTORS);
    qs_cbor_put_bytes(out, parts->factors, qs_factors_proof_bytes(parts->key->root->bits));
}

static void put_words(qs_buffer *out, const qs_ring *root, const mp_limb_t *words, size_t count)
{
    uint8_t *room = qs_buffer_extend(out, count * root->bytes);

    for (size_t i = 0; room != NULL && i < count; i++)
        qs_ring_write(root, room + i * root->bytes, words + i * root->limbs);
}

quorsum_status qs_key_parts_write(quorsum_bytes *out, uint8_t digest[QUORSUM_DIGEST_BYTES], const qs_key_parts *parts,
                                  const quorsum_identity *signer)
{
    qs_buffer message = {0};
    quorsum_status status;

    *out = (quorsum_bytes){0};
    if (parts->roster != NULL && roster_repeats(parts->roster, parts->trustees))
        return QUORSUM_ERR_DUPLICATE_TRUSTEE;
    qs_message_begin(&message, QS_KIND_KEY, OWN_KEYS, parts->dealer, NULL, NULL);
    put_header(&message, parts);
    put_words(&message, parts->key->root, parts->verify, parts->trustees);
    put_words(&message, parts->key->root, parts->roots, QS_CERTIFICATE_ROOTS);
    put_words(&message, parts->key->root, parts->modulus.words, QS_MODULUS_WORDS);
    qs_message_sign(&message, QS_KIND_KEY, signer, NULL, digest);
    status = message.status;
    if (status == QUORSUM_OK)
        *out = (quorsum_bytes){message.data, message.len};
    else
        qs_buffer_free(&message);
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
} key_header;

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
static void take_origin(qs_cbor_reader *reader)
{
    const char *text;
    size_t len;

    qs_cbor_key(reader, KEY_ORIGIN);
    text = qs_cbor_text(reader, &len, ORIGIN_MAX);
    if (text == NULL || len != strlen(QS_ORIGIN_DEALER) || memcmp(text, QS_ORIGIN_DEALER, len) != 0)
        refuse(reader, QUORSUM_ERR_RANGE);
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
    qs_cbor_key(reader, KEY_NEGATE);
    qs_cbor_fixed(reader, header->negate, sizeof header->negate);
    qs_cbor_key(reader, KEY_TWIST);
    qs_cbor_fixed(reader, header->twist, sizeof header->twist);
    qs_cbor_key(reader, KEY_FACTORS);
    header->factors = qs_cbor_bytes(reader, &header->factors_len, qs_factors_proof_bytes(QS_MODULUS_BITS_MAX));
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
    take_origin(reader);
    take_roster(reader, header);
    take_proofs(reader, header);
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
    if (status == QUORSUM_OK)
        status = take_words(root, parts->modulus.words, roots + QS_CERTIFICATE_ROOTS * root->bytes, QS_MODULUS_WORDS);
    return status;
}

static quorsum_status make_parts(qs_key_parts *parts, const key_header *header, const uint8_t *blocks)
{
    quorsum_public_key *key = NULL;
    quorsum_status status = quorsum_public_key_new(&key, header->modulus, header->modulus_len, &header->options);

    if (status == QUORSUM_OK && header->factors_len != qs_factors_proof_bytes(key->root->bits))
        status = QUORSUM_ERR_RANGE;
    if (status == QUORSUM_OK)
        status = qs_key_parts_init(parts, key, header->trustees, header->quorum, header->share_bits,
                                   header->roster_count > 0 ? header->roster : NULL);
    if (status == QUORSUM_OK) {
        mpz_set(parts->theta, header->theta);
        memcpy(parts->modulus.negate, header->negate, sizeof header->negate);
        memcpy(parts->modulus.twist, header->twist, sizeof header->twist);
        memcpy(parts->factors, header->factors, header->factors_len);
        status = take_blocks(parts, blocks);
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
    status = qs_message_open(&message, QS_KIND_KEY, OWN_KEYS, in, len);
    if (status == QUORSUM_OK) {
        take_header(&message.header, &header);
        status = qs_message_close_followed(
            &message, ((uint64_t)header.trustees + QS_CERTIFICATE_ROOTS + QS_MODULUS_WORDS) * header.modulus_len,
            &behind);
    }
    if (status == QUORSUM_OK)
        status = make_parts(parts, &header, message.blocks);
    if (status == QUORSUM_OK) {
        memcpy(parts->dealer, message.sender, QUORSUM_IDENTITY_BYTES);
        memcpy(parts->prover, message.sender, QUORSUM_IDENTITY_BYTES);
        memcpy(digest, message.digest, QUORSUM_DIGEST_BYTES);
        *message_len = message.len;
    }
    mpz_clear(header.theta);
    free(header.roster);
    return status;
}
