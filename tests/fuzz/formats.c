/* SPDX-License-Identifier: Apache-2.0 */
/* Other bytes that the library reads: CBOR by itself, ciphertexts, moduli, sealed files and what is in them, pools. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "lib/base/cbor.h"
#include "lib/base/seal.h"
#include "lib/base/secret.h"
#include "lib/round/journal.h"
#include "target.h"

/* The first 16 bytes say what is read, the rest is read: a reader stays in its bytes, and keeps its first error. */
void fuzz_cbor(const uint8_t *data, size_t len)
{
    size_t orders = len < 16 ? len : 16;
    qs_cbor_reader reader;
    quorsum_status first;
    uint8_t fixed[32];
    mpz_t number;

    mpz_init(number);
    qs_cbor_begin(&reader, data + orders, len - orders);
    for (size_t i = 0; i < orders; i++) {
        size_t got = 0;
        const void *lent = NULL;

        first = reader.status;
        switch (data[i] % 8) {
        case 0:
            (void)qs_cbor_uint(&reader, UINT64_MAX);
            break;
        case 1:
            lent = qs_cbor_bytes(&reader, &got, 1 << 16);
            break;
        case 2:
            qs_cbor_fixed(&reader, fixed, data[i] / 8);
            break;
        case 3:
            lent = qs_cbor_text(&reader, &got, 1 << 16);
            break;
        case 4:
            (void)qs_cbor_array(&reader, 1 << 16);
            break;
        case 5:
            (void)qs_cbor_map(&reader, 64);
            break;
        case 6:
            qs_cbor_key(&reader, data[i] / 8);
            break;
        default:
            qs_cbor_mpz(&reader, number, 64);
            break;
        }
        if (lent != NULL && ((const uint8_t *)lent < data + orders || (const uint8_t *)lent + got > data + len))
            fuzz_stop("lent bytes lie elsewhere");
        if (first != QUORSUM_OK && (reader.status != first || lent != NULL || mpz_sgn(number) != 0))
            fuzz_stop("something was read after an error");
        mpz_set_ui(number, 0);
    }
    mpz_clear(number);
}

void fuzz_ciphertexts(const uint8_t *data, size_t len)
{
    const quorsum_public_key *key = quorsum_key_record_public(fuzz_world_get()->record);
    quorsum_ciphertexts *vector = NULL;
    quorsum_sum *sum = NULL;
    quorsum_ciphertexts *copy = NULL;
    size_t index = 0, width = quorsum_public_key_ciphertext_bytes(key), written = 0;
    uint8_t *again = malloc(len + 1);
    quorsum_status status, summed;

    if (again == NULL)
        fuzz_stop("no memory");
    status = quorsum_ciphertexts_decode(&vector, key, data, len, &index, NULL);
    if (status == QUORSUM_OK &&
        (quorsum_ciphertexts_encode(vector, again, len, &written) != QUORSUM_OK || written != len ||
         memcmp(again, data, len) != 0))
        fuzz_stop("accepted in two forms");
    if (len >= width) { /* the other way in says the same */
        if (quorsum_sum_new(&sum, key, len / width) != QUORSUM_OK)
            fuzz_stop("no sum");
        summed = quorsum_sum_add_bytes(sum, data, len, NULL, NULL);
        if (summed != status)
            fuzz_stop("decode and sum judge differently");
        if (summed == QUORSUM_OK &&
            (quorsum_sum_value(&copy, sum, NULL) != QUORSUM_OK ||
             quorsum_ciphertexts_encode(copy, again, len, &written) != QUORSUM_OK || memcmp(again, data, len) != 0))
            fuzz_stop("a sum of one is not that one");
    }
    quorsum_ciphertexts_free(copy);
    quorsum_ciphertexts_free(vector);
    vector = NULL;
    if (quorsum_ciphertexts_import(&vector, key, data, len, &index, NULL) == QUORSUM_OK &&
        (quorsum_ciphertexts_export(vector, key, again, len, &written) != QUORSUM_OK || written != len ||
         memcmp(again, data, len) != 0))
        fuzz_stop("imported in two forms");
    quorsum_ciphertexts_free(vector);
    quorsum_sum_free(sum);
    free(again);
}

/* Degree, randomiser, then a modulus. */
void fuzz_public_key(const uint8_t *data, size_t len)
{
    quorsum_public_key *key = NULL;
    quorsum_key_options options = {0};
    uint8_t modulus[64];

    if (len < 2 || len > sizeof modulus)
        return;
    options.degree = data[0];
    options.randomiser = (quorsum_randomiser)(data[1] % 4);
    if (quorsum_public_key_new(&key, data + 2, len - 2, &options) == QUORSUM_OK) {
        if (quorsum_public_key_modulus_bytes(key) != len - 2)
            fuzz_stop("a modulus of another length");
        quorsum_public_key_modulus(key, modulus);
        if (memcmp(modulus, data + 2, len - 2) != 0)
            fuzz_stop("another modulus");
    }
    quorsum_public_key_free(key);
}

#define PASSPHRASE "open", 4

static void unseal_all(const uint8_t *data, size_t len)
{
    quorsum_identity *identity = NULL;
    quorsum_key_share *share = NULL;
    quorsum_private_key *key = NULL;
    quorsum_bytes again = {0};

    if (quorsum_identity_unseal(&identity, data, len, PASSPHRASE) == QUORSUM_OK &&
        quorsum_identity_seal(&again, identity, PASSPHRASE) != QUORSUM_OK)
        fuzz_stop("an identity cannot be sealed again");
    quorsum_bytes_free(&again);
    if (quorsum_key_share_unseal(&share, data, len, PASSPHRASE) == QUORSUM_OK &&
        quorsum_key_share_seal(&again, share, PASSPHRASE) != QUORSUM_OK)
        fuzz_stop("a share cannot be sealed again");
    quorsum_bytes_free(&again);
    if (share != NULL)
        (void)!quorsum_key_share_check(share, fuzz_world_get()->record);
    if (quorsum_private_key_unseal(&key, data, len, PASSPHRASE) == QUORSUM_OK &&
        quorsum_private_key_seal(&again, key, PASSPHRASE) != QUORSUM_OK)
        fuzz_stop("a key cannot be sealed again");
    quorsum_bytes_free(&again);
    quorsum_identity_free(identity);
    quorsum_key_share_free(share);
    quorsum_private_key_free(key);
}

void fuzz_sealed(const uint8_t *data, size_t len)
{
    (void)fuzz_world_get();
    unseal_all(data, len);
}

void fuzz_secrets(const uint8_t *data, size_t len)
{
    static const char *const kinds[] = {"identity", "share", "private-key"};
    qs_buffer sealed = {0};
    uint8_t whole[256];
    const quorsum_key_share *share;
    fuzz_script script = {data, data + len};
    unsigned kind = (unsigned)fuzz_take(&script, 1);
    size_t rest;

    /* 3: a good share's value and lengths, with the input's bytes xored over it */
    share = fuzz_world_get()->share[0];
    rest = (size_t)(script.end - script.at);
    if (rest > sizeof whole)
        return;
    if (rest > 0)
        memcpy(whole, script.at, rest);
    if (kind % 4 == 3) {
        quorsum_bytes good = {0};
        void *secret = NULL;
        size_t good_len = 0;

        if (quorsum_key_share_seal(&good, share, PASSPHRASE) != QUORSUM_OK ||
            qs_unseal(&secret, &good_len, "share", good.data, good.len, PASSPHRASE) != QUORSUM_OK || good_len > sizeof whole)
            fuzz_stop("a good share");
        for (size_t i = 0; i < good_len; i++)
            whole[i] = (uint8_t)(((const uint8_t *)secret)[i] ^ (i < rest ? script.at[i] : 0));
        rest = good_len;
        qs_secret_release(secret);
        quorsum_bytes_free(&good);
    }
    if (qs_seal(&sealed, kinds[kind % 4 == 3 ? 1 : kind % 4], whole, rest, PASSPHRASE) == QUORSUM_OK)
        unseal_all(sealed.data, sealed.len);
    qs_buffer_free(&sealed);
}

/* A pool file: an even first byte: the rest is one; odd: a good one, cut, and xored from a place on. */
void fuzz_pool(const uint8_t *data, size_t len)
{
    const fuzz_world *world = fuzz_world_get();
    const quorsum_public_key *key = quorsum_key_record_public(world->record);
    static uint8_t good[4096];
    static size_t good_len;
    uint8_t bytes[4096];
    fuzz_script script = {data, data + len};
    quorsum_pool_info info;
    quorsum_encryptor *encryptor = NULL;
    const char *path;
    size_t size;

    if (good_len == 0) {
        FILE *file;

        path = fuzz_file("good-pool", "", 0);
        if (remove(path) != 0 || quorsum_pool_make(path, world->encryptor, world->party[CONTRIBUTOR_1], 6, NULL) != QUORSUM_OK)
            fuzz_stop("a good pool");
        file = fopen(path, "rb");
        good_len = file != NULL ? fread(good, 1, sizeof good, file) : 0;
        if (file == NULL || fclose(file) != 0 || good_len == 0)
            fuzz_stop("a good pool");
    }
    if (fuzz_take(&script, 1) % 2 == 0) {
        size = (size_t)(script.end - script.at);
        if (size > sizeof bytes)
            return;
        if (size > 0)
            memcpy(bytes, script.at, size);
    } else {
        size_t cut = (size_t)fuzz_take(&script, 2), place = (size_t)fuzz_take(&script, 2);

        memcpy(bytes, good, good_len);
        size = cut < good_len ? good_len - cut : 0;
        for (size_t i = 0; script.at < script.end && size > 0; i++)
            bytes[(place + i) % size] ^= (uint8_t)fuzz_take(&script, 1);
    }
    path = fuzz_file("pool", bytes, size);
    if (quorsum_pool_inspect(&info, path) != QUORSUM_OK)
        info.available = 0;
    if (quorsum_pool_open(&encryptor, path, key, world->party[CONTRIBUTOR_1], 3) == QUORSUM_OK) {
        quorsum_pool_info after;

        /* entries are tied to their places: only what the owner sealed comes out */
        if (quorsum_pool_available(encryptor) > 6)
            fuzz_stop("more entries than there were");
        if (quorsum_pool_inspect(&after, path) != QUORSUM_OK ||
            after.available != info.available - quorsum_pool_available(encryptor))
            fuzz_stop("taken entries are still in the file");
    }
    quorsum_encryptor_free(encryptor);
}

static quorsum_status agree(const char *path, uint8_t what)
{
    static const uint8_t task[QUORSUM_DIGEST_BYTES] = {1};
    qs_agreement agreement = {.manifest = {what}, .aggregate = {what}};
    qs_journal *journal = NULL;
    quorsum_status status = qs_journal_open(&journal, path, task);

    if (status == QUORSUM_OK)
        status = qs_journal_agree(journal, &agreement);
    qs_journal_close(journal);
    return status;
}

/* A journal: whatever is in the file, of two manifests of one task it agrees to one at most, and keeps to it. Behind an odd
 * first byte the checks of the records are made good. */
void fuzz_journal(const uint8_t *data, size_t len)
{
    static uint8_t bytes[4096];
    const char *path;
    quorsum_status first;

    if (len < 1 || len > sizeof bytes)
        return;
    memcpy(bytes, data + 1, len - 1);
    for (size_t at = 18; data[0] % 2 == 1 && at < len - 1;) {
        size_t size = bytes[at] == 'A' ? 177 : bytes[at] == 'R' ? 181 : 81;
        crypto_generichash_state state;

        if (at + size > len - 1)
            break;
        (void)crypto_generichash_init(&state, NULL, 0, 16);
        (void)crypto_generichash_update(&state, (const uint8_t *)"quorsum/v1/journal", 18);
        (void)crypto_generichash_update(&state, bytes + at, size - 16);
        (void)crypto_generichash_final(&state, bytes + at + size - 16, 16);
        at += size;
    }
    path = fuzz_file("journal", bytes, len - 1);
    first = agree(path, 2);
    if (first == QUORSUM_OK && agree(path, 3) == QUORSUM_OK)
        fuzz_stop("two manifests of one task");
    if (first == QUORSUM_OK && agree(path, 2) != QUORSUM_OK)
        fuzz_stop("an agreement was forgotten");
}
