/* SPDX-License-Identifier: Apache-2.0 */
/* quorsum keygen: deals a threshold key into a directory, one sealed share file a trustee. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/quorsum/command.h"

/* 26 letters of 32 possible ones, 130 bits: the passphrase of a share nobody chose one for. */
#define DRAWN_LETTERS 26

typedef struct keygen_options {
    tool_common common;
    quorsum_deal_options deal;
    const char *directory;
    const char *passphrase_file;
    const char *roster_file;
    const char *identity;
    const char *identity_passphrase;
} keygen_options;

enum { OPT_TRUSTEES = 1, OPT_QUORUM, OPT_BITS, OPT_DEGREE, OPT_RANDOMISER, OPT_OUT, OPT_PASSPHRASE, OPT_ROSTER,
       OPT_IDENTITY, OPT_IDENTITY_PASSPHRASE };

static const struct option options[] = {
    {"trustees", required_argument, NULL, OPT_TRUSTEES},
    {"quorum", required_argument, NULL, OPT_QUORUM},
    {"bits", required_argument, NULL, OPT_BITS},
    {"degree", required_argument, NULL, OPT_DEGREE},
    {"randomiser", required_argument, NULL, OPT_RANDOMISER},
    {"out", required_argument, NULL, OPT_OUT},
    {"passphrase-file", required_argument, NULL, OPT_PASSPHRASE},
    {"roster", required_argument, NULL, OPT_ROSTER},
    {"identity", required_argument, NULL, OPT_IDENTITY},
    {"identity-passphrase-file", required_argument, NULL, OPT_IDENTITY_PASSPHRASE},
    TOOL_COMMON_OPTIONS,
};

static int parse_option(const tool_command *command, int option, keygen_options *o)
{
    uint64_t number;

    switch (option) {
    case OPT_TRUSTEES:
        if (tool_number(command, "--trustees", optarg, 1, QUORSUM_TRUSTEES_MAX, &number) != 0)
            return -1;
        o->deal.trustees = (uint32_t)number;
        return 0;
    case OPT_QUORUM:
        if (tool_number(command, "--quorum", optarg, 1, QUORSUM_TRUSTEES_MAX, &number) != 0)
            return -1;
        o->deal.quorum = (uint32_t)number;
        return 0;
    case OPT_BITS:
        if (tool_number(command, "--bits", optarg, 1, 65536, &number) != 0)
            return -1;
        o->deal.key.modulus_bits = (uint32_t)number;
        return 0;
    case OPT_DEGREE:
        if (tool_number(command, "--degree", optarg, 1, 4, &number) != 0)
            return -1;
        o->deal.key.degree = (uint32_t)number;
        return 0;
    case OPT_RANDOMISER:
        return tool_randomiser(command, optarg, &o->deal.key.randomiser);
    case OPT_OUT:
        o->directory = optarg;
        return 0;
    case OPT_PASSPHRASE:
        o->passphrase_file = optarg;
        return 0;
    case OPT_ROSTER:
        o->roster_file = optarg;
        return 0;
    case OPT_IDENTITY:
        o->identity = optarg;
        return 0;
    default:
        o->identity_passphrase = optarg;
        return 0;
    }
}

static int parse(const tool_command *command, int argc, char **argv, keygen_options *o, int *status)
{
    int option;

    while ((option = tool_next_option(command, argc, argv, options, &o->common, status)) >= 0) {
        if (parse_option(command, option, o) != 0) {
            *status = TOOL_USAGE;
            return -1;
        }
    }
    if (option == -2)
        return -1;
    *status = TOOL_USAGE;
    if (optind != argc)
        tool_usage(command, "'%s' is one word too many", argv[optind]);
    else if (o->directory == NULL || o->deal.trustees == 0 || o->deal.quorum == 0 || o->roster_file == NULL)
        tool_usage(command, "--trustees, --quorum, --roster and --out are needed");
    else if (o->deal.quorum > o->deal.trustees)
        tool_usage(command, "a quorum of %u cannot come from %u trustees", o->deal.quorum, o->deal.trustees);
    else if (o->deal.key.modulus_bits != 2048 && o->deal.key.modulus_bits != 3072 && o->deal.key.modulus_bits != 4096)
        tool_usage(command, "--bits: a modulus has 2048, 3072 or 4096 bits");
    else
        return 0;
    return -1;
}

/* Line `number` (from 1) of the passphrase file, or a drawn one that is also written beside the share. */
static int share_passphrase(const tool_command *command, const keygen_options *o, int lines, uint32_t number,
                            tool_passphrase *out)
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    char name[32];
    char *path;
    int status;

    out->text = sodium_malloc(TOOL_PASSPHRASE_MAX);
    if (out->text == NULL)
        return tool_fail(command, "passphrase", QUORSUM_ERR_MEMORY);
    if (lines >= 0 && tool_passphrase_line(out, lines) != 0)
        return tool_usage(command, "%s: line %u is no passphrase of 1 to %d bytes", o->passphrase_file, number,
                          TOOL_PASSPHRASE_MAX);
    if (lines >= 0)
        return TOOL_DONE;
    for (out->len = 0; out->len < DRAWN_LETTERS; out->len++)
        out->text[out->len] = letters[randombytes_uniform(32)];
    out->text[out->len] = '\n';
    snprintf(name, sizeof name, "passphrase-%u", number);
    path = tool_join(o->directory, name);
    status = tool_fail(command, path, tool_write_new(path, out->text, out->len + 1, 1));
    free(path);
    return status;
}

static int write_share(const tool_command *command, const keygen_options *o, int lines, const quorsum_key_share *share)
{
    uint32_t number = quorsum_key_share_trustee(share);
    tool_passphrase passphrase = {0};
    quorsum_bytes sealed = {0};
    char name[32];
    char *path;
    int status = share_passphrase(command, o, lines, number, &passphrase);

    snprintf(name, sizeof name, "share-%u", number);
    path = tool_join(o->directory, name);
    if (status == TOOL_DONE)
        status = tool_fail(command, path, quorsum_key_share_seal(&sealed, share, passphrase.text, passphrase.len));
    if (status == TOOL_DONE)
        status = tool_fail(command, path, tool_write_new(path, sealed.data, sealed.len, 1));
    free(path);
    tool_passphrase_free(&passphrase);
    quorsum_bytes_free(&sealed);
    return status;
}

/* The key record goes last: a directory with a `key` in it has all its shares. */
static int write_key(const tool_command *command, const keygen_options *o, const quorsum_key_record *record,
                     quorsum_key_share *const *shares)
{
    quorsum_bytes encoded = {0};
    int lines = -1;
    char *path = tool_join(o->directory, "key");
    int status = TOOL_DONE;

    if (o->passphrase_file != NULL && (lines = open(o->passphrase_file, O_RDONLY | O_CLOEXEC)) < 0)
        status = tool_fail(command, o->passphrase_file, errno == ENOENT ? QUORSUM_ERR_NOT_FOUND : QUORSUM_ERR_SYSTEM);
    for (uint32_t i = 0; status == TOOL_DONE && i < o->deal.trustees; i++)
        status = write_share(command, o, lines, shares[i]);
    if (status == TOOL_DONE)
        status = tool_fail(command, path, quorsum_key_record_encode(&encoded, record));
    if (status == TOOL_DONE)
        status = tool_fail(command, path, tool_write_new(path, encoded.data, encoded.len, 0));
    if (lines >= 0)
        close(lines);
    free(path);
    quorsum_bytes_free(&encoded);
    return status;
}

static int is_there(const tool_command *command, const keygen_options *o, const char *name)
{
    char *path = tool_join(o->directory, name);
    struct stat there;
    int found = stat(path, &there) == 0;

    if (found)
        tool_fail(command, path, QUORSUM_ERR_EXISTS);
    free(path);
    return found;
}

/* A directory that holds a key or a share already is refused before minutes are spent on a new one. Shares without a
 * key, which is written last, are what a keygen that was ended has left: nobody can use them. */
static int prepare_directory(const tool_command *command, const keygen_options *o)
{
    int status = tool_fail(command, o->directory, tool_make_directory(o->directory));

    if (status == TOOL_DONE && is_there(command, o, "key"))
        return TOOL_USAGE;
    if (status == TOOL_DONE && (is_there(command, o, "passphrase-1") || is_there(command, o, "share-1"))) {
        tool_say(command, "%s: without a key in it this is an unfinished keygen: delete the files and run it again",
                 o->directory);
        return TOOL_USAGE;
    }
    return status;
}

static int deal(const tool_command *command, keygen_options *o, const quorsum_identity *signer)
{
    quorsum_key_share **shares = calloc(o->deal.trustees, sizeof *shares);
    quorsum_key_record *record = NULL;
    char digest[TOOL_HEX(QUORSUM_DIGEST_BYTES)];
    tool_progress progress;
    quorsum_run run = tool_progress_begin(&progress, &o->common, "safe primes", "candidates");
    int status = shares == NULL ? tool_fail(command, "key", QUORSUM_ERR_MEMORY) : TOOL_DONE;

    if (status == TOOL_DONE)
        status = tool_fail(command, "key", quorsum_deal(&record, shares, &o->deal, signer, &run));
    tool_progress_end(&progress);
    if (status == TOOL_DONE)
        status = write_key(command, o, record, shares);
    if (status == TOOL_DONE) {
        tool_hex(digest, quorsum_key_record_digest(record), QUORSUM_DIGEST_BYTES);
        printf("key %s\n%u bits, degree %u, %u of %u trustees open, %.1f s\n", digest,
               quorsum_public_key_bits(quorsum_key_record_public(record)),
               quorsum_public_key_degree(quorsum_key_record_public(record)), o->deal.quorum, o->deal.trustees,
               tool_now() - progress.started);
        if (o->passphrase_file == NULL)
            tool_say(command, "give share-i and passphrase-i to trustee i by different ways, then delete them here");
        tool_say(command, "the key serves for tasks once %u trustees have confirmed it ('quorsum confirm')",
                 o->deal.quorum);
    }
    for (uint32_t i = 0; shares != NULL && i < o->deal.trustees; i++)
        quorsum_key_share_free(shares[i]);
    free(shares);
    quorsum_key_record_free(record);
    return status;
}

static int keygen(const tool_command *command, int argc, char **argv)
{
    keygen_options o = {.deal.key = {.modulus_bits = 3072, .degree = 1}};
    quorsum_identity *signer = NULL;
    uint8_t *roster = NULL;
    size_t count = 0;
    int status;

    if (parse(command, argc, argv, &o, &status) != 0)
        return status;
    status = prepare_directory(command, &o);
    if (status == TOOL_DONE)
        status = tool_identity_load(command, &signer, o.identity, o.identity_passphrase);
    if (status == TOOL_DONE)
        status = tool_roster_load(command, &roster, &count, o.roster_file);
    if (status == TOOL_DONE && count != o.deal.trustees)
        status = tool_usage(command, "%s: %zu identities for %u trustees", o.roster_file, count, o.deal.trustees);
    o.deal.roster = roster;
    if (status == TOOL_DONE)
        status = deal(command, &o, signer);
    free(roster);
    quorsum_identity_free(signer);
    return status;
}

const tool_command command_keygen = {
    .name = "keygen",
    .summary = "deal a key: a public key record and one sealed share per trustee",
    .run = keygen,
    .help =
        "Usage: quorsum keygen --trustees N --quorum T --roster FILE --out DIR [OPTION]...\n"
        "Deal a threshold key: T of N trustees together open, fewer learn nothing.\n\n"
        "Writes DIR/key, the public record that everybody checks, and DIR/share-1 to DIR/share-N, each sealed under\n"
        "its own passphrase. Whoever runs this holds the whole key while it runs and is trusted to forget it; that the key\n"
        "is well made, and the shares in place, everybody checks ('quorsum confirm').\n\n"
        "      --trustees N      number of trustees, 1 to 255\n"
        "      --quorum T        how many of them open\n"
        "      --bits B          bits of the modulus: 3072 (default), 2048 or 4096\n"
        "      --degree S        plaintexts are integers modulo N^S, 1 (default) to 4\n"
        "      --randomiser KIND half (default: |N|/2 bits), short (384 bits) or full (|N|+128 bits)\n"
        "      --out DIR         directory to write to; nothing there is overwritten\n"
        "      --passphrase-file FILE  line i is the passphrase of share i; without it passphrases are drawn and\n"
        "                        written to DIR/passphrase-i\n"
        "      --roster FILE     the trustees' identities, a line each, in order: they confirm the key, and partial\n"
        "                        decryptions must be signed by them\n"
        "      --identity FILE   who answers for the record (default: a one-time identity)\n"
        "      --identity-passphrase-file FILE  the passphrase of that identity\n" TOOL_COMMON_HELP,
};
