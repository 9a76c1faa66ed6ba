/* SPDX-License-Identifier: Apache-2.0 */
/* status: what everybody can see of a ceremony, from the directory alone. */
#include <string.h>

#include "tools/quorsum/ceremony.h"
#include "tools/quorsum/object_print.h"

/* One look at the directory, and what follows from it; *taken is 0 when that was nothing. */
static int look(ceremony_place *place, quorsum_ceremony *observer, ceremony_line *line, unsigned *taken)
{
    quorsum_run run = ceremony_line_run(line);
    quorsum_status worked = QUORSUM_OK;
    int status = ceremony_place_read(place, observer, taken);

    if (status == TOOL_DONE && *taken > 0)
        worked = quorsum_ceremony_work(observer, &run);
    ceremony_line_clear(line);
    if (worked != QUORSUM_ERR_DEVIATION) /* which the state tells of */
        return status == TOOL_DONE ? tool_fail(place->command, place->directory, worked) : status;
    return status;
}

int ceremony_observe(ceremony_place *place, quorsum_ceremony **out, const tool_common *common, ceremony_each *each)
{
    ceremony_line line;
    int status = ceremony_place_observer(place, out);
    unsigned taken = 1;

    ceremony_line_begin(&line, common);
    while (status == TOOL_DONE && taken > 0) {
        quorsum_ceremony_status before, after;

        quorsum_ceremony_state(&before, *out);
        if (before.phase != QUORSUM_CEREMONY_RUNNING)
            break;
        status = look(place, *out, &line, &taken);
        quorsum_ceremony_state(&after, *out);
        if (status == TOOL_DONE && each != NULL && after.phase != QUORSUM_CEREMONY_FAILED &&
            (after.step > before.step || after.phase == QUORSUM_CEREMONY_DONE))
            each(place, before.round, before.step);
        ceremony_line_state(&line, *out);
    }
    ceremony_line_clear(&line);
    return status;
}

/* ---- for people ---------------------------------------------------------------------------------------------------- */

static void print_seconds(const char *label, double seconds)
{
    if (seconds >= 100)
        printf("%s%.0f minutes", label, seconds / 60);
    else
        printf("%s%.0f s", label, seconds);
}

static void print_search(const ceremony_place *place, const quorsum_ceremony_status *state)
{
    double mean = (double)state->expected;
    ceremony_left left;

    ceremony_estimate(&left, place, state);
    if (state->expected > 0) {
        printf("%-15s %llu in %llu batch%s, about %llu each", "candidates", (unsigned long long)state->candidates,
               (unsigned long long)state->batch, state->batch == 1 ? "" : "es",
               (unsigned long long)state->batch_candidates);
        if (left.rate > 0)
            printf(", %.0f a second", left.rate);
        printf("\n%-15s %.0f on average; half of all ceremonies need up to %.0f, 99 of 100 up to %.0f\n", "needed", mean,
               CEREMONY_MEDIAN(mean), CEREMONY_NEARLY_ALL(mean));
    }
    if (state->phase != QUORSUM_CEREMONY_RUNNING || left.median < 0)
        return;
    printf("%-15s", "left");
    if (left.nearly_all > left.median) {
        print_seconds(" with even chances at most ", left.median);
        print_seconds(", 99 in 100 at most ", left.nearly_all);
        printf(", however many were in vain\n");
    } else {
        print_seconds(" about ", left.median);
        putchar('\n');
    }
}

static void print_plain(const ceremony_place *place, const quorsum_ceremony *ceremony)
{
    quorsum_ceremony_status state;

    quorsum_ceremony_state(&state, ceremony);
    ceremony_print_proposal(place);
    print_search(place, &state);
    ceremony_print_state(place, ceremony);
}

/* ---- for programs -------------------------------------------------------------------------------------------------- */

static void json_hex(const char *name, const uint8_t *bytes, size_t len)
{
    char hex[TOOL_HEX(QUORSUM_DIGEST_BYTES)] = "";

    if (bytes != NULL)
        tool_hex(hex, bytes, len);
    printf("\"%s\": \"%s\"", name, hex);
}

static void json_slot(const ceremony_place *place, const quorsum_ceremony *ceremony, uint32_t slot)
{
    quorsum_ceremony_status state;

    quorsum_ceremony_state(&state, ceremony);
    printf("{\"slot\": %u, \"%s\": %u, ", slot, slot <= state.trustees ? "trustee" : "dealer", ceremony_index(place, slot));
    json_hex("identity", quorsum_ceremony_slot(ceremony, slot), QUORSUM_IDENTITY_BYTES);
    if (ceremony_place_refused(place, state.step, slot) != QUORSUM_OK)
        printf(", \"refused\": \"%s\"", quorsum_status_name(ceremony_place_refused(place, state.step, slot)));
    putchar('}');
}

static void json_search(const ceremony_place *place, const quorsum_ceremony_status *state)
{
    double mean = (double)state->expected;
    ceremony_left left;

    ceremony_estimate(&left, place, state);
    printf(" \"batch\": %llu,\n \"candidates\": %llu,\n \"batch_candidates\": %llu,\n \"expected\": %llu,\n"
           " \"median\": %.0f,\n \"nearly_all\": %.0f,\n", (unsigned long long)state->batch,
           (unsigned long long)state->candidates, (unsigned long long)state->batch_candidates,
           (unsigned long long)state->expected, CEREMONY_MEDIAN(mean), CEREMONY_NEARLY_ALL(mean));
    if (left.median >= 0)
        printf(" \"seconds_left\": {\"median\": %.1f, \"nearly_all\": %.1f},\n", left.median, left.nearly_all);
    else
        printf(" \"seconds_left\": null,\n");
}

static void json_slots(const ceremony_place *place, const quorsum_ceremony *ceremony)
{
    quorsum_ceremony_status state;
    int first = 1;

    quorsum_ceremony_state(&state, ceremony);
    printf(" \"waiting\": [");
    for (uint32_t slot = 1; state.phase == QUORSUM_CEREMONY_RUNNING && slot <= state.slots; slot++) {
        if (!state.waiting[slot - 1])
            continue;
        fputs(first ? "\n  " : ",\n  ", stdout);
        json_slot(place, ceremony, slot);
        first = 0;
    }
    printf("],\n \"accused\": [");
    for (uint32_t i = 0; i < state.accused; i++) {
        fputs(i == 0 ? "\n  " : ",\n  ", stdout);
        json_slot(place, ceremony, state.accused_slot[i]);
    }
    printf("],\n \"certain\": %s,\n \"reason\": ", state.certain ? "true" : "false");
    if (state.reason != NULL)
        object_print_json_text((const uint8_t *)state.reason, strlen(state.reason));
    else
        fputs("null", stdout);
}

static void print_json(const ceremony_place *place, const quorsum_ceremony *ceremony)
{
    static const char *const phases[] = {"running", "done", "failed"};
    const char *purpose = quorsum_ceremony_purpose(ceremony);
    quorsum_ceremony_status state;

    quorsum_ceremony_state(&state, ceremony);
    printf("{\n ");
    json_hex("ceremony", quorsum_ceremony_digest(ceremony), QUORSUM_DIGEST_BYTES);
    printf(",\n \"purpose\": ");
    object_print_json_text((const uint8_t *)purpose, strlen(purpose));
    printf(",\n \"makes\": \"%s\",\n \"bits\": %llu,\n \"degree\": %llu,\n \"trustees\": %u,\n \"quorum\": %llu,\n"
           " \"dealers\": %u,\n \"epoch\": %llu,\n \"phase\": \"%s\",\n \"step\": %u,\n \"round\": \"%s\",\n",
           place->parent != NULL ? "handed on" : "new", (unsigned long long)object_uint(&place->shown, 12),
           (unsigned long long)object_uint(&place->shown, 13), state.trustees,
           (unsigned long long)object_uint(&place->shown, 16), state.dealers,
           (unsigned long long)object_uint(&place->shown, 21), phases[state.phase], state.step, state.round);
    json_search(place, &state);
    json_slots(place, ceremony);
    printf("\n}\n");
}

int ceremony_status(const tool_command *command, const ceremony_options *o)
{
    ceremony_place place = {0};
    quorsum_ceremony *observer = NULL;
    quorsum_ceremony_status state;
    int status = ceremony_place_open(&place, command, o->directory, &o->common);

    if (status == TOOL_DONE)
        status = ceremony_observe(&place, &observer, &o->common, NULL);
    if (status == TOOL_DONE) {
        ceremony_place_strays(&place);
        (o->json ? print_json : print_plain)(&place, observer);
        quorsum_ceremony_state(&state, observer);
        if (state.phase == QUORSUM_CEREMONY_FAILED)
            status = ceremony_verdict(&place, observer);
    }
    quorsum_ceremony_free(observer);
    ceremony_place_close(&place);
    return status;
}
