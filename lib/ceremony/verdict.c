/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts, and the sentences that go with them. */
#include "lib/ceremony/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/ceremony/ceremony.h"

static void say(qs_verdict *verdict, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends; what has no room is left out. */
static void say(qs_verdict *verdict, const char *format, ...)
{
    size_t len = strlen(verdict->reason);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(verdict->reason + len, sizeof verdict->reason - len, format, arguments);
    va_end(arguments);
}

static void name_slot(quorsum_ceremony *ceremony, uint32_t slot)
{
    const qs_proposal *proposal = &ceremony->proposal;

    if (slot <= proposal->trustees)
        say(&ceremony->verdict, "trustee %u", slot);
    else
        say(&ceremony->verdict, "dealer %u", proposal->dealer[slot - proposal->trustees - 1]);
}

static void begin(quorsum_ceremony *ceremony, int certain)
{
    memset(&ceremony->verdict, 0, sizeof ceremony->verdict);
    ceremony->verdict.certain = certain;
    ceremony->phase = QUORSUM_CEREMONY_FAILED;
}

static void add(quorsum_ceremony *ceremony, uint32_t slot, const char *between)
{
    qs_verdict *verdict = &ceremony->verdict;

    if (verdict->accused > 0)
        say(verdict, "%s", between);
    name_slot(ceremony, slot);
    verdict->slot[verdict->accused++] = slot;
}

static quorsum_status end(quorsum_ceremony *ceremony, const char *what)
{
    say(&ceremony->verdict, " %s (step %u, %s)", what, ceremony->step, qs_round_rule_of(ceremony->round)->name);
    return QUORSUM_ERR_DEVIATION;
}

quorsum_status qs_accuse(quorsum_ceremony *ceremony, uint32_t slot, const char *what)
{
    begin(ceremony, 1);
    add(ceremony, slot, "");
    return end(ceremony, what);
}

quorsum_status qs_accuse_pair(quorsum_ceremony *ceremony, uint32_t slot, uint32_t other, const char *what)
{
    if (slot == other)
        return qs_accuse(ceremony, slot, what);
    begin(ceremony, 0);
    add(ceremony, slot < other ? slot : other, "");
    add(ceremony, slot < other ? other : slot, " or ");
    return end(ceremony, what);
}

quorsum_status qs_accuse_all(quorsum_ceremony *ceremony, const uint8_t *guilty, const char *what)
{
    uint32_t count = 0;

    for (uint32_t slot = 1; slot <= ceremony->slots; slot++)
        count += guilty[slot - 1] != 0;
    if (count == 0)
        return QUORSUM_OK;
    begin(ceremony, 1);
    for (uint32_t slot = 1; slot <= ceremony->slots; slot++) {
        if (guilty[slot - 1] != 0)
            add(ceremony, slot, " and ");
    }
    return end(ceremony, what);
}

quorsum_status qs_accuse_others(quorsum_ceremony *ceremony, const char *what)
{
    qs_verdict *verdict = &ceremony->verdict;

    begin(ceremony, 0);
    for (uint32_t slot = 1; slot <= ceremony->slots; slot++) {
        if (qs_ceremony_speaker(ceremony, slot) == NULL)
            verdict->slot[verdict->accused++] = slot;
    }
    say(verdict, "nothing shows who it was:");
    return end(ceremony, what);
}
