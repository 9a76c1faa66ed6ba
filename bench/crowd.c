/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorsum-crowd BOARD COUNT: drops COUNT contributions on a board, each by a one-time identity. What `quorsum contribute`
 * does so many times, without unsealing an identity each time (half a second by design): a board of a whole cohort
 * for bench/profile.sh. The public interface only.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <quorsum.h>

/* What a field of `bits` can hold, signed or not: every value a different one, as far as they go. */
static int64_t *make_values(const quorsum_plan *plan)
{
    size_t count = quorsum_plan_values(plan);
    int64_t *values = calloc(count, sizeof *values);
    size_t at = 0;

    for (size_t i = 0; values != NULL && i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);

        for (size_t k = 0; k < field->count; k++)
            values[at++] = (int64_t)(k * 7919 % (UINT64_C(1) << (field->bits - 1)));
    }
    return values;
}

static quorsum_status contribute(quorsum_board *board, const quorsum_encryptor *encryptor, const int64_t *values)
{
    const quorsum_task *task = quorsum_board_task(board);
    quorsum_identity *sender = NULL;
    quorsum_bytes message = {0};
    quorsum_status status = quorsum_identity_generate(&sender);

    if (status == QUORSUM_OK)
        status = quorsum_contribution_make(&message, task, encryptor, sender, values,
                                           quorsum_plan_values(quorsum_task_plan(task)), 1, 1, NULL);
    if (status == QUORSUM_OK)
        status = quorsum_board_contribute(board, &message, NULL);
    quorsum_bytes_free(&message);
    quorsum_identity_free(sender);
    return status;
}

static quorsum_status gather(const char *path, unsigned long count)
{
    quorsum_board *board = NULL;
    quorsum_encryptor *encryptor = NULL;
    int64_t *values = NULL;
    quorsum_status status = quorsum_board_open(&board, path, NULL, NULL);

    if (status == QUORSUM_OK) {
        const quorsum_task *task = quorsum_board_task(board);

        values = make_values(quorsum_task_plan(task));
        status = values != NULL ? quorsum_encryptor_new(&encryptor,
                                                        quorsum_key_record_public(quorsum_task_record(task)), NULL)
                                : QUORSUM_ERR_MEMORY;
    }
    for (unsigned long i = 0; i < count && status == QUORSUM_OK; i++)
        status = contribute(board, encryptor, values);
    free(values);
    quorsum_encryptor_free(encryptor);
    quorsum_board_close(board);
    return status;
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long count = argc == 3 ? strtoul(argv[2], &end, 10) : 0;
    quorsum_status status;

    if (count == 0 || *end != '\0') {
        fprintf(stderr, "Usage: quorsum-crowd BOARD COUNT\n");
        return 2;
    }
    status = gather(argv[1], count);
    if (status != QUORSUM_OK)
        fprintf(stderr, "quorsum-crowd: %s: %s\n", argv[1], quorsum_status_text(status));
    return status == QUORSUM_OK ? 0 : 3;
}
