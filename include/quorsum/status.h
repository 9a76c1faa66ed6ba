/* SPDX-License-Identifier: Apache-2.0 */
/* What a call answers: success, or a reason with a fixed number and a name. */
#ifndef QUORSUM_STATUS_H
#define QUORSUM_STATUS_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) || !defined(__GNUC__)
#define QUORSUM_API
#define QUORSUM_MUST_CHECK
#else
#define QUORSUM_API __attribute__((visibility("default")))
#define QUORSUM_MUST_CHECK __attribute__((warn_unused_result))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Every call that can fail returns one of these. The numbers are fixed for good: a program may store
 * them, and a message of one release means the same to every later one.
 */
typedef enum quorsum_status {
    QUORSUM_OK = 0,

    /* the call or the machine */
    QUORSUM_ERR_ARGUMENT = 1,  /* an argument is NULL, or outside what the call documents */
    QUORSUM_ERR_MEMORY = 2,    /* memory could not be had */
    QUORSUM_ERR_BUFFER = 3,    /* the caller's buffer is too small; the needed length is set */
    QUORSUM_ERR_RANDOM = 4,    /* the system gave no randomness */
    QUORSUM_ERR_CANCELLED = 5, /* the caller's progress callback asked to stop */
    QUORSUM_ERR_SYSTEM = 6,    /* a system call failed (disk full, no permission); errno says which */
    QUORSUM_ERR_EXISTS = 7,    /* it would overwrite what is there */
    QUORSUM_ERR_NOT_FOUND = 8, /* the named file or object is not there */
    QUORSUM_ERR_BUSY = 9,      /* another process is writing this board */
    QUORSUM_ERR_LIMIT = 10,    /* larger than any object of this kind may be */

    /* reading bytes */
    QUORSUM_ERR_TRUNCATED = 20,     /* the object ends too early */
    QUORSUM_ERR_TRAILING = 21,      /* bytes are left over behind the object */
    QUORSUM_ERR_NOT_CANONICAL = 22, /* not the one accepted encoding of its content */
    QUORSUM_ERR_VERSION = 23,       /* a version this library does not know */
    QUORSUM_ERR_TYPE = 24,          /* an object of another kind */

    /* what an object belongs to */
    QUORSUM_ERR_KEY_MISMATCH = 30,      /* made under another key */
    QUORSUM_ERR_TASK_MISMATCH = 31,     /* made for another task */
    QUORSUM_ERR_SIGNATURE = 32,         /* the signature does not verify */
    QUORSUM_ERR_NOT_ADMITTED = 33,      /* the sender is not on the roster */
    QUORSUM_ERR_DUPLICATE = 34,         /* this contributor has contributed already */
    QUORSUM_ERR_DUPLICATE_TRUSTEE = 35, /* the same trustee twice */
    QUORSUM_ERR_WIDTH = 36,             /* the wrong number of ciphertexts or values */
    QUORSUM_ERR_MISSING = 37,           /* an object that belongs there is not on the board */
    QUORSUM_ERR_PRODUCT = 38,           /* the aggregate is not the product of its contributions */

    QUORSUM_ERR_CLOSED = 39,            /* the task has a manifest: it takes no more contributions */

    /* numbers */
    QUORSUM_ERR_RANGE = 40,          /* a number is outside its range, such as a digit >= N */
    QUORSUM_ERR_NOT_UNIT = 41,       /* a number shares a factor with the modulus (zero included) */
    QUORSUM_ERR_PROOF = 42,          /* a zero-knowledge proof does not verify */
    QUORSUM_ERR_MODULUS_EVEN = 43,   /* the modulus is even */
    QUORSUM_ERR_MODULUS_PRIME = 44,  /* the modulus is prime, or a power */
    QUORSUM_ERR_MODULUS_SIZE = 45,   /* the modulus has not the allowed or declared bit length */
    QUORSUM_ERR_MODULUS_FACTOR = 46, /* the modulus has a small factor */
    QUORSUM_ERR_KEY_CHECK = 47,      /* the verification keys of a key record do not fit together */
    QUORSUM_ERR_CERTIFICATE = 48,    /* the root certificate of a key record does not verify */
    QUORSUM_ERR_OPENING = 49,        /* re-encrypting an opened (m, r) does not give the ciphertext */
    QUORSUM_ERR_KEY_FAULTY = 50,     /* all partials are proven and still do not open: the key's fault */
    QUORSUM_ERR_LEVEL = 51,          /* a contribution's proof is not of the level the task demands */
    QUORSUM_ERR_UNCONFIRMED = 52,    /* fewer of its trustees than a task needs have signed the key record */
    QUORSUM_ERR_MODULUS_PROOF = 53,  /* the dealer's proof that N has two large prime factors does not verify */
    QUORSUM_ERR_CEREMONY = 54,       /* made for another ceremony */
    QUORSUM_ERR_DEVIATION = 55,      /* a party of the ceremony did not keep to the protocol: its status says who */
    QUORSUM_ERR_UNFINISHED = 56,     /* the ceremony has made no key yet */

    /* the quorum */
    QUORSUM_ERR_TOO_FEW_SHARES = 60, /* fewer trustees than the quorum */
    QUORSUM_ERR_TRUSTEE = 61,        /* no trustee of this key has that index or identity */
    QUORSUM_ERR_COHORT = 62,         /* fewer or more contributions than the task allows */
    QUORSUM_ERR_POLICY = 63,         /* this trustee has agreed to open another aggregate of the task */
    QUORSUM_ERR_AGREEMENT = 64,      /* fewer trustees have acknowledged the manifest than the task demands */
    QUORSUM_ERR_OMITTED = 65,        /* the manifest leaves out a contribution that its coordinator gave a receipt for */
    QUORSUM_ERR_EQUIVOCATION = 66,   /* the same party has signed two objects of which there may be one */
    QUORSUM_ERR_COORDINATOR = 67,    /* signed by somebody who is not the task's coordinator */
    QUORSUM_ERR_SUPERSEDED = 68,     /* a later contribution of the same sender counts */

    /* encoding values */
    QUORSUM_ERR_PLAN = 70,         /* the fields cannot hold their sum */
    QUORSUM_ERR_NOT_A_NUMBER = 71, /* a value is NaN or infinite */
    QUORSUM_ERR_OVERFLOW = 72,     /* a decoded total is outside its bound: the ciphertext is untrusted */
    QUORSUM_ERR_FIELDS = 73,       /* the field list is malformed */
    QUORSUM_ERR_CHOICE = 74,       /* a ballot that the task does not allow: not 0 or 1, too few or too many choices */
    QUORSUM_ERR_NORM = 75,         /* a vector that is longer than the task's norm bound */

    /* secrets on disk */
    QUORSUM_ERR_PASSPHRASE = 80, /* the passphrase is wrong, or the sealed file was altered */
    QUORSUM_ERR_OWNER = 81       /* sealed for another identity, or altered */
} quorsum_status;

/**
 * The name of a status, such as "QUORSUM_ERR_SIGNATURE"; "QUORSUM_ERR_UNKNOWN" for a number this release
 * does not know. Static text, never NULL. Safe from any thread.
 */
QUORSUM_API const char *quorsum_status_name(quorsum_status status);

/** One English sentence without a full stop that says what the status means. Static text, never NULL. */
QUORSUM_API const char *quorsum_status_text(quorsum_status status);

/** The library's version, such as "0.1.0". Static text. */
QUORSUM_API const char *quorsum_version(void);

/**
 * The arithmetic kernel this process uses, such as "portable" (docs/architecture.md lists them). It is chosen at its
 * first use: the fastest that the processor runs, or the one that the environment variable QUORSUM_KERNEL names, for
 * tests and measurements. A name that is none, or that the processor does not run, is ignored. Static text. Safe from
 * any thread.
 */
QUORSUM_API const char *quorsum_kernel(void);

/**
 * Called now and then by long operations, from the calling thread only.
 *
 * @param[in] done   units of work finished, never decreasing
 * @param[in] total  units in all; 0 when nobody can know (a prime search)
 * @param[in] user   the pointer given with the callback
 * @return 0 to go on; anything else ends the operation with QUORSUM_ERR_CANCELLED
 */
typedef int (*quorsum_progress)(uint64_t done, uint64_t total, void *user);

/** How a long operation runs. A NULL pointer to it, or all zeros, means: every core, no progress. */
typedef struct quorsum_run {
    unsigned threads; /* 0: one per core the process may use */
    quorsum_progress progress;
    void *user;
} quorsum_run;

/** Bytes of every digest in this library (BLAKE2b-256). */
#define QUORSUM_DIGEST_BYTES 32

#ifdef __cplusplus
}
#endif
#endif
