#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes choice.json: ballots at 2048 bits with their proofs, computed from docs/wire-format.md with Python's integers
and hashlib. Nothing of lib/ is used. Every proof is checked here, too, and copies of it with something changed are refused.

Run it as  python3 make_choice.py > choice.json  ; it has no input and always writes the same.
"""
import hashlib
import json
import sys
from math import comb

# Two safe primes, made for this file and published in it: good for nothing else.
P = int(
    "fbdc4ae36413068696d007c78cebb73054c9517dc3b342860755cf2c756027b5f28826c6c72d759f6183983b4a5d9d4c414c"
    "b0865157fc479ce44ac8a2719281c080a282cb9842574292ca0540036dfd8ce7aae70692b9198c52a24bb9071e23552e4c42"
    "55320a04e6b32dacb7243ec9b132c84448926faeeb222dc5549bef93",
    16,
)
Q = int(
    "fa5c0be5d19980441287c173d2fa01092adec6023f4718fb7bfefa5da55419fa3d1ef1e1e532e87b0fec7b296c58e6aff9ac"
    "c204d28f9261aca1ac14af2389e05fd366601568376a5dfebd519dcaad94522e00d75d8eb6e790ec6b7d9cc7ca6640ffbbc0"
    "507b5a1622ad5db89644f9d28ba7309997d3e8a4ba4b07d1bb3b9c47",
    16,
)
N = P * Q
WORD = 256
HALF, SHORT, FULL = 0, 1, 2


def filler(name, bits):
    """A number below 2^bits that looks random and differs for every name."""
    size = (bits + 7) // 8
    return int.from_bytes(hashlib.shake_256(name.encode()).digest(size), "big") >> (8 * size - bits)


def L(data):
    return len(data).to_bytes(8, "big") + data


def u64(value):
    return value.to_bytes(8, "big")


def word(value):
    return value.to_bytes(WORD, "big")


def H(size, *items):
    return hashlib.blake2b(b"".join(L(item) for item in items), digest_size=size).digest()


def digits(value, count):
    out = b""
    for _ in range(count):
        value, digit = divmod(value, N)
        out += word(digit)
    assert value == 0
    return out


class Key:
    def __init__(self, s, randomiser):
        self.s, self.randomiser = s, randomiser
        self.alpha_bits = {HALF: 1024, SHORT: 384, FULL: 2048 + 128}[randomiser]
        self.order, self.modulus = N**s, N ** (s + 1)
        seed = H(64, b"quorsum/v1/hash-to-z", b"h", word(N), u64(0))
        stream = b"".join(H(64, b"quorsum/v1/expand", seed, u64(j)) for j in range(5))[: WORD + 16]
        self.h_s = pow(int.from_bytes(stream, "big") % N, 2 * self.order, self.modulus)
        self.digest = H(32, b"quorsum/v1/public-key", word(N), u64(s), u64(randomiser))

    def lift(self, m):
        m %= self.order
        return sum(comb(m, k) * N**k for k in range(self.s + 1)) % self.modulus

    def encrypt(self, m, alpha):
        return self.lift(m) * pow(self.h_s, alpha, self.modulus) % self.modulus


# ---- clauses ----


def clauses_of(fields):
    """(first, count, values) of every clause, from (packed, options, beta, least, most)."""
    out, place = [], 0
    for packed, options, beta, least, most in fields:
        if packed:
            out.append((place, 1, [0] * (least == 0) + [1 << beta * j for j in range(options)]))
            place += 1
        else:
            out += [(place + j, 1, [0, 1]) for j in range(options)]
            out.append((place, options, list(range(least, most + 1))))
            place += options
    return out, place


def length_of(branches):
    return max(1, (branches - 1).bit_length())


# ---- the transcript ----


def challenge(key, task, prover, ciphertexts, clauses, commitments):
    items = [b"quorsum/v1/or", task, b"contribution", prover, key.digest, u64(key.s), u64(key.alpha_bits)]
    items += [u64(len(ciphertexts)), b"".join(digits(c, key.s + 1) for c in ciphertexts), u64(len(clauses))]
    for first, count, values in clauses:
        items += [u64(first), u64(count), u64(len(values)), b"".join(digits(v % key.order, key.s) for v in values)]
    items += [u64(len(commitments)), b"".join(digits(a, key.s + 1) for a in commitments)]
    return int.from_bytes(H(64, *items)[:16], "big")


def product(ciphertexts, first, count, modulus):
    out = 1
    for c in ciphertexts[first : first + count]:
        out = out * c % modulus
    return out


# ---- making ----


def prove(name, key, task, prover, ciphertexts, clauses, alphas, chosen):
    branches = sum(len(values) for _, _, values in clauses)
    bits = key.alpha_bits + 256 + length_of(branches)
    commitments, subs, masks, bases = [], [], [], []
    for (first, count, values), place in zip(clauses, chosen):
        c = product(ciphertexts, first, count, key.modulus)
        for v, value in enumerate(values):
            number = len(commitments)
            base = c * key.lift(-value) % key.modulus
            e = 0 if v == place else filler(f"{name} e {number}", 128)
            w = filler(f"{name} w {number}", bits)
            commitments.append(pow(key.h_s, w, key.modulus) * pow(base, -e, key.modulus) % key.modulus)
            subs.append(e)
            masks.append(w)
            bases.append(base)
    e, begin = challenge(key, task, prover, ciphertexts, clauses, commitments), 0
    for (first, count, values), place in zip(clauses, chosen):
        real = begin + place
        subs[real] = (e - sum(subs[begin : begin + len(values)])) % (1 << 128)
        masks[real] += subs[real] * sum(alphas[first : first + count])
        begin += len(values)
    size = (bits + 1 + 7) // 8
    return (
        b"".join(digits(a, key.s + 1) for a in commitments)
        + b"".join(sub.to_bytes(16, "big") for sub in subs)
        + b"".join(w.to_bytes(size, "big") for w in masks)
    )


# ---- checking ----


def cut(data, size):
    return [data[i : i + size] for i in range(0, len(data), size)]


def number_of(data):
    return sum(int.from_bytes(part, "big") * N**i for i, part in enumerate(cut(data, WORD)))


def is_unit(data):
    parts = [int.from_bytes(part, "big") for part in cut(data, WORD)]
    return all(part < N for part in parts) and parts[0] % P != 0 and parts[0] % Q != 0


def accepts(key, task, prover, ciphertexts, clauses, proof):
    branches = sum(len(values) for _, _, values in clauses)
    bits = key.alpha_bits + 257 + length_of(branches)
    element, size = (key.s + 1) * WORD, (bits + 7) // 8
    if len(proof) != branches * (element + 16 + size):
        return False
    first_part, second = branches * element, branches * (element + 16)
    wire = cut(proof[:first_part], element)
    subs = [int.from_bytes(part, "big") for part in cut(proof[first_part:second], 16)]
    masks = [int.from_bytes(part, "big") for part in cut(proof[second:], size)]
    if not all(map(is_unit, wire)) or any(w >> bits for w in masks):
        return False
    commitments = [number_of(part) for part in wire]
    e, begin = challenge(key, task, prover, ciphertexts, clauses, commitments), 0
    for first, count, values in clauses:
        c = product(ciphertexts, first, count, key.modulus)
        if (sum(subs[begin : begin + len(values)]) - e) % (1 << 128) != 0:
            return False
        for v, value in enumerate(values):
            l = begin + v
            base = c * key.lift(-value) % key.modulus
            left = pow(key.h_s, 2 * masks[l], key.modulus)
            if left != pow(commitments[l] * pow(base, subs[l], key.modulus), 2, key.modulus):
                return False
        begin += len(values)
    return True


# ---- cases ----


def mistakes(key, task, prover, ciphertexts, clauses, proof):
    """The arguments of accepts() with one thing changed each."""
    last = bytes([proof[-1] ^ 1])
    yield task[::-1], prover, ciphertexts, clauses, proof
    yield task, prover[::-1], ciphertexts, clauses, proof
    yield task, prover, [ciphertexts[0] * key.h_s % key.modulus] + ciphertexts[1:], clauses, proof
    yield task, prover, ciphertexts, [(f, c, v[:-1] + [v[-1] + 1]) for f, c, v in clauses], proof
    yield task, prover, ciphertexts, clauses, proof[:-1] + last
    yield task, prover, ciphertexts, clauses, proof[:100] + b"\1" + proof[101:]


def case(name, s, randomiser, fields, chosen):
    key = Key(s, randomiser)
    task, prover = hashlib.sha256(name.encode()).digest(), hashlib.sha256(b"prover " + name.encode()).digest()
    clauses, places = clauses_of(fields)
    plaintexts = [0] * places
    for (first, count, values), place in zip(clauses, chosen):
        if count == 1:
            plaintexts[first] = values[place]
    for (first, count, values), place in zip(clauses, chosen):
        assert sum(plaintexts[first : first + count]) == values[place]
    alphas = [filler(f"{name} alpha {k}", key.alpha_bits) for k in range(places)]
    ciphertexts = [key.encrypt(m, alpha) for m, alpha in zip(plaintexts, alphas)]
    proof = prove(name, key, task, prover, ciphertexts, clauses, alphas, chosen)
    assert accepts(key, task, prover, ciphertexts, clauses, proof)
    for changed in mistakes(key, task, prover, ciphertexts, clauses, proof):
        assert not accepts(key, *changed)
    return {
        "name": name,
        "modulus": word(N).hex(),
        "degree": s,
        "randomiser": randomiser,
        "task": task.hex(),
        "prover": prover.hex(),
        "clauses": [
            {"first": first, "count": count,
             "values": [{"factor": value >> shift_of(value), "shift": shift_of(value)} for value in values]}
            for first, count, values in clauses
        ],
        "chosen": chosen,
        "alpha": [f"{alpha:x}" for alpha in alphas],
        "ciphertexts": b"".join(digits(c, s + 1) for c in ciphertexts).hex(),
        "challenge": challenge_of(key, task, prover, ciphertexts, clauses, proof).hex(),
        "proof": proof.hex(),
    }


def shift_of(value):
    return (value & -value).bit_length() - 1 if value else 0


def challenge_of(key, task, prover, ciphertexts, clauses, proof):
    branches, element = sum(len(values) for _, _, values in clauses), (key.s + 1) * WORD
    commitments = [number_of(part) for part in cut(proof[: branches * element], element)]
    return challenge(key, task, prover, ciphertexts, clauses, commitments).to_bytes(16, "big")


def main():
    for prime in (P, Q, (P - 1) // 2, (Q - 1) // 2):  # a typing mistake would not survive this
        assert pow(2, prime - 1, prime) == 1 and prime.bit_length() >= 1023
    packed, vector = True, False
    cases = [
        case("ten options", 1, HALF, [(packed, 10, 60, 0, 1)], [7]),
        case("one of them, exactly", 1, FULL, [(packed, 3, 40, 1, 1)], [0]),
        case("two or three of four", 1, HALF, [(vector, 4, 1, 2, 3)], [1, 0, 1, 0, 0]),
        case("degree two", 2, SHORT, [(packed, 2, 1500, 0, 1), (vector, 2, 1, 0, 2)], [2, 0, 1, 1]),
    ]
    json.dump({"about": "made by make_choice.py", "cases": cases}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
