/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool on disk (docs/wire-format.md, section 6): a header, then entries of one length, each sealed by itself.
 *
 *     header   deterministic CBOR {0: "pool", 1: 1 (version), 2: owner, 3: public key digest, 4: alpha_bits,
 *              5: entry bytes, 6: salt (32 bytes)}
 *     entry i  XChaCha20-Poly1305 of alpha ‖ the digits of h_s^alpha R, under BLAKE2b(seed; "quorsum/v1/pool" ‖ header)
 *              with i as nonce; so the header is authenticated by every entry, and no two files share a key
 *
 * Entries are taken from the end. Under an exclusive lock on the file they are read and opened, which uses none of them
 * yet; then the file is cut and the cut synced; only then does anybody get them. A process killed at any moment has either
 * not cut, and used nothing, or has cut.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/cbor.h"
#include "lib/base/file.h"
#include "lib/base/identity.h"
#include "lib/base/random.h"
#include "lib/paillier/pool.h"

#define TYPE "pool"
#define FORMAT_VERSION 1
#define FIELDS 7
#define PURPOSE "quorsum/v1/pool"
#define SALT_BYTES 32
#define HEADER_MAX 256
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_BYTES crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define ALPHA_BITS_MAX ((uint64_t)1 << 16)
#define ENTRY_MAX ((uint64_t)1 << 16)

_Static_assert(TAG_BYTES == 16 && KEY_BYTES == 32 && NONCE_BYTES == 24, "the format has these lengths");

/* ---- the header ---- */

typedef struct header {
    uint8_t owner[QUORSUM_IDENTITY_BYTES];
    uint8_t key[QUORSUM_DIGEST_BYTES];
    uint64_t alpha_bits;
    uint64_t entry_bytes;
    size_t len;
} header;

static size_t alpha_bytes(const quorsum_public_key *key)
{
    return (key->alpha_bits + 7) / 8;
}

static size_t secret_bytes(const quorsum_public_key *key) /* of an entry */
{
    return alpha_bytes(key) + key->ring->digits * key->ring->bytes;
}

static void put_header(qs_buffer *out, const quorsum_public_key *key, const quorsum_identity *owner)
{
    uint8_t salt[SALT_BYTES];

    qs_random_bytes(salt, sizeof salt);
    qs_cbor_put_map(out, FIELDS);
    qs_cbor_put_uint(out, 0);
    qs_cbor_put_text(out, TYPE);
    qs_cbor_put_uint(out, 1);
    qs_cbor_put_uint(out, FORMAT_VERSION);
    qs_cbor_put_uint(out, 2);
    qs_cbor_put_bytes(out, quorsum_identity_public(owner), QUORSUM_IDENTITY_BYTES);
    qs_cbor_put_uint(out, 3);
    qs_cbor_put_bytes(out, key->digest, sizeof key->digest);
    qs_cbor_put_uint(out, 4);
    qs_cbor_put_uint(out, key->alpha_bits);
    qs_cbor_put_uint(out, 5);
    qs_cbor_put_uint(out, secret_bytes(key) + TAG_BYTES);
    qs_cbor_put_uint(out, 6);
    qs_cbor_put_bytes(out, salt, sizeof salt);
}

static quorsum_status parse_header(header *out, const uint8_t *data, size_t len)
{
    uint8_t salt[SALT_BYTES];
    qs_cbor_reader reader;

    qs_cbor_begin(&reader, data, len);
    qs_cbor_file_head(&reader, TYPE, FORMAT_VERSION, FIELDS);
    qs_cbor_key(&reader, 2);
    qs_cbor_fixed(&reader, out->owner, sizeof out->owner);
    qs_cbor_key(&reader, 3);
    qs_cbor_fixed(&reader, out->key, sizeof out->key);
    qs_cbor_key(&reader, 4);
    out->alpha_bits = qs_cbor_uint(&reader, ALPHA_BITS_MAX);
    qs_cbor_key(&reader, 5);
    out->entry_bytes = qs_cbor_uint(&reader, ENTRY_MAX);
    qs_cbor_key(&reader, 6);
    qs_cbor_fixed(&reader, salt, sizeof salt);
    if (reader.status == QUORSUM_OK && (out->alpha_bits == 0 || out->entry_bytes <= TAG_BYTES))
        reader.status = QUORSUM_ERR_RANGE;
    out->len = (size_t)(reader.at - data);
    return reader.status;
}

/* Whose it is comes first: another identity's file says nothing about the key. */
static quorsum_status check_header(const header *head, const quorsum_public_key *key, const quorsum_identity *owner)
{
    if (memcmp(head->owner, quorsum_identity_public(owner), sizeof head->owner) != 0)
        return QUORSUM_ERR_OWNER;
    if (memcmp(head->key, key->digest, sizeof head->key) != 0)
        return QUORSUM_ERR_KEY_MISMATCH;
    return head->alpha_bits == key->alpha_bits && head->entry_bytes == secret_bytes(key) + TAG_BYTES
               ? QUORSUM_OK
               : QUORSUM_ERR_NOT_CANONICAL;
}

/* ---- entries ---- */

typedef struct sealer {
    const quorsum_public_key *key;
    size_t entry_bytes;
    uint8_t *secret; /* the file's key, then one entry in the open: guarded */
    uint8_t *sealed; /* QS_POOL_BLOCK entries */
} sealer;

static quorsum_status sealer_init(sealer *self, const quorsum_public_key *key, const quorsum_identity *owner,
                                  const uint8_t *head, size_t head_len)
{
    self->key = key;
    self->entry_bytes = secret_bytes(key) + TAG_BYTES;
    self->secret = qs_secret_block(KEY_BYTES + secret_bytes(key));
    self->sealed = malloc(QS_POOL_BLOCK * self->entry_bytes);
    if (self->secret == NULL || self->sealed == NULL)
        return QUORSUM_ERR_MEMORY;
    qs_identity_derive(owner, self->secret, PURPOSE, head, head_len);
    return QUORSUM_OK;
}

static void sealer_clear(sealer *self)
{
    qs_secret_release(self->secret);
    free(self->sealed);
}

static void make_nonce(uint8_t nonce[NONCE_BYTES], uint64_t index)
{
    memset(nonce, 0, NONCE_BYTES);
    qs_store64(nonce + NONCE_BYTES - 8, index);
}

static void seal_entry(sealer *self, const qs_pool_block *block, size_t i, uint64_t index)
{
    const quorsum_public_key *key = self->key;
    uint8_t *open = self->secret + KEY_BYTES;
    size_t limbs = qs_alpha_limbs(key);
    uint8_t nonce[NONCE_BYTES];

    make_nonce(nonce, index);
    (void)qs_limbs_to_bytes(open, alpha_bytes(key), block->alpha + i * limbs, limbs);
    qs_ring_write(key->ring, open + alpha_bytes(key), block->power + i * key->ring->width);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(self->sealed + i * self->entry_bytes, NULL, open,
                                                     secret_bytes(key), NULL, 0, NULL, nonce, self->secret);
}

/* What opens was sealed by the owner, so the numbers are in range unless this is no release of ours. */
static quorsum_status open_entry(sealer *self, qs_pool_block *block, size_t i, uint64_t index)
{
    const quorsum_public_key *key = self->key;
    uint8_t *open = self->secret + KEY_BYTES;
    size_t limbs = qs_alpha_limbs(key);
    uint8_t nonce[NONCE_BYTES];
    int misfit;

    make_nonce(nonce, index);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(open, NULL, NULL, self->sealed + i * self->entry_bytes,
                                                   self->entry_bytes, NULL, 0, nonce, self->secret) != 0)
        return QUORSUM_ERR_OWNER;
    misfit = qs_limbs_from_bytes(block->alpha + i * limbs, limbs, open, alpha_bytes(key));
    misfit |= qs_ring_read(key->ring, block->power + i * key->ring->width, open + alpha_bytes(key));
    return qs_reveal(misfit == 0) ? QUORSUM_OK : QUORSUM_ERR_RANGE;
}

/* ---- making ---- */

static quorsum_status write_entries(qs_writer *writer, sealer *self, const quorsum_encryptor *encryptor, size_t count,
                                    const quorsum_run *run)
{
    quorsum_status status = QUORSUM_OK;

    for (size_t done = 0; done < count && status == QUORSUM_OK;) {
        size_t some = count - done < QS_POOL_BLOCK ? count - done : QS_POOL_BLOCK;
        qs_pool_block *block = NULL;

        status = qs_pool_block_make(&block, encryptor, some, run);
        for (size_t i = 0; i < some && status == QUORSUM_OK; i++)
            seal_entry(self, block, i, done + i);
        qs_pool_block_free(block);
        if (status == QUORSUM_OK)
            status = qs_writer_append(writer, self->sealed, some * self->entry_bytes);
        done += some;
        if (status == QUORSUM_OK && run != NULL && run->progress != NULL && run->progress(done, count, run->user) != 0)
            status = QUORSUM_ERR_CANCELLED;
    }
    return status;
}

static quorsum_status write_file(const char *path, const qs_buffer *head, sealer *self,
                                 const quorsum_encryptor *encryptor, size_t count, const quorsum_run *run)
{
    qs_writer writer;
    quorsum_status status = qs_writer_open(&writer, path, 0600);

    if (status == QUORSUM_OK)
        status = qs_writer_append(&writer, head->data, head->len);
    if (status == QUORSUM_OK)
        status = write_entries(&writer, self, encryptor, count, run);
    if (status == QUORSUM_OK)
        status = qs_writer_commit(&writer, 0);
    qs_writer_close(&writer);
    return status;
}

quorsum_status quorsum_pool_make(const char *path, const quorsum_encryptor *encryptor, const quorsum_identity *owner,
                                 size_t count, const quorsum_run *run)
{
    qs_buffer head = {0};
    sealer self = {0};
    quorsum_status status;

    if (path == NULL || encryptor == NULL || owner == NULL || count == 0)
        return QUORSUM_ERR_ARGUMENT;
    if (count > QS_COUNT_MAX)
        return QUORSUM_ERR_LIMIT;
    if (access(path, F_OK) == 0)
        return QUORSUM_ERR_EXISTS; /* asked before the work; decided when it is linked */
    put_header(&head, encryptor->key, owner);
    status = head.status;
    if (status == QUORSUM_OK)
        status = sealer_init(&self, encryptor->key, owner, head.data, head.len);
    if (status == QUORSUM_OK)
        status = write_file(path, &head, &self, encryptor, count, run);
    sealer_clear(&self);
    qs_buffer_free(&head);
    return status;
}

/* ---- taking ---- */

typedef struct source {
    int fd;
    uint8_t bytes[HEADER_MAX]; /* the beginning of the file */
    header head;
    uint64_t available;
} source;

static quorsum_status read_source(source *self)
{
    struct stat info;
    uint64_t rest;
    size_t len;
    quorsum_status status;

    if (fstat(self->fd, &info) != 0)
        return QUORSUM_ERR_SYSTEM;
    len = info.st_size < HEADER_MAX ? (size_t)info.st_size : HEADER_MAX;
    status = qs_file_read_at(self->fd, self->bytes, len, 0);
    if (status == QUORSUM_OK)
        status = parse_header(&self->head, self->bytes, len);
    if (status != QUORSUM_OK)
        return status;
    rest = (uint64_t)info.st_size - self->head.len;
    self->available = rest / self->head.entry_bytes;
    if (rest % self->head.entry_bytes != 0)
        return QUORSUM_ERR_TRUNCATED;
    return self->available > QS_COUNT_MAX ? QUORSUM_ERR_LIMIT : QUORSUM_OK;
}

static off_t entry_offset(const source *self, uint64_t index)
{
    return (off_t)(self->head.len + index * self->head.entry_bytes);
}

/* Entries first to first + count, read and opened. */
static quorsum_status read_block(qs_pool_block **out, const source *from, sealer *self, uint64_t first, size_t count)
{
    qs_pool_block *block = NULL;
    quorsum_status status = qs_pool_block_new(&block, self->key, count);

    *out = NULL;
    if (status == QUORSUM_OK)
        status = qs_file_read_at(from->fd, self->sealed, count * self->entry_bytes, entry_offset(from, first));
    for (size_t i = 0; i < count && status == QUORSUM_OK; i++)
        status = open_entry(self, block, i, first + i);
    if (status == QUORSUM_OK) {
        *out = block;
        block = NULL;
    }
    qs_pool_block_free(block);
    return status;
}

/* The last `count` entries as a list of blocks, which is the caller's also on failure. */
static quorsum_status read_last(qs_pool_block **list, const source *from, sealer *self, uint64_t count)
{
    uint64_t first = from->available - count;
    quorsum_status status = QUORSUM_OK;

    for (uint64_t at = from->available; at > first && status == QUORSUM_OK;) {
        size_t some = at - first < QS_POOL_BLOCK ? (size_t)(at - first) : QS_POOL_BLOCK;
        qs_pool_block *block = NULL;

        at -= some;
        status = read_block(&block, from, self, at, some);
        if (status == QUORSUM_OK) {
            block->next = *list;
            *list = block;
        }
    }
    return status;
}

/* From here on the file has them no more, whatever happens to the machine. */
static quorsum_status cut(const source *from, uint64_t left)
{
    int result;

    do
        result = ftruncate(from->fd, entry_offset(from, left));
    while (result != 0 && errno == EINTR);
    return result == 0 ? qs_file_sync(from->fd) : QUORSUM_ERR_SYSTEM;
}

/* Under the file's lock. The blocks reach the pool only when the cut is on disk. */
static quorsum_status take(qs_pool *pool, const source *from, sealer *self, uint64_t count)
{
    qs_pool_block *list = NULL;
    quorsum_status status;

    if (count > from->available)
        count = from->available;
    status = read_last(&list, from, self, count);
    if (status == QUORSUM_OK && !qs_pool_is_ours(pool))
        status = QUORSUM_ERR_ARGUMENT; /* a fork meanwhile: the file is as the parent wants it */
    if (status == QUORSUM_OK && count > 0)
        status = cut(from, from->available - count);
    while (list != NULL) {
        qs_pool_block *block = list;

        list = block->next;
        if (status == QUORSUM_OK)
            status = qs_pool_add(pool, block);
        if (status != QUORSUM_OK)
            qs_pool_block_free(block);
    }
    return status;
}

static quorsum_status take_from(qs_pool *pool, const char *path, const quorsum_public_key *key,
                                const quorsum_identity *owner, size_t count)
{
    source from = {0};
    sealer self = {0};
    quorsum_status status = qs_file_lock(&from.fd, path);

    if (status == QUORSUM_OK)
        status = read_source(&from);
    if (status == QUORSUM_OK)
        status = check_header(&from.head, key, owner);
    if (status == QUORSUM_OK)
        status = sealer_init(&self, key, owner, from.bytes, from.head.len);
    if (status == QUORSUM_OK)
        status = take(pool, &from, &self, count);
    sealer_clear(&self);
    if (qs_pool_is_ours(pool))
        qs_file_unlock(from.fd); /* a child forked meanwhile must not: it has the same lock */
    qs_file_close(from.fd);
    return status;
}

quorsum_status quorsum_pool_open(quorsum_encryptor **out, const char *path, const quorsum_public_key *key,
                                 const quorsum_identity *owner, size_t count)
{
    quorsum_encryptor *encryptor = NULL;
    quorsum_status status;

    if (out != NULL)
        *out = NULL;
    if (out == NULL || path == NULL || key == NULL || owner == NULL || count == 0)
        return QUORSUM_ERR_ARGUMENT;
    if (count > QS_COUNT_MAX)
        return QUORSUM_ERR_LIMIT;
    status = qs_encryptor_bare(&encryptor, key);
    if (status == QUORSUM_OK)
        status = take_from(encryptor->pool, path, key, owner, count);
    if (status == QUORSUM_OK) {
        *out = encryptor;
        encryptor = NULL;
    }
    quorsum_encryptor_free(encryptor);
    return status;
}

quorsum_status quorsum_pool_inspect(quorsum_pool_info *out, const char *path)
{
    source from = {0};
    quorsum_status status;

    if (out != NULL)
        *out = (quorsum_pool_info){0};
    if (out == NULL || path == NULL)
        return QUORSUM_ERR_ARGUMENT;
    status = qs_file_open(&from.fd, path);
    if (status == QUORSUM_OK)
        status = read_source(&from);
    if (status == QUORSUM_OK) {
        memcpy(out->owner, from.head.owner, sizeof out->owner);
        memcpy(out->key, from.head.key, sizeof out->key);
        out->randomiser_bits = (uint32_t)from.head.alpha_bits;
        out->available = from.available;
    }
    qs_file_close(from.fd);
    return status;
}
