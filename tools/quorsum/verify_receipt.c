/* SPDX-License-Identifier: Apache-2.0 */
/* The two questions of quorsum verify that are about the coordinator's word: was it kept, and were there two? */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/quorsum/verify.h"

#define MESSAGE_BYTES_MAX ((size_t)1 << 33)

/* ---- one receipt
 * ---------------------------------------------------------------------------------------------------- */

static int load_receipt(const tool_command *command, quorsum_receipt **out, const quorsum_task *task, const char *path)
{
    quorsum_bytes bytes = {0};
    int status = tool_fail(command, path, tool_read(&bytes, path, 1 << 16));

    if (status == TOOL_DONE)
        status = tool_fail(command, path, quorsum_receipt_decode(out, task, bytes.data, bytes.len));
    quorsum_bytes_free(&bytes);
    return status;
}

static int load_manifest(const tool_command *command, quorsum_manifest **out, const quorsum_task *task,
                         const char *board)
{
    char *path = tool_join(board, "manifest");
    quorsum_bytes bytes = {0};
    int status = tool_board_closed(command, board);

    if (status == TOOL_DONE)
        status = tool_fail(command, path, tool_read(&bytes, path, MESSAGE_BYTES_MAX));
    if (status == TOOL_DONE)
        status = tool_fail(command, path, quorsum_manifest_decode(out, task, bytes.data, bytes.len));
    quorsum_bytes_free(&bytes);
    free(path);
    return status;
}

static void print_inclusion(const quorsum_manifest *manifest, const quorsum_inclusion *inclusion)
{
    char hex[TOOL_HEX(QUORSUM_DIGEST_BYTES)];

    tool_hex(hex, inclusion->contribution, QUORSUM_DIGEST_BYTES);
    printf("included: contribution %s is number %u of %u in the manifest\n", hex, inclusion->index + 1,
           quorsum_manifest_cohort(manifest));
    for (uint32_t i = 0; i < inclusion->path_count; i++) {
        tool_hex(hex, inclusion->path[i], QUORSUM_DIGEST_BYTES);
        printf("path %s\n", hex);
    }
    tool_hex(hex, quorsum_manifest_root(manifest), QUORSUM_DIGEST_BYTES);
    printf("root %s\n", hex);
    tool_hex(hex, quorsum_manifest_digest(manifest), QUORSUM_DIGEST_BYTES);
    printf("manifest %s\n", hex);
}

static int judge(const tool_command *command, const char *path, const quorsum_task *task,
                 const quorsum_receipt *receipt, const quorsum_manifest *manifest)
{
    quorsum_status kept = quorsum_receipt_check(receipt, manifest);
    quorsum_inclusion inclusion;
    quorsum_status status;

    if (kept == QUORSUM_ERR_OMITTED) {
        tool_say_omitted(command, path, task, receipt);
        return tool_exit_code(kept);
    }
    if (kept != QUORSUM_OK && kept != QUORSUM_ERR_SUPERSEDED)
        return tool_fail(command, path, kept);
    status = quorsum_manifest_inclusion(&inclusion, manifest, quorsum_receipt_contributor(receipt));
    if (status == QUORSUM_OK)
        status = quorsum_inclusion_check(&inclusion, quorsum_manifest_root(manifest),
                                         quorsum_manifest_cohort(manifest));
    if (status != QUORSUM_OK)
        return tool_fail(command, "manifest", status);
    if (kept == QUORSUM_ERR_SUPERSEDED) { /* so the manifest says; the later one's signature is not read here */
        tool_say(command, "%s: whether its contributor signed the later one, 'quorsum verify' without --receipt checks",
                 path);
        printf("superseded: contribution %u of the same contributor counts in place of %u\n", inclusion.sequence,
               quorsum_receipt_sequence(receipt));
    }
    print_inclusion(manifest, &inclusion);
    return TOOL_DONE;
}

int verify_receipt(const tool_command *command, const quorsum_board *board, const char *board_path, const char *path)
{
    const quorsum_task *task = quorsum_board_task(board);
    quorsum_receipt *receipt = NULL;
    quorsum_manifest *manifest = NULL;
    int status = load_receipt(command, &receipt, task, path);

    if (status == TOOL_DONE)
        status = load_manifest(command, &manifest, task, board_path);
    if (status == TOOL_DONE)
        status = judge(command, path, task, receipt, manifest);
    quorsum_manifest_free(manifest);
    quorsum_receipt_free(receipt);
    return status;
}

/* ---- another copy
 * --------------------------------------------------------------------------------------------------- */

struct comparison {
    const tool_command *command;
    quorsum_board *board;
    tool_board_watch *watch;
    quorsum_identity *signer;
    unsigned compared;
    int status;
};

static void compare_file(struct comparison *c, const char *path)
{
    quorsum_watch report = {.report = tool_board_report, .user = c->watch};
    quorsum_bytes bytes = {0};
    int status = tool_fail(c->command, path, tool_read(&bytes, path, MESSAGE_BYTES_MAX));

    if (status == TOOL_DONE) {
        quorsum_status found = quorsum_board_compare(c->board, &bytes, c->signer, &report);

        status = found == QUORSUM_ERR_EQUIVOCATION ? tool_exit_code(found) : tool_fail(c->command, path, found);
    }
    quorsum_bytes_free(&bytes);
    c->compared++;
    if (c->status == TOOL_DONE)
        c->status = status;
}

static void compare_if_there(struct comparison *c, const char *board, const char *object)
{
    char *path = tool_join(board, object);

    if (tool_board_has(board, object))
        compare_file(c, path);
    free(path);
}

static void compare_board(struct comparison *c, const char *other)
{
    uint32_t trustees = quorsum_key_record_trustees(quorsum_task_record(quorsum_board_task(c->board)));

    compare_if_there(c, other, "manifest");
    for (uint32_t i = 1; i <= trustees; i++) {
        char object[32];

        snprintf(object, sizeof object, "acks/%u", i);
        compare_if_there(c, other, object);
    }
}

int verify_against(const tool_command *command, quorsum_board *board, tool_board_watch *watch, const char *other)
{
    struct comparison c = {.command = command, .board = board, .watch = watch};
    struct stat there;

    if (stat(other, &there) != 0)
        return tool_fail(command, other, QUORSUM_ERR_NOT_FOUND);
    c.status = tool_identity_load(command, &c.signer, NULL, NULL);
    if (c.status == TOOL_DONE && S_ISDIR(there.st_mode))
        compare_board(&c, other);
    else if (c.status == TOOL_DONE)
        compare_file(&c, other);
    if (c.status == TOOL_DONE && c.compared == 0) {
        tool_say(command, "%s: no manifest and no acknowledgement there", other);
        c.status = TOOL_USAGE;
    }
    if (c.status == TOOL_DONE)
        printf("%u signed object%s compared: nobody signed two\n", c.compared, c.compared == 1 ? "" : "s");
    quorsum_identity_free(c.signer);
    return c.status;
}
