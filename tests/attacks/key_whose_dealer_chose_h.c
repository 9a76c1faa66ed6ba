/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dealer who chooses h knows its order, or makes it 1: then c = 1 + mN shows every number to everybody. He adds an h
 * to his key record and hopes that contributors take it. Likewise v: with v = 1 every share proof holds. Stopped by: a
 * record has no h and no v, and no room for one; everybody computes h = HashToZ(N, "h")^2 (Damgard, Jurik, Nielsen,
 * IJIS 2010, with a hashed base), so it is the same whoever dealt, and a contributor's ciphertext is blinded by that.
 */
#include <sodium.h>

#include "crooked_dealer.h"
#include "lib/base/bytes.h"

static size_t put_item(uint8_t *out, const void *data, size_t len)
{
    qs_store64(out, len);
    memcpy(out + 8, data, len);
    return 8 + len;
}

static void hash_items(uint8_t out[64], const char *domain, const uint8_t *item, size_t len, uint64_t index,
                       const char *label)
{
    uint8_t text[512];
    uint8_t number[8];
    size_t used = put_item(text, domain, strlen(domain));

    if (label != NULL)
        used += put_item(text + used, label, strlen(label));
    used += put_item(text + used, item, len);
    qs_store64(number, index);
    used += put_item(text + used, number, 8);
    crypto_generichash(out, 64, text, used, NULL, 0);
}

/* HashToZ(N, label, 0)^2 mod N by the words of docs/wire-format.md, with 32 bytes of N. */
static void square_of_hash(mpz_t out, const mpz_t n, const char *label)
{
    uint8_t word[32];
    uint8_t seed[64];
    uint8_t stream[64];

    mpz_export(word, NULL, 1, 1, 1, 0, n);
    hash_items(seed, "quorsum/v1/hash-to-z", word, sizeof word, 0, label);
    hash_items(stream, "quorsum/v1/expand", seed, sizeof seed, 0, NULL);
    mpz_import(out, 32 + 16, 1, 1, 1, 0, stream);
    mpz_powm_ui(out, out, 2, n);
}

/* The dealer's record with one field more: h, as he would have it. */
static quorsum_bytes with_h(const scene *s, unsigned key)
{
    quorsum_bytes honest = {0};
    quorsum_bytes longer;
    quorsum_bytes out;
    size_t header;
    uint8_t h[] = {0x18, (uint8_t)key, 0x41, 1}; /* key: 1 */

    cr_assert_eq(quorsum_key_record_encode(&honest, s->f.record), QUORSUM_OK);
    honest.len = s->f.record->message_len;
    header = header_len(honest.data, honest.len);
    longer = (quorsum_bytes){malloc(honest.len + sizeof h), honest.len + sizeof h};
    memcpy(longer.data, honest.data, header);
    cr_assert_lt(longer.data[0] & 31, 23);
    longer.data[0]++;
    memcpy(longer.data + header, h, sizeof h);
    memcpy(longer.data + header + sizeof h, honest.data + header, honest.len - header);
    out = forge(&longer, FORGE_NOTHING, NULL, 0, s->f.dealer);
    quorsum_bytes_free(&honest);
    quorsum_bytes_free(&longer);
    return out;
}

/* alpha with c = (1+N)^m h^(N alpha) is the contributor's own; what is left when m is taken out is a power of this
 * h. */
static void expect_hashed_base(const scene *s, const quorsum_key_record *record)
{
    mpz_t h, v, value;

    mpz_inits(h, v, NULL);
    square_of_hash(h, s->f.n, "h");
    mpz_roinit_n(value, record->parts.key->h, (mp_size_t)record->parts.key->root->limbs);
    cr_expect_eq(mpz_cmp(h, value), 0);
    cr_expect_neq(mpz_cmp_ui(h, 1), 0);
    square_of_hash(v, s->f.n, "v");
    mpz_roinit_n(value, record->v, (mp_size_t)record->parts.key->root->limbs);
    cr_expect_eq(mpz_cmp(v, value), 0);
    cr_expect_neq(mpz_cmp(h, v), 0);
    mpz_clears(h, v, NULL);
}

Test(attack, key_whose_dealer_chose_h)
{
    scene s;
    scene other;
    quorsum_bytes forged;

    scene_open(&s, SCENE_SUM, (setup){0});
    scene_open(&other, SCENE_SUM, (setup){0}); /* the same N, another dealer */
    expect_hashed_base(&s, s.f.record);
    expect_hashed_base(&s, other.f.record);
    forged = with_h(&s, 25);
    scene_give(&s, "key", forged);
    quorsum_board_close(s.board);
    s.count = 0;
    cr_expect_eq(quorsum_board_open(&s.board, s.path, &s.watch, NULL), QUORSUM_ERR_NOT_CANONICAL);
    EXPECT_NAMED(&s, "key", NULL, QUORSUM_ERR_NOT_CANONICAL); /* who sent what is no key record is not asked */
    scene_close(&other);
    scene_close(&s);
}
