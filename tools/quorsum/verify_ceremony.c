/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum verify DIR: replays a ceremony from its directory alone. */
#include <string.h>

#include "tools/quorsum/ceremony.h"
#include "tools/quorsum/verify.h"

static void say_step(const ceremony_place *place, const char *round, uint32_t step)
{
    tool_say(place->command, "step %u, %s: ok", step, round);
}

static int compare_key(const tool_command *command, const quorsum_key_record *made, const char *path,
                       const tool_common *common)
{
    quorsum_key_record *given = NULL;
    int status = tool_record_load(command, &given, path, common);

    if (status == TOOL_DONE && memcmp(quorsum_key_record_digest(given), quorsum_key_record_digest(made),
                                      QUORSUM_DIGEST_BYTES) != 0) {
        tool_say(command, "%s: not the key that this ceremony has made (%s)", path,
                 quorsum_status_name(QUORSUM_ERR_KEY_MISMATCH));
        status = tool_exit_code(QUORSUM_ERR_KEY_MISMATCH);
    }
    quorsum_key_record_free(given);
    return status;
}

static void print_verdict(const ceremony_place *place, const quorsum_key_record *record,
                          const quorsum_ceremony_status *state)
{
    const quorsum_public_key *key = quorsum_key_record_public(record);
    const char *both = "key check, root certificate, confirmations";

    ceremony_print_proposal(place);
    if (place->parent != NULL)
        printf("verified: %u steps: signatures, echoes, commitments, openings, what was dealt, %s\n", state->step, both);
    else
        printf("verified: %u steps, %llu candidates in vain: signatures, echoes, commitments, openings, failed batches,\n"
               "  64 iterations of the test of the modulus, %s\n", state->step, (unsigned long long)state->candidates,
               both);
    printf("%u bits, degree %u, %u of %u trustees open\n", quorsum_public_key_bits(key), quorsum_public_key_degree(key),
           quorsum_key_record_quorum(record), quorsum_key_record_trustees(record));
    tool_record_print(record);
}

static int observed(const ceremony_place *place, const quorsum_ceremony *observer)
{
    ceremony_place_strays(place);
    return ceremony_verdict(place, observer);
}

int verify_ceremony(const tool_command *command, const char *directory, const char *key, int quiet,
                    const tool_common *common)
{
    ceremony_place place = {0};
    quorsum_ceremony *observer = NULL;
    quorsum_key_record *record = NULL;
    int status = ceremony_place_open(&place, command, directory, common);

    if (status == TOOL_DONE)
        status = ceremony_observe(&place, &observer, common, quiet ? NULL : say_step);
    if (status == TOOL_DONE)
        status = observed(&place, observer);
    if (status == TOOL_DONE)
        status = tool_fail(command, directory, quorsum_ceremony_result(&record, NULL, observer));
    if (status == TOOL_DONE && key != NULL)
        status = compare_key(command, record, key, common);
    if (status == TOOL_DONE) {
        quorsum_ceremony_status state;

        quorsum_ceremony_state(&state, observer);
        print_verdict(&place, record, &state);
    }
    quorsum_key_record_free(record);
    quorsum_ceremony_free(observer);
    ceremony_place_close(&place);
    return status;
}
