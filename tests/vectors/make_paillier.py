#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes paillier.json: keys, lifts and ciphertexts computed from the formulas with Python's own integers.

The primes are fixed and public, for tests only. Every number is hex, big-endian; "digits" is the wire form (base N,
least digit first, each as long as N), "integer" the same number in one piece.

Run it as  python3 make_paillier.py > paillier.json  ; it has no input and always writes the same.
"""
import hashlib
import json
from math import comb

PRIMES = [int(text, 16) for text in (
    (
        "ee0fea4d36bea4101978d5d2366ae912eb0ab450e9c529869d530f68e6ec7d82756f6b321e4321b452295b636bb98a62"
        "5abdb598bd7742b0f6121e7f3463b6ae0f6e08581db5d18c042c7b181297eca6188b44c5a7ccaf565a1144b310b88132"
        "f7e18d6594e50b7c14795694691045b413f0dcd10607e865a11169b9c91bdbb3"
    ),
    (
        "f2279a9a0cb844dddd14ef309f1907ac45a5fc55ae2165299e21f35c56ae679426f2b7f550890dc491a9ec67d4f84e9e"
        "ee8404f46bd86e1e810ddf094bbd1ca74d8fb8c680ebe56e01f675f38f12375f051f3910edc0de89cd2219fa72d5671c"
        "c0cdc7d174b466db262b7565fb9af15e4775d1048c82de77b66b0b01dab92e8b"
    ),
    (
        "ebb91d1290ed0b700059f7ef16dfa9bc970c114cb151e8d0357ee631b755c54071da1a1217b2d911ec40f160b963beca"
        "a8669c9e68a76fa7d20d23133102e860b6b64ea911db1068166a8b1e4842184c8305a1a56a15b76123b57c7a0d16ccdc"
        "0675a0c67601f6f9988ec5de397c141856254daf5d952c604eb27db73447e5173f3e37978efce2a275066e0f14ea997a"
        "b6b8156752ba7066276e24a0f83baccd95bc5043ba63e5bd3d660d9d50f89de4436f8c1dd0aa4d5a0d9dc1386cc28fc7"
    ),
    (
        "fb7ceacee014509241da9c962853bb6558480de79ae596bcf24b7b432ea1003cc844ec6aa2c8578b128784b312010f2e"
        "6c311f92ea0c55e504c8f627f3f1c797be305860a57032fe0aa653ca8ebf4e81e094ad4246ec3b24ea71f9ba707cc1b5"
        "cc4110e896e25be91999b2ae255baa5c0fb3bf49489a18e5f5756154fc907b17a49e148a876d22b4eeeb979ab7ac7cc3"
        "249c3c9b2b8ace274523daf8a3b40e957587ed2fdc2632d11de8481225238e0bbc5a7e1537d490256cfb80d69e2c1813"
    ),
)]
HALF, SHORT, FULL = 0, 1, 2


def L(data):
    return len(data).to_bytes(8, "big") + data


def u64(value):
    return value.to_bytes(8, "big")


def H(size, *items):
    return hashlib.blake2b(b"".join(L(item) for item in items), digest_size=size).digest()


def filler(name, bits):
    """A number below 2^bits that looks random and differs for every name."""
    size = (bits + 7) // 8
    return int.from_bytes(hashlib.shake_256(name.encode()).digest(size), "big") >> (8 * size - bits)


def expand(seed, size):
    out, counter = b"", 0
    while len(out) < size:
        out += H(64, b"quorsum/v1/expand", seed, u64(counter))
        counter += 1
    return out[:size]


class Key:
    def __init__(self, p, q, s, randomiser):
        assert p != q and p.bit_length() == q.bit_length()
        for prime in (p, q):
            assert all(pow(a, prime - 1, prime) == 1 for a in (2, 3, 5, 7, 11))
        self.p, self.q, self.s, self.randomiser = p, q, s, randomiser
        self.N = p * q
        self.bits = self.N.bit_length()
        self.width = (self.bits + 7) // 8
        self.alpha_bits = {HALF: (self.bits + 1) // 2, SHORT: min(384, self.bits), FULL: self.bits + 128}[randomiser]
        self.modulus = self.N ** (s + 1)
        self.h = self.hash_to_z("h", 0) ** 2 % self.N
        self.h_s = pow(self.h, self.N ** s, self.modulus)
        self.digest = H(32, b"quorsum/v1/public-key", self.wire(self.N), u64(s), u64(randomiser))

    def wire(self, value):
        return value.to_bytes(self.width, "big")

    def hash_to_z(self, label, index):
        seed = H(64, b"quorsum/v1/hash-to-z", label.encode(), self.wire(self.N), u64(index))
        return int.from_bytes(expand(seed, self.width + 16), "big") % self.N

    def digits(self, value, count):
        out = b""
        for _ in range(count):
            out += self.wire(value % self.N)
            value //= self.N
        assert value == 0
        return out.hex()

    def lift(self, m):
        return sum(comb(m, k) * self.N ** k for k in range(self.s + 1)) % self.modulus

    def encrypt(self, m, alpha):
        return self.lift(m) * pow(self.h_s, alpha, self.modulus) % self.modulus


def shown(value, width):
    return value.to_bytes(width, "big").hex()


def plaintexts(key):
    """Zero, one, the edges of both signs, and something in the middle."""
    order = key.N ** key.s
    return [0, 1, order - 1, order // 2, order // 2 + 1, filler(f"m{key.s}", key.bits * key.s - 3)]


def ciphertext(key, m, name):
    alpha = filler(name, key.alpha_bits)
    c = key.encrypt(m, alpha)
    return {
        "m": key.digits(m, key.s),
        "integer_m": f"{m:x}",
        "alpha": f"{alpha:x}",
        "digits": key.digits(c, key.s + 1),
        "integer": shown(c, key.width * (key.s + 1)),
    }


def case(key, count):
    chosen = plaintexts(key)[-count:]
    return {
        "p": f"{key.p:x}",
        "q": f"{key.q:x}",
        "modulus": shown(key.N, key.width),
        "degree": key.s,
        "randomiser": key.randomiser,
        "alpha_bits": key.alpha_bits,
        "digest": key.digest.hex(),
        "h": shown(key.h, key.width),
        "h_s": key.digits(key.h_s, key.s + 1),
        "hashes": [
            {"label": label, "index": index, "value": shown(key.hash_to_z(label, index), key.width)}
            for label, index in (("v", 0), ("cert", 1), ("cert", 7), ("h", 2 ** 40))
        ],
        "lifts": [{"m": key.digits(m, key.s), "digits": key.digits(key.lift(m), key.s + 1)} for m in chosen],
        "ciphertexts": [ciphertext(key, m, f"alpha {key.s} {i}") for i, m in enumerate(chosen)],
    }


def main():
    p, q, long_p, long_q = PRIMES
    cases = [case(Key(p, q, s, HALF), 6 if s < 3 else 3) for s in (1, 2, 3, 4)]
    cases += [case(Key(p, q, 1, SHORT), 2), case(Key(p, q, 1, FULL), 2), case(Key(long_p, long_q, 1, HALF), 2)]
    print(json.dumps({"about": "made by make_paillier.py", "cases": cases}, indent=1))


if __name__ == "__main__":
    main()
