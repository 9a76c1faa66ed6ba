/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ceremony from fixed randomness says the same bytes for ever: the digests of what was said stand here. Whoever changes
 * a byte of a message changes them, and has to say so in docs/wire-format.md.
 */
#include "group.h"

#include <sodium.h>

/* H256 of the messages of each party, in the order they were sent. */
static void digest_of(char out[65], const group *g, size_t party)
{
    crypto_generichash_state state;
    uint8_t digest[32];

    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    for (size_t m = 0; m < g->posted; m++) {
        if (g->poster[m] == party)
            crypto_generichash_update(&state, g->post[m].data, g->post[m].len);
    }
    crypto_generichash_final(&state, digest, sizeof digest);
    sodium_bin2hex(out, 65, digest, sizeof digest);
}

Test(golden, a_ceremony_from_fixed_randomness_says_these_bytes)
{
    static const char *const said[] = {
        "c39924fa9ac08d5544ccba98c694890ecb64de747663b77f417275a11dbcdf71",
        "ab2826386957f6a3f243503eff4ddadb6baec4939be3396a532b1c45b168f6ed",
        "c18fa96ae6c08d5d91e572033ffa0f727a15f6f5b6626e80d22fda8579fb0a4e",
    };
    char text[65];
    group g;

    group_new_key(&g, 3, 2, 128, 16, 1);
    group_run(&g);
    group_expect_key(&g);
    for (size_t i = 0; i < 3; i++) {
        digest_of(text, &g, i);
        cr_expect_str_eq(text, said[i], "party %zu says %s", i + 1, text);
    }
    sodium_bin2hex(text, sizeof text, g.observer->record->digest, 32);
    cr_expect_str_eq(text, "5cb19c166bcfc335bfa74c67ea2a3a736d51c310d238c1b8815558e99c7c8696", "the record is %s", text);
    cr_expect_gt(state_of(g.observer).step, 20, "a batch without a winner is part of it: %u", state_of(g.observer).step);
    group_free(&g);
}
