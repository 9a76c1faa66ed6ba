/* SPDX-License-Identifier: Apache-2.0 */
/* The second ring, first half: encryption and what anybody or the owner of a private key does with ciphertexts. */
#include <stdlib.h>

#include "bench/bench.h"
#include "lib/paillier/product.h"

#define COUNT 256 /* ciphertexts of a vector */

typedef struct calls {
    const quorsum_public_key *key;
    quorsum_encryptor *encryptor;
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *a, *b;
    const quorsum_private_key *private;
    qs_product *product;
    uint8_t *wire;
    size_t len;
    quorsum_run run;
} calls;

static void calls_clear(calls *c)
{
    quorsum_encryptor_free(c->encryptor);
    quorsum_plaintexts_free(c->plaintexts);
    quorsum_ciphertexts_free(c->a);
    quorsum_ciphertexts_free(c->b);
    qs_product_free(c->product);
    free(c->wire);
}

/* Two vectors of ciphertexts, their wire form, and what encrypts them. To be cleared in any case. */
static quorsum_status calls_init(calls *c, bench *b, quorsum_randomiser randomiser, size_t count)
{
    quorsum_status status;

    *c = (calls){.key = b->keys.key[randomiser], .private = b->keys.private, .run = {.threads = b->options.threads}};
    status = quorsum_encryptor_new(&c->encryptor, c->key, NULL);
    if (status == QUORSUM_OK)
        status = bench_plaintexts(&c->plaintexts, b, c->key, count);
    if (status == QUORSUM_OK)
        status = quorsum_encrypt(&c->a, c->encryptor, c->plaintexts, NULL);
    if (status == QUORSUM_OK)
        status = quorsum_encrypt(&c->b, c->encryptor, c->plaintexts, NULL);
    if (status == QUORSUM_OK) {
        c->len = count * quorsum_public_key_ciphertext_bytes(c->key);
        c->wire = malloc(c->len);
        status = c->wire != NULL ? quorsum_ciphertexts_encode(c->a, c->wire, c->len, &c->len) : QUORSUM_ERR_MEMORY;
    }
    return status;
}

/* ---- encryption ---- */

static quorsum_status table_work(void *context)
{
    calls *c = context;
    quorsum_encryptor *encryptor = NULL;
    quorsum_status status = quorsum_encryptor_new(&encryptor, c->key, &c->run);

    quorsum_encryptor_free(encryptor);
    return status;
}

static quorsum_status encrypt_work(void *context)
{
    calls *c = context;
    quorsum_ciphertexts *out = NULL;
    quorsum_status status = quorsum_encrypt(&out, c->encryptor, c->plaintexts, &c->run);

    quorsum_ciphertexts_free(out);
    return status;
}

static quorsum_status rerandomise_work(void *context)
{
    calls *c = context;
    quorsum_ciphertexts *out = NULL;
    quorsum_status status = quorsum_ciphertexts_rerandomise(&out, c->encryptor, c->a, &c->run);

    quorsum_ciphertexts_free(out);
    return status;
}

/* Against r^(N^s) mod N^(s+1), r secret: what the textbook's encryption does. asked 0: nothing was. */
static quorsum_status compare_encryption(bench *b, const bench_case *self, bench_work work,
                                         quorsum_randomiser randomiser, size_t count, double asked)
{
    bench_row row = bench_row_new(b, self->name, count);
    bench_powm powm;
    calls c;
    quorsum_status status = calls_init(&c, b, randomiser, count);
    bench_side ours = {work, &c, count};
    bench_side theirs;

    bench_powm_init(&powm, b, b->keys.ns, b->keys.ns1, 1);
    theirs = bench_powm_side(&powm);
    row.bytes = (double)c.len;
    row.reference = "r^N by mpz_powm_sec";
    bench_ask(&row, BENCH_AT_LEAST, asked);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, &theirs);
    bench_powm_clear(&powm);
    calls_clear(&c);
    return status;
}

static quorsum_status encrypt_half(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, encrypt_work, QUORSUM_RANDOMISER_HALF, bench_count(b, COUNT), 20);
}

static quorsum_status encrypt_short(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, encrypt_work, QUORSUM_RANDOMISER_SHORT, bench_count(b, COUNT), 0);
}

static quorsum_status encrypt_full(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, encrypt_work, QUORSUM_RANDOMISER_FULL, bench_count(b, COUNT), 0);
}

static quorsum_status encrypt_one(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, encrypt_work, QUORSUM_RANDOMISER_HALF, 1, 0);
}

static quorsum_status rerandomise(bench *b, const bench_case *self)
{
    return compare_encryption(b, self, rerandomise_work, QUORSUM_RANDOMISER_HALF, bench_count(b, COUNT), 0);
}

static quorsum_status encryptor(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, 1);
    calls c;
    quorsum_status status = calls_init(&c, b, QUORSUM_RANDOMISER_HALF, 1);
    bench_side ours = {table_work, &c, 1};

    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, NULL);
    calls_clear(&c);
    return status;
}

/* ---- on ciphertexts ---- */

static quorsum_status add_work(void *context)
{
    calls *c = context;
    quorsum_ciphertexts *out = NULL;
    quorsum_status status = quorsum_ciphertexts_add(&out, c->key, c->a, c->b, &c->run);

    quorsum_ciphertexts_free(out);
    return status;
}

static quorsum_status aggregate_work(void *context)
{
    calls *c = context;

    return qs_product_multiply(c->product, c->a, &c->run);
}

static quorsum_status decode_work(void *context)
{
    calls *c = context;
    quorsum_ciphertexts *out = NULL;
    quorsum_status status = quorsum_ciphertexts_decode(&out, c->key, c->wire, c->len, NULL, &c->run);

    quorsum_ciphertexts_free(out);
    return status;
}

static quorsum_status compare_vectors(bench *b, const bench_case *self, bench_work ours, bench_work theirs,
                                      const char *reference, const mpz_t modulus, double asked)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, COUNT));
    bench_vector vector = {0};
    bench_side other;
    calls c;
    quorsum_status status = calls_init(&c, b, QUORSUM_RANDOMISER_HALF, row.values);
    bench_side side = {ours, &c, row.values};

    if (status == QUORSUM_OK)
        status = qs_product_new(&c.product, c.key, row.values);
    if (status == QUORSUM_OK)
        status = bench_vector_init(&vector, b, modulus, row.values);
    other = bench_vector_side(&vector, theirs);
    row.bytes = (double)c.len;
    row.reference = reference;
    bench_ask(&row, BENCH_AT_MOST, asked);
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &side, &other);
    bench_vector_clear(&vector);
    calls_clear(&c);
    return status;
}

static quorsum_status add(bench *b, const bench_case *self)
{
    return compare_vectors(b, self, add_work, bench_mulmod_work, "mpz_mul + mpz_mod", b->keys.ns1, 1.1);
}

static quorsum_status aggregate(bench *b, const bench_case *self)
{
    return compare_vectors(b, self, aggregate_work, bench_mulmod_work, "mpz_mul + mpz_mod", b->keys.ns1, 0);
}

static quorsum_status decode(bench *b, const bench_case *self)
{
    return compare_vectors(b, self, decode_work, bench_gcd_work, "mpz_gcd each", b->keys.n, 0);
}

/* ---- a private key ---- */

static quorsum_status decrypt_work(void *context)
{
    calls *c = context;
    quorsum_plaintexts *out = NULL;
    quorsum_status status = quorsum_decrypt(&out, c->private, c->a, &c->run);

    quorsum_plaintexts_free(out);
    return status;
}

/* Paillier's decryption for degree 1: m = L(c^(p-1) mod p^2) h_p mod p and the same for q, then the remainder theorem.
 * The four constants stand for themselves: only the time is wanted. */
typedef struct crt {
    mpz_t c, e[2], square[2], prime[2], h[2], m[2], unmix;
} crt;

static quorsum_status crt_work(void *context)
{
    crt *k = context;

    for (unsigned i = 0; i < 2; i++) {
        mpz_mod(k->m[i], k->c, k->square[i]);
        mpz_powm_sec(k->m[i], k->m[i], k->e[i], k->square[i]);
        mpz_sub_ui(k->m[i], k->m[i], 1);
        mpz_fdiv_q(k->m[i], k->m[i], k->prime[i]);
        mpz_mul(k->m[i], k->m[i], k->h[i]);
        mpz_mod(k->m[i], k->m[i], k->prime[i]);
    }
    mpz_sub(k->m[0], k->m[0], k->m[1]);
    mpz_mul(k->m[0], k->m[0], k->unmix);
    mpz_mod(k->m[0], k->m[0], k->prime[0]);
    mpz_addmul(k->m[1], k->m[0], k->prime[1]);
    return QUORSUM_OK;
}

static void crt_init(crt *k, bench *b)
{
    mpz_inits(k->c, k->unmix, NULL);
    for (unsigned i = 0; i < 2; i++) {
        mpz_inits(k->e[i], k->square[i], k->m[i], k->h[i], NULL);
        mpz_init_set(k->prime[i], i == 0 ? b->keys.p : b->keys.q);
        mpz_sub_ui(k->e[i], k->prime[i], 1);
        mpz_mul(k->square[i], k->prime[i], k->prime[i]);
        mpz_urandomm(k->h[i], b->keys.random, k->prime[i]);
    }
    mpz_urandomm(k->c, b->keys.random, b->keys.ns1);
    mpz_urandomm(k->unmix, b->keys.random, b->keys.p);
}

static void crt_clear(crt *k)
{
    for (unsigned i = 0; i < 2; i++)
        mpz_clears(k->e[i], k->square[i], k->m[i], k->h[i], k->prime[i], NULL);
    mpz_clears(k->c, k->unmix, NULL);
}

static quorsum_status decrypt(bench *b, const bench_case *self)
{
    bench_row row = bench_row_new(b, self->name, bench_count(b, 32));
    crt reference;
    calls c;
    quorsum_status status = calls_init(&c, b, QUORSUM_RANDOMISER_HALF, row.values);
    bench_side ours = {decrypt_work, &c, row.values};
    bench_side theirs = {crt_work, &reference, 1};

    crt_init(&reference, b);
    if (b->options.degree == 1)
        row.reference = "mpz_powm_sec by CRT";
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, b->options.degree == 1 ? &theirs : NULL);
    crt_clear(&reference);
    calls_clear(&c);
    return status;
}

/* ---- two threads ---- */

/* The same work on several threads and on one, both by the wall clock. */
static quorsum_status compare_threads(bench *b, const bench_case *self, bench_work work, size_t count)
{
    unsigned threads = b->options.threads > 1 ? b->options.threads : 2;
    bench_row row = bench_row_new(b, self->name, count);
    calls many, one;
    quorsum_status status = calls_init(&many, b, QUORSUM_RANDOMISER_HALF, count);
    bench_side ours = {work, &many, count};
    bench_side theirs = {work, &one, count};

    one = many;
    one.run.threads = 1;
    many.run.threads = row.threads = threads;
    if (status == QUORSUM_OK)
        status = qs_product_new(&many.product, many.key, count);
    one.product = many.product;
    row.reference = "one thread";
    row.sense = BENCH_AT_LEAST;
    row.asked = threads == 2 ? 1.8 : 0;
    if (status == QUORSUM_OK)
        status = bench_compare(b, &row, &ours, &theirs);
    calls_clear(&many); /* the other one borrows */
    return status;
}

static quorsum_status threads_encrypt(bench *b, const bench_case *self)
{
    return compare_threads(b, self, encrypt_work, bench_count(b, COUNT));
}

static quorsum_status threads_aggregate(bench *b, const bench_case *self)
{
    return compare_threads(b, self, aggregate_work, bench_count(b, 4096));
}

const bench_case bench_calls[] = {
    {"calls.encryptor", "building the table of an encryptor (half)", encryptor},
    {"calls.encrypt_half", "encryption, randomiser of |N|/2 bits, the default", encrypt_half},
    {"calls.encrypt_short", "encryption, randomiser of 384 bits", encrypt_short},
    {"calls.encrypt_full", "encryption, randomiser of |N|+128 bits", encrypt_full},
    {"calls.encrypt_one", "encryption of a single plaintext (half)", encrypt_one},
    {"calls.rerandomise", "fresh randomness for ciphertexts (half)", rerandomise},
    {"calls.add", "addition of two vectors", add},
    {"calls.aggregate", "a vector into the coordinator's running product", aggregate},
    {"calls.decode", "reading a vector from bytes: ranges and units", decode},
    {"calls.decrypt", "decryption with a private key", decrypt},
    {"calls.threads_encrypt", "encryption on two threads and on one", threads_encrypt},
    {"calls.threads_aggregate", "the running product on two threads and on one", threads_aggregate},
    {NULL, NULL, NULL},
};
