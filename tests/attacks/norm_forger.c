/* SPDX-License-Identifier: Apache-2.0 */
/* See norm_forger.h. */
#include "norm_forger.h"

enum { Y = NORM_SLOTS, F = NORM_SLOTS + 3 };

static size_t slots_of(size_t k) /* 25 fit the 255 bits of a plaintext */
{
    return k == 0 ? 25 : NORM_SLOTS - 25;
}

/* ---- bases ---- */

static void hash_base(mpz_t out, const norm_forger *x, const char *label, uint64_t index)
{
    mp_limb_t limbs[16];
    mpz_t value;

    qs_hash_to_residue(x->g.o.key, label, index, limbs);
    mpz_set(out, mpz_roinit_n(value, limbs, (mp_size_t)x->g.o.key->root->limbs));
}

static void make_bases(norm_forger *x)
{
    for (size_t i = 0; i < NORM_SLOTS + 4; i++) {
        mpz_init(x->base[i]);
        hash_base(x->base[i], x, i < Y ? "fo" : i < F ? "fo-y" : "fo-f", i < Y ? i : i < F ? i - Y + 1 : 0);
        if (x->squared)
            mpz_powm_ui(x->base[i], x->base[i], 2, x->g.o.n);
    }
    mpz_init(x->eta);
    for (uint64_t i = 0; mpz_jacobi(x->eta, x->g.o.n) != -1; i++)
        hash_base(x->eta, x, "fo-r", i);
}

/* ---- the vector ---- */

static void pack(mpz_t out, const norm_forger *x, size_t k)
{
    mpz_t slot, half;

    mpz_inits(slot, half, NULL);
    mpz_add_ui(half, x->g.o.n, 1);
    mpz_fdiv_q_2exp(half, half, 1);
    mpz_set_ui(out, 0);
    for (size_t j = slots_of(k); j-- > 0;) {
        mpz_mul_2exp(out, out, NORM_BETA);
        mpz_mul_si(slot, half, x->twice[25 * k + j]);
        mpz_add(out, out, slot);
    }
    mpz_mod(out, out, x->g.o.n);
    mpz_clears(slot, half, NULL);
}

void norm_open(norm_forger *x, const scene *s, size_t who, const long *twice, int squared)
{
    mpz_t m;

    memset(x, 0, sizeof *x);
    forger_open(&x->g, s, who);
    cr_assert_eq(x->g.count, 2);
    cr_assert_eq(quorsum_plan_slot_bits(quorsum_task_plan(s->f.task), 0), NORM_BETA);
    x->squared = squared;
    memcpy(x->twice, twice, sizeof x->twice);
    mpz_init_set_ui(x->half_base, 1);
    make_bases(x);
    mpz_init(m);
    for (size_t k = 0; k < 2; k++) {
        pack(m, x, k);
        forger_encrypt(&x->g, k, m);
    }
    forger_prove(&x->g);
    x->len = 2 * 32 + 16 + NORM_SLOTS * ((NORM_BITS + NORM_MASK + 2 + 7) / 8) +
             3 * ((NORM_BITS + NORM_MASK + 1 + 7) / 8) + 2 * (32 + 49) +
             2 * ((x->g.o.key->alpha_bits + NORM_MASK + 1 + 7) / 8);
    x->proof = malloc(x->len);
    mpz_clear(m);
}

void norm_close(norm_forger *x)
{
    for (size_t i = 0; i < NORM_SLOTS + 4; i++)
        mpz_clear(x->base[i]);
    mpz_clears(x->eta, x->half_base, NULL);
    free(x->proof);
    forger_close(&x->g);
}

/* 4 (B2 - sum x^2) + 1 as three squares, by trying. */
static void three_squares(const norm_forger *x, long y[3])
{
    long left = 4 * SCENE_NORM_SQUARED + 1;

    for (size_t i = 0; i < NORM_SLOTS; i++)
        left -= x->twice[i] * x->twice[i];
    for (y[0] = 0; y[0] * y[0] <= left; y[0]++)
        for (y[1] = 0; y[0] * y[0] + y[1] * y[1] <= left; y[1]++)
            for (y[2] = 0; y[0] * y[0] + y[1] * y[1] + y[2] * y[2] <= left; y[2]++)
                if (y[0] * y[0] + y[1] * y[1] + y[2] * y[2] == left)
                    return;
    cr_assert_fail("%ld is no sum of three squares", left);
}

/* ---- the transcript ---- */

typedef struct messages {
    mpz_t v, a, plain[2], c1, c0;
} messages;

static void messages_init(messages *t)
{
    mpz_inits(t->v, t->a, t->plain[0], t->plain[1], t->c1, t->c0, NULL);
}

static void messages_clear(messages *t)
{
    mpz_clears(t->v, t->a, t->plain[0], t->plain[1], t->c1, t->c0, NULL);
}

static void absorb_word(qs_transcript *t, const mpz_t value)
{
    uint8_t word[32];

    number_to_bytes(word, sizeof word, value);
    qs_transcript_bytes(t, word, sizeof word);
}

static void absorb_pair(qs_transcript *t, const norm_forger *x, mpz_t *pair)
{
    uint8_t wire[128];

    wire_of(&x->g.o, wire, pair[0]);
    wire_of(&x->g.o, wire + 64, pair[1]);
    qs_transcript_bytes(t, wire, sizeof wire);
}

static void challenge(mpz_t e, const norm_forger *x, messages *m)
{
    static const uint8_t bound[2] = {SCENE_NORM_SQUARED >> 8, SCENE_NORM_SQUARED & 255};
    uint8_t seed[64];
    qs_context context;
    qs_transcript t;

    forger_context(&context, x->g.s, x->g.who);
    qs_transcript_begin(&t, "l2", &context);
    qs_transcript_u64(&t, 1);
    qs_transcript_u64(&t, x->g.o.key->alpha_bits);
    qs_transcript_u64(&t, 2);
    qs_transcript_u64(&t, slots_of(0));
    qs_transcript_u64(&t, slots_of(1));
    absorb_pair(&t, x, (mpz_t *)(uintptr_t)x->g.c);
    qs_transcript_bytes(&t, bound, sizeof bound);
    qs_transcript_u64(&t, NORM_COHORT);
    qs_transcript_u64(&t, NORM_BETA);
    qs_transcript_u64(&t, NORM_BITS);
    absorb_word(&t, m->v);
    absorb_word(&t, m->a);
    absorb_pair(&t, x, m->plain);
    absorb_word(&t, m->c1);
    absorb_word(&t, m->c0);
    qs_transcript_seed(&t, seed);
    number_from_bytes(e, seed, 16);
}

/* out *= base^exponent mod N */
static void times(mpz_t out, const norm_forger *x, const mpz_t base, const mpz_t exponent)
{
    mpz_t power;

    mpz_init(power);
    mpz_powm(power, base, exponent, x->g.o.n);
    mpz_mul(out, out, power);
    mpz_mod(out, out, x->g.o.n);
    mpz_clear(power);
}

/* ---- making ---- */

typedef struct witness { /* masks, responses after that */
    mpz_t z[NORM_SLOTS + 3], r, big_r, r1, r0, w[2], f1, f0;
    long y[3];
} witness;

static void witness_init(witness *t, norm_forger *x)
{
    gmp_randstate_t *random = &x->g.o.random;

    mpz_inits(t->r, t->big_r, t->r1, t->r0, t->w[0], t->w[1], t->f1, t->f0, NULL);
    for (size_t i = 0; i < NORM_SLOTS + 3; i++) {
        mpz_init(t->z[i]);
        mpz_urandomb(t->z[i], *random, NORM_BITS + NORM_MASK);
    }
    mpz_urandomb(t->r, *random, 256 + 127);
    mpz_urandomb(t->r1, *random, 256 + 127);
    mpz_urandomb(t->big_r, *random, 256 + 383);
    mpz_urandomb(t->r0, *random, 256 + 383);
    for (size_t k = 0; k < 2; k++)
        mpz_urandomb(t->w[k], *random, x->g.o.key->alpha_bits + NORM_MASK);
    three_squares(x, t->y);
}

static void witness_clear(witness *t)
{
    mpz_clears(t->r, t->big_r, t->r1, t->r0, t->w[0], t->w[1], t->f1, t->f0, NULL);
    for (size_t i = 0; i < NORM_SLOTS + 3; i++)
        mpz_clear(t->z[i]);
}

/* V with half_base^(2 x) for halves, base^x else; A; F1 and F0. */
static void commit(messages *m, witness *t, const norm_forger *x)
{
    mpz_t value;

    mpz_init(value);
    mpz_set_ui(m->v, 1);
    mpz_set_ui(m->a, 1);
    for (size_t i = 0; i < NORM_SLOTS + 3; i++) {
        int half = i < Y && x->twice[i] % 2 != 0;
        long twice = i < Y ? x->twice[i] : 2 * t->y[i - Y];

        mpz_set_si(value, half ? twice : twice / 2);
        times(m->v, x, half ? x->half_base : x->base[i], value);
        times(m->a, x, x->base[i], t->z[i]);
        mpz_mul_si(value, t->z[i], i < Y ? -4 * twice : -twice); /* -8 m x, -2 m y */
        mpz_add(t->f1, t->f1, value);
        mpz_mul(value, t->z[i], t->z[i]);
        mpz_mul_si(value, value, i < Y ? -4 : -1);
        mpz_add(t->f0, t->f0, value);
    }
    times(m->v, x, x->eta, t->r);
    times(m->a, x, x->eta, t->big_r);
    mpz_powm_ui(m->a, m->a, 2, x->g.o.n);
    mpz_set_ui(m->c1, 1);
    times(m->c1, x, x->base[F], t->f1);
    times(m->c1, x, x->eta, t->r1);
    mpz_set_ui(m->c0, 1);
    times(m->c0, x, x->base[F], t->f0);
    times(m->c0, x, x->eta, t->r0);
    mpz_powm_ui(m->c0, m->c0, 2, x->g.o.n);
    mpz_clear(value);
}

/* (1+N)^(sum 2^(beta j) z_(k,j)) h_s^(w_k) */
static void cover(mpz_t out, const norm_forger *x, size_t k, const mpz_t *z, const mpz_t w)
{
    mpz_t packed;

    mpz_init(packed);
    for (size_t j = slots_of(k); j-- > 0;) {
        mpz_mul_2exp(packed, packed, NORM_BETA);
        mpz_add(packed, packed, z[25 * k + j]);
    }
    mpz_mod(packed, packed, x->g.o.n);
    oracle_encrypt(&x->g.o, out, packed, w);
    mpz_clear(packed);
}

static void respond(witness *t, const norm_forger *x, const mpz_t e)
{
    mpz_t value;

    mpz_init(value);
    for (size_t i = 0; i < NORM_SLOTS + 3; i++) {
        mpz_mul_si(value, e, i < Y ? x->twice[i] : 2 * t->y[i - Y]);
        mpz_divexact_ui(value, value, 2);
        mpz_add(t->z[i], t->z[i], value);
    }
    mpz_addmul(t->big_r, e, t->r);
    mpz_addmul(t->r0, e, t->r1);
    for (size_t k = 0; k < 2; k++)
        mpz_addmul(t->w[k], e, x->g.alpha[k]);
    mpz_clear(value);
}

static void put(uint8_t **at, size_t len, const mpz_t value)
{
    number_to_bytes(*at, len, value);
    *at += len;
}

static void write_proof(const norm_forger *x, messages *m, witness *t, const mpz_t e)
{
    uint8_t *at = x->proof;
    mpz_t shifted;

    put(&at, 32, m->v);
    put(&at, 32, m->c1);
    put(&at, 16, e);
    mpz_init(shifted);
    for (size_t i = 0; i < NORM_SLOTS + 3; i++) {
        mpz_set_ui(shifted, 0);
        if (i < Y)
            mpz_setbit(shifted, NORM_BITS - 1 + 128);
        mpz_add(shifted, shifted, t->z[i]);
        put(&at, (NORM_BITS + NORM_MASK + (i < Y ? 2u : 1u) + 7) / 8, shifted);
    }
    put(&at, 32 + 49, t->big_r);
    for (size_t k = 0; k < 2; k++)
        put(&at, (x->g.o.key->alpha_bits + NORM_MASK + 1 + 7) / 8, t->w[k]);
    put(&at, 32 + 49, t->r0);
    cr_assert_eq((size_t)(at - x->proof), x->len);
    mpz_clear(shifted);
}

void norm_prove(norm_forger *x)
{
    mpz_t e;

    mpz_init_set_ui(e, 1);
    while (mpz_odd_p(e)) {
        messages m;
        witness t;

        messages_init(&m);
        witness_init(&t, x);
        commit(&m, &t, x);
        for (size_t k = 0; k < 2; k++)
            cover(m.plain[k], x, k, (const mpz_t *)t.z, t.w[k]);
        challenge(e, x, &m);
        if (mpz_even_p(e)) {
            respond(&t, x, e);
            write_proof(x, &m, &t, e);
        }
        witness_clear(&t);
        messages_clear(&m);
    }
    mpz_clear(e);
}

/* ---- checking ---- */

static const uint8_t *get(mpz_t out, const uint8_t *at, size_t len)
{
    number_from_bytes(out, at, len);
    return at + len;
}

static void read_proof(messages *m, witness *t, mpz_t e, const norm_forger *x)
{
    const uint8_t *at = x->proof;
    mpz_t shift;

    at = get(m->v, at, 32);
    at = get(m->c1, at, 32);
    at = get(e, at, 16);
    mpz_init(shift);
    mpz_setbit(shift, NORM_BITS - 1 + 128);
    for (size_t i = 0; i < NORM_SLOTS + 3; i++) {
        at = get(t->z[i], at, (NORM_BITS + NORM_MASK + (i < Y ? 2u : 1u) + 7) / 8);
        if (i < Y)
            mpz_sub(t->z[i], t->z[i], shift);
    }
    at = get(t->big_r, at, 32 + 49);
    for (size_t k = 0; k < 2; k++)
        at = get(t->w[k], at, (x->g.o.key->alpha_bits + NORM_MASK + 1 + 7) / 8);
    (void)get(t->r0, at, 32 + 49);
    mpz_clear(shift);
}

/* F = 4 (e^2 B2 - sum z_i^2) + e^2 - sum z_y^2 */
static void final_value(mpz_t f, const mpz_t *z, const mpz_t e)
{
    mpz_t square;

    mpz_init(square);
    mpz_mul(square, e, e);
    mpz_mul_ui(f, square, 4 * SCENE_NORM_SQUARED + 1);
    for (size_t i = 0; i < NORM_SLOTS + 3; i++) {
        mpz_mul(square, z[i], z[i]);
        mpz_submul_ui(f, square, i < Y ? 4 : 1);
    }
    mpz_clear(square);
}

int norm_accepts(const norm_forger *x)
{
    messages m;
    witness t;
    mpz_t e, again, minus, f;
    int same;

    mpz_inits(e, again, minus, f, NULL);
    messages_init(&m);
    witness_init(&t, (norm_forger *)(uintptr_t)x);
    read_proof(&m, &t, e, x);
    mpz_neg(minus, e);
    mpz_set_ui(m.a, 1);
    for (size_t i = 0; i < NORM_SLOTS + 3; i++)
        times(m.a, x, x->base[i], t.z[i]);
    times(m.a, x, x->eta, t.big_r);
    times(m.a, x, m.v, minus);
    mpz_powm_ui(m.a, m.a, 2, x->g.o.n);
    for (size_t k = 0; k < 2; k++) {
        cover(m.plain[k], x, k, (const mpz_t *)t.z, t.w[k]);
        mpz_powm(again, x->g.c[k], minus, x->g.o.modulus);
        mpz_mul(m.plain[k], m.plain[k], again);
        mpz_mod(m.plain[k], m.plain[k], x->g.o.modulus);
    }
    final_value(f, (const mpz_t *)t.z, e);
    mpz_set_ui(m.c0, 1);
    times(m.c0, x, x->base[F], f);
    times(m.c0, x, x->eta, t.r0);
    times(m.c0, x, m.c1, minus);
    mpz_powm_ui(m.c0, m.c0, 2, x->g.o.n);
    challenge(again, x, &m);
    same = mpz_cmp(again, e) == 0;
    witness_clear(&t);
    messages_clear(&m);
    mpz_clears(e, again, minus, f, NULL);
    return same;
}
