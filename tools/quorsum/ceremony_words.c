/* SPDX-License-Identifier: Apache-2.0 */
/* A ceremony in words: what is proposed, where it stands, who is waited for, and who is accused of what. */
#include <string.h>

#include "tools/quorsum/ceremony.h"
#include "tools/quorsum/object_print.h"

#define HAND_ON_STEPS 7

/* ---- the proposal -------------------------------------------------------------------------------------------------- */

static void print_digest(const char *label, const uint8_t *digest)
{
    printf("%-15s", label);
    for (size_t i = 0; i < QUORSUM_DIGEST_BYTES; i += 2)
        printf(" %02x%02x", digest[i], digest[i + 1]);
    putchar('\n');
}

/* Entry i of an array of the proposal, which was checked. */
static int array_entry(object_item *out, const object *o, uint64_t key, uint64_t i)
{
    const object_item *array = object_find(o, key);
    const uint8_t *at;

    if (array == NULL || array->type != OBJECT_ARRAY || i >= array->value)
        return 0;
    at = array->bytes;
    for (uint64_t k = 0; k <= i; k++)
        if (object_item_read(out, &at, o->blocks) != 0)
            return 0;
    return 1;
}

static void print_new(const object *o)
{
    static const char *const randomisers[] = {"half", "short", "full"};
    uint64_t randomiser = object_uint(o, 14);

    printf("%-15s a new key of %llu bits, degree %llu, randomiser %s, which nobody ever holds whole\n", "makes",
           (unsigned long long)object_uint(o, 12), (unsigned long long)object_uint(o, 13),
           randomiser < 3 ? randomisers[randomiser] : "?");
}

static void print_handed_on(const object *o)
{
    const object_item *parent = object_find(o, 19);
    object_item dealer;

    printf("%-15s a key of %llu bits, degree %llu, to epoch %llu, by its trustees", "hands on",
           (unsigned long long)object_uint(o, 12), (unsigned long long)object_uint(o, 13),
           (unsigned long long)object_uint(o, 21));
    for (uint64_t i = 0; array_entry(&dealer, o, 20, i); i++)
        printf("%s %llu", i == 0 ? "" : ",", (unsigned long long)dealer.value);
    putchar('\n');
    if (parent->value == QUORSUM_DIGEST_BYTES)
        print_digest("that key", parent->bytes);
}

void ceremony_print_proposal(const ceremony_place *place)
{
    const object *o = &place->shown;
    const object_item *purpose = object_find(o, 10), *sender = object_find(o, 2);
    char identity[TOOL_HEX(QUORSUM_IDENTITY_BYTES)];
    object_item member;

    print_digest("ceremony", o->digest);
    printf("%-15s ", "purpose");
    if (purpose != NULL && purpose->type == OBJECT_TEXT)
        object_print_plain_text(purpose->bytes, purpose->value);
    putchar('\n');
    if (place->parent != NULL)
        print_handed_on(o);
    else
        print_new(o);
    printf("%-15s %llu of %llu trustees open\n", "quorum", (unsigned long long)object_uint(o, 16),
           (unsigned long long)object_uint(o, 15));
    for (uint32_t i = 1; array_entry(&member, o, 17, i - 1) && member.value == QUORSUM_IDENTITY_BYTES; i++) {
        tool_hex(identity, member.bytes, QUORSUM_IDENTITY_BYTES);
        printf("trustee %-7u %s\n", i, identity);
    }
    if (sender != NULL && sender->type == OBJECT_BYTES && sender->value == QUORSUM_IDENTITY_BYTES) {
        tool_hex(identity, sender->bytes, QUORSUM_IDENTITY_BYTES);
        printf("%-15s %s\n", "proposed by", identity);
    }
}

/* ---- who ----------------------------------------------------------------------------------------------------------- */

uint32_t ceremony_index(const ceremony_place *place, uint32_t slot)
{
    uint64_t trustees = object_uint(&place->shown, 15);
    object_item dealer;

    if (slot <= trustees)
        return slot;
    return array_entry(&dealer, &place->shown, 20, slot - trustees - 1) ? (uint32_t)dealer.value : 0;
}

void ceremony_name(char out[CEREMONY_NAME], const ceremony_place *place, uint32_t slot, const uint8_t *identity)
{
    char hex[TOOL_HEX(QUORSUM_IDENTITY_BYTES)] = "?";

    if (identity != NULL)
        tool_hex(hex, identity, QUORSUM_IDENTITY_BYTES);
    snprintf(out, CEREMONY_NAME, "%s %u %s", slot <= object_uint(&place->shown, 15) ? "trustee" : "dealer",
             ceremony_index(place, slot), hex);
}

/* ---- where it stands ----------------------------------------------------------------------------------------------- */

static void print_waiting(const ceremony_place *place, const quorsum_ceremony *ceremony,
                          const quorsum_ceremony_status *state)
{
    char who[CEREMONY_NAME];

    printf("step %u, %s: waiting for\n", state->step, state->round);
    for (uint32_t slot = 1; slot <= state->slots; slot++) {
        if (!state->waiting[slot - 1])
            continue;
        ceremony_name(who, place, slot, quorsum_ceremony_slot(ceremony, slot));
        printf("  slot %u: %s%s\n", slot, who,
               ceremony_place_refused(place, state->step, slot) != QUORSUM_OK ? " (what is there was refused)" : "");
    }
}

void ceremony_print_state(const ceremony_place *place, const quorsum_ceremony *ceremony)
{
    quorsum_ceremony_status state;

    quorsum_ceremony_state(&state, ceremony);
    if (state.phase == QUORSUM_CEREMONY_RUNNING)
        print_waiting(place, ceremony, &state);
    else if (state.phase == QUORSUM_CEREMONY_FAILED)
        printf("failed in step %u, %s\n", state.step, state.round);
    else
        printf("done: the key is made, and every trustee has signed it\n");
}

static int say_failed(const ceremony_place *place, const quorsum_ceremony *ceremony, const quorsum_ceremony_status *state)
{
    char who[CEREMONY_NAME];

    for (uint32_t i = 0; i < state->accused; i++) {
        ceremony_name(who, place, state->accused_slot[i], quorsum_ceremony_slot(ceremony, state->accused_slot[i]));
        tool_say(place->command, "%s: slot %u, %s", state->certain ? "deviated" : "one of these deviated",
                 state->accused_slot[i], who);
    }
    tool_say(place->command, "%s: the ceremony has failed in step %u, %s: %s (%s)", place->directory, state->step,
             state->round, state->reason != NULL ? state->reason : "no reason", quorsum_status_name(QUORSUM_ERR_DEVIATION));
    return TOOL_REFUSED;
}

int ceremony_verdict(const ceremony_place *place, const quorsum_ceremony *ceremony)
{
    quorsum_ceremony_status state;

    quorsum_ceremony_state(&state, ceremony);
    if (state.phase == QUORSUM_CEREMONY_FAILED)
        return say_failed(place, ceremony, &state);
    if (state.phase == QUORSUM_CEREMONY_DONE)
        return TOOL_DONE;
    tool_say(place->command, "%s: the ceremony is not done yet: step %u, %s (%s)", place->directory, state.step, state.round,
             quorsum_status_name(QUORSUM_ERR_UNFINISHED));
    return TOOL_REFUSED;
}

/* ---- how long still ------------------------------------------------------------------------------------------------ */

/* Steps from this one to the end, where their number is known: once a candidate has passed, and when a key is handed on. */
static int steps_left(const quorsum_ceremony_status *state)
{
    static const char *const last[] = {"verify", "derive-commit", "derive", "keys", "certificate", "sign"};
    enum { COUNT = sizeof last / sizeof last[0] };

    if (state->expected == 0)
        return state->step <= HAND_ON_STEPS ? (int)(HAND_ON_STEPS + 1 - state->step) : 0;
    for (int i = 0; i < COUNT; i++)
        if (strcmp(state->round, last[i]) == 0)
            return COUNT - i;
    return 0;
}

void ceremony_estimate(ceremony_left *out, const ceremony_place *place, const quorsum_ceremony_status *state)
{
    double seconds = place->newest - place->begun, mean = (double)state->expected;
    uint32_t steps = state->step - (state->step > place->timed_from ? place->timed_from : state->step);
    int left = steps_left(state);

    *out = (ceremony_left){.median = -1, .nearly_all = -1};
    if (state->phase != QUORSUM_CEREMONY_RUNNING || seconds <= 0 || steps == 0)
        return;
    out->rate = (double)state->candidates / seconds;
    if (left > 0) {
        out->median = out->nearly_all = seconds / steps * left;
    } else if (out->rate > 0) {
        out->median = CEREMONY_MEDIAN(mean) / out->rate;
        out->nearly_all = CEREMONY_NEARLY_ALL(mean) / out->rate;
    }
}
