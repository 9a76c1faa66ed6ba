/* SPDX-License-Identifier: Apache-2.0 */
/* One party's part: join and step. The state is on disk before a message that follows from it leaves. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/quorsum/ceremony.h"

#define STATE_BYTES_MAX ((size_t)1 << 30)

/* ---- the state's lock ---------------------------------------------------------------------------------------------- */

/* Whether the file that is open is the one under its name: whoever had it before may have removed it. */
static int is_current(int fd, const char *path)
{
    struct stat open_file, named;

    return fstat(fd, &open_file) == 0 && stat(path, &named) == 0 && open_file.st_ino == named.st_ino &&
           open_file.st_dev == named.st_dev;
}

/* Two processes with one state would sign two messages for one step, which is what cheats do. The lock is a file of its
 * own, since the state is replaced as a whole. */
static int lock_state(ceremony_party *party)
{
    const char *state = party->options->state;
    size_t size = strlen(state) + sizeof ".lock";
    quorsum_status status = QUORSUM_OK;

    party->lock_path = malloc(size);
    if (party->lock_path == NULL)
        return tool_fail(party->command, state, QUORSUM_ERR_MEMORY);
    snprintf(party->lock_path, size, "%s.lock", state);
    party->lock = open(party->lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (party->lock < 0)
        status = QUORSUM_ERR_SYSTEM;
    else if (flock(party->lock, LOCK_EX | LOCK_NB) != 0 || !is_current(party->lock, party->lock_path))
        status = QUORSUM_ERR_BUSY;
    if (status == QUORSUM_ERR_BUSY) {
        close(party->lock);
        party->lock = -1;
        tool_say(party->command, "%s: another process works on this state (%s)", state, quorsum_status_name(status));
        return TOOL_FAILED;
    }
    return tool_fail(party->command, party->lock_path, status);
}

static void unlock_state(ceremony_party *party)
{
    if (party->lock >= 0 && party->lock_path != NULL) {
        unlink(party->lock_path);
        close(party->lock);
    }
    free(party->lock_path);
}

/* ---- opening ------------------------------------------------------------------------------------------------------- */

/* What is proposed, before a passphrase is asked for: whoever gives it has read this. */
static int introduce_proposal(const ceremony_party *party)
{
    quorsum_ceremony *observer = NULL;
    int status = ceremony_place_observer(&party->place, &observer);

    if (status == TOOL_DONE) {
        ceremony_print_proposal(&party->place);
        fflush(stdout);
    }
    quorsum_ceremony_free(observer);
    return status;
}

int ceremony_party_open(ceremony_party *party, const tool_command *command, const ceremony_options *o, int introduce)
{
    const char *share_passphrase = o->share_passphrase != NULL ? o->share_passphrase : o->passphrase;
    int status;

    party->command = command;
    party->options = o;
    party->lock = -1;
    status = ceremony_place_open(&party->place, command, o->directory, &o->common);
    if (status == TOOL_DONE && introduce)
        status = introduce_proposal(party);
    if (status == TOOL_DONE)
        status = lock_state(party);
    if (status == TOOL_DONE)
        status = tool_identity_load(command, &party->identity, o->identity, o->passphrase);
    if (status == TOOL_DONE && o->old_share != NULL)
        status = tool_share_load(command, &party->share, o->old_share, share_passphrase);
    ceremony_line_begin(&party->line, &o->common);
    return status;
}

void ceremony_party_close(ceremony_party *party)
{
    ceremony_line_clear(&party->line);
    quorsum_ceremony_free(party->ceremony);
    quorsum_key_share_free(party->share);
    quorsum_identity_free(party->identity);
    ceremony_place_close(&party->place);
    unlock_state(party);
    *party = (ceremony_party){.lock = -1};
}

/* Who of the ceremony the reason is about: the library cannot name files. */
static int fail_start(const ceremony_party *party, quorsum_status status)
{
    const ceremony_options *o = party->options;

    if (status == QUORSUM_ERR_NOT_ADMITTED)
        return tool_fail(party->command, o->identity, status);
    if (status == QUORSUM_ERR_OWNER)
        return tool_fail(party->command, o->state, status);
    if (status == QUORSUM_ERR_KEY_CHECK && o->old_share != NULL)
        return tool_fail(party->command, o->old_share, status);
    if (status == QUORSUM_ERR_KEY_MISMATCH && o->old_share != NULL)
        return tool_fail(party->command, o->old_share, status);
    if (status != QUORSUM_ERR_MISSING)
        return tool_fail(party->command, o->directory, status);
    tool_say(party->command, "%s is among those who hand the key on: give its share of it with --old-share (%s)",
             o->identity, quorsum_status_name(status));
    return TOOL_USAGE;
}

int ceremony_party_resume(ceremony_party *party)
{
    const char *path = party->options->state;
    const ceremony_place *place = &party->place;
    quorsum_run run = {.threads = party->options->common.threads};
    quorsum_status status;
    qs_view saved;

    status = qs_view_open(&saved, path, STATE_BYTES_MAX);
    if (status == QUORSUM_ERR_NOT_FOUND) {
        tool_say(party->command, "%s: no state there: 'quorsum ceremony join' begins one (%s)", path,
                 quorsum_status_name(status));
        return TOOL_USAGE;
    }
    if (status != QUORSUM_OK)
        return tool_fail(party->command, path, status);
    status = quorsum_ceremony_resume(&party->ceremony, place->proposal.data, place->proposal.len, party->identity,
                                     place->parent, party->share, saved.data, saved.len, &run);
    qs_view_close(&saved);
    return status == QUORSUM_OK ? TOOL_DONE : fail_start(party, status);
}

/* ---- going on ------------------------------------------------------------------------------------------------------ */

/* The state replaces the one before in one step: a party that is ended goes on from the one or from the other, and has
 * sent nothing that the one on disk does not know. */
static int work_and_save(ceremony_party *party, int replace)
{
    quorsum_bytes saved = {0};
    quorsum_run run = ceremony_line_run(&party->line);
    const char *path = party->options->state;
    quorsum_status status;
    int result;

    ceremony_line_state(&party->line, party->ceremony);
    status = quorsum_ceremony_work(party->ceremony, &run);
    ceremony_line_clear(&party->line);
    if (status != QUORSUM_OK && status != QUORSUM_ERR_DEVIATION)
        return tool_fail(party->command, party->place.directory, status);
    status = quorsum_ceremony_save(&saved, party->ceremony);
    if (status == QUORSUM_OK)
        status = qs_file_write(path, saved.data, saved.len, 0600, replace);
    result = tool_fail(party->command, path, status);
    quorsum_bytes_free(&saved);
    return result;
}

static int is_running(const ceremony_party *party)
{
    quorsum_ceremony_status state;

    quorsum_ceremony_state(&state, party->ceremony);
    return state.phase == QUORSUM_CEREMONY_RUNNING;
}

/* What it has to say goes first, also once it has failed: others may learn from that whom they have to thank. Where it
 * cannot, it takes in nothing more: a step must not end that others do not see this party in. */
int ceremony_party_advance(ceremony_party *party, int watch)
{
    int handle = -1, status = work_and_save(party, 1);

    while (status == TOOL_DONE) {
        unsigned taken = 0;
        int written = ceremony_place_write(&party->place, party->ceremony);

        if (written == TOOL_DONE)
            status = ceremony_place_read(&party->place, party->ceremony, &taken);
        else if (written != TOOL_REFUSED || !watch)
            status = written;
        if (status == TOOL_DONE && taken > 0) {
            status = work_and_save(party, 1);
            continue;
        }
        if (status != TOOL_DONE || !watch || !is_running(party))
            break;
        ceremony_line_state(&party->line, party->ceremony);
        ceremony_place_wait(&party->place, &handle);
    }
    ceremony_place_rest(handle);
    ceremony_line_clear(&party->line);
    return status;
}

/* What a party is told at the end of join and step. */
static int conclude(const ceremony_party *party)
{
    quorsum_ceremony_status state;

    quorsum_ceremony_state(&state, party->ceremony);
    ceremony_print_state(&party->place, party->ceremony);
    if (state.phase == QUORSUM_CEREMONY_FAILED)
        return ceremony_verdict(&party->place, party->ceremony);
    if (state.phase == QUORSUM_CEREMONY_DONE)
        tool_say(party->command, "'quorsum ceremony finish' writes the key and this party's share");
    return TOOL_DONE;
}

/* ---- the verbs ----------------------------------------------------------------------------------------------------- */

/* Whether the observer has a message of this party already: then it has joined before, and a second state would say
 * something else for the same step. */
static int has_spoken(const quorsum_ceremony *observer, const quorsum_identity *identity)
{
    quorsum_ceremony_status state;

    quorsum_ceremony_state(&state, observer);
    for (uint32_t slot = 1; slot <= state.trustees; slot++)
        if (!state.waiting[slot - 1] && memcmp(quorsum_ceremony_slot(observer, slot), quorsum_identity_public(identity),
                                               QUORSUM_IDENTITY_BYTES) == 0)
            return 1;
    return 0;
}

static int check_unspoken(const ceremony_party *party)
{
    const ceremony_options *o = party->options;
    ceremony_place place = {.silent = 1};
    quorsum_ceremony *observer = NULL;
    unsigned taken;
    int status = ceremony_place_open(&place, party->command, o->directory, &o->common);

    if (status == TOOL_DONE)
        status = ceremony_place_observer(&place, &observer);
    if (status == TOOL_DONE)
        status = ceremony_place_read(&place, observer, &taken);
    if (status == TOOL_DONE && has_spoken(observer, party->identity)) {
        tool_say(party->command, "%s: %s has joined this ceremony before: 'quorsum ceremony step' goes on with the "
                 "state of then; if that is lost, propose another ceremony (%s)", o->directory, o->identity,
                 quorsum_status_name(QUORSUM_ERR_EXISTS));
        status = TOOL_USAGE;
    }
    quorsum_ceremony_free(observer);
    ceremony_place_close(&place);
    return status;
}

static int begin(ceremony_party *party)
{
    const ceremony_place *place = &party->place;
    quorsum_status status = quorsum_ceremony_start(&party->ceremony, place->proposal.data, place->proposal.len,
                                                   party->identity, place->parent, party->share);

    return status == QUORSUM_OK ? work_and_save(party, 0) : fail_start(party, status);
}

int ceremony_join(const tool_command *command, const ceremony_options *o)
{
    ceremony_party party = {0};
    struct stat there;
    int status;

    if (lstat(o->state, &there) == 0) { /* asked before a passphrase is */
        tool_say(command, "%s: this state is there already: 'quorsum ceremony step' goes on from it (%s)", o->state,
                 quorsum_status_name(QUORSUM_ERR_EXISTS));
        return TOOL_USAGE;
    }
    status = ceremony_party_open(&party, command, o, 1);
    if (status == TOOL_DONE)
        status = check_unspoken(&party);
    if (status == TOOL_DONE)
        status = begin(&party);
    if (status == TOOL_DONE)
        status = ceremony_party_advance(&party, 0);
    if (status == TOOL_DONE)
        status = conclude(&party);
    ceremony_party_close(&party);
    return status;
}

int ceremony_step(const tool_command *command, const ceremony_options *o)
{
    ceremony_party party = {0};
    int status = ceremony_party_open(&party, command, o, 0);

    if (status == TOOL_DONE)
        status = ceremony_party_resume(&party);
    if (status == TOOL_DONE)
        status = ceremony_party_advance(&party, o->watch);
    if (status == TOOL_DONE)
        status = conclude(&party);
    ceremony_party_close(&party);
    return status;
}
