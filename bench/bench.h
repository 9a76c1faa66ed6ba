/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of quorsum-bench: cases in rings (arithmetic, public calls, whole rounds, and what was asked of them), each
 * timed in turns with the plain GMP call it is compared with and with the portable kernel, and reported as one row.
 * Single-threaded itself. It links the library's objects and may look inside.
 */
#ifndef QS_BENCH_H
#define QS_BENCH_H

#include <gmp.h>
#include <stdio.h>
#include <sys/types.h>

#include "lib/threshold/opening.h"
#include "quorsum.h"

#define BENCH_TRUSTEES 5
#define BENCH_QUORUM 3

typedef enum bench_format { BENCH_TABLE, BENCH_CSV, BENCH_JSON } bench_format;

typedef struct bench_options {
    bench_format format;
    const char *only; /* prefix of the cases to run; NULL: all */
    unsigned bits;
    unsigned degree;
    unsigned threads;
    unsigned deals;         /* how often a key is dealt; 0: not at all */
    unsigned contributions; /* how many the larger aggregate takes */
    unsigned values;        /* of a vector, in place of each case's own; 0: as the case has it */
    int quick;
    int no_portable;
} bench_options;

/* What everything runs on. The key is made of public test primes and protects nothing. */
typedef struct bench_keys {
    quorsum_identity *signer;
    quorsum_identity *trustees[BENCH_TRUSTEES];
    quorsum_key_record *record; /* confirmed by a quorum of them */
    quorsum_key_share *shares[BENCH_TRUSTEES];
    quorsum_private_key *private; /* of the same primes */
    quorsum_public_key *key[3];   /* by quorsum_randomiser; [QUORSUM_RANDOMISER_HALF] is the record's */
    gmp_randstate_t random;       /* fixed seed: a run's inputs come again */
    mpz_t p, q, n, ns, ns1;       /* the primes, N, N^s, N^(s+1) */
} bench_keys;

/* The second process, on the portable kernel (twin.h). */
typedef struct bench_twin {
    enum { BENCH_ALONE, BENCH_HAS_TWIN, BENCH_IS_TWIN } role;
    pid_t process;
    int socket;
    int answered; /* the twin's own note: the case got to its measuring */
} bench_twin;

/* One 512-bit vpmadd52 (port.h). 0: the kernel in use has none. */
typedef struct bench_port {
    double seconds;
    double per_cycle;
} bench_port;

typedef struct bench {
    bench_options options;
    bench_keys keys;
    bench_twin twin;
    bench_port port;
    unsigned missed; /* rows that did not reach what was asked */
} bench;

/* ---- measuring ---- */

typedef quorsum_status (*bench_work)(void *context);

/* One side of a comparison: a call of work does `values` values. */
typedef struct bench_side {
    bench_work work;
    void *context;
    size_t values;
} bench_side;

typedef enum bench_sense { BENCH_NO_LIMIT, BENCH_AT_MOST, BENCH_AT_LEAST } bench_sense;

/* A row. Times are seconds of one call over all `values`; those of reference, portable and goal, of one value. */
typedef struct bench_row {
    const char *name;
    unsigned bits, degree, threads;
    size_t values;
    double min, median, max;
    double bytes;            /* on the wire, of all values; 0: nothing is sent */
    const char *reference;   /* what it is compared with; NULL: nothing */
    double reference_median;
    double portable_median;  /* the portable kernel's; 0: not measured, or it is the one in use */
    double portable_faster;  /* how often faster than that */
    double ifma;             /* instructions a call needs of the port (port.h); 0: not counted */
    double figure;           /* what is compared with the limit: ours / reference, or how often faster for AT_LEAST */
    double best;             /* the same of the two fastest samples: what a quiet machine would give; 0: no reference */
    int beside_portable;     /* the limit is on portable_faster, which becomes the figure */
    const char *unit;        /* of figure: "x time", "x faster", "s", "B"; NULL: there is no figure */
    bench_sense sense;
    double asked;            /* 0: nothing was asked */
    double goal;             /* the time a value may take where two IFMA go a cycle; 0: nothing was asked */
    unsigned samples;
} bench_row;

/* A row under the run's key and on its number of threads, the times still to be filled in. */
bench_row bench_row_new(const bench *b, const char *name, size_t values);

/* Asks for a limit that holds at 2048 bits, degree 1 and one thread; elsewhere the row only keeps its sense. */
void bench_ask(bench_row *row, bench_sense sense, double asked);

/* Which clock a row on this many threads is timed with: the processor time of this process for one thread, because
 * other work on the machine then hardly counts; the wall clock for several. */
double bench_clock(unsigned threads);
const char *bench_clock_name(unsigned threads);

/* Seconds of one of `calls` calls. */
quorsum_status bench_sample(const bench_side *side, unsigned calls, unsigned threads, double *seconds);
/* How many calls make a sample long beside the clock's grain, and how many seconds they take. */
quorsum_status bench_calibrate(const bench *b, const bench_side *side, unsigned threads, unsigned *calls,
                               double *seconds);

/*
 * Fills in the times of `row` and reports it. Samples of ours, of the reference if there is one, and of the twin's
 * portable kernel take turns (A B C, C B A, ...), so that what drifts on a shared machine hits all, and a ratio is the
 * median of the ratios of neighbours.
 */
quorsum_status bench_compare(bench *b, bench_row *row, const bench_side *ours, const bench_side *reference);

/* min, median and max of `count` samples (count >= 1), which are sorted by it. */
void bench_summarise(double *samples, size_t count, double *min, double *median, double *max);

/* ---- reporting ---- */

void bench_print_machine(const bench *b);
void bench_print_headings(const bench *b); /* of the table or the CSV */
void bench_json_string(const char *name, const char *value);
void bench_print_row(bench *b, const bench_row *row); /* counts a missed limit */

/* ---- cases ---- */

typedef struct bench_case {
    const char *name; /* ring.case; rows are named after it */
    const char *text;
    quorsum_status (*run)(bench *b, const struct bench_case *self);
} bench_case;

/* The one of exactly this name, or NULL. */
const bench_case *bench_find(const char *name);

/* Each ends with an entry without a name. */
extern const bench_case bench_arith[];
extern const bench_case bench_calls[];
extern const bench_case bench_threshold[];
extern const bench_case bench_proofs[];
extern const bench_case bench_ballots[];
extern const bench_case bench_rounds[];
extern const bench_case bench_reach[];
extern const bench_case bench_threads[];

/* The other process of rounds.aggregate: aggregates the board and prints what that took. An exit code. */
int bench_aggregate_board(const char *path, unsigned threads);

/* ---- what cases share ---- */

quorsum_status bench_keys_make(bench *b);
quorsum_status bench_secret(qs_secret *out, const mpz_t value); /* as keys are made of: qs_secret_clear releases */
void bench_keys_clear(bench *b);
const quorsum_public_key *bench_key(const bench *b);
/* Random plaintexts, and their ciphertexts. */
quorsum_status bench_plaintexts(quorsum_plaintexts **out, bench *b, const quorsum_public_key *key, size_t count);
quorsum_status bench_ciphertexts(quorsum_ciphertexts **out, bench *b, size_t count);
/* `count`, or a sixteenth of it for --quick, at least 2; --values sets it. */
size_t bench_count(const bench *b, size_t count);

/* base^exponent mod modulus by GMP: mpz_powm_sec if `secret`, else mpz_powm. base is random below the modulus. */
typedef struct bench_powm {
    mpz_t base, exponent, modulus, result;
    int secret;
} bench_powm;

void bench_powm_init(bench_powm *powm, bench *b, const mpz_t exponent, const mpz_t modulus, int secret);
void bench_powm_clear(bench_powm *powm);
quorsum_status bench_powm_work(void *context);
bench_side bench_powm_side(bench_powm *powm);
/* An odd random exponent of exactly `bits` bits. */
void bench_exponent(mpz_t out, bench *b, size_t bits);

/* `count` times what one mpz call or two do on random numbers below `modulus`. */
typedef struct bench_vector {
    size_t count;
    mpz_t *a, *b, *out;
    mpz_t modulus;
} bench_vector;

quorsum_status bench_vector_init(bench_vector *vector, bench *b, const mpz_t modulus, size_t count);
void bench_vector_clear(bench_vector *vector);
quorsum_status bench_mulmod_work(void *context); /* mpz_mul and mpz_mod */
quorsum_status bench_gcd_work(void *context);    /* mpz_gcd of a with the modulus */
bench_side bench_vector_side(bench_vector *vector, bench_work work);

/* Paillier's decryption for degree 1: m = L(c^(p-1) mod p^2) h_p mod p and the same for q, then the remainder theorem,
 * by mpz_powm_sec if `secret`, else mpz_powm. The four constants stand for themselves: only the time is wanted. */
typedef struct bench_crt {
    mpz_t c, e[2], square[2], prime[2], h[2], m[2], unmix;
    int secret;
} bench_crt;

void bench_crt_init(bench_crt *k, bench *b, int secret);
void bench_crt_clear(bench_crt *k);
quorsum_status bench_crt_work(void *context);

#endif
