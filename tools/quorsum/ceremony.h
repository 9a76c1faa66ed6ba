/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of quorsum ceremony. A ceremony is a directory:
 *
 *     ceremony.qs                       the proposal
 *     parent.qs                         the key record that is handed on, if one is
 *     messages/0005-sift-2.qs           step, round, slot: one file a message; the round is for people
 *
 * Any of them may come from anybody: what is not as it should be is named and passed over, and its place stays empty.
 * Unless said otherwise the functions answer an exit code and have said what was wrong.
 */
#ifndef TOOL_CEREMONY_H
#define TOOL_CEREMONY_H

#include <sys/types.h>
#include <time.h>

#include "lib/base/file.h"
#include "tools/quorsum/command.h"
#include "tools/quorsum/object.h"

#define CEREMONY_FILE "ceremony.qs"
#define CEREMONY_PARENT "parent.qs"
#define CEREMONY_MESSAGES "messages"

typedef struct ceremony_options {
    tool_common common;
    const char *directory, *roster, *purpose, *identity, *passphrase, *key, *state, *share, *share_passphrase, *old_share;
    const char *wipe, *dealers;
    quorsum_key_options sizes;
    uint32_t quorum, batch;
    int watch, json;
} ceremony_options;

/* ---- the directory (ceremony_place.c) ---- */

typedef struct ceremony_file { /* a message's file that was looked at: it is not looked at again as it is */
    char *name;
    uint32_t step, slot;
    quorsum_status status;
    ino_t inode;
    off_t size;
    struct timespec changed;
} ceremony_file;

typedef struct ceremony_place { /* zero-initialise */
    const tool_command *command;
    const char *directory;
    char *messages;
    qs_view proposal;
    object shown; /* the proposal's entries, lent from its bytes */
    quorsum_key_record *parent;
    ceremony_file *files;
    size_t file_count;
    uint32_t timed_from;   /* from this step on the files' times count */
    double begun, newest;  /* the earliest and the latest of them, seconds; 0: none yet */
    int silent;            /* nothing is said of what is refused */
    int own_blocked;       /* other bytes stand where an own message belongs, and that was said */
} ceremony_place;

int ceremony_is_there(const char *directory); /* whether there is a proposal in it: 1 or 0, and nothing is said */
int ceremony_place_open(ceremony_place *place, const tool_command *command, const char *directory,
                        const tool_common *common);
void ceremony_place_close(ceremony_place *place);
/* An observer of what is proposed: checks the proposal. */
int ceremony_place_observer(const ceremony_place *place, quorsum_ceremony **out);
/* Gives the ceremony what it waits for and is there; *taken is how many. Says what is refused, once. */
int ceremony_place_read(ceremony_place *place, quorsum_ceremony *ceremony, unsigned *taken);
/* Why a file of the slot was refused in this step; QUORSUM_OK if none was. */
quorsum_status ceremony_place_refused(const ceremony_place *place, uint32_t step, uint32_t slot);
/* Names every file among the messages that was neither taken nor refused. */
void ceremony_place_strays(const ceremony_place *place);
/* Writes the own messages of this step; one that is there stays. TOOL_REFUSED when other bytes are in its place. */
int ceremony_place_write(ceremony_place *place, const quorsum_ceremony *ceremony);
/* Whether the next look may find something new: waits until a file arrives, a fifth of a second at most. *handle is -1
 * at first, closed by ceremony_place_rest. */
void ceremony_place_wait(const ceremony_place *place, int *handle);
void ceremony_place_rest(int handle);

/* ---- in words (ceremony_words.c) ---- */

void ceremony_print_proposal(const ceremony_place *place); /* one that was checked */
/* "trustee 2" or "dealer 4" (of the parent's trustees), and the identity. */
#define CEREMONY_NAME (32 + TOOL_HEX(QUORSUM_IDENTITY_BYTES))
void ceremony_name(char out[CEREMONY_NAME], const ceremony_place *place, uint32_t slot, const uint8_t *identity);
/* Its index: of a member, or of a dealer among the parent's trustees. */
uint32_t ceremony_index(const ceremony_place *place, uint32_t slot);
/* Where it stands, to stdout; whom it accuses, too. */
void ceremony_print_state(const ceremony_place *place, const quorsum_ceremony *ceremony);
/* The same as an exit code: done 0, failed or unfinished 1. Says why. */
int ceremony_verdict(const ceremony_place *place, const quorsum_ceremony *ceremony);

/* The count of candidates until a good one is geometric: half of all ceremonies have it by 0.69 of the mean, 99 of 100 by
 * 4.6 times the mean, and what was in vain so far changes nothing for what is to come. */
#define CEREMONY_MEDIAN(mean) ((mean) * 0.6931)
#define CEREMONY_NEARLY_ALL(mean) ((mean) * 4.6052)
typedef struct ceremony_left {
    double rate;                 /* candidates a second; 0: not known yet */
    double median, nearly_all;   /* seconds left; negative: not known */
} ceremony_left;
void ceremony_estimate(ceremony_left *out, const ceremony_place *place, const quorsum_ceremony_status *state);

/* ---- progress (ceremony_line.c) ---- */

typedef struct ceremony_line {
    tool_progress_mode mode;
    unsigned threads;
    double started, shown;
    int width;
    quorsum_ceremony_status state; /* numbers only */
    uint64_t candidates; /* never less than was shown: those of the batch under way count in one place alone */
    char waiting[96];
    char round[32];
} ceremony_line;

void ceremony_line_begin(ceremony_line *line, const tool_common *common);
void ceremony_line_state(ceremony_line *line, const quorsum_ceremony *ceremony); /* draws */
quorsum_run ceremony_line_run(ceremony_line *line); /* for quorsum_ceremony_work */
void ceremony_line_clear(ceremony_line *line);      /* before anything else is printed, and at the end */

/* ---- a party (ceremony_party.c) ---- */

typedef struct ceremony_party { /* zero-initialise */
    const tool_command *command;
    const ceremony_options *options;
    ceremony_place place;
    quorsum_identity *identity;
    quorsum_key_share *share; /* of the parent */
    quorsum_ceremony *ceremony;
    ceremony_line line;
    char *lock_path;
    int lock;
} ceremony_party;

/* Place, identity and old share, and the state's lock: all but the ceremony. */
int ceremony_party_open(ceremony_party *party, const tool_command *command, const ceremony_options *o, int introduce);
int ceremony_party_resume(ceremony_party *party); /* from the state file */
/* Reads, works, saves and writes until nothing more is to be done now; with watch, until it is done or has failed. */
int ceremony_party_advance(ceremony_party *party, int watch);
void ceremony_party_close(ceremony_party *party);

/* ---- the verbs ---- */

int ceremony_new(const tool_command *command, const ceremony_options *o);
int ceremony_refresh(const tool_command *command, const ceremony_options *o);
int ceremony_handover(const tool_command *command, const ceremony_options *o);
int ceremony_join(const tool_command *command, const ceremony_options *o);
int ceremony_step(const tool_command *command, const ceremony_options *o);
int ceremony_status(const tool_command *command, const ceremony_options *o);
int ceremony_finish(const tool_command *command, const ceremony_options *o);

/* An observer's ceremony, as far as the directory goes (ceremony_status.c). each: called behind every step, may be NULL. */
typedef void ceremony_each(const ceremony_place *place, const char *round, uint32_t step);
int ceremony_observe(ceremony_place *place, quorsum_ceremony **out, const tool_common *common, ceremony_each *each);

/* Overwrites and removes a file that held a secret (ceremony_finish.c). */
quorsum_status ceremony_wipe(const char *path);

#endif
