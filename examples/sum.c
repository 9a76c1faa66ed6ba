/* SPDX-License-Identifier: CC0-1.0 */
/* Three numbers added by people who see none of them; two of three trustees open the sum. cc sum.c $(pkg-config --cflags --libs quorsum) */
#include <quorsum.h>
#include <stdio.h>

#define TRY(call) do { quorsum_status s_ = (call); if (s_) { puts(quorsum_status_text(s_)); return 1; } } while (0)

int main(void)
{
    quorsum_deal_options options = {.key = {.modulus_bits = 2048}, .trustees = 3, .quorum = 2};
    const uint8_t task[QUORSUM_DIGEST_BYTES] = "a name for what is being summed";
    const int64_t numbers[] = {41, -7, 8};
    quorsum_identity *me; quorsum_key_record *record; quorsum_key_share *shares[3];
    quorsum_encryptor *encryptor; quorsum_plaintexts *number, *total; quorsum_ciphertexts *sum = NULL, *one, *next;
    quorsum_combiner *combiner; quorsum_partial *partial; quorsum_opening *opening; int64_t result;

    TRY(quorsum_identity_generate(&me));
    TRY(quorsum_deal(&record, shares, &options, me, NULL));
    const quorsum_public_key *key = quorsum_key_record_public(record);
    TRY(quorsum_encryptor_new(&encryptor, key, NULL));
    for (int i = 0; i < 3; i++) { /* each party encrypts its own; anyone may add */
        TRY(quorsum_plaintexts_new(&number, key, 1));
        TRY(quorsum_plaintexts_set_int64(number, 0, numbers[i]));
        TRY(quorsum_encrypt(&one, encryptor, number, NULL));
        quorsum_plaintexts_free(number);
        if (sum == NULL) { sum = one; continue; }
        TRY(quorsum_ciphertexts_add(&next, key, sum, one, NULL));
        quorsum_ciphertexts_free(sum); quorsum_ciphertexts_free(one); sum = next;
    }
    TRY(quorsum_combiner_new(&combiner, record, sum, task));
    for (int i = 0; i < 3; i += 2) { /* trustees 1 and 3: each partial is checked as it is added */
        TRY(quorsum_partial_decrypt(&partial, record, shares[i], sum, task, quorsum_identity_public(me), NULL));
        TRY(quorsum_combiner_add(combiner, partial, NULL));
        quorsum_partial_free(partial);
    }
    TRY(quorsum_combiner_open(&opening, combiner, NULL));
    TRY(quorsum_opening_verify(opening, sum, NULL)); /* what anybody else would do */
    TRY(quorsum_opening_plaintexts(&total, opening));
    TRY(quorsum_plaintexts_get_int64(total, 0, &result));
    printf("%lld\n", (long long)result); /* 42 */
    quorsum_plaintexts_free(total); quorsum_opening_free(opening); quorsum_combiner_free(combiner);
    quorsum_ciphertexts_free(sum); quorsum_encryptor_free(encryptor); quorsum_key_record_free(record);
    for (int i = 0; i < 3; i++) quorsum_key_share_free(shares[i]);
    quorsum_identity_free(me);
    return 0;
}
