/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal on disk. A kind's records have one length, so the file is read front to back in constant memory and a
 * torn tail is what does not fill its record. Every reading and writing is under a lock on the file itself, and a
 * writer first reads what others have appended since: what is decided is decided on the whole file.
 */
#include "lib/round/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/digest_set.h"
#include "lib/base/file.h"

#define NAME "quorsum-journal "
#define HEAD NAME "1\n"
#define HEAD_BYTES (sizeof HEAD - 1)
#define DOMAIN "quorsum/v1/journal"
#define CHECK_BYTES 16
#define CHUNK_BYTES ((size_t)1 << 16)
#define BODY_MAX (3 * QUORSUM_DIGEST_BYTES + QS_SIGNATURE_BYTES + 4)

enum { AGREED = 'A', RECEIPT = 'R', VERIFIED = 'V' };

struct qs_journal {
    char *path;
    uint8_t task[QUORSUM_DIGEST_BYTES];
    off_t end; /* of the records read so far; 0: not even the head */
    int agreed;
    qs_agreement agreement;
    qs_digest_set verified;
    qs_digest_set received; /* digests of the receipts' contents, see below */
    qs_buffer receipts;     /* quorsum_receipt each */
    qs_buffer noted;        /* records to be written */
};

/* ---- records ---- */

/* Bytes between kind and check; 0 for a kind that there is not. */
static size_t body_bytes(uint8_t kind)
{
    switch (kind) {
    case AGREED:
        return 3 * QUORSUM_DIGEST_BYTES + QS_SIGNATURE_BYTES;
    case RECEIPT:
        return 3 * QUORSUM_DIGEST_BYTES + QS_SIGNATURE_BYTES + 4;
    case VERIFIED:
        return 2 * QUORSUM_DIGEST_BYTES;
    default:
        return 0;
    }
}

static void make_check(uint8_t check[CHECK_BYTES], const uint8_t *record, size_t len)
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, CHECK_BYTES);
    (void)crypto_generichash_update(&state, (const uint8_t *)DOMAIN, sizeof DOMAIN - 1);
    (void)crypto_generichash_update(&state, record, len);
    (void)crypto_generichash_final(&state, check, CHECK_BYTES);
}

/* body: what stands behind the task. */
static void put_record(qs_buffer *out, uint8_t kind, const uint8_t *task, const uint8_t *body)
{
    uint8_t record[1 + BODY_MAX + CHECK_BYTES];
    size_t len = 1 + body_bytes(kind);

    record[0] = kind;
    memcpy(record + 1, task, QUORSUM_DIGEST_BYTES);
    memcpy(record + 1 + QUORSUM_DIGEST_BYTES, body, len - 1 - QUORSUM_DIGEST_BYTES);
    make_check(record + len, record, len);
    qs_buffer_append(out, record, len + CHECK_BYTES);
}

static void write_agreement(uint8_t out[BODY_MAX], const qs_agreement *agreement)
{
    memcpy(out, agreement->manifest, QUORSUM_DIGEST_BYTES);
    memcpy(out + QUORSUM_DIGEST_BYTES, agreement->signature, QS_SIGNATURE_BYTES);
    memcpy(out + QUORSUM_DIGEST_BYTES + QS_SIGNATURE_BYTES, agreement->aggregate, QUORSUM_DIGEST_BYTES);
}

static void write_receipt(uint8_t out[BODY_MAX], const quorsum_receipt *receipt)
{
    memcpy(out, receipt->contributor, QUORSUM_IDENTITY_BYTES);
    for (unsigned i = 0; i < 4; i++)
        out[QUORSUM_IDENTITY_BYTES + i] = (uint8_t)(receipt->sequence >> (24 - 8 * i));
    memcpy(out + QUORSUM_IDENTITY_BYTES + 4, receipt->contribution, QUORSUM_DIGEST_BYTES);
    memcpy(out + QUORSUM_IDENTITY_BYTES + 4 + QUORSUM_DIGEST_BYTES, receipt->signature, QS_SIGNATURE_BYTES);
}

static void read_receipt(quorsum_receipt *out, const uint8_t *task, const uint8_t *body)
{
    memcpy(out->task, task, sizeof out->task);
    memcpy(out->contributor, body, QUORSUM_IDENTITY_BYTES);
    out->sequence = 0;
    for (unsigned i = 0; i < 4; i++)
        out->sequence = out->sequence << 8 | body[QUORSUM_IDENTITY_BYTES + i];
    memcpy(out->contribution, body + QUORSUM_IDENTITY_BYTES + 4, QUORSUM_DIGEST_BYTES);
    memcpy(out->signature, body + QUORSUM_IDENTITY_BYTES + 4 + QUORSUM_DIGEST_BYTES, QS_SIGNATURE_BYTES);
}

/* What makes two receipts one: all but the signature. */
static void receipt_name(uint8_t out[QUORSUM_DIGEST_BYTES], const quorsum_receipt *receipt)
{
    uint8_t body[BODY_MAX];

    write_receipt(body, receipt);
    (void)crypto_generichash(out, QUORSUM_DIGEST_BYTES, body, 2 * QUORSUM_DIGEST_BYTES + 4, NULL, 0);
}

/* 1 when it is a new one. */
static quorsum_status keep_receipt(qs_journal *journal, const quorsum_receipt *receipt, int *is_new)
{
    uint8_t name[QUORSUM_DIGEST_BYTES];

    receipt_name(name, receipt);
    *is_new = !qs_digest_set_has(&journal->received, name);
    if (!*is_new)
        return QUORSUM_OK;
    qs_buffer_append(&journal->receipts, receipt, sizeof *receipt);
    return journal->receipts.status == QUORSUM_OK ? qs_digest_set_add(&journal->received, name)
                                                  : journal->receipts.status;
}

static quorsum_status keep_agreement(qs_journal *journal, const uint8_t *body)
{
    qs_agreement agreement;

    memcpy(agreement.manifest, body, QUORSUM_DIGEST_BYTES);
    memcpy(agreement.signature, body + QUORSUM_DIGEST_BYTES, QS_SIGNATURE_BYTES);
    memcpy(agreement.aggregate, body + QUORSUM_DIGEST_BYTES + QS_SIGNATURE_BYTES, QUORSUM_DIGEST_BYTES);
    if (journal->agreed && memcmp(&journal->agreement, &agreement, sizeof agreement) != 0)
        return QUORSUM_ERR_NOT_CANONICAL; /* nobody wrote two */
    journal->agreement = agreement;
    journal->agreed = 1;
    return QUORSUM_OK;
}

/* A record of another task is only checked. */
static quorsum_status keep_record(qs_journal *journal, const uint8_t *record)
{
    const uint8_t *body = record + 1 + QUORSUM_DIGEST_BYTES;
    quorsum_receipt receipt;
    int is_new;

    if (memcmp(record + 1, journal->task, sizeof journal->task) != 0)
        return QUORSUM_OK;
    switch (record[0]) {
    case AGREED:
        return keep_agreement(journal, body);
    case RECEIPT:
        read_receipt(&receipt, journal->task, body);
        return keep_receipt(journal, &receipt, &is_new);
    default:
        return qs_digest_set_add(&journal->verified, body);
    }
}

/* ---- reading ---- */

/* As many whole records as there are; *used: their bytes. What is left is the beginning of one. */
static quorsum_status take_records(qs_journal *journal, const uint8_t *data, size_t len, size_t *used)
{
    for (*used = 0; *used < len;) {
        const uint8_t *record = data + *used;
        size_t body = body_bytes(record[0]);
        uint8_t check[CHECK_BYTES];
        quorsum_status status;

        if (body == 0)
            return QUORSUM_ERR_NOT_CANONICAL;
        if (len - *used < 1 + body + CHECK_BYTES)
            return QUORSUM_OK;
        make_check(check, record, 1 + body);
        if (memcmp(check, record + 1 + body, sizeof check) != 0)
            return QUORSUM_ERR_NOT_CANONICAL;
        status = keep_record(journal, record);
        if (status != QUORSUM_OK)
            return status;
        *used += 1 + body + CHECK_BYTES;
    }
    return QUORSUM_OK;
}

/* A head that was cut is none yet. */
static quorsum_status read_head(qs_journal *journal, int fd, off_t size)
{
    char head[HEAD_BYTES];
    size_t len = size < (off_t)HEAD_BYTES ? (size_t)size : HEAD_BYTES;
    quorsum_status status = qs_file_read_at(fd, head, len, 0);

    if (status != QUORSUM_OK)
        return status;
    if (memcmp(head, HEAD, len) != 0) {
        size_t name = sizeof NAME - 1;

        return len > name && memcmp(head, NAME, name) == 0 ? QUORSUM_ERR_VERSION : QUORSUM_ERR_TYPE;
    }
    if (len == HEAD_BYTES)
        journal->end = (off_t)HEAD_BYTES;
    return QUORSUM_OK;
}

/* What has come since the last time. The file is locked, so what is no whole record now never will be one. */
static quorsum_status catch_up(qs_journal *journal, int fd)
{
    quorsum_status status = QUORSUM_OK;
    uint8_t *chunk;
    struct stat info;

    if (fstat(fd, &info) != 0)
        return QUORSUM_ERR_SYSTEM;
    if (!S_ISREG(info.st_mode))
        return QUORSUM_ERR_TYPE;
    if (info.st_size < journal->end)
        return QUORSUM_ERR_NOT_CANONICAL; /* records are gone */
    if (journal->end == 0)
        status = read_head(journal, fd, info.st_size);
    if (status != QUORSUM_OK || journal->end == 0 || info.st_size == journal->end)
        return status;
    chunk = malloc(CHUNK_BYTES);
    if (chunk == NULL)
        return QUORSUM_ERR_MEMORY;
    while (status == QUORSUM_OK && journal->end < info.st_size) {
        off_t left = info.st_size - journal->end;
        size_t len = left < (off_t)CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
        size_t used = 0;

        status = qs_file_read_at(fd, chunk, len, journal->end);
        if (status == QUORSUM_OK)
            status = take_records(journal, chunk, len, &used);
        journal->end += (off_t)used;
        if (used == 0)
            break;
    }
    free(chunk);
    return status;
}

/* ---- the file ---- */

static quorsum_status open_locked(int *fd, const char *path, int flags, int lock)
{
    int result;

    *fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    if (*fd < 0 && errno == ENOENT && (flags & O_CREAT) == 0)
        return QUORSUM_ERR_NOT_FOUND;
    if (*fd < 0)
        return errno == EISDIR || errno == ENXIO ? QUORSUM_ERR_TYPE : QUORSUM_ERR_SYSTEM;
    do
        result = flock(*fd, lock);
    while (result != 0 && errno == EINTR);
    return result == 0 ? QUORSUM_OK : QUORSUM_ERR_SYSTEM;
}

/* Makes the journal's own directory entry durable. */
static quorsum_status sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    char *parent = len > 0 ? strndup(path, len) : strdup(".");
    quorsum_status status;
    int fd;

    if (parent == NULL)
        return QUORSUM_ERR_MEMORY;
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(parent);
    if (fd < 0)
        return QUORSUM_ERR_SYSTEM;
    status = qs_file_sync(fd);
    if (status != QUORSUM_OK && errno == EINVAL)
        status = QUORSUM_OK; /* this file system syncs no directories */
    qs_file_close(fd);
    return status;
}

/* Appends all or nothing: what a full disk cut short is taken away again, as far as it lets us. */
static quorsum_status append(int fd, const uint8_t *data, size_t len, off_t end)
{
    size_t done = 0;
    int kept;

    while (done < len) {
        ssize_t written = write(fd, data + done, len - done);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            break;
        done += (size_t)written;
    }
    if (done == len)
        return QUORSUM_OK;
    kept = errno;
    if (ftruncate(fd, end) != 0) {
        /* a torn record stays, which the next writer removes */
    }
    errno = kept;
    return QUORSUM_ERR_SYSTEM;
}

/* Behind the last whole record, whatever a crash left there; in front of them the head, in a new file. */
static quorsum_status append_records(qs_journal *journal, int fd, const qs_buffer *records)
{
    qs_buffer text = {0};
    quorsum_status status;

    if (journal->end == 0)
        qs_buffer_append(&text, HEAD, HEAD_BYTES);
    qs_buffer_append(&text, records->data, records->len);
    status = records->status != QUORSUM_OK ? records->status : text.status;
    if (status == QUORSUM_OK && ftruncate(fd, journal->end) != 0)
        status = QUORSUM_ERR_SYSTEM;
    if (status == QUORSUM_OK)
        status = append(fd, text.data, text.len, journal->end);
    if (status == QUORSUM_OK)
        journal->end += (off_t)text.len;
    qs_buffer_free(&text);
    return status;
}

static quorsum_status make_durable(const qs_journal *journal, int fd)
{
    quorsum_status status = qs_file_sync(fd);

    return status == QUORSUM_OK ? sync_directory(journal->path) : status;
}

/* ---- what the outside calls ---- */

quorsum_status qs_journal_open(qs_journal **out, const char *path, const uint8_t task[QUORSUM_DIGEST_BYTES])
{
    qs_journal *journal = calloc(1, sizeof *journal);
    quorsum_status status;
    int fd = -1;

    *out = NULL;
    if (journal != NULL)
        journal->path = strdup(path);
    if (journal == NULL || journal->path == NULL) {
        qs_journal_close(journal);
        return QUORSUM_ERR_MEMORY;
    }
    memcpy(journal->task, task, sizeof journal->task);
    status = open_locked(&fd, path, O_RDONLY, LOCK_SH);
    if (status == QUORSUM_OK)
        status = catch_up(journal, fd);
    qs_file_close(fd); /* releases the lock */
    if (status == QUORSUM_OK || status == QUORSUM_ERR_NOT_FOUND) {
        *out = journal;
        return QUORSUM_OK;
    }
    qs_journal_close(journal);
    return status;
}

void qs_journal_close(qs_journal *journal)
{
    if (journal == NULL)
        return;
    qs_digest_set_free(&journal->verified);
    qs_digest_set_free(&journal->received);
    qs_buffer_free(&journal->receipts);
    qs_buffer_free(&journal->noted);
    free(journal->path);
    free(journal);
}

const qs_agreement *qs_journal_agreement(const qs_journal *journal)
{
    return journal->agreed ? &journal->agreement : NULL;
}

int qs_journal_verified(const qs_journal *journal, const uint8_t name[QUORSUM_DIGEST_BYTES])
{
    return qs_digest_set_has(&journal->verified, name);
}

size_t qs_journal_receipts(const qs_journal *journal)
{
    return journal->receipts.len / sizeof(quorsum_receipt);
}

const quorsum_receipt *qs_journal_receipt(const qs_journal *journal, size_t index)
{
    return (const quorsum_receipt *)(const void *)(journal->receipts.data + index * sizeof(quorsum_receipt));
}

quorsum_status qs_journal_note_verified(qs_journal *journal, const uint8_t name[QUORSUM_DIGEST_BYTES])
{
    if (qs_digest_set_has(&journal->verified, name))
        return QUORSUM_OK;
    put_record(&journal->noted, VERIFIED, journal->task, name);
    return journal->noted.status == QUORSUM_OK ? qs_digest_set_add(&journal->verified, name) : journal->noted.status;
}

quorsum_status qs_journal_note_receipt(qs_journal *journal, const quorsum_receipt *receipt)
{
    uint8_t body[BODY_MAX];
    int is_new;
    quorsum_status status = keep_receipt(journal, receipt, &is_new);

    if (status != QUORSUM_OK || !is_new)
        return status;
    write_receipt(body, receipt);
    put_record(&journal->noted, RECEIPT, journal->task, body);
    return journal->noted.status;
}

quorsum_status qs_journal_write(qs_journal *journal)
{
    quorsum_status status;
    int fd = -1;

    if (journal->noted.len == 0)
        return QUORSUM_OK;
    status = open_locked(&fd, journal->path, O_RDWR | O_CREAT | O_APPEND, LOCK_EX);
    if (status == QUORSUM_OK)
        status = catch_up(journal, fd);
    if (status == QUORSUM_OK)
        status = append_records(journal, fd, &journal->noted);
    if (status == QUORSUM_OK)
        status = make_durable(journal, fd);
    if (status == QUORSUM_OK)
        journal->noted.len = 0;
    qs_file_close(fd);
    return status;
}

/* Under the lock, and with all that the file says. */
static quorsum_status agree_locked(qs_journal *journal, int fd, const qs_agreement *agreement)
{
    qs_buffer records = {0};
    uint8_t body[BODY_MAX];
    quorsum_status status;

    if (journal->agreed && memcmp(journal->agreement.manifest, agreement->manifest, QUORSUM_DIGEST_BYTES) != 0)
        return QUORSUM_ERR_EQUIVOCATION;
    if (journal->agreed && memcmp(journal->agreement.aggregate, agreement->aggregate, QUORSUM_DIGEST_BYTES) != 0)
        return QUORSUM_ERR_POLICY;
    qs_buffer_append(&records, journal->noted.data, journal->noted.len);
    write_agreement(body, agreement);
    if (!journal->agreed)
        put_record(&records, AGREED, journal->task, body);
    status = records.status; /* an agreement that found no memory is none, and no empty list */
    if (status == QUORSUM_OK && records.len > 0)
        status = append_records(journal, fd, &records);
    /* Also for a record that was there: whoever wrote it may have died before it reached the disk. */
    if (status == QUORSUM_OK)
        status = make_durable(journal, fd);
    qs_buffer_free(&records);
    return status;
}

quorsum_status qs_journal_agree(qs_journal *journal, const qs_agreement *agreement)
{
    int fd = -1;
    quorsum_status status = open_locked(&fd, journal->path, O_RDWR | O_CREAT | O_APPEND, LOCK_EX);

    if (status == QUORSUM_OK)
        status = catch_up(journal, fd);
    if (status == QUORSUM_OK)
        status = agree_locked(journal, fd, agreement);
    if (status == QUORSUM_OK) {
        journal->noted.len = 0;
        journal->agreement = journal->agreed ? journal->agreement : *agreement;
        journal->agreed = 1;
    }
    qs_file_close(fd);
    return status;
}
