/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names and sentences of the status codes, and the library's version. A switch without a default, so that
 * the compiler says when a code has none.
 */
#include "quorsum/status.h"

#ifndef QUORSUM_VERSION_STRING
#define QUORSUM_VERSION_STRING "0.1.0"
#endif

struct entry {
    const char *name;
    const char *text;
};

#define ENTRY(code, sentence) \
    case code:                \
        return (struct entry){#code, sentence}

static struct entry entry_of(quorsum_status status)
{
    switch (status) {
        ENTRY(QUORSUM_OK, "it worked");

        ENTRY(QUORSUM_ERR_ARGUMENT, "an argument is missing, or outside what the call allows");
        ENTRY(QUORSUM_ERR_MEMORY, "there is not enough memory");
        ENTRY(QUORSUM_ERR_BUFFER, "the buffer given for the result is too small");
        ENTRY(QUORSUM_ERR_RANDOM, "the system gave no randomness");
        ENTRY(QUORSUM_ERR_CANCELLED, "the operation was cancelled");
        ENTRY(QUORSUM_ERR_SYSTEM, "a system call failed");
        ENTRY(QUORSUM_ERR_EXISTS, "it would overwrite what is there already");
        ENTRY(QUORSUM_ERR_NOT_FOUND, "the file or object is not there");
        ENTRY(QUORSUM_ERR_BUSY, "another process is writing this board");
        ENTRY(QUORSUM_ERR_LIMIT, "it is larger than any object of this kind may be");

        ENTRY(QUORSUM_ERR_TRUNCATED, "the object ends too early");
        ENTRY(QUORSUM_ERR_TRAILING, "bytes are left over behind the object");
        ENTRY(QUORSUM_ERR_NOT_CANONICAL, "no quorsum object, or not the one accepted encoding of its content");
        ENTRY(QUORSUM_ERR_VERSION, "this release does not know the object's version");
        ENTRY(QUORSUM_ERR_TYPE, "the object is of another kind");

        ENTRY(QUORSUM_ERR_KEY_MISMATCH, "the object was made under another key");
        ENTRY(QUORSUM_ERR_TASK_MISMATCH, "the object was made for another task");
        ENTRY(QUORSUM_ERR_SIGNATURE, "the signature does not verify");
        ENTRY(QUORSUM_ERR_NOT_ADMITTED, "the sender is not on the roster");
        ENTRY(QUORSUM_ERR_DUPLICATE, "this contributor has contributed already");
        ENTRY(QUORSUM_ERR_DUPLICATE_TRUSTEE, "the same trustee is there twice");
        ENTRY(QUORSUM_ERR_WIDTH, "the number of ciphertexts or values is wrong");
        ENTRY(QUORSUM_ERR_MISSING, "an object that belongs there is not on the board");
        ENTRY(QUORSUM_ERR_PRODUCT, "the aggregate is not the product of its contributions");
        ENTRY(QUORSUM_ERR_CLOSED, "the task has a manifest and takes no more contributions");

        ENTRY(QUORSUM_ERR_RANGE, "a number is outside its range");
        ENTRY(QUORSUM_ERR_NOT_UNIT, "a number shares a factor with the modulus");
        ENTRY(QUORSUM_ERR_PROOF, "a zero-knowledge proof does not verify");
        ENTRY(QUORSUM_ERR_MODULUS_EVEN, "the modulus is even");
        ENTRY(QUORSUM_ERR_MODULUS_PRIME, "the modulus is prime, or a power");
        ENTRY(QUORSUM_ERR_MODULUS_SIZE, "the modulus has not the allowed or declared bit length");
        ENTRY(QUORSUM_ERR_MODULUS_FACTOR, "the modulus has a small factor");
        ENTRY(QUORSUM_ERR_KEY_CHECK, "the verification keys of the key record do not fit together");
        ENTRY(QUORSUM_ERR_CERTIFICATE, "the root certificate of the key record does not verify");
        ENTRY(QUORSUM_ERR_OPENING, "an opened value does not encrypt to its ciphertext again");
        ENTRY(QUORSUM_ERR_KEY_FAULTY, "every partial decryption is proven and they do not open: the key is faulty");
        ENTRY(QUORSUM_ERR_LEVEL, "the contribution's proof is not of the level the task demands");
        ENTRY(QUORSUM_ERR_UNCONFIRMED, "fewer of its trustees than a task needs have signed the key record");
        ENTRY(QUORSUM_ERR_MODULUS_PROOF, "the dealer's proof that the modulus has two large prime factors does not verify");
        ENTRY(QUORSUM_ERR_CEREMONY, "it was made for another ceremony");
        ENTRY(QUORSUM_ERR_DEVIATION, "a party of the ceremony did not keep to the protocol");
        ENTRY(QUORSUM_ERR_UNFINISHED, "the ceremony has made no key yet");

        ENTRY(QUORSUM_ERR_TOO_FEW_SHARES, "there are fewer trustees than the quorum");
        ENTRY(QUORSUM_ERR_TRUSTEE, "no trustee of this key has that index or identity");
        ENTRY(QUORSUM_ERR_COHORT, "there are fewer or more contributions than the task allows");
        ENTRY(QUORSUM_ERR_POLICY, "this trustee has agreed to open another aggregate of the task");
        ENTRY(QUORSUM_ERR_AGREEMENT, "fewer trustees have acknowledged the manifest than the task demands");
        ENTRY(QUORSUM_ERR_OMITTED, "the manifest leaves out a contribution that has a receipt");
        ENTRY(QUORSUM_ERR_EQUIVOCATION, "the same party has signed two objects of which there may be one");
        ENTRY(QUORSUM_ERR_COORDINATOR, "it is not signed by the task's coordinator");
        ENTRY(QUORSUM_ERR_SUPERSEDED, "a later contribution of the same contributor counts");

        ENTRY(QUORSUM_ERR_PLAN, "the fields cannot hold their sum");
        ENTRY(QUORSUM_ERR_NOT_A_NUMBER, "a value is NaN or infinite");
        ENTRY(QUORSUM_ERR_OVERFLOW, "a decoded total is outside its bound, so the ciphertext cannot be trusted");
        ENTRY(QUORSUM_ERR_FIELDS, "the field list is malformed");
        ENTRY(QUORSUM_ERR_CHOICE, "the ballot is not one that the task allows");
        ENTRY(QUORSUM_ERR_NORM, "the vector is longer than the task's norm bound");

        ENTRY(QUORSUM_ERR_PASSPHRASE, "the passphrase is wrong, or the sealed file was altered");
        ENTRY(QUORSUM_ERR_OWNER, "it is sealed for another identity, or was altered");
    }
    return (struct entry){"QUORSUM_ERR_UNKNOWN", "a status this release does not know"};
}

const char *quorsum_status_name(quorsum_status status)
{
    return entry_of(status).name;
}

const char *quorsum_status_text(quorsum_status status)
{
    return entry_of(status).text;
}

const char *quorsum_version(void)
{
    return QUORSUM_VERSION_STRING;
}
