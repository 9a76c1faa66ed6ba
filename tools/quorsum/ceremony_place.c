/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a ceremony: what is read from it, what is written to it, and waiting for more. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <poll.h>
#include <sys/inotify.h>
#endif

#include "tools/quorsum/ceremony.h"

#define PROPOSAL_BYTES_MAX ((size_t)1 << 16)
#define RECORD_BYTES_MAX ((size_t)1 << 24)
#define MESSAGE_BYTES_MAX ((size_t)1 << 26)
#define LOOK_AGAIN_MS 200 /* where nothing tells of a new file, such as a network's or a stick's */
#define FIRST_SIFT 4      /* the step at which the search begins */

int ceremony_is_there(const char *directory)
{
    char *path = tool_join(directory, CEREMONY_FILE);
    struct stat there;
    int found = lstat(path, &there) == 0;

    free(path);
    return found;
}

/* ---- opening ------------------------------------------------------------------------------------------------------- */

static int read_proposal(ceremony_place *place)
{
    char *path = tool_join(place->directory, CEREMONY_FILE);
    quorsum_status status = qs_view_open(&place->proposal, path, PROPOSAL_BYTES_MAX);
    int result;

    if (status == QUORSUM_ERR_NOT_FOUND) {
        tool_say(place->command, "%s: no ceremony there (%s)", place->directory, quorsum_status_name(status));
        result = TOOL_USAGE;
    } else {
        result = tool_fail(place->command, path, status);
    }
    if (result == TOOL_DONE && (object_read(&place->shown, place->proposal.data, place->proposal.len) != 0 ||
                                strcmp(place->shown.kind, "proposal") != 0)) {
        tool_say(place->command, "%s: not a ceremony's proposal (%s)", path, quorsum_status_name(QUORSUM_ERR_TYPE));
        result = TOOL_REFUSED;
    }
    free(path);
    return result;
}

static int hands_on(const ceremony_place *place)
{
    const object_item *parent = object_find(&place->shown, 19);

    return parent != NULL && parent->type == OBJECT_BYTES && parent->value > 0;
}

static int read_parent(ceremony_place *place, const tool_common *common)
{
    quorsum_run run = {.threads = common->threads};
    char *path = tool_join(place->directory, CEREMONY_PARENT);
    qs_view view;
    int status = tool_fail(place->command, path, qs_view_open(&view, path, RECORD_BYTES_MAX));

    if (status == TOOL_DONE)
        status = tool_fail(place->command, path, quorsum_key_record_decode(&place->parent, view.data, view.len, &run));
    qs_view_close(&view);
    free(path);
    return status;
}

int ceremony_place_open(ceremony_place *place, const tool_command *command, const char *directory,
                        const tool_common *common)
{
    int status;

    place->command = command;
    place->directory = directory;
    status = read_proposal(place);
    if (status != TOOL_DONE)
        return status;
    place->messages = tool_join(directory, CEREMONY_MESSAGES);
    place->timed_from = hands_on(place) ? 1 : FIRST_SIFT;
    return hands_on(place) ? read_parent(place, common) : TOOL_DONE;
}

void ceremony_place_close(ceremony_place *place)
{
    qs_view_close(&place->proposal);
    quorsum_key_record_free(place->parent);
    for (size_t i = 0; i < place->file_count; i++)
        free(place->files[i].name);
    free(place->files);
    free(place->messages);
    *place = (ceremony_place){0};
}

int ceremony_place_observer(const ceremony_place *place, quorsum_ceremony **out)
{
    return tool_fail(place->command, place->directory,
                     quorsum_ceremony_start(out, place->proposal.data, place->proposal.len, NULL, place->parent, NULL));
}

/* ---- reading ------------------------------------------------------------------------------------------------------- */

/* "0005-sift-2.qs": the step and the slot that a name says; the round between them is for people, since the message has
 * it. 0 for any other name. */
static int parse_name(const char *name, uint32_t *step, uint32_t *slot)
{
    const char *dash = strrchr(name, '-');
    char *end;

    if (dash == NULL || name[0] < '0' || name[0] > '9' || dash[1] < '1' || dash[1] > '9')
        return 0;
    *step = (uint32_t)strtoul(name, &end, 10);
    if (*end != '-' || end == dash)
        return 0;
    *slot = (uint32_t)strtoul(dash + 1, &end, 10);
    return strcmp(end, ".qs") == 0;
}

static ceremony_file *find_file(const ceremony_place *place, const char *name)
{
    for (size_t i = 0; i < place->file_count; i++)
        if (strcmp(place->files[i].name, name) == 0)
            return &place->files[i];
    return NULL;
}

/* The entry of a file, made if there is none; NULL without memory. */
static ceremony_file *add_file(ceremony_place *place, const char *name)
{
    ceremony_file *found = find_file(place, name), *wider;

    if (found != NULL)
        return found;
    wider = realloc(place->files, (place->file_count + 1) * sizeof *wider);
    if (wider == NULL)
        return NULL;
    place->files = wider;
    wider[place->file_count] = (ceremony_file){.name = strdup(name)};
    return wider[place->file_count].name != NULL ? &wider[place->file_count++] : NULL;
}

static int is_unchanged(const ceremony_file *file, const struct stat *there)
{
    return file != NULL && file->inode == there->st_ino && file->size == there->st_size &&
           file->changed.tv_sec == there->st_mtim.tv_sec && file->changed.tv_nsec == there->st_mtim.tv_nsec;
}

static void note_time(ceremony_place *place, uint32_t step, const struct stat *there)
{
    double at = (double)there->st_mtim.tv_sec + 1e-9 * (double)there->st_mtim.tv_nsec;

    if (step < place->timed_from)
        return;
    if (place->begun <= 0 || at < place->begun)
        place->begun = at;
    if (at > place->newest)
        place->newest = at;
}

static void say_refused(const ceremony_place *place, const quorsum_ceremony *ceremony, const ceremony_file *file)
{
    char who[CEREMONY_NAME];

    if (place->silent)
        return;
    ceremony_name(who, place, file->slot, quorsum_ceremony_slot(ceremony, file->slot));
    tool_say(place->command, "refused " CEREMONY_MESSAGES "/%s, slot %u of %s: %s (%s)", file->name, file->slot, who,
             file->status == QUORSUM_ERR_SYSTEM && errno != 0 ? strerror(errno)
             : file->status == QUORSUM_ERR_TYPE               ? "not a message of a ceremony"
                                                              : quorsum_status_text(file->status),
             quorsum_status_name(file->status));
}

/* A file is the message its name says, or is none. */
static quorsum_status take(quorsum_ceremony *ceremony, const qs_view *view, uint32_t step, uint32_t slot)
{
    uint32_t its_step = 0, its_slot = 0;
    quorsum_status status = quorsum_ceremony_peek(view->data, view->len, &its_step, &its_slot);

    if (status == QUORSUM_OK && (its_step != step || its_slot != slot))
        status = QUORSUM_ERR_NOT_ADMITTED;
    return status == QUORSUM_OK ? quorsum_ceremony_receive(ceremony, view->data, view->len) : status;
}

/* One that was looked at is not looked at again as it is. */
static quorsum_status read_file(ceremony_place *place, quorsum_ceremony *ceremony, const char *name, uint32_t step,
                                uint32_t slot, unsigned *taken)
{
    char *path = tool_join(place->messages, name);
    ceremony_file *file;
    struct stat there;
    qs_view view;
    quorsum_status status = QUORSUM_ERR_NOT_FOUND;

    if (lstat(path, &there) == 0 && !is_unchanged(find_file(place, name), &there)) {
        status = qs_view_open(&view, path, MESSAGE_BYTES_MAX);
        if (status == QUORSUM_OK)
            status = take(ceremony, &view, step, slot);
        qs_view_close(&view);
    }
    free(path);
    if (status == QUORSUM_ERR_NOT_FOUND || status == QUORSUM_ERR_MEMORY)
        return status;
    if ((file = add_file(place, name)) == NULL)
        return QUORSUM_ERR_MEMORY;
    *file = (ceremony_file){file->name, step, slot, status, there.st_ino, there.st_size, there.st_mtim};
    if (status == QUORSUM_OK) {
        note_time(place, step, &there);
        ++*taken;
    } else if (status != QUORSUM_ERR_DEVIATION) {
        say_refused(place, ceremony, file);
    }
    return status;
}

/* Whether a message of this slot changes anything: it is waited for; or the ceremony has failed over it in its last step,
 * and a better one would mend that. */
static int is_wanted(const quorsum_ceremony_status *state, uint32_t slot)
{
    if (slot > state->slots)
        return 0;
    if (state->phase == QUORSUM_CEREMONY_RUNNING)
        return state->waiting[slot - 1];
    for (uint32_t i = 0; state->phase == QUORSUM_CEREMONY_FAILED && i < state->accused; i++)
        if (state->accused_slot[i] == slot)
            return 1;
    return 0;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.'; /* what is being written has such a name, here and with rsync */
}

int ceremony_place_read(ceremony_place *place, quorsum_ceremony *ceremony, unsigned *taken)
{
    quorsum_ceremony_status state;
    quorsum_status status = QUORSUM_OK;
    struct dirent **entries = NULL;
    int count = scandir(place->messages, &entries, visible, alphasort);

    *taken = 0;
    if (count < 0 && errno != ENOENT)
        return tool_fail(place->command, place->messages, QUORSUM_ERR_SYSTEM);
    for (int i = 0; i < count; i++) {
        uint32_t step, slot;

        quorsum_ceremony_state(&state, ceremony); /* what it lent before is over */
        if (status != QUORSUM_ERR_MEMORY && parse_name(entries[i]->d_name, &step, &slot) && step == state.step &&
            is_wanted(&state, slot))
            status = read_file(place, ceremony, entries[i]->d_name, step, slot, taken);
        free(entries[i]);
    }
    free(entries);
    return status == QUORSUM_ERR_MEMORY ? tool_fail(place->command, place->messages, status) : TOOL_DONE;
}

quorsum_status ceremony_place_refused(const ceremony_place *place, uint32_t step, uint32_t slot)
{
    for (size_t i = 0; i < place->file_count; i++)
        if (place->files[i].step == step && place->files[i].slot == slot && place->files[i].status != QUORSUM_OK)
            return place->files[i].status;
    return QUORSUM_OK;
}

void ceremony_place_strays(const ceremony_place *place)
{
    struct dirent **entries = NULL;
    int count = scandir(place->messages, &entries, visible, alphasort);

    for (int i = 0; i < count; i++) {
        if (find_file(place, entries[i]->d_name) == NULL)
            tool_say(place->command, CEREMONY_MESSAGES "/%s: passed over: the ceremony does not wait for it",
                     entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

static int same_bytes(const char *path, const quorsum_bytes *bytes)
{
    qs_view view;
    int same = qs_view_open(&view, path, MESSAGE_BYTES_MAX) == QUORSUM_OK && view.len == bytes->len &&
               memcmp(view.data, bytes->data, bytes->len) == 0;

    qs_view_close(&view);
    return same;
}

/* "0005-sift-2.qs", malloc'd, from what a message of this party says. */
static char *own_name(const quorsum_bytes *bytes)
{
    char name[64], round[17] = "";
    uint32_t step, slot;
    const object_item *item;
    object message;

    if (quorsum_ceremony_peek(bytes->data, bytes->len, &step, &slot) != QUORSUM_OK ||
        object_read(&message, bytes->data, bytes->len) != 0)
        return NULL;
    item = object_find(&message, 12);
    if (item != NULL && item->type == OBJECT_TEXT && item->value < sizeof round)
        memcpy(round, item->bytes, item->value);
    snprintf(name, sizeof name, "%04u-%s-%u.qs", step, round, slot);
    return strdup(name);
}

static int write_message(ceremony_place *place, const quorsum_bytes *bytes)
{
    char *name = own_name(bytes);
    char *path = name != NULL ? tool_join(place->messages, name) : NULL;
    quorsum_status status = path != NULL ? QUORSUM_OK : QUORSUM_ERR_MEMORY;

    if (path != NULL && !same_bytes(path, bytes)) /* it is there again and again when a party goes on */
        status = qs_file_write(path, bytes->data, bytes->len, 0644, 0);
    if (status == QUORSUM_ERR_EXISTS && same_bytes(path, bytes))
        status = QUORSUM_OK;
    if (status == QUORSUM_ERR_EXISTS && !place->own_blocked)
        tool_say(place->command, "%s: other bytes stand where this party's own message belongs, and stay. If they are this "
                 "party's own, from a state that is newer, go on with that one; else move them away (%s)", path,
                 quorsum_status_name(status));
    else if (status != QUORSUM_ERR_EXISTS)
        tool_fail(place->command, place->messages, status);
    place->own_blocked = status == QUORSUM_ERR_EXISTS;
    free(path);
    free(name);
    return status == QUORSUM_ERR_EXISTS ? TOOL_REFUSED : tool_exit_code(status);
}

int ceremony_place_write(ceremony_place *place, const quorsum_ceremony *ceremony)
{
    int status = TOOL_DONE;

    if (quorsum_ceremony_messages(ceremony) > 0) /* a copied directory may lack an empty one */
        status = tool_fail(place->command, place->messages, qs_directory_make(place->messages));
    for (size_t i = 0; i < quorsum_ceremony_messages(ceremony) && status == TOOL_DONE; i++) {
        quorsum_bytes bytes = {0};

        status = tool_fail(place->command, place->directory, quorsum_ceremony_message(&bytes, ceremony, i));
        if (status == TOOL_DONE)
            status = write_message(place, &bytes);
        quorsum_bytes_free(&bytes);
    }
    return status;
}

/* ---- waiting ------------------------------------------------------------------------------------------------------- */

void ceremony_place_wait(const ceremony_place *place, int *handle)
{
#ifdef __linux__
    char events[4096];

    if (*handle == -1) {
        *handle = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (*handle < 0 || inotify_add_watch(*handle, place->messages, IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE) < 0) {
            ceremony_place_rest(*handle);
            *handle = -2; /* there is none to be had: not asked for again */
        }
        return; /* what came before the watch was there to be seen: look first */
    }
    if (*handle >= 0) {
        struct pollfd arrival = {.fd = *handle, .events = POLLIN};

        (void)poll(&arrival, 1, LOOK_AGAIN_MS);
        while (read(*handle, events, sizeof events) > 0)
            continue;
        return;
    }
#else
    (void)place;
    *handle = -2;
#endif
    nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN_MS * 500000L}, NULL);
}

void ceremony_place_rest(int handle)
{
    if (handle >= 0)
        close(handle);
}
