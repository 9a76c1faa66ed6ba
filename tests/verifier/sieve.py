# SPDX-License-Identifier: Apache-2.0
"""The sieve of a ceremony as everybody can compute it: primes, slots, the packed body, what is kept, trial division."""
import math

from arith import _primes_below_2_20
from refusal import require
from sharing import Cubic, Opener, Ring, ceil_log2


class Prime:
    """One sieve prime: its field and how many slots it has."""

    def __init__(self, l, sets, candidates):
        self.l, self.bits, self.large = l, ceil_log2(l), l > sets.members
        self.field = Ring(l) if self.large else Cubic(l)
        above, below = ((l - 1) ** 2, l ** 2) if self.large else ((l - 1) * (l ** 3 - 1), l ** 4)
        least = -(-candidates * below // above)
        self.slots = least + 3 * math.isqrt(least - candidates) + 3
        self.opener = Opener(self.field, sets)


class Sieve:
    """bits of N, sets, K candidates."""

    def __init__(self, bits, sets, candidates):
        k = bits // 2
        self.bits, self.sets, self.candidates = bits, sets, candidates
        self.least = 3 * 2 ** (k - 2) + 3
        self.product, self.primes = 1, []
        for l in _primes_below_2_20()[1:]:
            if self.product * l * 4 * len(sets) >= 2 ** (k - 2):
                break
            self.product *= l
            self.primes.append(Prime(l, sets, candidates))
        require(self.primes, "no sieve prime fits")

    def body_bytes(self):
        return -(-2 * sum(prime.slots * prime.field.parts * prime.bits for prime in self.primes) // 8)

    def read(self, raw):
        """[p, q][prime][slot] -> field element; None where a residue or the padding is out of range."""
        value, left = int.from_bytes(raw, "big"), 8 * len(raw)
        text = bin(value)[2:].zfill(left)
        at, out = 0, []
        for _ in range(2):
            factor = []
            for prime in self.primes:
                row = []
                for _ in range(prime.slots):
                    residues = tuple(int(text[at + k * prime.bits:at + (k + 1) * prime.bits], 2)
                                     for k in range(prime.field.parts))
                    at += prime.field.parts * prime.bits
                    if any(residue >= prime.l for residue in residues):
                        return None
                    row.append(residues[0] if prime.large else residues)
                factor.append(row)
            out.append(factor)
        return out if "1" not in text[at:] else None

    def write(self, factors):
        text = "".join(bin(residue)[2:].zfill(prime.bits)
                       for factor in factors for prime, row in zip(self.primes, factor) for element in row
                       for residue in ((element,) if prime.large else element))
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")

    def keep(self, bodies):
        """From every member's body: opened[p, q][prime] = what the slots open to, kept likewise = the numbers of those that
        do not open to 0, and how many candidates these make. None: a fault."""
        read = [self.read(body) for body in bodies]
        if None in read:
            return None
        values = [[[] for _ in self.primes] for _ in range(2)]
        kept = [[[] for _ in self.primes] for _ in range(2)]
        for factor in range(2):
            for at, prime in enumerate(self.primes):
                for slot in range(prime.slots):
                    opened = prime.opener.open([body[factor][at][slot] for body in read])
                    if opened is None:
                        return None
                    values[factor][at].append(opened)
                    if opened != prime.field.zero:
                        kept[factor][at].append(slot)
        return values, kept, min([self.candidates] + [len(row) for factor in kept for row in factor])


def trial_divide(numbers, bits):
    """The numbers of those that have no prime factor up to min(2^20, 2^(bits/4)); 0 has all."""
    bound = min(2 ** 20, 2 ** (bits // 4))
    primes = [l for l in _primes_below_2_20() if l <= bound]
    while len(primes) > 1:
        primes = [math.prod(primes[at:at + 2]) for at in range(0, len(primes), 2)]
    return [c for c, n in enumerate(numbers) if n and math.gcd(primes[0] % n, n) == 1]
