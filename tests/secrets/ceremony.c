/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ceremony leaves behind, and says, of its secrets: nothing. Three parties make a toy key together and hand it
 * on; after every call the memory of the process is looked through for seeds, exchange keys, contributions, keys of
 * sets, what follows from them, and shares: they may lie in guarded memory only, and nowhere when everything is
 * released. No message, saved state or key record holds one, but for the keys of batches that are laid open. A copy
 * that is made on purpose must be found.
 *
 * Linked with the objects that are shipped, but for the smallest modulus. Prints "ok N - what" lines.
 */
#include <alloca.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/identity.h"
#include "lib/base/secret.h"
#include "lib/ceremony/candidate.h"
#include "lib/ceremony/ceremony.h"
#include "lib/ceremony/prf.h"
#include "lib/ceremony/shares.h"
#include "quorsum.h"
#include "scan.h"

enum { PARTIES = 3, QUORUM = 2, BITS = 384, BATCH = 48, LOG_MAX = 2000 };

size_t __wrap_qs_modulus_bits_min(void); /* NOLINT: the linker's name */

size_t __wrap_qs_modulus_bits_min(void) /* NOLINT */
{
    return 64;
}

static int number, failed;

static void verdict(int good, const char *what, const char *more)
{
    printf("%s %d - %s%s\n", good ? "ok" : "not ok", ++number, what, more);
    (void)fflush(stdout);
    failed |= !good;
}

static void must(quorsum_status status, const char *what)
{
    if (status == QUORSUM_OK)
        return;
    printf("not ok 0 - %s: %s\n", what, quorsum_status_name(status));
    exit(1);
}

typedef struct world {
    quorsum_identity *identity[PARTIES];
    quorsum_ceremony *ceremony[PARTIES];
    quorsum_key_record *record;
    quorsum_key_share *share[PARTIES];
    quorsum_bytes proposal;
    quorsum_bytes said[LOG_MAX]; /* to be looked through again with what is secret later */
    size_t count;
    size_t at;        /* whose turn it is */
    unsigned threads;
    size_t found;
    uint64_t rounds;  /* in which something was looked for */
} world;

/* ---- what is secret ---- */

/* What comes from a key of a set, or of a batch, by its streams. */
static void plant_streams(const uint8_t key[32], size_t mask_bits)
{
    static const struct {
        const char *label;
        uint64_t index;
    } streams[] = {{"p", 0}, {"q", 0}, {"pr", 0}, {"qr", 0}, {"pz", 1}, {"qz", 1}, {"nz", 1}, {"gr", 0}, {"gz", 1},
                   {"fz", 1}, {"beta", 0}, {"R", 0}, {"mask", 0}};
    struct {
        qs_prf prf;
        mp_limb_t integer[80];
    } *work = qs_secret_block(sizeof *work);

    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        qs_prf_begin(&work->prf, key, streams[i].label, streams[i].index);
        scan_plant("a stream's key", work->prf.key, 32);
        if (mask_bits > 0 && (strcmp(streams[i].label, "R") == 0 || strcmp(streams[i].label, "mask") == 0)) {
            qs_prf_integer(&work->prf, work->integer, 80, mask_bits);
            scan_plant("what hides a secret", work->integer, mask_bits / 8);
        }
    }
    qs_secret_release(work);
}

/* p_A and q_A of the winner. */
static void plant_pieces(const quorsum_ceremony *ceremony)
{
    const qs_generation *generation = ceremony->generation;
    size_t limbs = qs_candidate_limbs(generation);
    size_t own = ceremony->sets->own;
    mp_limb_t *p = qs_secret_block(2 * own * limbs * sizeof *p);

    must(qs_candidate_pieces(generation, ceremony->batch_key, own, generation->winner, p, p + own * limbs, NULL),
         "pieces");
    for (size_t k = 0; k < own; k++) {
        scan_plant("p_A", p + k * limbs, BITS / 16 - 2);
        scan_plant("q_A", p + (own + k) * limbs, BITS / 16 - 2);
    }
    qs_secret_release(p);
}

/* The seed, and all that follows from it. */
static void plant_seed(const quorsum_ceremony *ceremony)
{
    uint8_t *derived = qs_secret_block(32);

    scan_plant("seed", ceremony->seed, 32);
    for (uint32_t slot = 1; slot <= ceremony->slots; slot++) {
        qs_ceremony_secret(ceremony, derived, "exchange", slot);
        scan_plant("exchange key", derived, 32);
    }
    for (size_t set = 0; set < ceremony->sets->count; set++) {
        qs_ceremony_secret(ceremony, derived, "contribution", set);
        scan_plant("contribution", derived, 32);
        qs_ceremony_secret(ceremony, derived, "dealt", set);
        if (ceremony->dealer == 0)
            continue;
        scan_plant("dealt key", derived, 32);
        plant_streams(derived, ceremony->handover->rho_bits);
    }
    qs_secret_release(derived);
}

/* A batch's keys are public once the first party has made its message of `reveal`. */
static int is_open(const world *w, uint64_t batch)
{
    int open = 0;

    for (size_t i = 0; i < PARTIES; i++)
        open |= w->ceremony[i] != NULL && (w->ceremony[i]->batch > batch || w->ceremony[i]->round == QS_ROUND_REVEAL);
    return open;
}

static void plant_batch(const world *w, const quorsum_ceremony *ceremony)
{
    size_t mask = ceremony->handover != NULL
                      ? ceremony->handover->widths.mask_bits
                      : qs_generation_secret_bits(BITS, 1, ceremony->sets) + 128;

    if (ceremony->round <= QS_ROUND_DELIVER || is_open(w, ceremony->batch))
        return;
    for (size_t k = 0; k < ceremony->sets->own; k++) {
        scan_plant("a batch's key", ceremony->batch_key + 32 * k, 32);
        plant_streams(ceremony->batch_key + 32 * k, mask);
    }
    if (ceremony->generation != NULL && ceremony->generation->has_winner)
        plant_pieces(ceremony);
}

static void plant_share(const quorsum_key_share *share)
{
    if (share != NULL)
        scan_plant("share", share->value.limb, share->value.limbs * sizeof(mp_limb_t));
}

static void plant(world *w)
{
    scan_forget();
    for (size_t i = 0; i < PARTIES; i++) {
        const quorsum_ceremony *ceremony = w->ceremony[i];

        scan_plant("identity seed", w->identity[i]->secret, 32);
        plant_share(w->share[i]);
        if (ceremony == NULL)
            continue;
        plant_seed(ceremony);
        plant_share(ceremony->share);
        plant_share(ceremony->result_share);
        for (size_t k = 0; k < ceremony->sets->own && ceremony->round > QS_ROUND_DELIVER; k++)
            scan_plant("a set's key", ceremony->set_key + 32 * k, 32);
        plant_batch(w, ceremony);
        w->rounds |= (uint64_t)1 << ceremony->round;
    }
}

/* ---- a call, far down the stack, and a look at all memory ---- */

typedef void (*operation)(world *w);

static void __attribute__((noinline)) deep(operation work, world *w)
{
    volatile char *room = alloca(65536);

    room[0] = 0;
    work(w);
    room[65535] = 0;
}

static void observe(operation work, world *w)
{
    size_t found;

    deep(work, w);
    plant(w);
    found = scan_process(0);
    if (found > 0 && w->ceremony[w->at] != NULL)
        (void)fprintf(stderr, "    party %zu in %s\n", w->at, qs_round_rule_of(w->ceremony[w->at]->round)->name);
    w->found += found;
}

static void keep(world *w, const quorsum_bytes *bytes)
{
    w->found += scan_bytes("what was said", bytes->data, bytes->len);
    if (w->count == LOG_MAX)
        must(QUORSUM_ERR_LIMIT, "too many messages");
    w->said[w->count++] = *bytes;
}

/* ---- operations ---- */

static void work(world *w)
{
    quorsum_run run = {.threads = w->threads};

    must(quorsum_ceremony_work(w->ceremony[w->at], &run), "work");
}

/* As after a loss of power. */
static void restart(world *w)
{
    quorsum_ceremony *next = NULL;
    quorsum_bytes saved = {0};
    quorsum_run run = {.threads = w->threads};

    must(quorsum_ceremony_save(&saved, w->ceremony[w->at]), "save");
    must(quorsum_ceremony_resume(&next, w->proposal.data, w->proposal.len, w->identity[w->at], w->record,
                                 w->share[w->at], saved.data, saved.len, &run), "resume");
    quorsum_ceremony_free(w->ceremony[w->at]);
    w->ceremony[w->at] = next;
    w->found += scan_bytes("a saved state", saved.data, saved.len);
    quorsum_bytes_free(&saved);
}

static void start(world *w)
{
    must(quorsum_ceremony_start(&w->ceremony[w->at], w->proposal.data, w->proposal.len, w->identity[w->at], w->record,
                                w->share[w->at]), "start");
}

static void send(world *w, size_t index)
{
    quorsum_bytes message = {0};

    must(quorsum_ceremony_message(&message, w->ceremony[w->at], index), "message");
    for (size_t to = 0; to < PARTIES; to++)
        must(quorsum_ceremony_receive(w->ceremony[to], message.data, message.len), "receive");
    keep(w, &message);
}

static void run_to_end(world *w)
{
    quorsum_ceremony_status state;

    do {
        for (w->at = 0; w->at < PARTIES; w->at++)
            observe(work, w);
        w->at = 0;
        observe(restart, w);
        for (w->at = 0; w->at < PARTIES; w->at++)
            for (size_t k = 0; k < quorsum_ceremony_messages(w->ceremony[w->at]); k++)
                send(w, k);
        w->at = 0;
        quorsum_ceremony_state(&state, w->ceremony[0]);
    } while (state.phase == QUORSUM_CEREMONY_RUNNING);
}

/* The result takes the place of what was handed on. */
static void take_result(world *w)
{
    quorsum_bytes bytes = {0};

    quorsum_key_record_free(w->record);
    w->record = NULL;
    for (size_t i = 0; i < PARTIES; i++) {
        quorsum_key_share_free(w->share[i]);
        must(quorsum_ceremony_result(i == 0 ? &w->record : NULL, &w->share[i], w->ceremony[i]), "result");
    }
    must(quorsum_key_record_encode(&bytes, w->record), "record");
    keep(w, &bytes);
}

static void release_ceremony(world *w)
{
    for (size_t i = 0; i < PARTIES; i++) {
        quorsum_ceremony_free(w->ceremony[i]);
        w->ceremony[i] = NULL;
    }
    quorsum_bytes_free(&w->proposal);
}

/* And all that was said for it. */
static void forget_key(world *w)
{
    quorsum_key_record_free(w->record);
    w->record = NULL;
    for (size_t i = 0; i < PARTIES; i++) {
        quorsum_key_share_free(w->share[i]);
        w->share[i] = NULL;
    }
    while (w->count > 0)
        quorsum_bytes_free(&w->said[--w->count]);
}

/* Once more, with what is secret by now. */
static size_t look_through_said(const world *w)
{
    size_t found = 0;

    for (size_t i = 0; i < w->count; i++)
        found += scan_bytes("what was said before", w->said[i].data, w->said[i].len);
    return found;
}

/* That something in common memory would be found. */
static void copied(world *w)
{
    uint8_t *copy = malloc(32);
    int kept = dup(2);

    if (copy == NULL || freopen("/dev/null", "w", stderr) == NULL)
        exit(1);
    memcpy(copy, w->ceremony[1]->set_key, 32);
    verdict(scan_process(0) > 0, "a key of a set in common memory", " is found");
    sodium_memzero(copy, 32);
    free(copy);
    (void)fflush(stderr);
    dup2(kept, 2);
    close(kept);
}

static void ceremony(world *w, const quorsum_ceremony_options *options, const char *what)
{
    must(quorsum_ceremony_propose(&w->proposal, options, w->identity[0]), "propose");
    w->found = 0;
    for (w->at = 0; w->at < PARTIES; w->at++)
        observe(start, w);
    w->at = 0;
    run_to_end(w);
    observe(take_result, w);
    verdict(scan_needles() > 0 && w->found == 0, what, " leaves and says no secret while it runs");
    verdict(look_through_said(w) == 0, what, " has not said before what is secret in the end");
    copied(w);
    deep(release_ceremony, w);
    verdict(scan_process(0) == 0, what, " leaves nothing in common memory when it is released");
}

static void whole(unsigned threads)
{
    static const uint32_t dealers[QUORUM] = {1, 3};
    uint8_t roster[32 * PARTIES];
    quorsum_ceremony_options options = {.key = {.modulus_bits = BITS}, .trustees = PARTIES, .quorum = QUORUM,
                                        .roster = roster, .purpose = "secrets", .batch = BATCH};
    world *w = calloc(1, sizeof *w);

    w->threads = threads;
    for (size_t i = 0; i < PARTIES; i++) {
        must(quorsum_identity_generate(&w->identity[i]), "identity");
        memcpy(roster + 32 * i, quorsum_identity_public(w->identity[i]), 32);
    }
    do { /* until a batch was laid open on the way, which most do */
        forget_key(w);
        ceremony(w, &options, threads == 1 ? "a new key" : "a new key (2 threads)");
    } while ((w->rounds >> QS_ROUND_REVEAL & 1) == 0);
    options.parent = w->record;
    options.dealers = dealers;
    ceremony(w, &options, threads == 1 ? "a hand-over" : "a hand-over (2 threads)");
    for (size_t i = 0; i < PARTIES; i++)
        quorsum_identity_free(w->identity[i]);
    forget_key(w);
    free(w);
    verdict(scan_process(1) == 0, "nothing anywhere when all is released", "");
}

int main(void)
{
    if (SANITIZED) {
        puts("skipped: a sanitizer's memory is not the program's");
        return 77;
    }
    if (sodium_init() < 0)
        return 1;
    whole(1);
    whole(2);
    return failed;
}
