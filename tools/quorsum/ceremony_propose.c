/* SPDX-License-Identifier: Apache-2.0 */
/* new, refresh and handover: each writes a proposal, and the directory for the messages. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/quorsum/ceremony.h"

/* The proposal goes last: a directory with one has everything that belongs to it. */
static int write_directory(const tool_command *command, const char *directory, const quorsum_bytes *proposal,
                           const quorsum_bytes *parent)
{
    static const char *const names[] = {CEREMONY_PARENT, CEREMONY_FILE};
    const quorsum_bytes *contents[] = {parent, proposal};
    char *messages = tool_join(directory, CEREMONY_MESSAGES);
    int status = tool_fail(command, directory, qs_directory_make(directory));

    if (status == TOOL_DONE)
        status = tool_fail(command, messages, qs_directory_make(messages));
    for (int i = 0; i < 2 && status == TOOL_DONE; i++) {
        char *path = tool_join(directory, names[i]);

        if (contents[i]->len > 0)
            status = tool_fail(command, path, qs_file_write(path, contents[i]->data, contents[i]->len, 0644, 0));
        free(path);
    }
    free(messages);
    return status;
}

/* Asked before a passphrase is. What an ended command has left without a proposal is nobody's ceremony yet. */
static int check_free(const tool_command *command, const char *directory)
{
    static const char *const names[] = {CEREMONY_FILE, CEREMONY_PARENT};
    int status = TOOL_DONE;

    for (int i = 0; i < 2 && status == TOOL_DONE; i++) {
        char *path = tool_join(directory, names[i]);
        struct stat there;

        if (lstat(path, &there) == 0)
            status = tool_fail(command, path, QUORSUM_ERR_EXISTS);
        free(path);
    }
    return status;
}

/* What went wrong is mostly the options': said as wrong use, with what is allowed. */
static int fail_proposal(const tool_command *command, const ceremony_options *o, quorsum_status status)
{
    switch (status) {
    case QUORSUM_ERR_MODULUS_SIZE:
        return tool_usage(command, "--bits: a modulus has 2048, 3072 or 4096 bits");
    case QUORSUM_ERR_DUPLICATE_TRUSTEE:
        return tool_usage(command, "%s: an identity stands there twice", o->roster != NULL ? o->roster : "the roster");
    case QUORSUM_ERR_LIMIT:
        return tool_usage(command, "this quorum of so many trustees makes more than 1500 sets: take fewer trustees, or "
                          "another quorum");
    case QUORSUM_ERR_TRUSTEE:
        return tool_usage(command, "--dealers: as many different trustees of the key as its quorum, in ascending order");
    case QUORSUM_ERR_ARGUMENT:
        return tool_usage(command, "a new key has 3 to 15 trustees and a quorum from 2 to (n+1)/2 of them; one handed "
                          "on has 2 to 15 and any quorum from 2; a purpose has 1 to %d bytes of UTF-8",
                          QUORSUM_PURPOSE_MAX);
    default:
        return tool_fail(command, o->directory, status);
    }
}

static int propose(const tool_command *command, const ceremony_options *o, const quorsum_ceremony_options *what)
{
    quorsum_identity *convener = NULL;
    quorsum_bytes proposal = {0}, parent = {0};
    ceremony_place place = {0};
    int status = tool_identity_load(command, &convener, o->identity, o->passphrase);

    if (status == TOOL_DONE) {
        quorsum_status made = quorsum_ceremony_propose(&proposal, what, convener);

        status = made == QUORSUM_OK ? TOOL_DONE : fail_proposal(command, o, made);
    }
    if (status == TOOL_DONE && what->parent != NULL)
        status = tool_fail(command, o->key, quorsum_key_record_encode(&parent, what->parent));
    if (status == TOOL_DONE)
        status = write_directory(command, o->directory, &proposal, &parent);
    if (status == TOOL_DONE)
        status = ceremony_place_open(&place, command, o->directory, &o->common);
    if (status == TOOL_DONE) {
        ceremony_print_proposal(&place);
        tool_say(command, "all who take part compare the digest, by another way than this directory, and run 'quorsum "
                 "ceremony join'");
    }
    ceremony_place_close(&place);
    quorsum_bytes_free(&proposal);
    quorsum_bytes_free(&parent);
    quorsum_identity_free(convener);
    return status;
}

int ceremony_new(const tool_command *command, const ceremony_options *o)
{
    quorsum_ceremony_options what = {
        .key = o->sizes, .quorum = o->quorum, .purpose = o->purpose, .batch = o->batch};
    uint8_t *roster = NULL;
    size_t count = 0;
    int status = check_free(command, o->directory);

    if (status == TOOL_DONE)
        status = tool_roster_load(command, &roster, &count, o->roster);
    what.trustees = (uint32_t)count;
    what.roster = roster;
    if (status == TOOL_DONE && count > QUORSUM_CEREMONY_TRUSTEES_MAX)
        status = tool_usage(command, "%s: %zu identities, at most %d make a key", o->roster, count,
                            QUORSUM_CEREMONY_TRUSTEES_MAX);
    if (status == TOOL_DONE)
        status = propose(command, o, &what);
    free(roster);
    return status;
}

/* ---- a key that is there ------------------------------------------------------------------------------------------- */

/* "1,3,4" in ascending order, as many as the key's quorum. *out is malloc'd. */
static int parse_dealers(const tool_command *command, uint32_t **out, const char *text, uint32_t count)
{
    const char *at = text;
    uint32_t found = 0, last = 0;
    int good = 1;

    *out = calloc(count, sizeof **out);
    if (*out == NULL)
        return tool_fail(command, "dealers", QUORSUM_ERR_MEMORY);
    while (good) {
        char *end;
        unsigned long number = strtoul(at, &end, 10);

        good = *at >= '0' && *at <= '9' && number > last && number <= QUORSUM_TRUSTEES_MAX && found < count &&
               (*end == ',' || *end == '\0');
        if (!good)
            break;
        last = (*out)[found++] = (uint32_t)number;
        if (*end == '\0')
            break;
        at = end + 1;
    }
    if (good && found == count)
        return TOOL_DONE;
    return tool_usage(command, "--dealers: '%s' is not %u trustees of the key, ascending, such as 1,3,4", text, count);
}

static int own_roster(const tool_command *command, const ceremony_options *o, const quorsum_key_record *record,
                      uint8_t **out, size_t *count)
{
    *count = quorsum_key_record_trustees(record);
    *out = malloc(*count * QUORSUM_IDENTITY_BYTES);
    if (*out == NULL)
        return tool_fail(command, o->key, QUORSUM_ERR_MEMORY);
    for (uint32_t i = 1; i <= *count; i++) {
        const uint8_t *trustee = quorsum_key_record_trustee(record, i);

        if (trustee == NULL) {
            tool_say(command, "%s: this key names no trustees; 'quorsum ceremony handover' gives it a roster (%s)", o->key,
                     quorsum_status_name(QUORSUM_ERR_TRUSTEE));
            return TOOL_REFUSED;
        }
        memcpy(*out + (i - 1) * QUORSUM_IDENTITY_BYTES, trustee, QUORSUM_IDENTITY_BYTES);
    }
    return TOOL_DONE;
}

static int hand_on(const tool_command *command, const ceremony_options *o, const char *purpose)
{
    quorsum_ceremony_options what = {.purpose = o->purpose != NULL ? o->purpose : purpose};
    quorsum_key_record *record = NULL;
    uint32_t *dealers = NULL;
    uint8_t *roster = NULL;
    size_t count = 0;
    int status = check_free(command, o->directory);

    if (status == TOOL_DONE)
        status = tool_record_load(command, &record, o->key, &o->common);
    if (status == TOOL_DONE)
        status = parse_dealers(command, &dealers, o->dealers, quorsum_key_record_quorum(record));
    if (status == TOOL_DONE)
        status = o->roster != NULL ? tool_roster_load(command, &roster, &count, o->roster)
                                   : own_roster(command, o, record, &roster, &count);
    if (status == TOOL_DONE && count > QUORSUM_CEREMONY_TRUSTEES_MAX)
        status = tool_usage(command, "%s: %zu trustees, at most %d can have a key handed on", o->roster != NULL ? o->roster
                            : o->key, count, QUORSUM_CEREMONY_TRUSTEES_MAX);
    if (status == TOOL_DONE) {
        what.trustees = (uint32_t)count;
        what.roster = roster;
        what.quorum = o->quorum != 0 ? o->quorum : quorsum_key_record_quorum(record);
        what.parent = record;
        what.dealers = dealers;
        status = propose(command, o, &what);
    }
    free(roster);
    free(dealers);
    quorsum_key_record_free(record);
    return status;
}

int ceremony_refresh(const tool_command *command, const ceremony_options *o)
{
    return hand_on(command, o, "new shares for the same trustees");
}

int ceremony_handover(const tool_command *command, const ceremony_options *o)
{
    return hand_on(command, o, "the key for new trustees");
}
