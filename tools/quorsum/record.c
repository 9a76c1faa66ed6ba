/* SPDX-License-Identifier: Apache-2.0 */
/* Key records: read, checked whole, and shown. */
#include <inttypes.h>
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

/* The digest in groups of four digits: all of it, since who makes keys may try many for two that look alike. */
static void print_fingerprint(const uint8_t *digest)
{
    printf("%-17s", "fingerprint");
    for (size_t i = 0; i < QUORSUM_DIGEST_BYTES; i += 2)
        printf(" %02x%02x", digest[i], digest[i + 1]);
    putchar('\n');
}

static void print_hex(const char *name, const uint8_t *bytes)
{
    char hex[TOOL_HEX(QUORSUM_DIGEST_BYTES)];

    tool_hex(hex, bytes, QUORSUM_DIGEST_BYTES);
    printf("%-17s %s\n", name, hex);
}

/* Who could have the factors, and how the shares came to its trustees. */
static void print_lineage(const quorsum_key_record *record)
{
    int dealt = strcmp(quorsum_key_record_origin(record), "dealer") == 0;
    int confirmed = quorsum_key_record_confirmed(record) >= quorsum_key_record_needed(record);
    const uint8_t *ceremony = quorsum_key_record_ceremony(record), *parent = quorsum_key_record_parent(record);

    printf("%-17s %s\n", "made",
           dealt            ? "by a dealer, who is trusted to have forgotten the factors"
           : !confirmed     ? "by trustees together, it says: believe that when all of them confirm it"
           : parent == NULL ? "by trustees together, who all confirm it: nobody has ever held the factors"
                            : "by the trustees of the first record together: look at those it was handed on from");
    printf("%-17s %" PRIu64 "%s\n", "epoch", quorsum_key_record_epoch(record),
           parent == NULL ? "" : ": refreshed or handed on");
    if (parent != NULL)
        print_hex("handed on from", parent);
    if (ceremony != NULL)
        print_hex("ceremony", ceremony);
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
    printf(": %u of %u, a task needs %u\n", count, quorsum_key_record_trustees(record), quorsum_key_record_needed(record));
}

void tool_record_print(const quorsum_key_record *record)
{
    print_fingerprint(quorsum_key_record_digest(record));
    print_lineage(record);
    print_hex("signed by", quorsum_key_record_signer(record));
    print_confirmed(record);
}
