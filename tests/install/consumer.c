/* SPDX-License-Identifier: Apache-2.0 */
/* A program as a user writes it, against the installed headers and library only; compiled as C and as C++.
 * HEADER_LIST is a file that includes every installed header twice. */
#include HEADER_LIST

#include <stdio.h>
#include <string.h>

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
    printf("libquorsum %s, kernel %s\n", quorsum_version(), quorsum_kernel());
    return 0;
}
