#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every member of a committee says in the rounds sift and product of one batch, from the definitions alone.

Plain Python integers, hashlib's BLAKE2b and a ChaCha20 of its own; nothing of lib/. Prints BLAKE2b-256 of the bodies,
which stand in tests/unit/ceremony/test_sift_vectors.c. The key of set number a is 32 bytes of value a + 1.
"""
import hashlib
import itertools
import math
import struct
from fractions import Fraction


def item(data):
    return struct.pack(">Q", len(data)) + data


def chacha20_block(key, counter):
    def rotate(x, by):
        return (x << by | x >> (32 - by)) & 0xFFFFFFFF

    def quarter(s, a, b, c, d):
        s[a] = (s[a] + s[b]) & 0xFFFFFFFF; s[d] = rotate(s[d] ^ s[a], 16)
        s[c] = (s[c] + s[d]) & 0xFFFFFFFF; s[b] = rotate(s[b] ^ s[c], 12)
        s[a] = (s[a] + s[b]) & 0xFFFFFFFF; s[d] = rotate(s[d] ^ s[a], 8)
        s[c] = (s[c] + s[d]) & 0xFFFFFFFF; s[b] = rotate(s[b] ^ s[c], 7)

    start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key))
    start += [counter & 0xFFFFFFFF, counter >> 32, 0, 0]
    state = list(start)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(state, a, b, c, d)
    return struct.pack("<16I", *((x + y) & 0xFFFFFFFF for x, y in zip(state, start)))


class Stream:
    def __init__(self, key, label, index=0):
        text = item(b"quorsum/v1/prf") + item(label.encode()) + item(struct.pack(">Q", index))
        self.key = hashlib.blake2b(text, key=key, digest_size=32).digest()
        self.block, self.held = 0, b""

    def bytes(self, count):
        while len(self.held) < count:
            self.held += chacha20_block(self.key, self.block)
            self.block += 1
        out, self.held = self.held[:count], self.held[count:]
        return out

    def residue(self, l):
        while True:
            word = int.from_bytes(self.bytes(2), "little")
            if word < 65536 // l * l:
                return word % l

    def integer(self, bits):
        return int.from_bytes(self.bytes((bits + 7) // 8), "little") % (1 << bits)


class Prime:
    """GF(l), its elements integers."""

    def __init__(self, l):
        self.l, self.parts = l, 1

    def point(self, i):
        return i % self.l

    def draw(self, stream):
        return stream.residue(self.l)

    def lift(self, x):
        return x % self.l

    def add(self, x, y):
        return (x + y) % self.l

    def mul(self, x, y):
        return x * y % self.l

    def inv(self, x):
        return pow(x, -1, self.l)

    def residues(self, x):
        return [x]


class Cubic(Prime):
    """GF(l^3), its elements triples, x^3 = a x + b."""

    def __init__(self, l):
        self.l, self.parts = l, 3
        self.a, self.b = next((a, b) for a in range(l) for b in range(1, l)
                              if all((x**3 - a * x - b) % l for x in range(l)))

    def point(self, i):
        return (i % 3, i // 3 % 3, i // 9)

    def draw(self, stream):
        return tuple(stream.residue(self.l) for _ in range(3))

    def lift(self, x):
        return (x % self.l, 0, 0)

    def add(self, x, y):
        return tuple((u + v) % self.l for u, v in zip(x, y))

    def mul(self, x, y):
        c = [0] * 5
        for i in range(3):
            for j in range(3):
                c[i + j] += x[i] * y[j]
        for k in (4, 3):  # x^k = a x^(k-2) + b x^(k-3)
            c[k - 2] += self.a * c[k]
            c[k - 3] += self.b * c[k]
        return tuple(v % self.l for v in c[:3])

    def inv(self, x):
        power, exponent = (1, 0, 0), self.l**3 - 2
        for _ in range(exponent):
            power = self.mul(power, x)
        return power

    def residues(self, x):
        return list(x)


class Batch:
    def __init__(self, n, t, bits, wanted):
        self.n, self.t, self.bits, self.wanted, k = n, t, bits, wanted, bits // 2
        self.sets = list(itertools.combinations(range(1, n + 1), n - t))
        self.keys = [bytes([a + 1]) * 32 for a in range(len(self.sets))]
        self.least = 3 * 2 ** (k - 2) + 3
        self.primes, self.m, l = [], 1, 3
        while True:
            if all(l % p for p in self.primes):
                if self.m * l * 4 * len(self.sets) >= 2 ** (k - 2):
                    break
                self.primes.append(l)
                self.m *= l
            l += 2
        self.fields = [Cubic(l) if l <= n else Prime(l) for l in self.primes]
        self.slots = []
        for field in self.fields:
            l = field.l
            accepted = Fraction((l - 1) * (l**3 - 1), l**4) if field.parts == 3 else Fraction((l - 1) ** 2, l * l)
            mean = math.ceil(wanted / accepted)
            self.slots.append(mean + 3 * math.isqrt(mean - wanted) + 3)
        self.streams = {}

    def weight(self, field, members, i):
        out = field.lift(1)
        for j in set(range(1, self.n + 1)) - set(members):
            difference = field.add(field.point(j), field.mul(field.lift(-1), field.point(i)))
            out = field.mul(out, field.mul(difference, field.inv(field.point(j))))
        return out

    def draw(self, key, name):
        """For every prime and slot what the set gives: p_A mod l, r, z_1 .. z_t."""
        p, r = Stream(key, name), Stream(key, name + "r")
        z = [Stream(key, name + "z", j) for j in range(1, self.t + 1)]
        out = []
        for field, slots in zip(self.fields, self.slots):
            residue = [p.residue(field.l) for _ in range(slots)]
            masks = [[field.draw(stream) for _ in range(slots)] for stream in [r] + z]
            out.append((residue, masks))
        return out

    def sift(self, i):
        drawn = {name: [self.draw(key, name) for key in self.keys] for name in "pq"}
        text = ""
        for name in "pq":
            for at, (field, slots) in enumerate(zip(self.fields, self.slots)):
                cofactor = self.m // field.l
                for s in range(slots):
                    p, r, o = field.lift(self.least), field.lift(0), field.lift(0)
                    for a, members in enumerate(self.sets):
                        if i not in members:
                            continue
                        f = self.weight(field, members, i)
                        residue, masks = drawn[name][a][at]
                        p = field.add(p, field.mul(field.lift(4 * residue[s] * cofactor), f))
                        r = field.add(r, field.mul(masks[0][s], f))
                        for j in range(1, self.t + 1):
                            f = field.mul(f, field.point(i))
                            o = field.add(o, field.mul(masks[j][s], f))
                    for value in field.residues(field.add(field.mul(p, r), o)):
                        text += format(value, "0%db" % (field.l - 1).bit_length())
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")

    def kept(self):
        """Slots where neither p nor r is 0: what is opened is their product."""
        out = {}
        for name in "pq":
            drawn = [self.draw(key, name) for key in self.keys]
            for at, (field, slots) in enumerate(zip(self.fields, self.slots)):
                keep = []
                for s in range(slots):
                    p = self.least + 4 * self.m // field.l * sum(d[at][0][s] for d in drawn)
                    r = field.lift(0)
                    for d in drawn:
                        r = field.add(r, d[at][1][0][s])
                    if p % field.l and any(field.residues(r)):
                        keep.append(s)
                out[name, at] = keep
        return out

    def product(self, i):
        kept = self.kept()
        candidates = min(self.wanted, min(len(keep) for keep in kept.values()))
        words = (self.bits + 2 + 63) // 64
        c = 1
        while math.gcd(2 ** (64 * words) - c, 15015) != 1:
            c += 2
        ring = 2 ** (64 * words) - c
        drawn = {name: [self.draw(key, name) for key in self.keys] for name in "pq"}
        masks = [[Stream(key, "nz", j) for j in range(1, self.t + 1)] for key in self.keys]
        masks = [[[stream.integer(64 * words) for _ in range(candidates)] for stream in m] for m in masks]
        body = b""
        for number in range(candidates):
            share = {"p": self.least, "q": self.least}
            mask = 0
            for a, members in enumerate(self.sets):
                if i not in members:
                    continue
                f = 1
                for j in set(range(1, self.n + 1)) - set(members):
                    f = f * (j - i) * pow(j, -1, ring) % ring
                for name in "pq":
                    piece = sum(self.m // l * drawn[name][a][at][0][kept[name, at][number]]
                                for at, l in enumerate(self.primes)) % self.m
                    share[name] += 4 * piece * f
                mask += f * sum(masks[a][j - 1][number] * i**j for j in range(1, self.t + 1))
            body += ((share["p"] * share["q"] + mask) % ring).to_bytes(8 * words, "big")
        return body


if __name__ == "__main__":
    for n, t, bits, wanted in ((3, 1, 96, 16), (5, 2, 64, 16), (11, 1, 96, 16)):
        batch = Batch(n, t, bits, wanted)
        for i in (1, 2, n):
            for name in ("sift", "product"):
                body = getattr(batch, name)(i)
                print(n, t, bits, wanted, i, name, len(body), hashlib.blake2b(body, digest_size=32).hexdigest())
