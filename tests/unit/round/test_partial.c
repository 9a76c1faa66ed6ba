/* SPDX-License-Identifier: Apache-2.0 */
/* lib/round/partial.c: the message around a partial decryption, and that a wrong number in it names its trustee. */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"

static quorsum_status read_partial(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_partial *partial = NULL;
    quorsum_status status = quorsum_partial_decode(&partial, f->task, f->aggregate, in, len);

    cr_assert_eq(partial != NULL, status == QUORSUM_OK);
    quorsum_partial_free(partial);
    return status;
}

/* Reads and gives to a combiner: the proof counts too. */
static quorsum_status use_partial(const fixture *f, const uint8_t *in, size_t len)
{
    quorsum_combiner *combiner = NULL;
    quorsum_partial *partial = NULL;
    quorsum_status status = quorsum_partial_decode(&partial, f->task, f->aggregate, in, len);

    if (status == QUORSUM_OK)
        status = quorsum_combiner_new(&combiner, f->record, quorsum_aggregate_ciphertexts(f->aggregate),
                                      quorsum_task_digest(f->task));
    if (status == QUORSUM_OK)
        status = quorsum_combiner_add(combiner, partial, NULL);
    quorsum_partial_free(partial);
    quorsum_combiner_free(combiner);
    return status;
}

Test(partial, of_every_trustee_proves_itself)
{
    fixture f;

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 2);
    for (size_t i = 0; i < TRUSTEES; i++)
        cr_expect_eq(read_once(use_partial, &f, fixture_partial(&f, i)), QUORSUM_OK);
    fixture_close(&f);
}

Test(partial, is_refused_when_any_part_of_it_is_wrong)
{
    fixture f;
    quorsum_bytes bytes;

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 2);
    bytes = fixture_partial(&f, 2);
    check_envelope(&f, &bytes, read_partial, 1, f.trustees[2]);
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(partial, is_refused_by_name_when_signed_again)
{
    static const uint8_t zeros[64];
    fixture f;
    quorsum_bytes bytes;
    uint8_t word[16] = {0};
    uint8_t value[128];
    size_t begin;
    size_t end;

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 2);
    bytes = fixture_partial(&f, 2);
    cr_expect_eq(read_once(use_partial, &f, forge_uint(&bytes, 10, 0, f.trustees[2])), QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(read_once(use_partial, &f, forge_uint(&bytes, 10, 4, f.trustees[2])), QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(read_once(use_partial, &f, forge_uint(&bytes, 10, 6, f.trustees[2])), QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(read_once(use_partial, &f, forge_uint(&bytes, 10, 256, f.trustees[2])), QUORSUM_ERR_RANGE);
    cr_expect_eq(read_once(use_partial, &f, forge_uint(&bytes, 10, 4, f.trustees[3])), QUORSUM_ERR_PROOF);
    cr_expect_eq(read_once(read_partial, &f, forge(&bytes, FORGE_NOTHING, NULL, 0, f.stranger)), QUORSUM_ERR_TRUSTEE);
    cr_expect_eq(read_once(use_partial, &f, forge_bytes(&bytes, 11, zeros, 32, f.trustees[2])), QUORSUM_ERR_MISSING);
    cr_expect_eq(read_once(use_partial, &f, forge_uint(&bytes, 12, 1, f.trustees[2])), QUORSUM_ERR_WIDTH);
    for (uint64_t key = 13; key <= 14; key++) {
        value_at(&bytes, key, &begin, &end);
        begin += bytes.data[begin] == 0x58 ? 2 : 1;
        memcpy(value, bytes.data + begin, end - begin);
        value[end - begin - 1] ^= 1;
        cr_expect_eq(read_once(use_partial, &f, forge_bytes(&bytes, key, value, end - begin, f.trustees[2])),
                     QUORSUM_ERR_PROOF);
        cr_expect_eq(read_once(use_partial, &f, forge_bytes(&bytes, key, value, end - begin + 1, f.trustees[2])),
                     QUORSUM_ERR_RANGE);
    }
    for (size_t at = 0; at < blocks_len(&bytes); at += 16) {
        memset(word, 0, sizeof word);
        cr_expect_eq(read_once(use_partial, &f, forge_block(&bytes, at, word, 16, f.trustees[2])),
                     QUORSUM_ERR_NOT_UNIT);
        word[15] = 2;
        cr_expect_eq(read_once(use_partial, &f, forge_block(&bytes, at, word, 16, f.trustees[2])), QUORSUM_ERR_PROOF);
        mpz_export(word, NULL, 1, 1, 1, 0, f.n);
        cr_expect_eq(read_once(use_partial, &f, forge_block(&bytes, at, word, 16, f.trustees[2])), QUORSUM_ERR_RANGE);
    }
    quorsum_bytes_free(&bytes);
    fixture_close(&f);
}

Test(partial, is_made_by_the_trustee_the_key_names)
{
    fixture f;
    quorsum_bytes out = {(uint8_t *)1, 1};

    fixture_open(&f, (setup){0});
    fixture_aggregate(&f, 2);
    cr_expect_eq(quorsum_partial_make(&out, f.task, f.aggregate, f.shares[0], f.trustees[1], NULL),
                 QUORSUM_ERR_TRUSTEE);
    cr_expect_null(out.data);
    fixture_close(&f);
}
