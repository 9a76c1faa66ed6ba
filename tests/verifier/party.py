# SPDX-License-Identifier: Apache-2.0
"""What a member of a ceremony says in each round, from the keys of its sets: to recompute batches that were revealed, and
to play whole ceremonies in tests. Knows secrets and is not constant time."""
import hashlib

from arith import powmod
from sharing import weights_in
from transcript import h256, join, u64

MASK = 0xffffffff


def keyed(key, *items):
    return hashlib.blake2b(join(*items), key=key, digest_size=32).digest()


def _quarter(x, a, b, c, d):
    x[a] = x[a] + x[b] & MASK
    x[d] ^= x[a]
    x[d] = (x[d] << 16 | x[d] >> 16) & MASK
    x[c] = x[c] + x[d] & MASK
    x[b] ^= x[c]
    x[b] = (x[b] << 12 | x[b] >> 20) & MASK
    x[a] = x[a] + x[b] & MASK
    x[d] ^= x[a]
    x[d] = (x[d] << 8 | x[d] >> 24) & MASK
    x[c] = x[c] + x[d] & MASK
    x[b] ^= x[c]
    x[b] = (x[b] << 7 | x[b] >> 25) & MASK


def chacha_block(key, number):
    """ChaCha20 with a 64-bit nonce of 0."""
    state = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]
    state += [int.from_bytes(key[at:at + 4], "little") for at in range(0, 32, 4)]
    state += [number & MASK, number >> 32, 0, 0]
    x = list(state)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            _quarter(x, a, b, c, d)
    return b"".join((u + v & MASK).to_bytes(4, "little") for u, v in zip(x, state))


class Stream:
    def __init__(self, key, label, index=0):
        self.key = keyed(key, b"quorsum/v1/prf", label.encode(), u64(index))
        self.buffer, self.block = b"", 0

    def octets(self, count):
        while len(self.buffer) < count:
            self.buffer += chacha_block(self.key, self.block)
            self.block += 1
        out, self.buffer = self.buffer[:count], self.buffer[count:]
        return out

    def integer(self, bits):
        return int.from_bytes(self.octets(-(-bits // 8)), "little") & (1 << bits) - 1

    def residues(self, count, modulus):
        limit, out = 65536 // modulus * modulus, []
        while len(out) < count:
            word = int.from_bytes(self.octets(2), "little")
            if word < limit:
                out.append(word % modulus)
        return out


def batch_key(key, batch):
    return keyed(key, b"quorsum/v1/ceremony-batch", u64(batch))


class Residues:
    """Of one set's key: x, r and z_1..z_t of every slot of one prime after the other, for p or q."""

    def __init__(self, sieve, key, factor):
        letter = "pq"[factor]
        x, r = Stream(key, letter), Stream(key, letter + "r")
        z = [Stream(key, letter + "z", j) for j in range(1, sieve.sets.degree + 1)]
        self.x, self.r, self.z = [], [], []
        for prime in sieve.primes:
            self.x.append(x.residues(prime.slots, prime.l))
            self.r.append(self._elements(r, prime))
            self.z.append([self._elements(stream, prime) for stream in z])

    @staticmethod
    def _elements(stream, prime):
        if prime.large:
            return stream.residues(prime.slots, prime.l)
        flat = stream.residues(3 * prime.slots, prime.l)
        return [tuple(flat[at:at + 3]) for at in range(0, len(flat), 3)]


class Batch:
    """The keys of sets (a dict: all, or one member's) in one batch, and what follows from them."""

    def __init__(self, sieve, keys):
        self.sieve, self.sets, self.keys = sieve, sieve.sets, keys
        self.residues = {a: [Residues(sieve, key, factor) for factor in range(2)] for a, key in keys.items()}

    # ---- sift ----
    def _share_slot(self, i, factor, at, slot):
        prime, sets = self.sieve.primes[at], self.sets
        field, cofactor = prime.field, self.sieve.product // prime.l
        p, r, o = field.lift(self.sieve.least), field.zero, field.zero
        for a in sets.own(i):
            residues, f = self.residues[a][factor], weights_in(field, sets, a, i)
            piece = field.lift(4 * cofactor * residues.x[at][slot])
            p = field.add(p, field.mul(piece, f))
            r = field.add(r, field.mul(residues.r[at][slot], f))
            power = f
            for z in residues.z[at]:
                power = field.mul(power, field.point(i))
                o = field.add(o, field.mul(z[slot], power))
        return field.add(field.mul(p, r), o)

    def sift(self, i):
        return self.sieve.write([[[self._share_slot(i, factor, at, slot) for slot in range(prime.slots)]
                                  for at, prime in enumerate(self.sieve.primes)] for factor in range(2)])

    # ---- candidates and sums in rings ----
    def piece(self, a, factor, candidate, kept):
        out = 0
        for at, prime in enumerate(self.sieve.primes):
            slot = kept[factor][at][candidate]
            out += self.residues[a][factor].x[at][slot] * (self.sieve.product // prime.l)
        return out % self.sieve.product

    def sum_share(self, i, modulus, pieces):
        """sum x_A f_A(i) mod the modulus."""
        total = sum(pieces[a] * self.sets.weight(a, i) for a in self.sets.own(i))
        return total * pow(self.sets.delta, -1, modulus) % modulus

    def zero_share(self, i, modulus, masks):
        """masks[a] = [z_1 .. z_t]"""
        sums = {a: sum(z * i ** j for j, z in enumerate(masks[a], 1)) for a in self.sets.own(i)}
        return self.sum_share(i, modulus, sums)

    def streams(self, i, label):
        return {a: [Stream(self.keys[a], label, j) for j in range(1, self.sets.degree + 1)] for a in self.sets.own(i)}

    def product(self, i, modulus, candidates, kept):
        width, bits, out = modulus.bit_length() // 8, modulus.bit_length(), b""
        masks = self.streams(i, "nz")
        for c in range(candidates):
            shares = []
            for factor in range(2):
                pieces = {a: 4 * self.piece(a, factor, c, kept) for a in self.sets.own(i)}
                shares.append(self.sieve.least + self.sum_share(i, modulus, pieces))
            z = {a: [stream.integer(bits) for stream in masks[a]] for a in masks}
            out += ((shares[0] * shares[1] + self.zero_share(i, modulus, z)) % modulus).to_bytes(width, "big")
        return out

    def both(self, a, candidate, kept):
        return self.piece(a, 0, candidate, kept) + self.piece(a, 1, candidate, kept)

    # ---- test and verify; duty: see ceremony.Duties ----
    def test(self, i, survivors, numbers, bases, duty, kept):
        out = b""
        for c in survivors:
            n, g = numbers[c], bases[c]
            width = self.sieve.bits // 8
            mine = [a for a in self.sets.own(i) if duty.member(a, c) == i]
            if mine:
                out += powmod(g, sum(self.both(a, c, kept) for a in mine), n).to_bytes(width, "big")
            elif duty.witness(c) == i:
                out += powmod(g, (n + 1 - 2 * self.sieve.least) // 4, n).to_bytes(width, "big")
        return out

    def verify(self, i, winner, n, bases, duty, kept):
        out, width = b"", self.sieve.bits // 8
        for a in self.sets.own(i):
            exponent = self.both(a, winner, kept)
            words = b"".join(powmod(g, exponent, n).to_bytes(width, "big") for g in bases)
            out += words if duty.member(a, a) == i else h256(words)
        return out

    # ---- derive and keys ----
    def derive(self, i, winner, n, s, widths, kept):
        bits, t = self.sieve.bits, self.sets.degree
        own = self.sets.own(i)
        both = {a: self.both(a, winner, kept) for a in own}

        def drawn(label, size):
            return {a: Stream(self.keys[a], label).integer(size) for a in own}

        def masks(label, size):
            return {a: [Stream(self.keys[a], label, j).integer(size) for j in range(1, t + 1)] for a in own}

        total = 2 * self.sieve.least - 1 + 4 * self.sum_share(i, n, both)
        gcd = (total * self.sum_share(i, n, drawn("gr", bits + 128))
               + self.zero_share(i, n, masks("gz", bits + 128))) % n
        ring, power = widths.ring, n ** s
        phi = n + 1 - 2 * self.sieve.least - 4 * self.sum_share(i, ring, both)
        opened = (phi * self.sum_share(i, ring, drawn("beta", s * bits + 128))
                  + self.zero_share(i, ring, masks("fz", ring.bit_length()))
                  + self.sum_share(i, ring, drawn("R", widths.mask_bits)) * power) % ring
        return gcd.to_bytes(bits // 8, "big") + opened.to_bytes(ring.bit_length() // 8, "big")

    def set_keys(self, i, n, v, mask_bits):
        return b"".join(powmod(v, Stream(self.keys[a], "R").integer(mask_bits), n).to_bytes(self.sieve.bits // 8, "big")
                        for a in self.sets.own(i))

    def share(self, i, widths, delta):
        total = self.sets.delta * delta + (i << widths.shift)
        for a in self.sets.own(i):
            total += Stream(self.keys[a], "R").integer(widths.mask_bits) * self.sets.weight(a, i)
        return total
