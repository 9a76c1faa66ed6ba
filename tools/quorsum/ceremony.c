/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum ceremony: keys that trustees make together, without a dealer, and hand on. */
#include "tools/quorsum/ceremony.h"

#include <string.h>

enum { OPT_ROSTER = 1, OPT_PURPOSE, OPT_IDENTITY, OPT_PASSPHRASE, OPT_KEY, OPT_STATE, OPT_SHARE, OPT_SHARE_PASSPHRASE,
       OPT_OLD_SHARE, OPT_WIPE, OPT_DEALERS, OPT_QUORUM, OPT_BITS, OPT_DEGREE, OPT_RANDOMISER, OPT_BATCH, OPT_WATCH, OPT_JSON };

static const struct option options[] = {
    {"roster", required_argument, NULL, OPT_ROSTER},
    {"purpose", required_argument, NULL, OPT_PURPOSE},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"key", required_argument, NULL, OPT_KEY},
    {"state", required_argument, NULL, OPT_STATE},
    {"share", required_argument, NULL, OPT_SHARE},
    {"share-passphrase-file", required_argument, NULL, OPT_SHARE_PASSPHRASE},
    {"old-share", required_argument, NULL, OPT_OLD_SHARE},
    {"wipe", required_argument, NULL, OPT_WIPE},
    {"dealers", required_argument, NULL, OPT_DEALERS},
    {"quorum", required_argument, NULL, OPT_QUORUM},
    {"bits", required_argument, NULL, OPT_BITS},
    {"degree", required_argument, NULL, OPT_DEGREE},
    {"randomiser", required_argument, NULL, OPT_RANDOMISER},
    {"batch", required_argument, NULL, OPT_BATCH},
    {"watch", no_argument, NULL, OPT_WATCH},
    {"json", no_argument, NULL, OPT_JSON},
    TOOL_COMMON_OPTIONS,
};

/* What a verb needs and may be given, as a set of options each. */
#define BIT(option) (1UL << (option))
#define WHO (BIT(OPT_IDENTITY))
#define PARTY (WHO | BIT(OPT_STATE))
#define SIZES (BIT(OPT_BITS) | BIT(OPT_DEGREE) | BIT(OPT_RANDOMISER) | BIT(OPT_BATCH))
#define OLD (BIT(OPT_OLD_SHARE) | BIT(OPT_SHARE_PASSPHRASE))

typedef struct verb {
    const char *name;
    int (*run)(const tool_command *command, const ceremony_options *o);
    unsigned long needs, takes;
} verb;

static const verb verbs[] = {
    {"new", ceremony_new, WHO | BIT(OPT_ROSTER) | BIT(OPT_QUORUM) | BIT(OPT_PURPOSE), BIT(OPT_PASSPHRASE) | SIZES},
    {"refresh", ceremony_refresh, WHO | BIT(OPT_KEY) | BIT(OPT_DEALERS), BIT(OPT_PASSPHRASE) | BIT(OPT_PURPOSE)},
    {"handover", ceremony_handover, WHO | BIT(OPT_KEY) | BIT(OPT_DEALERS) | BIT(OPT_ROSTER) | BIT(OPT_QUORUM),
     BIT(OPT_PASSPHRASE) | BIT(OPT_PURPOSE)},
    {"join", ceremony_join, PARTY, BIT(OPT_PASSPHRASE) | OLD},
    {"step", ceremony_step, PARTY, BIT(OPT_PASSPHRASE) | OLD | BIT(OPT_WATCH)},
    {"status", ceremony_status, 0, BIT(OPT_JSON)},
    {"finish", ceremony_finish, PARTY | BIT(OPT_KEY), BIT(OPT_PASSPHRASE) | BIT(OPT_SHARE) | BIT(OPT_WIPE) | OLD},
};
#define VERBS (sizeof verbs / sizeof verbs[0])

static const char *option_name(int option)
{
    for (size_t i = 0; options[i].name != NULL; i++)
        if (options[i].val == option)
            return options[i].name;
    return "";
}

static int parse_number(const tool_command *command, int option, uint64_t min, uint64_t max, uint32_t *out)
{
    char name[32];
    uint64_t number;

    snprintf(name, sizeof name, "--%s", option_name(option));
    if (tool_number(command, name, optarg, min, max, &number) != 0)
        return -1;
    *out = (uint32_t)number;
    return 0;
}

static int parse_option(const tool_command *command, int option, ceremony_options *o)
{
    const char **texts[] = {&o->roster, &o->purpose, &o->identity, &o->passphrase, &o->key, &o->state, &o->share,
                            &o->share_passphrase, &o->old_share, &o->wipe, &o->dealers};

    switch (option) {
    case OPT_QUORUM:
        return parse_number(command, option, 2, QUORSUM_CEREMONY_TRUSTEES_MAX, &o->quorum);
    case OPT_BITS:
        return parse_number(command, option, 1, 65536, &o->sizes.modulus_bits);
    case OPT_DEGREE:
        return parse_number(command, option, 1, 4, &o->sizes.degree);
    case OPT_RANDOMISER:
        return tool_randomiser(command, optarg, &o->sizes.randomiser);
    case OPT_BATCH:
        return parse_number(command, option, 1, 65536, &o->batch);
    case OPT_WATCH:
        o->watch = 1;
        return 0;
    case OPT_JSON:
        o->json = 1;
        return 0;
    default:
        *texts[option - OPT_ROSTER] = optarg;
        return 0;
    }
}

/* Whether the verb has what it needs and nothing that would mean nothing. */
static int check_options(const tool_command *command, const verb *v, unsigned long given)
{
    for (int option = OPT_ROSTER; option <= OPT_JSON; option++) {
        if ((v->needs & BIT(option)) != 0 && (given & BIT(option)) == 0)
            return tool_usage(command, "%s: --%s is missing", v->name, option_name(option));
        if ((given & BIT(option)) != 0 && ((v->needs | v->takes) & BIT(option)) == 0)
            return tool_usage(command, "%s: --%s means nothing here", v->name, option_name(option));
    }
    return TOOL_DONE;
}

static const verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int ceremony(const tool_command *command, int argc, char **argv)
{
    ceremony_options o = {.sizes = {.modulus_bits = 3072, .degree = 1}};
    unsigned long given = 0;
    const verb *v;
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &o.common, &status)) >= 0) {
        if (parse_option(command, option, &o) != 0)
            return TOOL_USAGE;
        given |= BIT(option);
    }
    if (option == -2)
        return status;
    v = optind < argc ? find_verb(argv[optind]) : NULL;
    if (v == NULL)
        return tool_usage(command, "new, refresh, handover, join, step, status or finish?");
    if (optind + 2 != argc)
        return tool_usage(command, optind + 1 == argc ? "%s: which directory?" : "%s: one directory, please", v->name);
    o.directory = argv[optind + 1];
    status = check_options(command, v, given);
    if (o.wipe != NULL && o.old_share != NULL)
        return tool_usage(command, "--old-share or --wipe: the one keeps the old share, the other does not");
    if (o.wipe != NULL)
        o.old_share = o.wipe;
    return status == TOOL_DONE ? v->run(command, &o) : status;
}

const tool_command command_ceremony = {
    .name = "ceremony",
    .summary = "make a key without a dealer, refresh it, or hand it on",
    .run = ceremony,
    .help =
        "Usage: quorsum ceremony new --roster FILE --quorum T --purpose TEXT --identity FILE [OPTION]... DIR\n"
        "  or:  quorsum ceremony refresh --key FILE --dealers I,J,... --identity FILE [OPTION]... DIR\n"
        "  or:  quorsum ceremony handover --key FILE --dealers I,J,... --roster FILE --quorum T --identity FILE DIR\n"
        "  or:  quorsum ceremony join DIR --identity FILE --state FILE [--old-share FILE] [OPTION]...\n"
        "  or:  quorsum ceremony step DIR --identity FILE --state FILE [--old-share FILE] [--watch] [OPTION]...\n"
        "  or:  quorsum ceremony status DIR [--json]\n"
        "  or:  quorsum ceremony finish DIR --identity FILE --state FILE --key FILE --share FILE [OPTION]...\n"
        "Make a threshold key that nobody ever holds whole: the trustees make it together, with signed messages in a\n"
        "directory. Any directory will do that all can write to, or one each, copied to and fro ('cp -n', rsync, a\n"
        "stick).\n\n"
        "new proposes a ceremony. Everybody reads the proposal when joining; compare its digest by another way. Each\n"
        "trustee runs join once, then step until it is done, and at the end finish. step reads what has arrived,\n"
        "works, saves the state, writes what is to be sent and says whom it waits for; it may be ended at any moment\n"
        "and run again. With --watch it stays until the ceremony is done or has failed. How many candidates a key\n"
        "takes is chance: half of all ceremonies need up to 0.69 times the mean, 99 of 100 up to 4.6 times.\n\n"
        "status says, to anybody and from the directory alone: which round, who is late, whose file was refused, who\n"
        "deviated and why, how many candidates so far, and how long it may take still. A ceremony in which somebody\n"
        "deviated has failed: start another one without them. 'quorsum verify DIR' replays all of it, and 'quorsum\n"
        "show' prints a proposal or a message.\n\n"
        "refresh gives a key's own trustees new shares; handover gives a key to others, with a quorum of their own.\n"
        "As many of the key's trustees as its quorum deal (--dealers: their indices, ascending); they give their\n"
        "share with --old-share. The public key stays, the epoch is one more, and shares of two epochs do not go\n"
        "together. A trustee who is lost is replaced like this. Those who deal or take part run join, step and finish\n"
        "as above; who only deals has no --share to write.\n\n"
        "finish writes the key record, which all trustees have confirmed, and this party's sealed share, and then\n"
        "overwrites and removes the state; with --wipe also the share of the key that was handed on. What the disk, a\n"
        "snapshot or a backup keeps of them it cannot reach. As long as a quorum of the old shares is somewhere, they\n"
        "still open: wipe them, but not before a quorum of the new trustees has finished.\n\n"
        "Never copy or restore a state file, and join a ceremony once: a party that has forgotten what it sent sends\n"
        "another message, which counts as deviation.\n\n"
        "      --roster FILE     the trustees' identities, one a line, in their order: 3 to 15 of them for a new key\n"
        "      --quorum T        how many open together: for a new key 2 to half of the trustees, rounded up\n"
        "      --purpose TEXT    what the key is for, for all to read\n"
        "      --bits B          2048, 3072 (default) or 4096: of a new key\n"
        "      --degree S        plaintexts are numbers modulo N^S: 1 (default) to 4\n"
        "      --randomiser R    half (default), short or full\n"
        "      --batch K         candidates at a time (default: half of --bits): more take longer than they have to, and\n"
        "                        spare rounds of messages, for a stick, say; 4.6 times the mean nearly always suffice\n"
        "      --key FILE        refresh, handover: the key that is handed on; finish: where the key record goes\n"
        "      --dealers I,J,... who of the key's trustees hand it on, as many as its quorum\n"
        "      --identity FILE   the signing identity: of who proposes, or takes part\n"
        "      --passphrase-file FILE  unseals the identity (default: ask on the terminal)\n"
        "      --state FILE      this party's state, secret, of mode 0600; join makes it, finish removes it\n"
        "      --old-share FILE  a dealer's share of the key that is handed on\n"
        "      --wipe FILE       finish: the same, and it is overwritten and removed at the end\n"
        "      --share FILE      finish: where this trustee's sealed share of the key goes; nothing is overwritten\n"
        "      --share-passphrase-file FILE  seals the share, and unseals the old one (default: the identity's file)\n"
        "      --watch           go on until the ceremony is done or has failed\n"
        "      --json            one JSON object\n" TOOL_COMMON_HELP,
};
