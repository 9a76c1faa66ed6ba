/* SPDX-License-Identifier: Apache-2.0 */
/* See forger.h. */
#include "forger.h"

#include "lib/proof/knowledge.h"

static void open_oracle(oracle *o, const fixture *f)
{
    oracle_open(o, f->p, f->q, 1, QUORSUM_RANDOMISER_HALF);
    cr_assert_eq(memcmp(quorsum_public_key_digest(o->key),
                        quorsum_public_key_digest(quorsum_key_record_public(f->record)), 32), 0);
}

void forger_open(forger *g, const scene *s, size_t who)
{
    memset(g, 0, sizeof *g);
    g->s = s;
    g->who = who;
    g->count = quorsum_plan_plaintexts(quorsum_task_plan(s->f.task));
    cr_assert_leq(g->count, FORGED_MAX);
    open_oracle(&g->o, &s->f);
    for (size_t k = 0; k < FORGED_MAX; k++)
        mpz_inits(g->c[k], g->m[k], g->alpha[k], NULL);
    mpz_inits(g->z, g->w, NULL);
}

void forger_close(forger *g)
{
    clear_numbers(g->c, FORGED_MAX);
    clear_numbers(g->m, FORGED_MAX);
    clear_numbers(g->alpha, FORGED_MAX);
    mpz_clears(g->z, g->w, NULL);
    oracle_close(&g->o);
}

void forger_encrypt(forger *g, size_t k, const mpz_t m)
{
    mpz_mod(g->m[k], m, g->o.n);
    mpz_urandomb(g->alpha[k], g->o.random, g->o.key->alpha_bits);
    oracle_encrypt(&g->o, g->c[k], g->m[k], g->alpha[k]);
}

void forger_encrypt_si(forger *g, size_t k, long m)
{
    mpz_t value;

    mpz_init_set_si(value, m);
    forger_encrypt(g, k, value);
    mpz_clear(value);
}

/* ---- the proof of knowledge ---- */

void forger_context(qs_context *context, const scene *s, size_t who)
{
    *context = (qs_context){.label = "contribution"};
    memcpy(context->key, quorsum_public_key_digest(quorsum_key_record_public(s->f.record)), sizeof context->key);
    memcpy(context->task, quorsum_task_digest(s->f.task), sizeof context->task);
    memcpy(context->prover, quorsum_identity_public(s->f.contributors[who]), sizeof context->prover);
}

size_t ciphertexts_len(const scene *s)
{
    return quorsum_plan_plaintexts(quorsum_task_plan(s->f.task)) *
           quorsum_public_key_ciphertext_bytes(quorsum_key_record_public(s->f.record));
}

static size_t mask_bits(const forger *g)
{
    size_t l = 1;

    while (((size_t)1 << l) < g->count)
        l++;
    return g->o.key->alpha_bits + 256 + l;
}

void forger_exponent(const forger *g, mpz_t e, size_t k)
{
    uint8_t bytes[16];

    qs_seed_exponent(bytes, g->seed, k);
    number_from_bytes(e, bytes, sizeof bytes);
}

static void hash(forger *g, const mpz_t a)
{
    size_t len = g->count * ciphertext_bytes(&g->o);
    uint8_t *wire = malloc(len + ciphertext_bytes(&g->o));
    qs_context context;
    qs_transcript t;

    forger_context(&context, g->s, g->who);
    for (size_t k = 0; k < g->count; k++)
        wire_of(&g->o, wire + k * ciphertext_bytes(&g->o), g->c[k]);
    wire_of(&g->o, wire + len, a);
    qs_transcript_begin(&t, "pok-vector", &context);
    qs_transcript_u64(&t, 1);
    qs_transcript_u64(&t, g->o.key->alpha_bits);
    qs_transcript_u64(&t, g->count);
    qs_transcript_bytes(&t, wire, len);
    qs_transcript_bytes(&t, wire + len, ciphertext_bytes(&g->o));
    qs_transcript_seed(&t, g->seed);
    free(wire);
}

void forger_prove(forger *g)
{
    mpz_t a, e;

    mpz_inits(a, e, NULL);
    mpz_urandomm(g->z, g->o.random, g->o.n);
    mpz_urandomb(g->w, g->o.random, mask_bits(g));
    oracle_encrypt(&g->o, a, g->z, g->w);
    hash(g, a);
    for (size_t k = 0; k < g->count; k++) {
        forger_exponent(g, e, k);
        mpz_addmul(g->z, e, g->m[k]);
        mpz_addmul(g->w, e, g->alpha[k]);
    }
    mpz_mod(g->z, g->z, g->o.n);
    mpz_clears(a, e, NULL);
}

void forger_commitment(const forger *g, mpz_t a)
{
    mpz_t e;

    mpz_init(e);
    oracle_encrypt(&g->o, a, g->z, g->w);
    for (size_t k = 0; k < g->count; k++) {
        forger_exponent(g, e, k);
        mpz_neg(e, e);
        mpz_powm(e, g->c[k], e, g->o.modulus);
        mpz_mul(a, a, e);
        mpz_mod(a, a, g->o.modulus);
    }
    mpz_clear(e);
}

/* ---- messages ---- */

static void read_field(mpz_t out, const quorsum_bytes *message, uint64_t key, size_t len)
{
    size_t begin = 0;
    size_t end = 0;

    value_at(message, key, &begin, &end);
    number_from_bytes(out, message->data + end - len, len);
}

void forger_steal(forger *g, const quorsum_bytes *contribution)
{
    const uint8_t *wire = blocks_of(contribution);
    size_t digit = quorsum_public_key_modulus_bytes(g->o.key);
    size_t begin = 0;
    size_t end = 0;
    mpz_t part;

    mpz_init(part);
    for (size_t k = 0; k < g->count; k++, wire += 2 * digit) {
        number_from_bytes(g->c[k], wire, digit);
        number_from_bytes(part, wire + digit, digit);
        mpz_addmul(g->c[k], part, g->o.n);
    }
    value_at(contribution, 11, &begin, &end);
    memcpy(g->seed, contribution->data + end - 64, 64);
    read_field(g->z, contribution, 12, digit);
    read_field(g->w, contribution, 13, qs_knowledge_w_bytes(g->o.key, g->count));
    mpz_clear(part);
}

static void replace(quorsum_bytes *message, uint64_t key, const mpz_t value, size_t len, const quorsum_identity *signer)
{
    quorsum_bytes next;
    uint8_t bytes[256];
    mpz_t cut;

    cr_assert_leq(len, sizeof bytes);
    mpz_init(cut);
    mpz_fdiv_r_2exp(cut, value, 8 * len);
    number_to_bytes(bytes, len, cut);
    next = forge_bytes(message, key, bytes, len, signer);
    quorsum_bytes_free(message);
    *message = next;
    mpz_clear(cut);
}

/* The message with other blocks behind its header, signed again. */
static quorsum_bytes with_blocks(const quorsum_bytes *message, const uint8_t *blocks, size_t len,
                                 const quorsum_identity *signer)
{
    size_t header = header_len(message->data, message->len);
    quorsum_bytes longer = {malloc(header + len + 64), header + len + 64};
    quorsum_bytes out;

    memcpy(longer.data, message->data, header);
    memcpy(longer.data + header, blocks, len);
    memset(longer.data + header + len, 0, 64);
    out = forge(&longer, FORGE_NOTHING, NULL, 0, signer);
    quorsum_bytes_free(&longer);
    return out;
}

quorsum_bytes forger_message(const forger *g, const uint8_t *level, size_t level_len)
{
    const quorsum_identity *signer = g->s->f.contributors[g->who];
    size_t len = g->count * ciphertext_bytes(&g->o);
    uint8_t *blocks = malloc(len + level_len);
    quorsum_bytes message = scene_contribution(g->s, g->who); /* for its header */
    quorsum_bytes out = forge_bytes(&message, 11, g->seed, 64, signer);

    replace(&out, 12, g->z, quorsum_public_key_modulus_bytes(g->o.key), signer);
    replace(&out, 13, g->w, qs_knowledge_w_bytes(g->o.key, g->count), signer);
    for (size_t k = 0; k < g->count; k++)
        wire_of(&g->o, blocks + k * ciphertext_bytes(&g->o), g->c[k]);
    if (level_len > 0)
        memcpy(blocks + len, level, level_len);
    quorsum_bytes_free(&message);
    message = with_blocks(&out, blocks, len + level_len, signer);
    quorsum_bytes_free(&out);
    free(blocks);
    return message;
}
