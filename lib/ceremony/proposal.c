/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proposals: made by writing one and reading it back, so that whatever this library makes passes every check a stranger
 * will run on it.
 */
#include "lib/ceremony/proposal.h"

#include <string.h>

#include "lib/base/message.h"
#include "lib/base/random.h"

#define OWN_KEYS 12
#define NONCE_BYTES 16
#define BATCH_MIN 16 /* what toy sizes get by default */

enum {
    KEY_PURPOSE = 10,
    KEY_NONCE = 11,
    KEY_BITS = 12,
    KEY_DEGREE = 13,
    KEY_RANDOMISER = 14,
    KEY_TRUSTEES = 15,
    KEY_QUORUM = 16,
    KEY_ROSTER = 17,
    KEY_BATCH = 18,
    KEY_PARENT = 19,
    KEY_DEALERS = 20,
    KEY_EPOCH = 21
};

/* C(n, t): at most 6435 for what n may be. */
static uint64_t count_sets(uint32_t members, uint32_t degree)
{
    uint64_t count = 1;

    for (uint32_t i = 1; i <= degree; i++)
        count = count * (members - degree + i) / i;
    return count;
}

static int roster_repeats(const qs_proposal *proposal)
{
    for (uint32_t i = 1; i < proposal->trustees; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (memcmp(proposal->roster + i * QUORSUM_IDENTITY_BYTES, proposal->roster + j * QUORSUM_IDENTITY_BYTES,
                       QUORSUM_IDENTITY_BYTES) == 0)
                return 1;
        }
    }
    return 0;
}

/* What must hold between the fields, whoever set them. */
static quorsum_status check(const qs_proposal *proposal)
{
    uint32_t n = proposal->trustees;
    uint32_t most = proposal->handed_on ? n : (n + 1) / 2;

    if (n < (proposal->handed_on ? 2u : 3u) || n > QUORSUM_CEREMONY_TRUSTEES_MAX || proposal->quorum < 2 ||
        proposal->quorum > most)
        return QUORSUM_ERR_RANGE;
    if (proposal->handed_on != (proposal->dealers > 0) || proposal->handed_on != (proposal->epoch > 0) ||
        proposal->handed_on != (proposal->batch == 0) || proposal->batch > QS_PROPOSAL_BATCH_MAX)
        return QUORSUM_ERR_RANGE;
    if (!qs_modulus_bits_allowed(proposal->bits) || proposal->bits % 2 != 0)
        return QUORSUM_ERR_MODULUS_SIZE;
    if (roster_repeats(proposal))
        return QUORSUM_ERR_DUPLICATE_TRUSTEE;
    return count_sets(n, proposal->quorum - 1) > QS_SETS_MAX ? QUORSUM_ERR_LIMIT : QUORSUM_OK;
}

/* ---- writing ---- */

static void put_uint(qs_buffer *out, uint64_t key, uint64_t value)
{
    qs_cbor_put_uint(out, key);
    qs_cbor_put_uint(out, value);
}

static void put_header(qs_buffer *out, const qs_proposal *proposal)
{
    uint8_t nonce[NONCE_BYTES];

    qs_random_bytes(nonce, sizeof nonce);
    qs_cbor_put_uint(out, KEY_PURPOSE);
    qs_cbor_put_text(out, proposal->purpose);
    qs_cbor_put_uint(out, KEY_NONCE);
    qs_cbor_put_bytes(out, nonce, sizeof nonce);
    put_uint(out, KEY_BITS, proposal->bits);
    put_uint(out, KEY_DEGREE, proposal->degree);
    put_uint(out, KEY_RANDOMISER, (uint64_t)proposal->randomiser);
    put_uint(out, KEY_TRUSTEES, proposal->trustees);
    put_uint(out, KEY_QUORUM, proposal->quorum);
    qs_cbor_put_uint(out, KEY_ROSTER);
    qs_cbor_put_array(out, proposal->trustees);
    for (uint32_t i = 0; i < proposal->trustees; i++)
        qs_cbor_put_bytes(out, proposal->roster + i * QUORSUM_IDENTITY_BYTES, QUORSUM_IDENTITY_BYTES);
    put_uint(out, KEY_BATCH, proposal->batch);
    qs_cbor_put_uint(out, KEY_PARENT);
    qs_cbor_put_bytes(out, proposal->parent, proposal->handed_on ? sizeof proposal->parent : 0);
    qs_cbor_put_uint(out, KEY_DEALERS);
    qs_cbor_put_array(out, proposal->dealers);
    for (uint32_t i = 0; i < proposal->dealers; i++)
        qs_cbor_put_uint(out, proposal->dealer[i]);
    put_uint(out, KEY_EPOCH, proposal->epoch);
}

/* ---- reading ---- */

static uint64_t take_uint(qs_cbor_reader *reader, uint64_t key, uint64_t min, uint64_t max)
{
    uint64_t value;

    qs_cbor_key(reader, key);
    value = qs_cbor_uint(reader, max);
    if (reader->status == QUORSUM_OK && value < min)
        reader->status = QUORSUM_ERR_RANGE;
    return value;
}

static void take_purpose(qs_cbor_reader *reader, qs_proposal *out)
{
    const char *text;
    size_t len = 0;

    qs_cbor_key(reader, KEY_PURPOSE);
    text = qs_cbor_text(reader, &len, QUORSUM_PURPOSE_MAX);
    if (reader->status == QUORSUM_OK && len == 0)
        reader->status = QUORSUM_ERR_RANGE;
    if (text != NULL)
        memcpy(out->purpose, text, len);
}

static void take_roster(qs_cbor_reader *reader, qs_proposal *out)
{
    uint64_t count;

    qs_cbor_key(reader, KEY_ROSTER);
    count = qs_cbor_array(reader, QS_MEMBERS_MAX);
    if (reader->status == QUORSUM_OK && count != out->trustees)
        reader->status = QUORSUM_ERR_RANGE;
    for (uint64_t i = 0; i < count && reader->status == QUORSUM_OK; i++)
        qs_cbor_fixed(reader, out->roster + i * QUORSUM_IDENTITY_BYTES, QUORSUM_IDENTITY_BYTES);
}

static void take_parent(qs_cbor_reader *reader, qs_proposal *out)
{
    const uint8_t *digest;
    size_t len = 0;

    qs_cbor_key(reader, KEY_PARENT);
    digest = qs_cbor_bytes(reader, &len, QUORSUM_DIGEST_BYTES);
    if (reader->status == QUORSUM_OK && len != 0 && len != QUORSUM_DIGEST_BYTES)
        reader->status = QUORSUM_ERR_RANGE;
    if (reader->status == QUORSUM_OK && len != 0) {
        out->handed_on = 1;
        memcpy(out->parent, digest, len);
    }
}

static void take_dealers(qs_cbor_reader *reader, qs_proposal *out)
{
    uint64_t count;

    qs_cbor_key(reader, KEY_DEALERS);
    count = qs_cbor_array(reader, QUORSUM_TRUSTEES_MAX);
    for (uint64_t i = 0; i < count && reader->status == QUORSUM_OK; i++) {
        out->dealer[i] = (uint32_t)qs_cbor_uint(reader, QUORSUM_TRUSTEES_MAX);
        if (reader->status == QUORSUM_OK && out->dealer[i] <= (i > 0 ? out->dealer[i - 1] : 0))
            reader->status = QUORSUM_ERR_RANGE;
    }
    out->dealers = (uint32_t)count;
}

static void take_header(qs_cbor_reader *reader, qs_proposal *out)
{
    uint8_t nonce[NONCE_BYTES];

    take_purpose(reader, out);
    qs_cbor_key(reader, KEY_NONCE);
    qs_cbor_fixed(reader, nonce, sizeof nonce);
    out->bits = (uint32_t)take_uint(reader, KEY_BITS, 1, UINT32_MAX);
    out->degree = (unsigned)take_uint(reader, KEY_DEGREE, 1, QS_DEGREE_MAX);
    out->randomiser = (quorsum_randomiser)take_uint(reader, KEY_RANDOMISER, 0, QUORSUM_RANDOMISER_FULL);
    out->trustees = (uint32_t)take_uint(reader, KEY_TRUSTEES, 2, QUORSUM_CEREMONY_TRUSTEES_MAX);
    out->quorum = (uint32_t)take_uint(reader, KEY_QUORUM, 2, QUORSUM_CEREMONY_TRUSTEES_MAX);
    take_roster(reader, out);
    out->batch = (uint32_t)take_uint(reader, KEY_BATCH, 0, QS_PROPOSAL_BATCH_MAX);
    take_parent(reader, out);
    take_dealers(reader, out);
    out->epoch = take_uint(reader, KEY_EPOCH, 0, UINT64_MAX);
}

quorsum_status qs_proposal_read(qs_proposal *out, const uint8_t *in, size_t len)
{
    qs_message message;
    quorsum_status status;

    memset(out, 0, sizeof *out);
    status = qs_message_open(&message, QS_KIND_PROPOSAL, OWN_KEYS, in, len);
    if (status != QUORSUM_OK)
        return status;
    take_header(&message.header, out);
    status = qs_message_close(&message, 0);
    if (status == QUORSUM_OK)
        status = check(out);
    if (status == QUORSUM_OK)
        memcpy(out->digest, message.digest, sizeof out->digest);
    return status;
}

quorsum_status qs_proposal_check_parent(const qs_proposal *proposal, const quorsum_key_record *parent)
{
    const qs_key_parts *parts;

    if (parent == NULL || !proposal->handed_on)
        return parent == NULL && !proposal->handed_on ? QUORSUM_OK : QUORSUM_ERR_KEY_MISMATCH;
    parts = &parent->parts;
    if (memcmp(proposal->parent, parent->digest, sizeof proposal->parent) != 0 || parts->roster == NULL ||
        proposal->bits != parts->key->root->bits || proposal->degree != parts->key->degree ||
        proposal->randomiser != parts->key->randomiser || proposal->dealers != parts->quorum ||
        proposal->dealer[proposal->dealers - 1] > parts->trustees || proposal->epoch != parts->epoch + 1)
        return QUORSUM_ERR_KEY_MISMATCH;
    return qs_key_record_is_confirmed(parent) ? QUORSUM_OK : QUORSUM_ERR_UNCONFIRMED;
}

/* ---- making ---- */

static quorsum_status fill_new(qs_proposal *proposal, const quorsum_ceremony_options *options)
{
    quorsum_key_options key;
    quorsum_status status = qs_key_options_complete(&key, &options->key);

    if (status != QUORSUM_OK)
        return status;
    proposal->bits = key.modulus_bits > 0 ? key.modulus_bits : QS_MODULUS_BITS_DEFAULT;
    proposal->degree = key.degree;
    proposal->randomiser = key.randomiser;
    proposal->batch = options->batch;
    if (proposal->batch == 0)
        proposal->batch = proposal->bits / 2 > BATCH_MIN ? proposal->bits / 2 : BATCH_MIN;
    return QUORSUM_OK;
}

static quorsum_status fill_handed_on(qs_proposal *proposal, const quorsum_ceremony_options *options)
{
    const qs_key_parts *parts = &options->parent->parts;

    if (options->dealers == NULL)
        return QUORSUM_ERR_ARGUMENT;
    if (!qs_key_record_is_confirmed(options->parent))
        return QUORSUM_ERR_UNCONFIRMED;
    proposal->handed_on = 1;
    proposal->bits = (uint32_t)parts->key->root->bits;
    proposal->degree = parts->key->degree;
    proposal->randomiser = parts->key->randomiser;
    proposal->epoch = parts->epoch + 1;
    proposal->dealers = parts->quorum;
    memcpy(proposal->parent, options->parent->digest, sizeof proposal->parent);
    for (uint32_t i = 0; i < parts->quorum; i++) {
        proposal->dealer[i] = options->dealers[i];
        if (options->dealers[i] <= (i > 0 ? options->dealers[i - 1] : 0) || options->dealers[i] > parts->trustees ||
            parts->roster == NULL)
            return QUORSUM_ERR_TRUSTEE;
    }
    return QUORSUM_OK;
}

static quorsum_status fill(qs_proposal *proposal, const quorsum_ceremony_options *options)
{
    size_t len = strnlen(options->purpose, QUORSUM_PURPOSE_MAX + 1);
    quorsum_status status;

    if (len == 0 || len > QUORSUM_PURPOSE_MAX || options->trustees < 2 ||
        options->trustees > QUORSUM_CEREMONY_TRUSTEES_MAX)
        return QUORSUM_ERR_ARGUMENT;
    memcpy(proposal->purpose, options->purpose, len);
    proposal->trustees = options->trustees;
    proposal->quorum = options->quorum;
    memcpy(proposal->roster, options->roster, options->trustees * QUORSUM_IDENTITY_BYTES);
    status = options->parent != NULL ? fill_handed_on(proposal, options) : fill_new(proposal, options);
    if (status == QUORSUM_OK)
        status = check(proposal);
    return status == QUORSUM_ERR_RANGE ? QUORSUM_ERR_ARGUMENT : status;
}

quorsum_status quorsum_ceremony_propose(quorsum_bytes *out, const quorsum_ceremony_options *options,
                                        const quorsum_identity *convener)
{
    qs_proposal proposal = {0};
    qs_buffer message = {0};
    quorsum_status status;

    if (out != NULL)
        *out = (quorsum_bytes){0};
    if (out == NULL || options == NULL || convener == NULL || options->roster == NULL || options->purpose == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = fill(&proposal, options);
    if (status != QUORSUM_OK)
        return status;
    qs_message_begin(&message, QS_KIND_PROPOSAL, OWN_KEYS, quorsum_identity_public(convener), NULL, NULL);
    put_header(&message, &proposal);
    qs_message_sign(&message, QS_KIND_PROPOSAL, convener, NULL, NULL);
    status = message.status;
    if (status == QUORSUM_OK)
        status = qs_proposal_read(&proposal, message.data, message.len);
    if (status == QUORSUM_OK)
        *out = (quorsum_bytes){message.data, message.len};
    else
        qs_buffer_free(&message);
    return status;
}
