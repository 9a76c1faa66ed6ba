# SPDX-License-Identifier: Apache-2.0
"""Hashes and what is derived from them: wire-format.md sections 2 and 3."""
import functools
import hashlib


def join(*items):
    """L(a) || L(b) || ...: every item behind its length in 8 bytes, big-endian."""
    return b"".join(u64(len(item)) + item for item in items)


def u64(x):
    return x.to_bytes(8, "big")


def h256(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def h512(data):
    return hashlib.blake2b(data, digest_size=64).digest()


def expand(seed, size):
    out, j = b"", 0
    while len(out) < size:
        out += h512(join(b"quorsum/v1/expand", seed, u64(j)))
        j += 1
    return out[:size]


@functools.lru_cache(maxsize=1024)
def hash_to_z(n, label, i):
    width = (n.bit_length() + 7) // 8
    seed = h512(join(b"quorsum/v1/hash-to-z", label.encode(), n.to_bytes(width, "big"), u64(i)))
    return int.from_bytes(expand(seed, width + 16), "big") % n


def proof_seed(proof, task_digest, label, prover, key_digest, *items):
    return h512(join(b"quorsum/v1/" + proof.encode(), task_digest, label.encode(), prover, key_digest, *items))


def exponent(seed, k):
    return int.from_bytes(h512(join(b"quorsum/v1/exponent", seed, u64(k)))[:16], "big")
