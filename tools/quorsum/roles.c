/* SPDX-License-Identifier: Apache-2.0 */
/* What the subcommands of one role share: the trustee's journal, the coordinator's identity. */
#include <stdlib.h>
#include <string.h>

#include "tools/quorsum/command.h"

/* The journal stands beside the share unless the trustee says otherwise: both must survive together. Beside the file
 * itself, so that a link to a share does not begin a second journal, which would know nothing of the first. */
char *tool_journal_path(const char *journal, const char *share)
{
    char *file = journal == NULL ? realpath(share, NULL) : NULL;
    size_t size = file != NULL ? strlen(file) + sizeof ".journal" : 0;
    char *path = journal != NULL ? strdup(journal) : file != NULL ? malloc(size) : NULL;

    if (path != NULL && file != NULL)
        snprintf(path, size, "%s.journal", file);
    free(file);
    return path;
}

int tool_check_coordinator(const tool_command *command, const quorsum_board *board, const char *identity_file,
                           const quorsum_identity *identity)
{
    char coordinator[TOOL_HEX(QUORSUM_IDENTITY_BYTES)];
    const uint8_t *wanted = quorsum_task_coordinator(quorsum_board_task(board));

    if (memcmp(quorsum_identity_public(identity), wanted, QUORSUM_IDENTITY_BYTES) == 0)
        return TOOL_DONE;
    tool_hex(coordinator, wanted, QUORSUM_IDENTITY_BYTES);
    tool_say(command, "%s: the task's coordinator is %s (%s)", identity_file, coordinator,
             quorsum_status_name(QUORSUM_ERR_COORDINATOR));
    return tool_exit_code(QUORSUM_ERR_COORDINATOR);
}
