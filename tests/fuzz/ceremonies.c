/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ceremony reads: proposals, messages of its steps, saved states. An even first byte: the rest is the bytes;
 * odd: a script of changes in good ones, which are signed (or sealed) again, so that they get behind that:
 *
 *     script = which ‖ (place 2 ‖ xor 1)*           which: of the messages or states that there are
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/message.h"
#include "lib/ceremony/ceremony.h"
#include "target.h"
#include "world.h"

enum { PARTIES_HERE = 3, LETTERS = 200, STATES = 8, SEED_PART = 32 + 16 };

typedef struct scene {
    quorsum_identity *identity[PARTIES_HERE];
    quorsum_bytes proposal;
    quorsum_bytes letter[LETTERS];
    uint32_t sender[LETTERS];
    size_t letters;
    quorsum_bytes state[STATES]; /* of party 1 */
    size_t states;
} scene;

static void must(quorsum_status status)
{
    if (status != QUORSUM_OK)
        fuzz_stop(quorsum_status_name(status));
}

static void propose(scene *s)
{
    uint8_t roster[PARTIES_HERE * QUORSUM_IDENTITY_BYTES];
    quorsum_ceremony_options options = {.key = {.modulus_bits = 64}, .trustees = PARTIES_HERE, .quorum = 2,
                                        .roster = roster, .purpose = "fuzz", .batch = 8};

    for (size_t p = 0; p < PARTIES_HERE; p++) {
        must(quorsum_identity_generate(&s->identity[p]));
        memcpy(roster + p * QUORSUM_IDENTITY_BYTES, quorsum_identity_public(s->identity[p]), QUORSUM_IDENTITY_BYTES);
    }
    must(quorsum_ceremony_propose(&s->proposal, &options, s->identity[0]));
}

/* One message of a party to all. */
static void tell(scene *s, quorsum_ceremony **party, size_t p)
{
    quorsum_bytes *letter = &s->letter[s->letters];

    must(quorsum_ceremony_message(letter, party[p], 0));
    s->sender[s->letters++] = (uint32_t)p;
    for (size_t q = 0; q < PARTIES_HERE; q++)
        must(quorsum_ceremony_receive(party[q], letter->data, letter->len));
}

static void play(scene *s)
{
    quorsum_ceremony *party[PARTIES_HERE] = {NULL};
    quorsum_ceremony_status status = {0};

    for (size_t p = 0; p < PARTIES_HERE; p++)
        must(quorsum_ceremony_start(&party[p], s->proposal.data, s->proposal.len, s->identity[p], NULL, NULL));
    while (status.phase == QUORSUM_CEREMONY_RUNNING && s->letters + PARTIES_HERE <= LETTERS) {
        uint32_t step = status.step;

        for (size_t p = 0; p < PARTIES_HERE; p++)
            must(quorsum_ceremony_work(party[p], NULL));
        quorsum_ceremony_state(&status, party[0]);
        if (s->states < STATES && status.step % 3 == 0)
            must(quorsum_ceremony_save(&s->state[s->states++], party[0]));
        for (size_t p = 0; p < PARTIES_HERE && status.step != step; p++)
            tell(s, party, p);
    }
    if (status.phase != QUORSUM_CEREMONY_DONE)
        fuzz_stop("an honest ceremony does not end");
    for (size_t p = 0; p < PARTIES_HERE; p++)
        quorsum_ceremony_free(party[p]);
}

static const scene *get(void)
{
    static scene s;

    if (s.letters == 0) {
        if (sodium_init() < 0)
            fuzz_stop("libsodium");
        propose(&s);
        play(&s);
    }
    return &s;
}

static void change(uint8_t *data, size_t size, const uint8_t *script, size_t len)
{
    for (; len >= 3; script += 3, len -= 3) {
        size_t place = (size_t)script[0] << 8 | script[1];

        data[place % size] ^= script[2];
    }
}

/* The good message with the script's changes, signed again by whose it is; with the old signature if it has another
 * sender now. */
static quorsum_bytes changed_message(const quorsum_bytes *good, const char *kind, const quorsum_identity *identity,
                                     const uint8_t *script, size_t len)
{
    qs_buffer out = {0};

    qs_buffer_append(&out, good->data, good->len - QS_SIGNATURE_BYTES);
    change(out.data, out.len, script, len);
    qs_message_sign(&out, kind, identity, NULL, NULL);
    if (out.status != QUORSUM_OK) {
        qs_buffer_free(&out);
        qs_buffer_append(&out, good->data, good->len);
        change(out.data, out.len - QS_SIGNATURE_BYTES, script, len);
        must(out.status);
    }
    return (quorsum_bytes){out.data, out.len};
}

/* What is always true of a ceremony. */
static void check(const quorsum_ceremony *ceremony)
{
    quorsum_ceremony_status status;
    quorsum_key_record *record = NULL;

    quorsum_ceremony_state(&status, ceremony);
    if (status.phase == QUORSUM_CEREMONY_FAILED && (status.reason == NULL || status.reason[0] == '\0'))
        fuzz_stop("a failure without a reason");
    for (uint32_t i = 0; i < status.accused; i++) {
        if (status.accused_slot[i] < 1 || status.accused_slot[i] > status.slots)
            fuzz_stop("nobody is accused");
    }
    if ((quorsum_ceremony_result(&record, NULL, ceremony) == QUORSUM_OK) != (status.phase == QUORSUM_CEREMONY_DONE))
        fuzz_stop("a result without an end, or an end without one");
    quorsum_key_record_free(record);
}

static void start(const uint8_t *data, size_t len)
{
    quorsum_ceremony *ceremony = NULL;

    if (quorsum_ceremony_start(&ceremony, data, len, NULL, NULL, NULL) == QUORSUM_OK) {
        check(ceremony);
        (void)!quorsum_ceremony_work(ceremony, NULL);
    } else if (ceremony != NULL) {
        fuzz_stop("a ceremony in spite of an error");
    }
    quorsum_ceremony_free(ceremony);
}

void fuzz_proposal(const uint8_t *data, size_t len)
{
    const scene *s = get();
    quorsum_bytes changed;

    if (len == 0 || data[0] % 2 == 0) {
        start(data + (len > 0), len > 0 ? len - 1 : 0);
        return;
    }
    changed = changed_message(&s->proposal, QS_KIND_PROPOSAL, s->identity[0], data + 1, len - 1);
    start(changed.data, changed.len);
    quorsum_bytes_free(&changed);
}

/* An observer, to whom one message is given instead of the good one, or besides the first few. */
static void observe(const scene *s, const uint8_t *message, size_t len, size_t instead)
{
    quorsum_ceremony *ceremony = NULL;

    must(quorsum_ceremony_start(&ceremony, s->proposal.data, s->proposal.len, NULL, NULL, NULL));
    for (size_t i = 0; i < s->letters; i++) {
        if (i == instead)
            (void)!quorsum_ceremony_receive(ceremony, message, len);
        else
            (void)!quorsum_ceremony_receive(ceremony, s->letter[i].data, s->letter[i].len);
        if (i % PARTIES_HERE == PARTIES_HERE - 1) {
            (void)!quorsum_ceremony_work(ceremony, NULL);
            check(ceremony);
            if (ceremony->phase == QUORSUM_CEREMONY_FAILED)
                break;
        }
    }
    quorsum_ceremony_free(ceremony);
}

void fuzz_ceremony(const uint8_t *data, size_t len)
{
    const scene *s = get();
    quorsum_bytes changed;
    uint32_t step = 0;
    uint32_t slot = 0;
    size_t which;

    if (len < 2 || data[0] % 2 == 0) {
        (void)!quorsum_ceremony_peek(data + (len > 0), len > 0 ? len - 1 : 0, &step, &slot);
        observe(s, data + (len > 0), len > 0 ? len - 1 : 0, 0);
        return;
    }
    which = data[1] % s->letters;
    changed = changed_message(&s->letter[which], QS_KIND_CEREMONY, s->identity[s->sender[which]], data + 2, len - 2);
    (void)!quorsum_ceremony_peek(changed.data, changed.len, &step, &slot);
    observe(s, changed.data, changed.len, which);
    quorsum_bytes_free(&changed);
}

static void resume(const scene *s, const uint8_t *data, size_t len)
{
    quorsum_ceremony *ceremony = NULL;
    quorsum_bytes again = {0};

    if (quorsum_ceremony_resume(&ceremony, s->proposal.data, s->proposal.len, s->identity[0], NULL, NULL, data, len,
                                NULL) == QUORSUM_OK) {
        check(ceremony);
        (void)!quorsum_ceremony_work(ceremony, NULL);
        check(ceremony);
        must(quorsum_ceremony_save(&again, ceremony));
        quorsum_bytes_free(&again);
    } else if (ceremony != NULL) {
        fuzz_stop("a ceremony in spite of an error");
    }
    quorsum_ceremony_free(ceremony);
}

/* Opens the log of a saved state (saved.c), changes it, and seals it again. */
static quorsum_bytes changed_state(const scene *s, const quorsum_bytes *good, const uint8_t *script, size_t len)
{
    quorsum_bytes out = {.data = malloc(good->len), .len = good->len};
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES] = {0};
    uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    qs_cbor_reader reader;
    size_t header;
    uint8_t *log;
    size_t log_len;

    if (out.data == NULL)
        fuzz_stop("no memory");
    memcpy(out.data, good->data, good->len);
    qs_cbor_begin(&reader, good->data, good->len);
    (void)qs_cbor_map(&reader, 64);
    for (uint64_t field = 0; field < 5; field++) {
        size_t size = 0;

        qs_cbor_key(&reader, field);
        if (field == 0)
            (void)qs_cbor_text(&reader, &size, 32);
        else if (field == 1)
            (void)qs_cbor_uint(&reader, UINT64_MAX);
        else
            (void)qs_cbor_bytes(&reader, &size, 32);
    }
    must(reader.status);
    header = (size_t)(reader.at - good->data);
    qs_identity_derive(s->identity[0], key, "quorsum/v1/ceremony-state", good->data, header);
    nonce[sizeof nonce - 1] = 1;
    log = out.data + header + SEED_PART;
    log_len = out.len - header - SEED_PART;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(log, NULL, NULL, log, log_len, NULL, 0, nonce, key) != 0)
        fuzz_stop("a saved state that is not as saved.c says");
    change(log, log_len - 16, script, len);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(log, NULL, log, log_len - 16, NULL, 0, NULL, nonce, key);
    return out;
}

void fuzz_resume(const uint8_t *data, size_t len)
{
    const scene *s = get();
    quorsum_bytes changed;

    if (len < 2 || data[0] % 2 == 0) {
        resume(s, data + (len > 0), len > 0 ? len - 1 : 0);
        return;
    }
    changed = changed_state(s, &s->state[data[1] % s->states], data + 2, len - 2);
    resume(s, changed.data, changed.len);
    quorsum_bytes_free(&changed);
}
