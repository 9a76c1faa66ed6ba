/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the library leaves behind of secrets: nothing. Every operation that has some is run with known ones, and those drawn
 * while it runs are learned. Behind it no memory of the process may hold any of them but guarded memory of objects that
 * are alive, which no core dump shows; when they are released, that neither. Freed heap and dead stack are looked through,
 * too. Leaks are planted on purpose and must be found.
 *
 * Linked with the objects that are shipped. Prints "ok N - what" lines.
 */
#include <alloca.h>
#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/identity.h"
#include "lib/base/secret.h"
#include "lib/ceremony/ceremony.h"
#include "lib/ceremony/prf.h"
#include "lib/paillier/pool.h"
#include "lib/paillier/private_key.h"
#include "lib/threshold/dealer.h"
#include "quorsum.h"
#include "scan.h"
#include "tests/fixtures/primes.h"

enum { VALUES = 150, TRUSTEES = 3, QUORUM = 2, OPTIONS = 4 };

static char place[200];
static unsigned threads = 1;

static void must(quorsum_status status, const char *what)
{
    if (status == QUORSUM_OK)
        return;
    printf("not ok 0 - %s: %s\n", what, quorsum_status_name(status));
    exit(1);
}

/* ---- what is drawn while it is learned from ---- */

static int learning;

void __real_qs_random_bytes(void *out, size_t len); /* NOLINT: the linker's names */
void __wrap_qs_random_bytes(void *out, size_t len); /* NOLINT */

/* Salts, nonces and temporary names, which are public, have at most 32 bytes. */
void __wrap_qs_random_bytes(void *out, size_t len) /* NOLINT */
{
    __real_qs_random_bytes(out, len);
    if (learning && len > 32)
        scan_plant("drawn at random", out, len);
}

/* ---- known secrets, which lie in guarded memory only ---- */

/* As bytes, so that no string in the program is one. */
static const char *make_passphrase(size_t *len)
{
    static const char masked[] = "\x22\x34\x2a\x7a\x2d\x2b\x36\x7b\x37\x2d\x29\x39\x71\x3e\x2c\x35\x7a\x74\x68\x3c\x2e";
    char *text = sodium_malloc(sizeof masked - 1);

    *len = sizeof masked - 1;
    for (size_t i = 0; i < *len; i++)
        text[i] = (char)(masked[i] ^ 0x55 ^ (char)(i * 3));
    scan_plant("passphrase", text, *len);
    return text;
}

static int64_t *make_values(void)
{
    int64_t *values = sodium_malloc(VALUES * sizeof *values);

    for (size_t i = 0; i < VALUES; i++)
        values[i] = (int64_t)((i + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 20) - (INT64_C(1) << 42);
    for (size_t i = 0; i + 1 < VALUES; i += 10)
        scan_plant("values", values + i, 16);
    return values;
}

static void from_hex(qs_secret *out, const char *hex, const char *what)
{
    size_t digits = strlen(hex), limbs = digits / 16;
    uint8_t byte;

    if (qs_secret_init(out, limbs) != 0)
        must(QUORSUM_ERR_MEMORY, what);
    for (size_t i = 0; i < digits / 2; i++) {
        size_t at = digits / 2 - 1 - i;

        (void)sodium_hex2bin(&byte, 1, hex + 2 * i, 2, NULL, NULL, NULL);
        out->limb[at / 8] |= (mp_limb_t)byte << (8 * (at % 8));
    }
    scan_plant(what, out->limb, limbs * sizeof(mp_limb_t));
}

typedef struct world { /* whatever is alive */
    quorsum_identity *dealer, *contributor[2], *trustee[TRUSTEES];
    quorsum_key_record *record;
    quorsum_key_share *share[TRUSTEES];
    quorsum_ceremony *ceremony;
    quorsum_task *task;
    quorsum_encryptor *encryptor;
    quorsum_private_key *private_key;
    quorsum_plaintexts *plaintexts;
    const char *passphrase;
    size_t passphrase_len;
    int64_t *values;
} world;

static quorsum_run run(void)
{
    return (quorsum_run){.threads = threads};
}

static quorsum_identity *make_identity(void)
{
    quorsum_identity *identity = NULL;

    must(quorsum_identity_generate(&identity), "identity");
    scan_plant("identity seed", identity->secret, 32);
    return identity;
}

/* ---- operations ---- */

static void identities(world *w)
{
    quorsum_bytes sealed = {0};
    quorsum_identity *again = NULL;
    uint8_t derived[32], signature[64];

    w->passphrase = make_passphrase(&w->passphrase_len);
    w->dealer = make_identity();
    must(quorsum_identity_seal(&sealed, w->dealer, w->passphrase, w->passphrase_len), "seal");
    must(quorsum_identity_unseal(&again, sealed.data, sealed.len, w->passphrase, w->passphrase_len), "unseal");
    qs_identity_sign(again, signature, "text", 4);
    qs_identity_derive(again, derived, "quorsum/test", "data", 4);
    scan_plant("a derived key", derived, sizeof derived);
    sodium_memzero(derived, sizeof derived);
    quorsum_identity_free(again);
    quorsum_bytes_free(&sealed);
}

static void deal(world *w)
{
    const test_primes *primes = test_primes_find(2048);
    uint8_t roster[TRUSTEES * QUORSUM_IDENTITY_BYTES];
    quorsum_deal_options options = {.trustees = TRUSTEES, .quorum = QUORUM, .roster = roster};
    qs_secret p = {0};
    qs_secret q = {0};
    quorsum_bytes record = {0};
    quorsum_run go = run();

    for (size_t i = 0; i < TRUSTEES; i++) {
        w->trustee[i] = make_identity();
        memcpy(roster + 32 * i, quorsum_identity_public(w->trustee[i]), 32);
    }
    from_hex(&p, primes->p, "p");
    from_hex(&q, primes->q, "q");
    must(qs_deal_from_primes(&w->record, w->share, &p, &q, &options, w->dealer, &go), "deal");
    qs_secret_clear(&p);
    qs_secret_clear(&q);
    for (size_t i = 0; i < TRUSTEES; i++)
        scan_plant("share", w->share[i]->value.limb, w->share[i]->value.limbs * sizeof(mp_limb_t));
    for (size_t i = 0; i < QUORUM; i++) {
        quorsum_key_record *confirmed = NULL;

        must(quorsum_key_record_confirm(&confirmed, w->record, w->share[i], w->trustee[i]), "confirm");
        quorsum_key_record_free(w->record);
        w->record = confirmed;
    }
    must(quorsum_key_record_encode(&record, w->record), "record");
    scan_publish(record.data, record.len);
    quorsum_bytes_free(&record);
}

static void shares(world *w)
{
    quorsum_bytes sealed = {0};
    quorsum_key_share *again = NULL;

    must(quorsum_key_share_seal(&sealed, w->share[0], w->passphrase, w->passphrase_len), "seal");
    must(quorsum_key_share_unseal(&again, sealed.data, sealed.len, w->passphrase, w->passphrase_len), "unseal");
    must(quorsum_key_share_check(again, w->record), "check");
    quorsum_key_share_free(again);
    quorsum_bytes_free(&sealed);
}

static void make_task(world *w, quorsum_level level)
{
    static const char *const names[OPTIONS] = {"a", "b", "c", "d"};
    static const quorsum_field numbers = {.name = "v", .count = VALUES, .bits = 45, .is_signed = 1, .scale = 1};
    static const quorsum_field small = {.name = "v", .count = VALUES, .bits = 20, .is_signed = 1, .scale = 1};
    static const quorsum_field choice = {.name = "m", .count = OPTIONS, .bits = 1, .scale = 1, .options = names, .choose_max = 1};
    quorsum_task_options options = {
        .label = "secrets", .field_count = 1, .min_cohort = 2, .max_cohort = 9, .level = level,
        .fields = level == QUORSUM_LEVEL_BALLOT ? &choice : level == QUORSUM_LEVEL_NORM ? &small : &numbers,
        .norm_squared = level == QUORSUM_LEVEL_NORM ? UINT64_C(1) << 50 : 0,
    };

    quorsum_task_free(w->task);
    w->task = NULL;
    must(quorsum_task_make(&w->task, w->record, &options, w->dealer, NULL), "task");
}

static void contribute_at(world *w, quorsum_level level)
{
    quorsum_run go = run();
    quorsum_bytes message = {0};
    size_t count = level == QUORSUM_LEVEL_BALLOT ? OPTIONS : VALUES;
    int64_t *values = w->values;

    make_task(w, level);
    if (level == QUORSUM_LEVEL_BALLOT)
        values = sodium_malloc(OPTIONS * sizeof *values);
    for (size_t i = 0; level == QUORSUM_LEVEL_BALLOT && i < OPTIONS; i++)
        values[i] = i == 2;
    for (size_t i = 0; level == QUORSUM_LEVEL_NORM && i < VALUES; i++)
        values[i] >>= 25;
    learning = 1;
    must(quorsum_contribution_make(&message, w->task, w->encryptor, w->contributor[0], values, count, 1, 1, &go),
         "contribution");
    learning = 0;
    scan_publish(message.data, message.len);
    quorsum_bytes_free(&message);
    if (level == QUORSUM_LEVEL_BALLOT)
        sodium_free(values);
}

static void open_encryptor(world *w)
{
    quorsum_run go = run();

    must(quorsum_encryptor_new(&w->encryptor, quorsum_key_record_public(w->record), &go), "encryptor");
    w->contributor[0] = make_identity();
    w->values = make_values();
}

static void contributions(world *w)
{
    open_encryptor(w);
    contribute_at(w, QUORSUM_LEVEL_KNOWLEDGE);
}

static void ballots(world *w)
{
    contribute_at(w, QUORSUM_LEVEL_BALLOT);
}

static void norms(world *w)
{
    contribute_at(w, QUORSUM_LEVEL_NORM);
}

/* In memory, in a file, out of it again, and used up. */
static void pools(world *w)
{
    quorsum_run go = run();
    char path[300];

    (void)snprintf(path, sizeof path, "%s/pool", place);
    learning = 1;
    must(quorsum_pool_make(path, w->encryptor, w->contributor[0], 20, &go), "pool");
    quorsum_encryptor_free(w->encryptor);
    w->encryptor = NULL;
    must(quorsum_pool_open(&w->encryptor, path, quorsum_key_record_public(w->record), w->contributor[0], 18), "pool");
    learning = 0;
    contribute_at(w, QUORSUM_LEVEL_KNOWLEDGE);
    learning = 1;
    must(quorsum_pool_fill(w->encryptor, 5, &go), "pool");
    learning = 0;
    (void)unlink(path);
}

static void partials(world *w)
{
    quorsum_run go = run();
    quorsum_ciphertexts *ciphertexts = NULL;
    quorsum_partial *partial = NULL;
    quorsum_plaintexts *plaintexts = NULL;

    must(quorsum_plaintexts_new(&plaintexts, quorsum_key_record_public(w->record), 3), "plaintexts");
    must(quorsum_encrypt(&ciphertexts, w->encryptor, plaintexts, &go), "encrypt");
    learning = 1;
    must(quorsum_partial_decrypt(&partial, w->record, w->share[1], ciphertexts, quorsum_task_digest(w->task),
                                 quorsum_identity_public(w->trustee[1]), &go), "partial");
    learning = 0;
    quorsum_partial_free(partial);
    quorsum_ciphertexts_free(ciphertexts);
    quorsum_plaintexts_free(plaintexts);
}

/* The keys of a set of a hand-over, or what comes from them: 32 bytes, and the integer that hides a share. */
static void plant_key(const uint8_t key[32], const char *label, size_t bits)
{
    struct {
        qs_prf prf;
        mp_limb_t integer[80];
    } *work = qs_secret_block(sizeof *work);

    scan_plant("a set's key", key, 32);
    qs_prf_begin(&work->prf, key, label, 0);
    scan_plant("a stream's key", work->prf.key, 32);
    qs_prf_integer(&work->prf, work->integer, 80, bits);
    scan_plant("an integer that hides", work->integer, bits / 8);
    qs_secret_release(work);
}

/* Trustees 1 and 2 hand the key on to three others with a quorum of 3, so that every set is one member. */
static void hand_on(world *w)
{
    static const uint32_t dealers[QUORUM] = {1, 2};
    uint8_t (*key)[3][32] = qs_secret_block(3 * sizeof *key); /* of dealer 1, of dealer 2, of the sets */
    uint8_t (*given)[32] = qs_secret_block(2 * sizeof *given);
    qs_handover *handover = NULL;
    qs_sets *sets = NULL;
    qs_accused accused;
    uint8_t *body[3];
    quorsum_run go = run();
    int sound = 0;

    must(qs_sets_new(&sets, 3, 2), "sets");
    must(qs_handover_new(&handover, w->record, sets, dealers, QUORUM), "hand-over");
    __real_qs_random_bytes(key, 3 * sizeof *key);
    for (size_t a = 0; a < 3; a++) {
        plant_key(key[0][a], "mask", handover->rho_bits);
        plant_key(key[1][a], "mask", handover->rho_bits);
        plant_key(key[2][a], "R", handover->widths.mask_bits);
    }
    for (uint32_t d = 0; d < QUORUM; d++) {
        body[d] = calloc(1, qs_handover_dealt_len(handover));
        must(qs_handover_deal(handover, w->share[d], key[d][0], body[d], &go), "deal");
        must(qs_handover_take(handover, d, body[d], &sound, &go), "take");
        free(body[d]);
    }
    for (uint32_t i = 1; i <= 3; i++) {
        qs_party party = {.index = i, .sets = sets, .key = key[2][i - 1]}; /* set {i} is number i - 1 */

        memcpy(given[0], key[0][i - 1], 32);
        memcpy(given[1], key[1][i - 1], 32);
        must(qs_handover_check_keys(handover, 1, i, given[1], &sound, &go), "check");
        must(sound ? QUORSUM_OK : QUORSUM_ERR_KEY_CHECK, "keys");
        body[i - 1] = calloc(1, qs_handover_mask_len(handover));
        must(qs_handover_mask(handover, &party, given[0], body[i - 1], &go), "mask");
    }
    must(qs_handover_hear(handover, (const uint8_t *const *)body, &accused, &go), "hear");
    for (uint32_t i = 1; i <= 3; i++) {
        qs_party party = {.index = i, .sets = sets, .key = key[2][i - 1]};
        quorsum_key_share *share = NULL;

        must(qs_handover_share(&share, handover, &party), "share");
        scan_plant("new share", share->value.limb, share->value.limbs * sizeof(mp_limb_t));
        quorsum_key_share_free(share);
        free(body[i - 1]);
    }
    qs_handover_free(handover);
    qs_sets_free(sets);
    qs_secret_release(given);
    qs_secret_release(key);
}

/* What a member of a ceremony has: its seed and what follows from it, the keys of its sets, and a few of their streams. */
static void plant_member(const quorsum_ceremony *ceremony)
{
    static const char *const labels[] = {"p", "q", "pr", "qz", "nz"};
    uint8_t *secret = qs_secret_block(32);
    qs_prf *prf = qs_secret_block(sizeof *prf);

    scan_plant("a seed", ceremony->seed, 32);
    qs_ceremony_secret(ceremony, secret, "exchange", ceremony->member);
    scan_plant("an exchange key", secret, 32);
    for (size_t k = 0; k < ceremony->sets->own; k++) {
        qs_ceremony_secret(ceremony, secret, "contribution", ceremony->sets->mine[(ceremony->member - 1) *
                                                                                  ceremony->sets->own + k]);
        scan_plant("a contribution", secret, 32);
        scan_plant("the key of a set", ceremony->set_key + 32 * k, 32);
        scan_plant("the key of a batch", ceremony->batch_key + 32 * k, 32);
        for (size_t l = 0; l < sizeof labels / sizeof labels[0]; l++) {
            qs_prf_begin(prf, ceremony->batch_key + 32 * k, labels[l], 1);
            scan_plant("a stream's key", prf->key, 32);
            qs_prf_begin(prf, ceremony->batch_key + 32 * k, labels[l], 0);
            scan_plant("a stream's key", prf->key, 32);
        }
    }
    qs_secret_release(prf);
    qs_secret_release(secret);
}

static void say_to_all(quorsum_ceremony *const *member, size_t from)
{
    quorsum_bytes message = {0};

    must(quorsum_ceremony_message(&message, member[from], 0), "message");
    scan_publish(message.data, message.len);
    for (size_t to = 0; to < TRUSTEES; to++) {
        if (to != from)
            must(quorsum_ceremony_receive(member[to], message.data, message.len), "receive");
    }
    quorsum_bytes_free(&message);
}

/* Three trustees go as far as the test of their first few candidates: nothing has been opened on purpose before that. */
static void ceremony(world *w)
{
    uint8_t roster[32 * TRUSTEES];
    quorsum_ceremony_options options = {.key = {.modulus_bits = 2048}, .trustees = 3, .quorum = 2, .roster = roster,
                                       .purpose = "secrets", .batch = 8};
    quorsum_ceremony *member[TRUSTEES] = {NULL};
    quorsum_bytes proposal = {0}, saved = {0};
    quorsum_run go = run();
    uint8_t *key = qs_secret_block(32);

    for (size_t i = 0; i < TRUSTEES; i++)
        memcpy(roster + 32 * i, quorsum_identity_public(w->trustee[i]), 32);
    must(quorsum_ceremony_propose(&proposal, &options, w->dealer), "proposal");
    for (size_t i = 0; i < TRUSTEES; i++)
        must(quorsum_ceremony_start(&member[i], proposal.data, proposal.len, w->trustee[i], NULL, NULL), "start");
    while (member[0]->round != QS_ROUND_TEST) {
        for (size_t i = 0; i < TRUSTEES; i++)
            must(quorsum_ceremony_work(member[i], &go), "work");
        for (size_t i = 0; i < TRUSTEES; i++) {
            must(quorsum_ceremony_save(&saved, member[i]), "save");
            quorsum_bytes_free(&saved);
            say_to_all(member, i);
        }
    }
    for (size_t i = 0; i < TRUSTEES; i++)
        plant_member(member[i]);
    for (size_t i = 0; i < TRUSTEES; i++)
        qs_ceremony_batch_keys(member[i], 1);
    for (size_t i = 0; i < TRUSTEES; i++)
        plant_member(member[i]);
    for (size_t i = 1; i < TRUSTEES; i++)
        quorsum_ceremony_free(member[i]);
    quorsum_bytes_free(&proposal);
    w->ceremony = member[0];
    qs_prf_derive(key, member[0]->set_key, "ceremony-batch", 2);
    scan_plant("the key of a batch", key, 32);
    qs_prf_derive(key, member[0]->set_key, "ceremony-batch", 2); /* once more: what it leaves on the stack stays there */
    qs_secret_release(key);
}

static void private_keys(world *w)
{
    const test_primes *primes = test_primes_find(3072);
    quorsum_run go = run();
    qs_secret p = {0};
    qs_secret q = {0};
    quorsum_bytes sealed = {0};
    quorsum_private_key *again = NULL;
    quorsum_encryptor *encryptor = NULL;
    quorsum_ciphertexts *ciphertexts = NULL;
    quorsum_plaintexts *opened = NULL;
    uint8_t *number = sodium_malloc(200);

    from_hex(&p, primes->p, "p of a private key");
    from_hex(&q, primes->q, "q of a private key");
    must(qs_private_key_from_primes(&w->private_key, &p, &q, NULL), "private key");
    qs_secret_clear(&p);
    qs_secret_clear(&q);
    must(quorsum_private_key_seal(&sealed, w->private_key, w->passphrase, w->passphrase_len), "seal");
    must(quorsum_private_key_unseal(&again, sealed.data, sealed.len, w->passphrase, w->passphrase_len), "unseal");
    must(quorsum_encryptor_new(&encryptor, quorsum_private_key_public(again), &go), "encryptor");
    must(quorsum_plaintexts_new(&w->plaintexts, quorsum_private_key_public(again), 9), "plaintexts");
    __real_qs_random_bytes(number, 200);
    scan_plant("a plaintext", number, 200);
    for (size_t i = 0; i < 9; i++)
        must(quorsum_plaintexts_set(w->plaintexts, i, number + 5 * i, 150, 0), "set");
    learning = 1;
    must(quorsum_encrypt(&ciphertexts, encryptor, w->plaintexts, &go), "encrypt");
    learning = 0;
    must(quorsum_decrypt(&opened, again, ciphertexts, &go), "decrypt");
    quorsum_plaintexts_free(opened);
    quorsum_ciphertexts_free(ciphertexts);
    quorsum_encryptor_free(encryptor);
    quorsum_private_key_free(again);
    quorsum_bytes_free(&sealed);
    sodium_free(number);
}

static void prime_search(world *w)
{
    static const quorsum_key_options options = {.modulus_bits = 2048};
    quorsum_run go = run();
    quorsum_private_key *key = NULL;

    (void)w;
    must(quorsum_private_key_generate(&key, &options, &go), "primes");
    scan_plant("p of a fresh key", key->p.exponent + 1, 64); /* p - 1, above its lowest limb */
    scan_plant("q of a fresh key", key->q.exponent + 1, 64);
    quorsum_private_key_free(key);
}

static void release(world *w)
{
    quorsum_ceremony_free(w->ceremony);
    quorsum_plaintexts_free(w->plaintexts);
    quorsum_private_key_free(w->private_key);
    quorsum_encryptor_free(w->encryptor);
    quorsum_task_free(w->task);
    for (size_t i = 0; i < TRUSTEES; i++) {
        quorsum_key_share_free(w->share[i]);
        quorsum_identity_free(w->trustee[i]);
    }
    quorsum_key_record_free(w->record);
    quorsum_identity_free(w->contributor[0]);
    quorsum_identity_free(w->dealer);
    sodium_free(w->values);
    sodium_free((void *)(uintptr_t)w->passphrase);
    memset(w, 0, sizeof *w);
}

typedef void (*operation)(world *w);

/* 64 KiB further down the stack than whoever looks afterwards: what the operation left there is still there. */
static void __attribute__((noinline)) deep(operation work, world *w)
{
    volatile char *room = alloca(65536);

    room[0] = 0;
    work(w);
    room[65535] = 0;
}

/* ---- verdicts ---- */

static int number, failed;

static void verdict(int good, const char *what, const char *more)
{
    printf("%s %d - %s%s\n", good ? "ok" : "not ok", ++number, what, more);
    (void)fflush(stdout);
    failed |= !good;
}

static const struct {
    operation work;
    const char *what;
} operations[] = {
    {identities, "identities and passphrases leave nothing in common memory"},
    {deal, "nor does dealing a key: factors, polynomial, shares"},
    {shares, "nor sealed shares"},
    {contributions, "nor a contribution: values, randomisers, masks"},
    {ballots, "nor a ballot"},
    {norms, "nor a norm proof"},
    {pools, "nor pools in memory and in files"},
    {partials, "nor a partial decryption"},
    {hand_on, "nor handing a key on: keys of sets, what hides the old shares, the new ones"},
    {ceremony, "nor the beginning of a ceremony: seeds, contributions, keys of sets, of batches and of streams"},
    {private_keys, "nor a private key and what it decrypts"},
    {prime_search, "nor a search for primes"},
};
enum { OPERATIONS = sizeof operations / sizeof operations[0] };

/* After each operation no common memory holds anything, though objects are alive; after their release no memory at all. */
static void after_each(void)
{
    world w = {0};
    char many[40];

    (void)snprintf(many, sizeof many, " (%u thread%s)", threads, threads == 1 ? "" : "s");
    scan_forget();
    for (size_t i = 0; i < OPERATIONS; i++) {
        deep(operations[i].work, &w);
        verdict(scan_needles() > 0 && scan_process(0) == 0, operations[i].what, many);
    }
    release(&w);
    verdict(scan_process(1) == 0, "nothing anywhere when all is released", many);
}

static void planted_on_the_stack(world *w)
{
    char copy[32];

    (void)w;
    memcpy(copy, "stack", 6);
    __real_qs_random_bytes(copy, sizeof copy);
    scan_plant("planted on the stack", copy, sizeof copy);
    __asm__ volatile("" : : "r"(copy) : "memory");
}

static void planted_on_the_heap(world *w)
{
    char *copy = malloc(1000);

    (void)w;
    __real_qs_random_bytes(copy, 1000);
    scan_plant("planted on the heap", copy, 1000);
    free(copy);
}

static void planted(void)
{
    world w = {0};
    int kept = dup(2);

    if (freopen("/dev/null", "w", stderr) == NULL)
        exit(1);
    scan_forget();
    deep(planted_on_the_stack, &w);
    verdict(scan_process(1) > 0, "a secret left on the dead stack", " is found");
    scan_forget();
    deep(planted_on_the_heap, &w);
    verdict(scan_process(1) > 0, "a secret left in freed memory", " is found");
    (void)fflush(stderr);
    dup2(kept, 2);
    close(kept);
}

/* ---- core dumps ---- */

/* A process with everything alive, and with one secret in common memory if `leak`, that is ended by abort(). */
static void die(int leak)
{
    static world w;
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    FILE *file;
    size_t len;
    const void *list;
    char *copy;

    if (chdir(place) != 0 || setrlimit(RLIMIT_CORE, &all) != 0)
        _exit(1);
    scan_forget();
    for (size_t i = 0; i < OPERATIONS - 1; i++) /* the search for primes leaves nothing alive */
        deep(operations[i].work, &w);
    if (leak) {
        copy = malloc(1000);
        memcpy(copy, w.dealer->secret, 32);
        __asm__ volatile("" : : "r"(copy) : "memory");
    }
    list = scan_list(&len);
    file = fopen("needles", "wb");
    if (file == NULL || fwrite(list, 1, len, file) != len || fclose(file) != 0)
        _exit(1);
    abort();
}

static char *core_file(void)
{
    static char path[500];
    DIR *folder = opendir(place);
    const struct dirent *entry;
    int found = 0;

    while (folder != NULL && !found && (entry = readdir(folder)) != NULL) {
        found = strncmp(entry->d_name, "core", 4) == 0;
        (void)snprintf(path, sizeof path, "%s/%.200s", place, entry->d_name);
    }
    if (folder != NULL)
        (void)closedir(folder);
    return found ? path : NULL;
}

static uint8_t *slurp(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;

    *len = 0;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        *len = (size_t)ftell(file);
        data = malloc(*len + 1);
        rewind(file);
        if (data != NULL && fread(data, 1, *len, file) != *len)
            *len = 0;
    }
    if (file != NULL)
        (void)fclose(file);
    return data;
}

static void core_dump(int leak, const char *what)
{
    char needles[300];
    size_t len;
    uint8_t *data;
    const char *core;
    pid_t child;
    int status;

    (void)fflush(stdout);
    child = fork();
    if (child == 0)
        die(leak);
    (void)waitpid(child, &status, 0);
    core = core_file();
    if (!WIFSIGNALED(status) || core == NULL) {
        verdict(1, what, " # skipped: this system writes no core file here");
        return;
    }
    (void)snprintf(needles, sizeof needles, "%s/needles", place);
    data = slurp(needles, &len);
    scan_set_list(data, len);
    free(data);
    data = slurp(core, &len);
    if (leak && freopen("/dev/null", "w", stderr) == NULL)
        exit(1);
    verdict(len > 4096 && (scan_bytes("a core dump", data, len) > 0) == leak, what, "");
    free(data);
    (void)unlink(core);
    (void)unlink(needles);
}

int main(void)
{
    const char *base = getenv("TMPDIR");

    if (SANITIZED) {
        puts("skipped: a sanitizer's memory is not the program's");
        return 77;
    }

    (void)snprintf(place, sizeof place, "%s/quorsum-secrets-XXXXXX", base != NULL ? base : "/tmp");
    if (sodium_init() < 0 || mkdtemp(place) == NULL)
        return 1;
    planted();
    after_each();
    threads = 2;
    after_each();
    core_dump(0, "a core dump of a process with all of them alive holds none");
    core_dump(1, "a core dump shows one that is copied to common memory");
    (void)rmdir(place);
    return failed;
}
