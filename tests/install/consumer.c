/* SPDX-License-Identifier: Apache-2.0 */
/* A program as a user writes it, against the installed headers and library only; compiled as C and as C++.
 * HEADER_LIST is a file that includes every installed header twice. */
#include HEADER_LIST

#include <stdio.h>
#include <string.h>

static int identities_differ(void)
{
    quorsum_identity *a = NULL, *b = NULL;
    int differ = quorsum_identity_generate(&a) == QUORSUM_OK && quorsum_identity_generate(&b) == QUORSUM_OK &&
                 memcmp(quorsum_identity_public(a), quorsum_identity_public(b), QUORSUM_IDENTITY_BYTES) != 0;

    quorsum_identity_free(a);
    quorsum_identity_free(b);
    return differ;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s EXPECTED_VERSION\n", argv[0]);
        return 2;
    }
    if (strcmp(quorsum_version(), argv[1]) != 0) {
        fprintf(stderr, "library says version %s, the build %s\n", quorsum_version(), argv[1]);
        return 1;
    }
    if (strcmp(quorsum_status_name(QUORSUM_ERR_PASSPHRASE), "QUORSUM_ERR_PASSPHRASE") != 0)
        return 1;
    if (!identities_differ())
        return 1;
    printf("libquorsum %s, kernel %s\n", quorsum_version(), quorsum_kernel());
    return 0;
}
