/* SPDX-License-Identifier: Apache-2.0 */
/* Key records: read, checked whole, and shown. */
#include <string.h>

#include "tools/quorsum/command.h"

int tool_record_load(const tool_command *command, quorsum_key_record **out, const char *path, const tool_common *common)
{
    quorsum_bytes bytes = {0};
    quorsum_run run = {.threads = common->threads};
    int status = tool_fail(command, path, tool_read(&bytes, path, 1 << 24));

    if (status == TOOL_DONE)
        status = tool_fail(command, path, quorsum_key_record_decode(out, bytes.data, bytes.len, &run));
    quorsum_bytes_free(&bytes);
    return status;
}

/* The digest in groups of four digits: all of it, since a dealer may try many keys for two that look alike. */
static void print_fingerprint(const uint8_t *digest)
{
    printf("%-17s", "fingerprint");
    for (size_t i = 0; i < QUORSUM_DIGEST_BYTES; i += 2)
        printf(" %02x%02x", digest[i], digest[i + 1]);
    putchar('\n');
}

static void print_confirmed(const quorsum_key_record *record)
{
    uint32_t count = quorsum_key_record_confirmed(record);
    const char *between = " by trustee ";

    printf("%-17s", "confirmed");
    if (count == 0)
        printf(" by nobody yet");
    else if (count > 1)
        between = " by trustees ";
    for (uint32_t i = 1; i <= quorsum_key_record_trustees(record); i++) {
        if (quorsum_key_record_confirmed_by(record, i)) {
            printf("%s%u", between, i);
            between = ", ";
        }
    }
    printf(": %u of %u, a task needs %u\n", count, quorsum_key_record_trustees(record), quorsum_key_record_quorum(record));
}

void tool_record_print(const quorsum_key_record *record)
{
    char dealer[TOOL_HEX(QUORSUM_IDENTITY_BYTES)];

    tool_hex(dealer, quorsum_key_record_signer(record), QUORSUM_IDENTITY_BYTES);
    print_fingerprint(quorsum_key_record_digest(record));
    printf("%-17s %s\n", "dealer", dealer);
    print_confirmed(record);
}
