/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quorsum cost: what a round will take, before it is run. Encryption and addition are measured on this machine with a
 * throw-away key of the same size; the rest follows from them by counting limb products (docs/architecture.md).
 */
#include <math.h>
#include <string.h>

#include "tools/quorsum/command.h"

typedef struct cost_options {
    tool_common common;
    const char *fields;
    uint64_t cohort, trustees, quorum;
    quorsum_key_options key;
} cost_options;

enum { OPT_FIELDS = 1, OPT_COHORT, OPT_BITS, OPT_DEGREE, OPT_TRUSTEES, OPT_QUORUM };

static const struct option options[] = {
    {"fields", required_argument, NULL, OPT_FIELDS},     {"cohort", required_argument, NULL, OPT_COHORT},
    {"bits", required_argument, NULL, OPT_BITS},         {"degree", required_argument, NULL, OPT_DEGREE},
    {"trustees", required_argument, NULL, OPT_TRUSTEES}, {"quorum", required_argument, NULL, OPT_QUORUM},
    TOOL_COMMON_OPTIONS,
};

typedef struct measured { /* seconds, on the threads asked for */
    double table, encrypt, add;
} measured;

static int parse_option(const tool_command *command, int option, cost_options *o)
{
    uint64_t number;

    switch (option) {
    case OPT_FIELDS:
        o->fields = optarg;
        return 0;
    case OPT_COHORT:
        return tool_number(command, "--cohort", optarg, 2, UINT32_MAX, &o->cohort);
    case OPT_TRUSTEES:
        return tool_number(command, "--trustees", optarg, 1, QUORSUM_TRUSTEES_MAX, &o->trustees);
    case OPT_QUORUM:
        return tool_number(command, "--quorum", optarg, 1, QUORSUM_TRUSTEES_MAX, &o->quorum);
    case OPT_BITS:
        if (tool_number(command, "--bits", optarg, 2048, 4096, &number) != 0)
            return -1;
        o->key.modulus_bits = (uint32_t)number;
        return 0;
    default:
        if (tool_number(command, "--degree", optarg, 1, 4, &number) != 0)
            return -1;
        o->key.degree = (uint32_t)number;
        return 0;
    }
}

static int measure(const tool_command *command, const quorsum_public_key *key, const quorsum_run *run, measured *out)
{
    enum { COUNT = 32, ROUNDS = 8 };
    quorsum_encryptor *encryptor = NULL;
    quorsum_plaintexts *plaintexts = NULL;
    quorsum_ciphertexts *a = NULL;
    quorsum_sum *sum = NULL;
    double start = tool_now();
    quorsum_status status = quorsum_encryptor_new(&encryptor, key, run);

    out->table = tool_now() - start;
    if (status == QUORSUM_OK)
        status = quorsum_plaintexts_new(&plaintexts, key, COUNT);
    start = tool_now();
    if (status == QUORSUM_OK)
        status = quorsum_encrypt(&a, encryptor, plaintexts, run);
    out->encrypt = (tool_now() - start) / COUNT;
    if (status == QUORSUM_OK)
        status = quorsum_sum_new(&sum, key, COUNT);
    start = tool_now();
    for (int i = 0; status == QUORSUM_OK && i < ROUNDS; i++)
        status = quorsum_sum_add(sum, a, run);
    out->add = (tool_now() - start) / (COUNT * ROUNDS);
    quorsum_sum_free(sum);
    quorsum_ciphertexts_free(a);
    quorsum_plaintexts_free(plaintexts);
    quorsum_encryptor_free(encryptor);
    return tool_fail(command, "measurement", status);
}

/* Whoever opens a sealed file needs what Argon2id takes, whatever the size of the vector. */
#define UNSEAL_BYTES 268435456.0

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static void row(const char *role, const char *step, double seconds, double bytes, double memory)
{
    printf("%-12s %-42s %10.3f s %12.0f B %9.1f MB\n", role, step, seconds, bytes, memory / 1e6);
}

typedef struct level_cost { /* of the proof that a task's level asks for */
    double bytes, prove, check;
} level_cost;

/* How many values the clauses of a ballot allow (docs/protocol.md). */
static double ballot_branches(const quorsum_plan *plan, double plaintext_bits)
{
    double branches = 0;

    for (size_t i = 0; i < quorsum_plan_fields(plan); i++) {
        const quorsum_field *field = quorsum_plan_field(plan, i);

        if (field->choose_max == 1 && (double)field->count * quorsum_plan_slot_bits(plan, i) <= plaintext_bits - 1)
            branches += field->count + (field->choose_min == 0 ? 1 : 0);
        else
            branches += 2.0 * field->count + field->choose_max - field->choose_min + 1;
    }
    return branches;
}

/* As measured at 2048 bits: a branch is made in 2.6 encryptions and checked, among many, in 22 additions; a value of a vector
 * takes a quarter of an encryption, made and checked. */
static level_cost cost_of_level(const quorsum_plan *plan, const quorsum_public_key *key, const measured *m)
{
    double cipher = (double)quorsum_public_key_ciphertext_bytes(key), bits = (double)quorsum_public_key_bits(key);
    double values = (double)quorsum_plan_values(plan);
    double branches;

    switch (quorsum_plan_level(plan)) {
    case QUORSUM_LEVEL_BALLOT:
        branches = ballot_branches(plan, quorsum_public_key_plaintext_bits(key));
        return (level_cost){branches * (cipher + 16 + bits / 16 + 33), 2.6 * branches * m->encrypt, 22 * branches * m->add};
    case QUORSUM_LEVEL_NORM:
        return (level_cost){values * 40 + 1200, values * m->encrypt / 4, values * m->encrypt / 4};
    default:
        return (level_cost){0, 0, 0};
    }
}

/* Counted in products modulo N^(s+1), the unit of an addition. A knowledge proof is checked with about 128/c + 2^c
 * 128/(c K) products a ciphertext for the best window c (Pippenger); a partial costs 1.2 products modulo N a bit. */
static void print_costs(const cost_options *o, const quorsum_plan *plan, const quorsum_public_key *key, const measured *m)
{
    double count = (double)quorsum_plan_plaintexts(plan), cohort = (double)o->cohort;
    double word = (double)quorsum_public_key_modulus_bytes(key), cipher = (double)quorsum_public_key_ciphertext_bytes(key);
    double s = (double)o->key.degree, bits = (double)quorsum_public_key_bits(key);
    double digits = s + 1, unit = digits * (digits + 1) / 2 + digits; /* limb squares of a product: T and reductions */
    double proof = 1e9, partial, complete, vector = count * cipher, sent, check;
    level_cost level = cost_of_level(plan, key, m);

    for (int window = 2; window <= 14; window++) {
        double products = 128.0 / window * (1 + ldexp(2, window) / (count < 1 ? 1 : count));

        proof = products < proof ? products : proof;
    }
    proof *= m->add;
    sent = vector + level.bytes;
    check = cohort * (count * (proof + m->add) + level.check);
    partial = (bits + lgamma((double)o->trustees + 1) / log(2) + 1) * 1.9 / unit * m->add;
    complete = s * bits * 0.87 * m->add;
    printf("%zu value%s, %.0f ciphertext%s of %.0f bytes, %.2f bytes a value; %.0f bits, degree %.0f, cohort %.0f\n\n",
           quorsum_plan_values(plan), quorsum_plan_values(plan) == 1 ? "" : "s", count, count == 1 ? "" : "s", cipher,
           vector / (double)quorsum_plan_values(plan), bits, s, cohort);
    printf("%-12s %-42s %12s %14s %12s\n", "role", "step", "time", "sends", "memory");
    row("contributor", "encrypt and prove", m->table + count * m->encrypt + level.prove, sent + 600,
        larger(UNSEAL_BYTES, 3 * sent + 8 * (double)quorsum_plan_values(plan) + 4e7));
    row("coordinator", "check and multiply all contributions", check, vector + 68 * cohort,
        4 * sent + 68 * cohort + 1e7);
    row("trustee", "check all, acknowledge, make partials", check + count * partial, count * word + 900,
        larger(UNSEAL_BYTES, 4 * sent + 1e7));
    row("anyone", "combine, complete and check the opening",
        count * (complete + (double)o->quorum * partial / 4), count * cipher, 4 * vector + 1e7);
    row("anyone", "verify the whole board", check + (double)o->quorum * count * proof / 2, 0, 4 * sent + 1e7);
    printf("\nContributors and trustees also take about half a second and %.0f MB to unseal a file.\nboard: %.1f MB in all\n",
           UNSEAL_BYTES / 1e6, (cohort * sent + 2 * vector + (double)o->quorum * count * word) / 1e6);
}

static int predict(const tool_command *command, cost_options *o, const tool_fields *fields)
{
    quorsum_private_key *throwaway = NULL;
    quorsum_plan *plan = NULL;
    quorsum_run run = {.threads = o->common.threads};
    size_t index = 0;
    measured m;
    int status = tool_fail(command, "measurement", quorsum_private_key_generate(&throwaway, &o->key, &run));

    if (status == TOOL_DONE) {
        quorsum_plan_options sizes = {
            .max_cohort = (uint32_t)o->cohort,
            .weight_bits = fields->weight_bits,
            .guard_bits = fields->guard_bits,
            .level = fields->level,
            .norm_squared = fields->norm_squared,
            .plaintext_bits = quorsum_public_key_plaintext_bits(quorsum_private_key_public(throwaway))};

        status = tool_fail(command, o->fields, quorsum_plan_new(&plan, fields->fields, fields->count, &sizes, &index));
    }
    if (status == TOOL_DONE)
        status = measure(command, quorsum_private_key_public(throwaway), &run, &m);
    if (status == TOOL_DONE)
        print_costs(o, plan, quorsum_private_key_public(throwaway), &m);
    quorsum_plan_free(plan);
    quorsum_private_key_free(throwaway);
    return status;
}

static int cost(const tool_command *command, int argc, char **argv)
{
    cost_options o = {.trustees = 5, .quorum = 3, .key = {.modulus_bits = 3072, .degree = 1}};
    tool_fields fields = {0};
    int option, status;

    while ((option = tool_next_option(command, argc, argv, options, &o.common, &status)) >= 0)
        if (parse_option(command, option, &o) != 0)
            return TOOL_USAGE;
    if (option == -2)
        return status;
    if (optind != argc)
        return tool_usage(command, "'%s' is one word too many", argv[optind]);
    if (o.fields == NULL || o.cohort == 0)
        return tool_usage(command, "--fields and --cohort are needed");
    if (o.quorum > o.trustees)
        return tool_usage(command, "a quorum of %u cannot come from %u trustees", (unsigned)o.quorum,
                          (unsigned)o.trustees);
    status = tool_fields_load(command, &fields, o.fields);
    if (status == TOOL_DONE)
        status = predict(command, &o, &fields);
    tool_fields_free(&fields);
    return status;
}

const tool_command command_cost = {
    .name = "cost",
    .summary = "predict time, bytes and memory of a round before it is run",
    .run = cost,
    .help =
        "Usage: quorsum cost --fields FILE.json --cohort K [OPTION]...\n"
        "Predict what each role will need: time on this machine, bytes sent, memory.\n\n"
        "Encryption and addition are measured with a throw-away key of the same size; the rest is computed from them.\n\n"
        "      --fields FILE     the fields, as for 'quorsum task new'\n"
        "      --cohort K        number of contributions\n"
        "      --bits B          bits of the modulus, 2048 to 4096 (default 3072)\n"
        "      --degree S        1 (default) to 4\n"
        "      --trustees N      default 5\n"
        "      --quorum T        default 3\n" TOOL_COMMON_HELP,
};
