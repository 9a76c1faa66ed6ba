#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes threshold.json: 2048-bit threshold keys, partials, proofs and openings, computed from docs/wire-format.md and
the equations of root opening with Python's integers and hashlib. Nothing of lib/ is used; Ed25519 comes from
tests/verifier.

Run it as  python3 make_threshold.py > threshold.json  ; it has no input and always writes the same.
"""
import hashlib
import itertools
import json
import math
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verifier"))
import ed25519  # noqa: E402
import make_modulus  # noqa: E402

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
ORDER = (P - 1) * (Q - 1) // 4  # of the squares modulo N
SEED = hashlib.sha256(b"a test signer").digest()
SENDER = ed25519.public_key(SEED)


def filler(name, bound):
    """A number below `bound` that looks random and differs for every name."""
    size = (bound.bit_length() + 7) // 8 + 16
    return int.from_bytes(hashlib.shake_256(name.encode()).digest(size), "big") % bound


def L(data):
    return len(data).to_bytes(8, "big") + data


def u64(value):
    return value.to_bytes(8, "big")


def word(value):
    return value.to_bytes(WORD, "big")


def H256(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def H512(*items):
    return hashlib.blake2b(b"".join(L(item) for item in items), digest_size=64).digest()


def hash_to_z(label, index):
    seed = H512(b"quorsum/v1/hash-to-z", label, word(N), u64(index))
    size, stream, counter = WORD + 16, b"", 0
    while len(stream) < size:
        stream += H512(b"quorsum/v1/expand", seed, u64(counter))
        counter += 1
    return int.from_bytes(stream[:size], "big") % N


# ---- CBOR, as much as a key record needs ----


def head(major, value):
    for size, info in ((0, value), (1, 24), (2, 25), (4, 26), (8, 27)):
        if size == 0 and value < 24:
            return bytes([major << 5 | info])
        if size and value < 1 << 8 * size:
            return bytes([major << 5 | info]) + value.to_bytes(size, "big")
    raise ValueError(value)


def cbor(value):
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(k) + cbor(value[k]) for k in sorted(value))


def natural(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def sign(kind, body):
    digest = H256(body)
    text = L(b"quorsum/v1/message") + L(kind.encode()) + L(bytes(32)) + L(digest)
    return body + ed25519.sign(SEED, text), digest


# ---- a key ----


def deal(name, s, n, quorum, theta):
    """Shares of theta * N^(-s), multiplied by n!."""
    delta = math.factorial(n)
    polynomial = [pow(N, -s, ORDER)] + [filler(f"{name} a{j}", ORDER) for j in range(1, quorum)]
    values = [sum(a * i**j for j, a in enumerate(polynomial)) % ORDER for i in range(1, n + 1)]
    return [theta * delta * value for value in values]


def make(name, s, n, quorum):
    """(shares, theta, share_bits, secret_bits) as a ceremony of n members makes them: every set A of n - t members has
    a beta_A and an R_A, F = phi(N) beta + R N^s is opened, D = R - floor(F / N^s) is shared over the integers."""
    bits, delta = N.bit_length(), math.factorial(n)
    sets = list(itertools.combinations(range(1, n + 1), n - quorum + 1))
    log_sets = (len(sets) - 1).bit_length()
    secret_bits = bits + 128 + log_sets + s
    length = secret_bits + 128
    beta = sum(filler(f"{name} beta {A}", 1 << s * bits + 128) for A in sets)
    masks = {A: filler(f"{name} R {A}", 1 << length) for A in sets}
    floor, theta = divmod((P - 1) * (Q - 1) * beta + sum(masks.values()) * N**s, N**s)
    assert abs(sum(masks.values()) - floor) < 1 << secret_bits

    def weight(A, i):
        """n! f_A(i), f_A(X) = prod over j outside A of (j - X) / j."""
        outside = [j for j in range(1, n + 1) if j not in A]
        return delta * math.prod(j - i for j in outside) // math.prod(outside)

    largest = max(sum(abs(weight(A, i)) for A in sets) for i in range(1, n + 1))
    shift = (delta * (len(sets) + 1) + largest << length).bit_length()
    shares = [sum(masks[A] * weight(A, i) for A in sets) - delta * floor + (i << shift) for i in range(1, n + 1)]
    return shares, theta, (n + 1 << shift).bit_length(), secret_bits


def trustee(i):
    return SENDER if i == 1 else ed25519.public_key(H256(b"trustee %d" % i))


def record_of(s, n, quorum, theta, shares, share_bits, secret_bits):
    """The certificate's roots are taken with the factorisation, which the trustees do not have. secret_bits = 0: the
    dealer's record; else that of a ceremony, whose first trustee signs it."""
    v = pow(hash_to_z(b"v", 0), 2, N)
    phi = (P - 1) * (Q - 1)
    words = [pow(v, share, N) for share in shares]
    words += [pow(hash_to_z(b"cert", i), pow(N, -s, phi), N) for i in range(1, 8)]
    header = {0: "key", 1: 1, 2: SENDER, 10: natural(N), 11: s, 12: 0, 13: n, 14: quorum, 15: natural(theta),
              16: share_bits, 22: 0, 24: b"", 26: secret_bits}
    if secret_bits:
        header |= {17: "ceremony", 18: [trustee(i) for i in range(1, n + 1)], 19: b"", 20: b"", 21: b"", 23: H256(b"a transcript"), 25: b""}
    else:
        public = make_modulus.public_key_digest(N, s, 0)
        negate, twist, w, fourth = make_modulus.prove_modulus(f"record {s}", P, Q, SENDER, public)
        header |= {17: "dealer", 18: [], 19: negate, 20: twist,
                   21: make_modulus.prove_factors(f"record {s}", P, Q, SENDER, public), 23: b"", 25: SENDER}
        words += [w] + fourth
    return sign("key", cbor(header) + b"".join(map(word, words)))


# ---- ciphertexts, partials, openings ----


def digits(value, count):
    out = b""
    for _ in range(count):
        value, digit = divmod(value, N)
        out += word(digit)
    return out


def encrypt(m, r, s):
    modulus = N ** (s + 1)
    return pow(1 + N, m, modulus) * pow(r, N**s, modulus) % modulus


def transcript(proof, label, task, prover, key, *items):
    return H512(b"quorsum/v1/" + proof, task, label, prover, key, *items)


def prove(name, prover, key, task, index, share, share_bits, bases, partials):
    v = pow(hash_to_z(b"v", 0), 2, N)
    v_i = pow(v, share, N)
    seed = transcript(b"share-batch", b"partial", task, prover, key, u64(index), word(v), word(v_i), u64(len(bases)),
                      b"".join(map(word, bases)), b"".join(map(word, partials)))
    C = E = 1
    for k, (base, partial) in enumerate(zip(bases, partials)):
        rho = int.from_bytes(H512(b"quorsum/v1/exponent", seed, u64(k))[:16], "big")
        C, E = C * pow(base, rho, N) % N, E * pow(partial, rho, N) % N
    x = filler(f"{name} mask {index}", 1 << (share_bits + 256))
    A, B = pow(C, 4 * x, N), pow(v, x, N)
    e = transcript(b"share", b"partial", task, prover, key, seed, u64(index), word(v), word(v_i), word(C), word(E),
                   word(A), word(B))[:16]
    z = x + int.from_bytes(e, "big") * share
    return e + z.to_bytes((share_bits + 257 + 7) // 8, "big")


def combine(c0, partials, s, n, theta):
    """r from {index: partial}, as the reference of root opening does it."""
    delta = math.factorial(n)
    w = 1
    for i in partials:
        numerator = delta * math.prod(-j for j in partials if j != i)
        denominator = math.prod(i - j for j in partials if j != i)
        assert numerator % denominator == 0
        w = w * pow(partials[i], 2 * (numerator // denominator), N) % N
    m = 4 * delta**2 * theta
    a = pow(m, -1, N**s)
    b = (1 - a * m) // N**s
    return pow(w, a, N) * pow(c0, b, N) % N


def case(name, s, n, quorum, theta, openers):
    """theta = 0: without a dealer."""
    if theta:
        share_bits = N.bit_length() - 2 + math.factorial(n).bit_length() + (theta.bit_length() if theta != 1 else 0)
        shares, secret_bits = deal(name, s, n, quorum, theta), 0
    else:
        shares, theta, share_bits, secret_bits = make(name, s, n, quorum)
    record, key = record_of(s, n, quorum, theta, shares, share_bits, secret_bits)
    task = hashlib.sha256(name.encode()).digest()
    elements = [(0, 1), (N**s - 1, N - 1), (filler(f"{name} m", N**s), filler(f"{name} r", N))]
    ciphertexts = [encrypt(m, r, s) for m, r in elements]
    bases = [c % N for c in ciphertexts]
    trustees = {}
    for i in openers:
        partials = [pow(c0, 2 * shares[i - 1], N) for c0 in bases]
        prover = trustee(i) if secret_bits else SENDER  # who stands on the roster speaks for itself
        trustees[i] = (partials, prove(name, prover, key, task, i, shares[i - 1], share_bits, bases, partials), prover)
    for k, (m, r) in enumerate(elements):  # the script's own check
        assert combine(bases[k], {i: trustees[i][0][k] for i in list(openers)[:quorum]}, s, n, theta) == r
    return {
        "name": name,
        "degree": s,
        "trustees": n,
        "quorum": quorum,
        "origin": "ceremony" if secret_bits else "dealer",
        "record": record.hex(),
        "digest": key.hex(),
        "share_bits": share_bits,
        "shares": [share.to_bytes((share_bits + 7) // 8, "big").hex() for share in shares],
        "task": task.hex(),
        "ciphertexts": b"".join(digits(c, s + 1) for c in ciphertexts).hex(),
        "openings": b"".join(digits(m, s) + word(r) for m, r in elements).hex(),
        "partials": [{"trustee": i, "prover": prover.hex(), "values": b"".join(map(word, values)).hex(),
                      "proof": proof.hex()} for i, (values, proof, prover) in trustees.items()],
    }


def main():
    for prime in (P, Q, (P - 1) // 2, (Q - 1) // 2):  # a typing mistake would not survive this
        assert pow(2, prime - 1, prime) == 1 and prime.bit_length() >= 1023
    cases = [
        case("three of five", 1, 5, 3, 1, (2, 4, 5)),
        case("degree two, theta 120", 2, 3, 2, 120, (3, 1)),
        case("without a dealer", 1, 3, 2, 0, (1, 3)),
        case("without a dealer, degree two", 2, 5, 3, 0, (5, 2, 4)),
    ]
    json.dump({"about": "made by make_threshold.py", "cases": cases}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
