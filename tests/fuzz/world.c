/* SPDX-License-Identifier: Apache-2.0 */
/* See world.h. */
#include "world.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/identity.h"
#include "lib/base/secret.h"
#include "lib/round/completion.h"
#include "lib/threshold/dealer.h"
#include "tests/fixtures/made_key.h"

static const quorsum_field fields[2] = {
    {.name = "a", .count = FUZZ_VALUES - 1, .bits = 8, .is_signed = 1, .scale = 1},
    {.name = "b", .count = 1, .bits = 11, .scale = 10, .clip = 1000, .column = "bee", .reduce = QUORSUM_REDUCE_SUM},
};

/* A passphrase costs milliseconds by design, and an engine would see nothing else. In place of libsodium's. */
int crypto_pwhash(unsigned char *out, unsigned long long out_len, const char *text, unsigned long long text_len,
                  const unsigned char *salt, unsigned long long ops, size_t mem, int algorithm)
{
    (void)ops;
    (void)mem;
    (void)algorithm;
    return crypto_generichash(out, (size_t)out_len, (const unsigned char *)text, text_len, salt, 16);
}

void fuzz_stop(const char *what)
{
    (void)fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

static void must(quorsum_status status, const char *what)
{
    if (status == QUORSUM_OK)
        return;
    (void)fprintf(stderr, "fuzz: the world: %s\n", quorsum_status_name(status));
    fuzz_stop(what);
}

int64_t fuzz_value(size_t contributor, size_t index)
{
    if (index == FUZZ_VALUES - 1)
        return (int64_t)(300 * contributor + 1);
    return (int64_t)((37 * index + 59 * contributor) % 256) - 128;
}

/* ---- parties ---- */

static quorsum_identity *make_party(unsigned number)
{
    uint8_t seed[32] = "quorsum fuzz: not a secret";
    quorsum_identity *party = calloc(1, sizeof *party);

    if (party == NULL || (party->secret = qs_secret_block(64)) == NULL)
        fuzz_stop("no memory");
    seed[31] = (uint8_t)number;
    (void)crypto_sign_seed_keypair(party->public_half, party->secret, seed);
    return party;
}

static int by_public_half(const void *a, const void *b)
{
    return memcmp((*(quorsum_identity *const *)a)->public_half, (*(quorsum_identity *const *)b)->public_half, 32);
}

#define SAFE_P UINT64_C(0xe8b317fa31a0ea57) /* safe primes */
#define SAFE_Q UINT64_C(0xff897143fce2d62b)

static void set_prime(qs_secret *out, mp_limb_t prime)
{
    if (qs_secret_init(out, 1) != 0)
        fuzz_stop("no memory");
    out->limb[0] = prime;
}

static void deal(fuzz_world *w)
{
    uint8_t roster[FUZZ_TRUSTEES * QUORSUM_IDENTITY_BYTES];
    quorsum_deal_options options = {.trustees = FUZZ_TRUSTEES, .quorum = FUZZ_QUORUM, .roster = roster};
    qs_secret p = {0};
    qs_secret q = {0};

    for (size_t i = 0; i < FUZZ_TRUSTEES; i++)
        memcpy(roster + i * QUORSUM_IDENTITY_BYTES, w->party[TRUSTEE_1 + i]->public_half, QUORSUM_IDENTITY_BYTES);
    set_prime(&p, SAFE_P);
    set_prime(&q, SAFE_Q);
    must(qs_deal_from_primes(&w->record, w->share, &p, &q, &options, w->party[DEALER], NULL), "deal");
    qs_secret_clear(&p);
    qs_secret_clear(&q);
    for (size_t i = 0; i < FUZZ_QUORUM; i++) {
        quorsum_key_record *confirmed = NULL;

        must(quorsum_key_record_confirm(&confirmed, w->record, w->share[i], w->party[TRUSTEE_1 + i]), "confirm");
        quorsum_key_record_free(w->record);
        w->record = confirmed;
    }
    must(quorsum_encryptor_new(&w->encryptor, quorsum_key_record_public(w->record), NULL), "encryptor");
}

/* ---- messages ---- */

static fuzz_message *name_it(fuzz_world *w, enum fuzz_object object, const char *name, enum fuzz_party signer)
{
    fuzz_message *message = &w->message[object];

    (void)snprintf(message->name, sizeof message->name, "%s", name);
    message->signer = signer;
    return message;
}

static void make_task(fuzz_world *w)
{
    quorsum_task_options options = {.label = "fuzz", .fields = fields, .field_count = 2, .guard_bits = 1,
                                    .min_cohort = 2, .max_cohort = FUZZ_COHORT + 1, .agreement = FUZZ_QUORUM};

    must(quorsum_task_make(&w->task, w->record, &options, w->party[COORDINATOR], NULL), "task");
    must(quorsum_key_record_encode(&name_it(w, OBJECT_KEY, "key", DEALER)->bytes, w->record), "key");
    w->message[OBJECT_KEY].tail = FUZZ_QUORUM * (1 + crypto_sign_BYTES);
    must(quorsum_task_encode(&name_it(w, OBJECT_TASK, "task", COORDINATOR)->bytes, w->task), "task");
}

/* Another key of the same modulus and trustees, as they make it without a dealer. */
static void make_key(fuzz_world *w)
{
    made_options options = {.trustees = FUZZ_TRUSTEES, .quorum = FUZZ_QUORUM, .members = &w->party[TRUSTEE_1],
                            .confirmed = FUZZ_TRUSTEES};
    quorsum_key_share *shares[FUZZ_TRUSTEES];
    quorsum_key_record *record = NULL;
    mpz_t p, q;

    mpz_init_set_ui(p, SAFE_P);
    mpz_init_set_ui(q, SAFE_Q);
    must(made_key(&record, shares, p, q, &options), "a made key");
    must(quorsum_key_record_encode(&name_it(w, OBJECT_MADE_KEY, "made-key", TRUSTEE_1)->bytes, record), "a made key");
    w->message[OBJECT_MADE_KEY].tail = FUZZ_TRUSTEES * (1 + crypto_sign_BYTES);
    mpz_clears(p, q, NULL);
    for (size_t i = 0; i < FUZZ_TRUSTEES; i++)
        quorsum_key_share_free(shares[i]);
    quorsum_key_record_free(record);
}

static void contribute(fuzz_world *w, quorsum_aggregator *aggregator, size_t number)
{
    enum fuzz_party who = CONTRIBUTOR_1 + (enum fuzz_party)number;
    int64_t values[FUZZ_VALUES];
    char name[100] = "contributions/";
    quorsum_contribution *read = NULL;
    fuzz_message *message;

    for (size_t i = 0; i < FUZZ_VALUES; i++)
        values[i] = fuzz_value(number, i);
    (void)sodium_bin2hex(name + 14, sizeof name - 14, w->party[who]->public_half, QUORSUM_IDENTITY_BYTES);
    message = name_it(w, OBJECT_CONTRIBUTION + (enum fuzz_object)number, name, who);
    must(quorsum_contribution_make(&message->bytes, w->task, w->encryptor, w->party[who], values, FUZZ_VALUES, 1, 1, NULL),
         "contribution");
    must(quorsum_contribution_decode(&read, w->task, message->bytes.data, message->bytes.len, NULL), "contribution read");
    must(quorsum_aggregator_add(aggregator, read, NULL), "add");
    if (number == 0) {
        memcpy(name, "receipts/", 9);
        (void)sodium_bin2hex(name + 9, sizeof name - 9, w->party[who]->public_half, QUORSUM_IDENTITY_BYTES);
        must(quorsum_receipt_make(&name_it(w, OBJECT_RECEIPT, name, COORDINATOR)->bytes, w->task, read,
                                  w->party[COORDINATOR]), "receipt");
    }
    quorsum_contribution_free(read);
}

/* The coordinator's manifest of the first two only, which convicts it. */
static void convict(fuzz_world *w)
{
    quorsum_bytes manifest = {0};
    quorsum_bytes product = {0};
    quorsum_aggregator *aggregator = NULL;

    must(quorsum_aggregator_new(&aggregator, w->task), "aggregator");
    for (int i = 0; i < 2; i++) {
        const quorsum_bytes *bytes = &w->message[OBJECT_CONTRIBUTION + i].bytes;
        quorsum_contribution *read = NULL;

        must(quorsum_contribution_decode(&read, w->task, bytes->data, bytes->len, NULL), "contribution");
        must(quorsum_aggregator_add(aggregator, read, NULL), "add");
        quorsum_contribution_free(read);
    }
    must(quorsum_aggregator_finish(&manifest, &product, aggregator, w->party[COORDINATOR], NULL), "finish");
    must(quorsum_evidence_make(&name_it(w, OBJECT_EVIDENCE, "evidence/" "00", STRANGER)->bytes, w->task,
                               &w->message[OBJECT_MANIFEST].bytes, &manifest, w->party[STRANGER]), "evidence");
    quorsum_bytes_free(&manifest);
    quorsum_bytes_free(&product);
    quorsum_aggregator_free(aggregator);
}

static void aggregate(fuzz_world *w)
{
    fuzz_message *manifest = name_it(w, OBJECT_MANIFEST, "manifest", COORDINATOR);
    fuzz_message *product = name_it(w, OBJECT_AGGREGATE, "aggregate", COORDINATOR);
    quorsum_aggregator *aggregator = NULL;

    must(quorsum_aggregator_new(&aggregator, w->task), "aggregator");
    for (size_t i = 0; i < FUZZ_COHORT; i++)
        contribute(w, aggregator, i);
    must(quorsum_aggregator_finish(&manifest->bytes, &product->bytes, aggregator, w->party[COORDINATOR], NULL), "finish");
    must(quorsum_manifest_decode(&w->manifest, w->task, manifest->bytes.data, manifest->bytes.len), "manifest");
    must(quorsum_aggregate_decode(&w->aggregate, w->task, w->manifest, product->bytes.data, product->bytes.len, NULL),
         "aggregate");
    for (unsigned i = 0; i < 2; i++) {
        char name[20];

        (void)snprintf(name, sizeof name, "acks/%u", i + 1);
        must(quorsum_acknowledgement_make(
                 &name_it(w, OBJECT_ACKNOWLEDGEMENT + (enum fuzz_object)i, name, TRUSTEE_1 + (enum fuzz_party)i)->bytes, w->task,
                 w->manifest, w->aggregate, aggregator, w->party[TRUSTEE_1 + i], NULL), "acknowledgement");
    }
    quorsum_aggregator_free(aggregator);
}

static void open_it(fuzz_world *w)
{
    quorsum_combiner *combiner = NULL;

    must(quorsum_combiner_new(&combiner, w->record, quorsum_aggregate_ciphertexts(w->aggregate),
                              quorsum_task_digest(w->task)), "combiner");
    for (size_t i = 0; i < FUZZ_QUORUM; i++) {
        static const char *const names[] = {"partials/1", "partials/2"};
        fuzz_message *message = name_it(w, OBJECT_PARTIAL + (enum fuzz_object)i, names[i],
                                        TRUSTEE_1 + (enum fuzz_party)i);
        quorsum_partial *partial = NULL;

        must(quorsum_partial_make(&message->bytes, w->task, w->aggregate, w->share[i], w->party[TRUSTEE_1 + i], NULL),
             "partial");
        must(quorsum_partial_decode(&partial, w->task, w->aggregate, message->bytes.data, message->bytes.len), "partial");
        must(quorsum_combiner_add(combiner, partial, NULL), "combine");
        quorsum_partial_free(partial);
    }
    must(quorsum_combiner_open(&w->opening, combiner, NULL), "open");
    quorsum_combiner_free(combiner);
    must(qs_completion_make(&name_it(w, OBJECT_COMPLETION, "completions/1-of-1", STRANGER)->bytes, w->task, w->aggregate,
                            (qs_part){1, 1}, w->opening, w->party[STRANGER]), "completion");
    must(quorsum_result_make(&name_it(w, OBJECT_RESULT, "result", COORDINATOR)->bytes, w->task, w->manifest, w->aggregate,
                             w->opening, w->party[COORDINATOR]), "result");
}

/* ---- files ---- */

static char whole_path[600];

static void remove_folder(void)
{
    char command[700];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", fuzz_world_get()->folder);
    if (system(command) != 0)
        (void)fputs("fuzz: files are left\n", stderr);
}

static void make_folder(fuzz_world *w)
{
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
    char path[200];

    (void)snprintf(path, sizeof path, "%s/quorsum-fuzz-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(path) == NULL || (w->folder = strdup(path)) == NULL)
        fuzz_stop("no folder");
    (void)atexit(remove_folder);
}

const char *fuzz_file(const char *name, const void *data, size_t len)
{
    FILE *file;

    (void)snprintf(whole_path, sizeof whole_path, "%s/%s", fuzz_world_get()->folder, name);
    file = fopen(whole_path, "wb");
    if (file == NULL || fwrite(data, 1, len, file) != len || fclose(file) != 0)
        fuzz_stop("a file cannot be written");
    return whole_path;
}

const fuzz_world *fuzz_world_get(void)
{
    static fuzz_world world;
    static int made;

    if (made)
        return &world;
    made = 1;
    if (sodium_init() < 0)
        fuzz_stop("libsodium");
    for (unsigned i = 0; i < PARTIES; i++)
        world.party[i] = make_party(i);
    qsort(&world.party[CONTRIBUTOR_1], FUZZ_COHORT, sizeof world.party[0], by_public_half);
    make_folder(&world);
    deal(&world);
    make_task(&world);
    make_key(&world);
    aggregate(&world);
    convict(&world);
    open_it(&world);
    return &world;
}
