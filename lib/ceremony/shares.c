/* SPDX-License-Identifier: Apache-2.0 */
/* Shares and verification keys from a secret that is shared by sets. */
#include "lib/ceremony/shares.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arith/exponent.h"
#include "lib/arith/fixed_base.h"
#include "lib/base/bytes.h"
#include "lib/base/invariant.h"
#include "lib/ceremony/prf.h"
#include "lib/paillier/workers.h"

/* ---- widths ---- */

size_t qs_ceil_log2(size_t count)
{
    size_t bits = 0;

    while (((size_t)1 << bits) < count)
        bits++;
    return bits;
}

size_t qs_generation_secret_bits(size_t bits, unsigned degree, const qs_sets *sets)
{
    return bits + QS_SLACK + qs_ceil_log2(sets->count) + degree;
}

/* (n+1) 2^w has the bits of n+1 above its w. */
qs_widths qs_widths_of(const qs_sets *sets, size_t secret_bits)
{
    qs_widths widths = {.secret_bits = secret_bits, .mask_bits = secret_bits + QS_SLACK};
    mpz_t bound;

    mpz_init_set_ui(bound, sets->factorial);
    mpz_mul_ui(bound, bound, sets->count + 1);
    mpz_add_ui(bound, bound, qs_sets_weight_max(sets));
    widths.shift = mpz_sizeinbase(bound, 2) + widths.mask_bits;
    mpz_set_ui(bound, sets->members + 1);
    widths.share_bits = mpz_sizeinbase(bound, 2) + widths.shift;
    mpz_clear(bound);
    return widths;
}

/* ---- S_i ---- */

/* sum += value weight modulo 2^(64 limbs). Constant time in sum and value. */
static void add_weighted(mp_limb_t *sum, size_t limbs, const mp_limb_t *value, size_t value_limbs, int64_t weight)
{
    mp_size_t size = (mp_size_t)value_limbs;
    mp_limb_t carry;

    if (weight < 0)
        carry = mpn_submul_1(sum, value, size, (mp_limb_t)-weight);
    else
        carry = mpn_addmul_1(sum, value, size, (mp_limb_t)weight);
    for (size_t i = value_limbs; i < limbs; i++) {
        mp_limb_t before = sum[i];

        sum[i] = weight < 0 ? before - carry : before + carry;
        carry = weight < 0 ? (mp_limb_t)(sum[i] > before) : (mp_limb_t)(sum[i] < before);
    }
}

/* Delta delta + i 2^w, above 0 by the choice of w */
static void public_part(mpz_t out, const qs_sets *sets, const qs_widths *widths, const mpz_t delta, uint32_t i)
{
    mpz_set_ui(out, i);
    mpz_mul_2exp(out, out, widths->shift);
    mpz_addmul_ui(out, delta, sets->factorial);
    QS_INVARIANT(mpz_sgn(out) > 0);
}

static void draw_mask(qs_prf *prf, mp_limb_t *out, const uint8_t key[32], size_t mask_bits)
{
    qs_prf_begin(prf, key, QS_MASK_LABEL, 0);
    qs_prf_integer(prf, out, qs_limbs_of(mask_bits), mask_bits);
    qs_prf_end(prf);
}

static quorsum_status add_masks(qs_secret *sum, const qs_party *party, const qs_widths *widths)
{
    size_t limbs = qs_limbs_of(widths->mask_bits);
    size_t n = party->sets->members;
    qs_prf *prf = qs_secret_block(sizeof *prf + limbs * sizeof(mp_limb_t));
    mp_limb_t *mask;

    if (prf == NULL)
        return QUORSUM_ERR_MEMORY;
    mask = (mp_limb_t *)(void *)(prf + 1);
    for (size_t k = 0; k < party->sets->own; k++) {
        draw_mask(prf, mask, qs_party_key(party, k), widths->mask_bits);
        add_weighted(sum->limb, sum->limbs, mask, limbs,
                     party->sets->weight[qs_party_set(party, k) * n + party->index - 1]);
    }
    qs_secret_release(prf);
    return QUORSUM_OK;
}

quorsum_status qs_share_of(quorsum_key_share **out, const qs_party *party, const qs_widths *widths, const mpz_t delta)
{
    quorsum_key_share *share = NULL;
    quorsum_status status = qs_key_share_new(&share, party->index, widths->share_bits);
    mpz_t start;

    *out = NULL;
    if (status != QUORSUM_OK)
        return status;
    mpz_init(start);
    public_part(start, party->sets, widths, delta, party->index);
    mpn_copyi(share->value.limb, mpz_limbs_read(start), (mp_size_t)mpz_size(start));
    mpz_clear(start);
    status = add_masks(&share->value, party, widths);
    if (status == QUORSUM_OK) {
        *out = share;
        share = NULL;
    }
    quorsum_key_share_free(share);
    return status;
}

/* ---- V_A ---- */

typedef struct powers {
    const qs_ring *root;
    const qs_fixed_base *table; /* of v */
    mp_limb_t *out;
    const mp_limb_t *exponents;
    size_t limbs; /* of one */
    size_t count;
    qs_workers workers;
} powers;

/* Block g has the exponents from QS_FIXED_GROUP g on. */
static void raise_group(const powers *work, size_t g, mp_limb_t *scratch)
{
    const qs_ring *root = work->root;
    size_t first = g * QS_FIXED_GROUP;
    size_t count = work->count - first < QS_FIXED_GROUP ? work->count - first : QS_FIXED_GROUP;
    mp_limb_t *rest = scratch + QS_FIXED_GROUP * root->width;
    mp_limb_t *results[QS_FIXED_GROUP];
    const mp_limb_t *exponents[QS_FIXED_GROUP];

    for (size_t i = 0; i < count; i++) {
        results[i] = scratch + i * root->width;
        exponents[i] = work->exponents + (first + i) * work->limbs;
    }
    qs_fixed_base_power(work->table, results, exponents, count, rest);
    for (size_t i = 0; i < count; i++)
        qs_ring_leave(root, work->out + (first + i) * root->limbs, results[i], rest);
}

static quorsum_status raise_groups(void *context, unsigned worker, size_t begin, size_t end)
{
    const powers *work = context;

    for (size_t g = begin; g < end; g++)
        raise_group(work, g, qs_workers_scratch(&work->workers, worker));
    return QUORSUM_OK;
}

/* v in Montgomery form, in memory of the caller's to free; NULL without memory. */
static mp_limb_t *v_of(const quorsum_public_key *key)
{
    const qs_ring *root = key->root;
    mp_limb_t *v = calloc(root->width + qs_ring_scratch(root), sizeof *v);

    if (v == NULL)
        return NULL;
    qs_key_v(key, v);
    qs_ring_enter(root, v, v, v + root->width);
    return v;
}

quorsum_status qs_set_powers(mp_limb_t *out, const quorsum_public_key *key, const mp_limb_t *exponents, size_t bits,
                             size_t count, const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    const qs_ring *root = key->root;
    size_t groups = (count + QS_FIXED_GROUP - 1) / QS_FIXED_GROUP;
    powers work = {.root = root, .out = out, .exponents = exponents, .limbs = qs_limbs_of(bits), .count = count};
    size_t limbs = QS_FIXED_GROUP * root->width + qs_ring_scratch(root);
    mp_limb_t *v = v_of(key);
    qs_fixed_base *table = NULL;
    quorsum_status status = v != NULL ? qs_fixed_base_new(&table, root, v, bits, &quiet) : QUORSUM_ERR_MEMORY;

    work.table = table;
    if (status == QUORSUM_OK)
        status = qs_workers_init(&work.workers, run, groups, 1, limbs + qs_fixed_base_scratch(table), 1);
    if (status == QUORSUM_OK)
        status = qs_parallel(run, groups, 1, raise_groups, &work);
    qs_workers_clear(&work.workers);
    qs_fixed_base_free(table);
    free(v);
    return status;
}

quorsum_status qs_set_keys_of(mp_limb_t *out, const quorsum_public_key *key, const qs_party *party, size_t mask_bits,
                              const quorsum_run *run)
{
    size_t limbs = qs_limbs_of(mask_bits);
    size_t own = party->sets->own;
    qs_prf *prf = qs_secret_block(sizeof *prf + own * limbs * sizeof(mp_limb_t));
    mp_limb_t *masks;
    quorsum_status status;

    if (prf == NULL)
        return QUORSUM_ERR_MEMORY;
    masks = (mp_limb_t *)(void *)(prf + 1);
    for (size_t k = 0; k < own; k++)
        draw_mask(prf, masks + k * limbs, qs_party_key(party, k), mask_bits);
    status = qs_set_powers(out, key, masks, mask_bits, own, run);
    qs_secret_release(prf);
    return status;
}

/* ---- what everybody computes: public ---- */

quorsum_status qs_set_keys_units_vartime(int *units, const quorsum_public_key *key, const mp_limb_t *words,
                                         size_t count)
{
    const qs_ring *root = key->root;
    mp_limb_t *scratch = malloc(qs_ring_scratch(root) * sizeof *scratch);
    size_t first;

    *units = 0;
    if (scratch == NULL)
        return QUORSUM_ERR_MEMORY;
    *units = 1;
    for (size_t k = 0; k < count && *units; k++)
        *units = mpn_cmp(words + k * root->limbs, root->n, (mp_size_t)root->limbs) < 0;
    if (*units)
        *units = qs_ring_units_vartime(root, words, root->limbs, count, &first, scratch);
    free(scratch);
    return QUORSUM_OK;
}

/* out = prod set_keys in Montgomery form. */
static void multiply_all(const qs_ring *root, mp_limb_t *out, const mp_limb_t *set_keys, size_t count,
                         mp_limb_t *scratch)
{
    memcpy(out, root->one, root->width * sizeof *out);
    for (size_t k = 0; k < count; k++)
        qs_ring_product_vartime(root, out, out, set_keys + k * root->limbs, scratch);
}

/* left = (v^delta prod V_A)^(N^s), right = v^theta, Montgomery form; left is there but for v^delta. */
static quorsum_status raise_sides(const quorsum_public_key *key, mp_limb_t *left, mp_limb_t *right, const mp_limb_t *v,
                                  const mpz_t delta, const mpz_t theta, mp_limb_t *scratch)
{
    const mp_limb_t *base[1] = {v};
    mpz_t exponent[1];
    quorsum_status status;

    mpz_init_set(exponent[0], delta);
    status = qs_power_joint_vartime(key->root, right, base, (const mpz_t *)exponent, 1);
    mpz_clear(exponent[0]);
    if (status != QUORSUM_OK)
        return status;
    qs_ring_mul(key->root, left, left, right, scratch);
    status = qs_power_vartime(key->root, left, left, key->ns);
    if (status == QUORSUM_OK)
        status = qs_power_vartime(key->root, right, v, theta);
    return status;
}

quorsum_status qs_set_keys_check_vartime(int *holds, const quorsum_public_key *key, const mp_limb_t *set_keys,
                                         size_t count, const mpz_t delta, const mpz_t theta)
{
    const qs_ring *root = key->root;
    mp_limb_t *v = v_of(key);
    mp_limb_t *left = malloc((2 * root->width + qs_ring_scratch(root)) * sizeof *left);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    *holds = 0;
    if (v != NULL && left != NULL) {
        mp_limb_t *right = left + root->width;
        mp_limb_t *scratch = right + root->width;

        multiply_all(root, left, set_keys, count, scratch);
        status = raise_sides(key, left, right, v, delta, theta, scratch);
        *holds = status == QUORSUM_OK && qs_ring_equal(root, left, right) != 0;
    }
    free(left);
    free(v);
    return status;
}

/* What v_i is made of. Exponents of 64 bits: round 0 has the positive weights, round 1 the negative ones. */
typedef struct verifier {
    const quorsum_public_key *key;
    const qs_sets *sets;
    const qs_widths *widths;
    const mp_limb_t *set_keys;
    const mp_limb_t *v;
    uint8_t (*exponents)[16];
    mp_limb_t *above; /* elements: the two rounds, and v's power; scratch behind */
} verifier;

static void fill_exponents(const verifier *work, uint32_t i)
{
    const qs_sets *sets = work->sets;

    for (size_t a = 0; a < sets->count; a++) {
        int64_t weight = sets->weight[a * sets->members + i - 1];

        qs_store64(work->exponents[a], weight > 0 ? (uint64_t)weight : 0);
        qs_store64(work->exponents[a] + 8, weight < 0 ? (uint64_t)-weight : 0);
    }
}

static quorsum_status make_verify_key(const verifier *work, mp_limb_t *out, const mpz_t delta, uint32_t i,
                                      const quorsum_run *run)
{
    const qs_ring *root = work->key->root;
    mp_limb_t *above = work->above;
    mp_limb_t *below = above + root->width;
    mp_limb_t *power = below + root->width;
    mp_limb_t *scratch = power + root->width;
    qs_terms terms = {.bases = work->set_keys, .stride = root->limbs, .count = work->sets->count};
    quorsum_status status;
    mpz_t exponent;

    fill_exponents(work, i);
    terms.exponents = (const uint8_t (*)[16])work->exponents;
    status = qs_multiexp_vartime(root, above, &terms, 2, run);
    if (status != QUORSUM_OK)
        return status;
    if (qs_ring_invert_vartime(root, below, below) != 0)
        return QUORSUM_ERR_NOT_UNIT;
    mpz_init(exponent);
    public_part(exponent, work->sets, work->widths, delta, i);
    status = qs_power_vartime(root, power, work->v, exponent);
    mpz_clear(exponent);
    qs_ring_product_vartime(root, above, above, below, scratch);
    qs_ring_mul(root, out, power, above, scratch); /* Montgomery form times plain: plain */
    return status;
}

quorsum_status qs_verify_keys_vartime(mp_limb_t *verify, const quorsum_public_key *key, const qs_sets *sets,
                                      const qs_widths *widths, const mp_limb_t *set_keys, const mpz_t delta,
                                      const quorsum_run *run)
{
    quorsum_run quiet = {.threads = run != NULL ? run->threads : 0};
    verifier work = {.key = key, .sets = sets, .widths = widths, .set_keys = set_keys};
    mp_limb_t *v = v_of(key);
    quorsum_status status = QUORSUM_ERR_MEMORY;

    work.v = v;
    work.exponents = calloc(sets->count, sizeof *work.exponents);
    work.above = calloc(3 * key->root->width + qs_ring_scratch(key->root), sizeof *work.above);
    if (v != NULL && work.exponents != NULL && work.above != NULL)
        status = QUORSUM_OK;
    for (uint32_t i = 1; i <= sets->members && status == QUORSUM_OK; i++)
        status = make_verify_key(&work, verify + (i - 1) * key->root->limbs, delta, i, &quiet);
    free(work.above);
    free(work.exponents);
    free(v);
    return status;
}

quorsum_status qs_parts_of(qs_key_parts *parts, const quorsum_public_key *key, const qs_sets *sets,
                           const qs_widths *widths, const mpz_t theta, const mp_limb_t *verify, const uint8_t *roster)
{
    quorsum_status status = qs_key_parts_init(parts, key, qs_origin_ceremony, sets->members, sets->degree + 1,
                                              widths->share_bits, roster);

    if (status != QUORSUM_OK)
        return status;
    parts->secret_bits = widths->secret_bits;
    mpz_set(parts->theta, theta);
    memcpy(parts->verify, verify, sets->members * key->root->limbs * sizeof *verify);
    memcpy(parts->signer, roster, sizeof parts->signer);
    return QUORSUM_OK;
}
