#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes modulus.json: proofs that a 512-bit and a 2048-bit N have two large prime factors = 3 mod 4, made and checked from
docs/wire-format.md with Python's integers and hashlib. Nothing of lib/ is used. make_threshold.py takes its proofs from
here.

Run it as  python3 make_modulus.py > modulus.json  ; it has no input and always writes the same.
"""
import hashlib
import json
import sys
from math import gcd

# RSA-2048 by its decimal digits.
HAT = int(
    "2519590847565789349402718324004839857142928212620403202777713783604366202070"
    "7595556264018525880784406918290641249515082189298559149176184502808489120072"
    "8449926873928072877767359714183472702618963750149718246911650776133798590957"
    "0009733045974880842840179742910064245869181719511874612151517265463228221686"
    "9987549182422433637259085141865462043576798423387184774447920739934236584823"
    "8242811981638150106748104516603773060562016196762561338441436038339044149526"
    "3443219011465754445417842402092461651572335077870774981712577246796292638635"
    "6373289912154831438167899885040445364023527381951378636564391212010397122822"
    "120720357"
)
ROOTS = 128


def filler(name, bound):
    """A number below `bound` that looks random and differs for every name."""
    size = (bound.bit_length() + 7) // 8 + 16
    return int.from_bytes(hashlib.shake_256(name.encode()).digest(size), "big") % bound


def L(data):
    return len(data).to_bytes(8, "big") + data


def u64(value):
    return value.to_bytes(8, "big")


def H512(*items):
    return hashlib.blake2b(b"".join(L(item) for item in items), digest_size=64).digest()


def words(n):
    return (n.bit_length() + 7) // 8


def word(value, n):
    return value.to_bytes(words(n), "big")


def expand(seed, n):
    size, stream, counter = words(n) + 16, b"", 0
    while len(stream) < size:
        stream += H512(b"quorsum/v1/expand", seed, u64(counter))
        counter += 1
    return int.from_bytes(stream[:size], "big") % n


def hash_to_z(n, label, index):
    return expand(H512(b"quorsum/v1/hash-to-z", label, word(n, n), u64(index)), n)


def public_key_digest(n, degree, randomiser):
    items = (b"quorsum/v1/public-key", word(n, n), u64(degree), u64(randomiser))
    return hashlib.blake2b(b"".join(L(item) for item in items), digest_size=32).digest()


def transcript(proof, prover, key, *items):
    return H512(b"quorsum/v1/" + proof, bytes(32), b"key", prover, key, *items)


# ---- two primes, both 3 mod 4 ----


def jacobi(a, n):
    sign = 1
    a %= n
    while a:
        while a % 2 == 0:
            a //= 2
            if n % 8 in (3, 5):
                sign = -sign
        a, n = n, a
        if a % 4 == n % 4 == 3:
            sign = -sign
        a %= n
    return sign if n == 1 else 0


def challenge(n, seed, i):
    return expand(H512(b"quorsum/v1/modulus-y", seed, u64(i)), n)


def prove_modulus(name, p, q, prover, key):
    """(a, b, w, [x_1, ...]); a and b as 16 bytes."""
    n = p * q
    tries = 0
    while jacobi(w := filler(f"{name} w {tries}", n), n) != -1:
        tries += 1
    seed = transcript(b"modulus", prover, key, word(w, n))
    lift = (q * pow(q, -1, p), p * pow(p, -1, q))
    quarter = [pow(4, -1, (prime - 1) // 2) for prime in (p, q)]
    a_bits, b_bits, roots = "", "", []
    for i in range(1, ROOTS + 1):
        y = challenge(n, seed, i)
        for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
            z = (-1) ** a * w**b * y % n
            if pow(z, (p - 1) // 2, p) == pow(z, (q - 1) // 2, q) == 1:
                x = pow(z, quarter[0], p) * lift[0] + pow(z, quarter[1], q) * lift[1]
                a_bits, b_bits = a_bits + str(a), b_bits + str(b)
                roots.append(x % n)
                break
        else:
            raise AssertionError("no root")
    return int(a_bits, 2).to_bytes(16, "big"), int(b_bits, 2).to_bytes(16, "big"), w, roots


def check_modulus(n, prover, key, a, b, w, roots):
    seed = transcript(b"modulus", prover, key, word(w, n))
    bits = [format(int.from_bytes(value, "big"), "0128b") for value in (a, b)]
    return jacobi(w, n) == -1 and all(
        0 < x < n and gcd(x, n) == 1
        and pow(x, 4, n) == (-1) ** int(bits[0][i]) * w ** int(bits[1][i]) * challenge(n, seed, i + 1) % n
        for i, x in enumerate(roots))


# ---- two large factors ----


def factors_seed(n, prover, key, elements):
    items = [word(n, n), word(HAT, HAT)] + [word(x, HAT) for x in bases() + elements]
    return transcript(b"factors", prover, key, *items)[:16]


def bases():
    return [pow(hash_to_z(HAT, label, 0), 2, HAT) for label in (b"fac-s", b"fac-t")]


def widths(n):
    """Bytes of z, w and |u|."""
    half = (n.bit_length() + 1) // 2
    return (half + 257 + 7) // 8, (2048 + 385 + 7) // 8, 256 + (half + 385 + 7) // 8


def prove_factors(name, p, q, prover, key, negative=False):
    """negative: a mask of u that does not cover, so that u is below zero. Such a proof hides nothing, and is right."""
    n = p * q
    half = (n.bit_length() + 1) // 2
    s, t = bases()
    alpha, beta = (filler(f"{name} {mask}", 1 << half + 256) for mask in ("alpha", "beta"))
    mu, nu = (filler(f"{name} {mask}", HAT << 128) for mask in ("mu", "nu"))
    x, y = (filler(f"{name} {mask}", HAT << 384) for mask in ("x", "y"))
    rho = filler(f"{name} rho", HAT << (0 if negative else half + 384))
    commit = lambda base, e, f: pow(base, e, HAT) * pow(t, f, HAT) % HAT
    P, Q = commit(s, p, mu), commit(s, q, nu)
    raw = factors_seed(n, prover, key, [P, Q, commit(s, alpha, x), commit(s, beta, y), commit(Q, alpha, rho)])
    e = int.from_bytes(raw, "big")
    z, w, u = widths(n)
    last = rho - e * nu * p
    assert (last < 0) == negative
    return (word(P, HAT) + word(Q, HAT) + raw + (alpha + e * p).to_bytes(z, "big") + (beta + e * q).to_bytes(z, "big")
            + (x + e * mu).to_bytes(w, "big") + (y + e * nu).to_bytes(w, "big") + bytes([last < 0])
            + abs(last).to_bytes(u, "big"))


def check_factors(n, prover, key, proof):
    z, w, u = widths(n)
    cut, at = [], 0
    for size in (256, 256, 16, z, z, w, w, 1, u):
        cut.append(int.from_bytes(proof[at:at + size], "big"))
        at += size
    P, Q, e, z1, z2, w1, w2, sign, u = cut
    u = -u if sign else u
    s, t = bases()
    A = pow(s, z1, HAT) * pow(t, w1, HAT) * pow(P, -e, HAT) % HAT
    B = pow(s, z2, HAT) * pow(t, w2, HAT) * pow(Q, -e, HAT) % HAT
    T = pow(Q, z1, HAT) * pow(t, u, HAT) * pow(s, -n * e, HAT) % HAT
    half = (n.bit_length() + 1) // 2
    return (at == len(proof) and max(z1, z2) < 1 << half + 257 and max(w1, w2) < HAT << 385 and abs(u) < HAT << half + 385
            and factors_seed(n, prover, key, [P, Q, A, B, T]) == proof[512:528])


# ---- cases ----

# Safe primes that are published here: good for nothing else.
PRIMES = {
    512: (0xDBE90DA332969E199CE3915B44CFAB2089B0245C97712964E08F4AC90452061F,
          0xCF62591489B3B7C9A8125FB136336788930B1FFDA43CA8F16432E69149A228CF),
    2048: (int("d33c8b25648f3bb290980707614c17347f06f4a44fea54d620a80d32fc65b4cf"
               "6b87739df3921e43782c1cea99c6c0d73e5d78490a72087e358630014680da2c"
               "2b89c7eb38fc6c80e29c7ac58e274de3a07a5e73064629b1f6519e8edb3de87c"
               "7308062af92b757bdf29ca4710155ca5dd5cccadab79b8947d9989f059fea70b", 16),
           int("fa272defda6f8be23277e816d12ddcbdf5f909b1640981ceb6c5d018faa864b3"
               "3b7f3fc1fcb0760298d4d1b39d3599cfa93642e9b007038755b96842c396f268"
               "cce7bf88047f7233ded470cfa5b043726c65d3970c147613a518352b11dd32e1"
               "307879a8cda6a0811d8b812730aec9a38b957e8fdbb055a113d7573f7dfac707", 16)),
}


def case(name, bits, degree, randomiser, negative):
    p, q = PRIMES[bits]
    n = p * q
    prover = hashlib.sha256(name.encode()).digest()
    key = public_key_digest(n, degree, randomiser)
    a, b, w, roots = prove_modulus(name, p, q, prover, key)
    factors = prove_factors(name, p, q, prover, key, negative)
    assert check_modulus(n, prover, key, a, b, w, roots) and check_factors(n, prover, key, factors)
    return {
        "name": name,
        "modulus": word(n, n).hex(),
        "degree": degree,
        "randomiser": randomiser,
        "key": key.hex(),
        "prover": prover.hex(),
        "negate": a.hex(),
        "twist": b.hex(),
        "words": b"".join(word(x, n) for x in [w] + roots).hex(),
        "factors": factors.hex(),
    }


def main():
    cases = [
        case("short", 512, 1, 0, False),
        case("short, degree three, negative u", 512, 3, 1, True),
        case("as long as a key", 2048, 1, 2, False),
    ]
    json.dump({"about": "made by make_modulus.py", "cases": cases}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
