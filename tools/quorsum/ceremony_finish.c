/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finish: the key record and this party's share into files of their own, then the state is wiped, and the old share
 * if that is ordered. In an order in which the command may be ended at any moment and run again: nothing is removed
 * before what replaces it is on disk, and what is there already is held against what it should be.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/quorsum/ceremony.h"

/* ---- wiping -------------------------------------------------------------------------------------------------------- */

static int overwrite(int fd, off_t len)
{
    static const char zeros[4096];

    for (off_t at = 0; at < len;) {
        size_t step = len - at < (off_t)sizeof zeros ? (size_t)(len - at) : sizeof zeros;
        ssize_t put = pwrite(fd, zeros, step, at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return -1;
        at += put;
    }
    return fsync(fd);
}

/* What the disk, a file system that never writes in place, or a backup keeps of it no command can reach. */
quorsum_status ceremony_wipe(const char *path)
{
    char *file = realpath(path, NULL); /* of a link: what it leads to */
    struct stat there;
    int fd = file != NULL ? open(file, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW) : -1;
    int failed = fd < 0 || fstat(fd, &there) != 0 || !S_ISREG(there.st_mode) || overwrite(fd, there.st_size) != 0 ||
                 unlink(file) != 0;
    int error = errno;

    if (fd >= 0)
        close(fd);
    free(file);
    errno = error;
    return !failed ? QUORSUM_OK : error == ENOENT ? QUORSUM_ERR_NOT_FOUND : QUORSUM_ERR_SYSTEM;
}

/* One that is gone already was wiped by the same command before it was ended. */
static int wipe(const tool_command *command, const char *path, const char *what)
{
    quorsum_status status = path != NULL ? ceremony_wipe(path) : QUORSUM_ERR_NOT_FOUND;

    if (status == QUORSUM_OK)
        tool_say(command, "%s: %s overwritten and removed", path, what);
    return status == QUORSUM_ERR_NOT_FOUND ? TOOL_DONE : tool_fail(command, path, status);
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

static const char *share_passphrase_of(const ceremony_options *o)
{
    return o->share_passphrase != NULL ? o->share_passphrase : o->passphrase;
}

static int is_there(const char *path)
{
    struct stat there;

    return path != NULL && stat(path, &there) == 0;
}

/* A file from before: is it this very share? */
static int check_share(const ceremony_party *party, const quorsum_key_record *record)
{
    const ceremony_options *o = party->options;
    quorsum_key_share *share = NULL;
    int status = tool_share_load(party->command, &share, o->share, share_passphrase_of(o));

    if (status == TOOL_DONE)
        status = tool_fail(party->command, o->share, quorsum_key_share_check(share, record));
    if (status == TOOL_DONE)
        status = tool_trustee_check(party->command, record, share, party->identity, o->share, o->identity);
    quorsum_key_share_free(share);
    return status;
}

static int write_share(const ceremony_party *party, const quorsum_key_record *record, const quorsum_key_share *share)
{
    const tool_command *command = party->command;
    const ceremony_options *o = party->options;
    tool_passphrase passphrase = {0};
    quorsum_bytes sealed = {0};
    int status;

    if (is_there(o->share))
        return check_share(party, record);
    status = tool_passphrase_get(command, &passphrase, share_passphrase_of(o), o->share, 1);
    if (status == TOOL_DONE)
        status = tool_fail(command, o->share, quorsum_key_share_seal(&sealed, share, passphrase.text, passphrase.len));
    if (status == TOOL_DONE)
        status = tool_fail(command, o->share, qs_file_write(o->share, sealed.data, sealed.len, 0600, 0));
    tool_passphrase_free(&passphrase);
    quorsum_bytes_free(&sealed);
    return status;
}

static int check_key(const tool_command *command, const ceremony_options *o, const quorsum_key_record *record)
{
    quorsum_key_record *there = NULL;
    int status = tool_record_load(command, &there, o->key, &o->common);

    if (status == TOOL_DONE && memcmp(quorsum_key_record_digest(there), quorsum_key_record_digest(record),
                                      QUORSUM_DIGEST_BYTES) != 0) {
        tool_say(command, "%s: another key is there already; it stays (%s)", o->key,
                 quorsum_status_name(QUORSUM_ERR_EXISTS));
        status = TOOL_USAGE;
    }
    quorsum_key_record_free(there);
    return status;
}

static int write_key(const tool_command *command, const ceremony_options *o, const quorsum_key_record *record)
{
    quorsum_bytes encoded = {0};
    int status;

    if (is_there(o->key))
        return check_key(command, o, record);
    status = tool_fail(command, o->key, quorsum_key_record_encode(&encoded, record));
    if (status == TOOL_DONE)
        status = tool_fail(command, o->key, qs_file_write(o->key, encoded.data, encoded.len, 0644, 0));
    quorsum_bytes_free(&encoded);
    return status;
}

/* ---- from the state ------------------------------------------------------------------------------------------------ */

static int write_result(const ceremony_party *party)
{
    const tool_command *command = party->command;
    const ceremony_options *o = party->options;
    quorsum_key_record *record = NULL;
    quorsum_key_share *share = NULL;
    int status = ceremony_verdict(&party->place, party->ceremony);

    if (status == TOOL_DONE)
        status = tool_fail(command, o->directory, quorsum_ceremony_result(&record, &share, party->ceremony));
    if (status == TOOL_DONE && share != NULL && o->share == NULL)
        status = tool_usage(command, "--share is missing: where this trustee's share of the key goes");
    if (status == TOOL_DONE && share != NULL)
        status = write_share(party, record, share);
    if (status == TOOL_DONE && share == NULL && o->share != NULL)
        tool_say(command, "%s: no trustee of this key, so there is no share to write", o->identity);
    if (status == TOOL_DONE)
        status = write_key(command, o, record);
    if (status == TOOL_DONE)
        tool_record_print(record);
    quorsum_key_share_free(share);
    quorsum_key_record_free(record);
    return status;
}

/* ---- again, after the end of it ------------------------------------------------------------------------------------ */

static int same_entry(const object *a, uint64_t key_a, const object *b, uint64_t key_b)
{
    const object_item *x = object_find(a, key_a), *y = object_find(b, key_b);
    int extent = x != NULL && y != NULL && x->type == y->type && x->value == y->value;

    if (extent && x->type == OBJECT_BYTES)
        return memcmp(x->bytes, y->bytes, x->value) == 0;
    if (extent && x->type == OBJECT_ARRAY) /* of identities, each with a head of two bytes */
        return memcmp(x->bytes, y->bytes, x->value * (QUORSUM_IDENTITY_BYTES + 2)) == 0;
    return extent && x->type == OBJECT_UINT;
}

/* Without the state, or without the share that it needs, nobody can say what the result is; but what is on disk may be
 * seen to be this proposal's: its roster, quorum, epoch and parent, checked whole, with a share that fits. */
static int is_of_proposal(const ceremony_place *place, const quorsum_key_record *record)
{
    quorsum_bytes bytes = {0};
    object key;
    int same = quorsum_key_record_encode(&bytes, record) == QUORSUM_OK && object_read(&key, bytes.data, bytes.len) == 0 &&
               same_entry(&key, 18, &place->shown, 17) && same_entry(&key, 14, &place->shown, 16) &&
               same_entry(&key, 22, &place->shown, 21) && same_entry(&key, 24, &place->shown, 19);

    quorsum_bytes_free(&bytes);
    return same;
}

static int find_written(const ceremony_party *party)
{
    const ceremony_options *o = party->options;
    quorsum_key_record *record = NULL;
    int status = tool_record_load(party->command, &record, o->key, &o->common);

    if (status == TOOL_DONE && !is_of_proposal(&party->place, record)) {
        tool_say(party->command, "%s: another ceremony's key (%s)", o->key, quorsum_status_name(QUORSUM_ERR_CEREMONY));
        status = TOOL_REFUSED;
    }
    if (status == TOOL_DONE && is_there(o->share))
        status = check_share(party, record);
    if (status == TOOL_DONE)
        tool_record_print(record);
    quorsum_key_record_free(record);
    return status;
}

/* Whether a finish before this one was ended while it wiped: then there is nothing to go on from, and nothing to write. */
static int is_written(const ceremony_options *o)
{
    int lost = !is_there(o->state) || (o->old_share != NULL && !is_there(o->old_share));

    return lost && is_there(o->key) && (o->share == NULL || is_there(o->share));
}

int ceremony_finish(const tool_command *command, const ceremony_options *o)
{
    ceremony_options now = *o;
    ceremony_party party = {0};
    int written = is_written(o), status;

    if (written)
        now.old_share = NULL;
    status = ceremony_party_open(&party, command, &now, 0);
    if (status == TOOL_DONE && written)
        status = find_written(&party);
    if (status == TOOL_DONE && !written)
        status = ceremony_party_resume(&party);
    if (status == TOOL_DONE && !written)
        status = ceremony_party_advance(&party, 0);
    if (status == TOOL_DONE && !written)
        status = write_result(&party);
    if (status == TOOL_DONE)
        status = wipe(command, o->wipe, "the share of the key that was handed on");
    if (status == TOOL_DONE)
        status = wipe(command, o->state, "the ceremony's state");
    ceremony_party_close(&party);
    return status;
}
