# SPDX-License-Identifier: Apache-2.0
"""Replicated sharing as everybody can compute it: sets, weights, the fields of shares, opening at 0.

Every set A of n-t members stands for one summand x_A of x; member i's share is sum x_A f_A(i) with
f_A(X) = prod over j outside A of (j - X) / j.
"""
import functools
import itertools
import math


class Sets:
    """In lexicographic order; weight(a, i) = n! f_A(i), an integer."""

    def __init__(self, members, degree):
        self.members, self.degree, self.delta = members, degree, math.factorial(members)
        self.sets = list(itertools.combinations(range(1, members + 1), members - degree))

    def __len__(self):
        return len(self.sets)

    def own(self, i):
        return [a for a, chosen in enumerate(self.sets) if i in chosen]

    def shared(self, i, j):
        return [a for a, chosen in enumerate(self.sets) if i in chosen and j in chosen]

    @functools.lru_cache(maxsize=None)
    def weight(self, a, i):
        above, below = self.delta, 1
        for j in range(1, self.members + 1):
            if j not in self.sets[a]:
                above, below = above * (j - i), below * j
        assert above % below == 0
        return above // below

    def weight_max(self):
        return max(sum(abs(self.weight(a, i)) for a in self.own(i)) for i in range(1, self.members + 1))


class Ring:
    """Z mod m, where 1..n and their differences are units; the point of member i is i."""
    parts, zero, one = 1, 0, 1

    def __init__(self, modulus):
        self.modulus = modulus

    def point(self, i):
        return i % self.modulus

    def lift(self, x):
        return x % self.modulus

    def add(self, x, y):
        return (x + y) % self.modulus

    def sub(self, x, y):
        return (x - y) % self.modulus

    def mul(self, x, y):
        return x * y % self.modulus

    def inverse(self, x):
        return pow(x, -1, self.modulus)


class Cubic:
    """GF(l^3) = GF(l)[x] / (x^3 - a x - b), elements (x0, x1, x2); the point of i is its base-3 digits."""
    parts, zero, one = 3, (0, 0, 0), (1, 0, 0)

    def __init__(self, l):
        self.l = l
        self.a, self.b = next((a, b) for a in range(l) for b in range(1, l)
                              if all((x ** 3 - a * x - b) % l for x in range(l)))

    def point(self, i):
        return (i % 3, i // 3 % 3, i // 9 % 3)

    def lift(self, x):
        return (x % self.l, 0, 0)

    def add(self, x, y):
        return tuple((u + v) % self.l for u, v in zip(x, y))

    def sub(self, x, y):
        return tuple((u - v) % self.l for u, v in zip(x, y))

    def mul(self, x, y):
        c = [0] * 5
        for i, u in enumerate(x):
            for j, v in enumerate(y):
                c[i + j] += u * v
        c[2] += c[4] * self.a           # x^4 = a x^2 + b x
        c[1] += c[4] * self.b + c[3] * self.a
        c[0] += c[3] * self.b           # x^3 = a x + b
        return tuple(u % self.l for u in c[:3])

    def inverse(self, x):
        out, exponent = self.one, self.l ** 3 - 2
        while exponent:
            if exponent & 1:
                out = self.mul(out, x)
            x, exponent = self.mul(x, x), exponent >> 1
        return out


def weights_in(field, sets, a, i):
    """f_A(i) in the field."""
    out = field.one
    for j in range(1, sets.members + 1):
        if j not in sets.sets[a]:
            top = field.sub(field.point(j), field.point(i))
            out = field.mul(out, field.mul(top, field.inverse(field.point(j))))
    return out


def basis(field, chosen, at):
    """Coefficients of the values at the chosen members' points in the value at `at`, a point."""
    out = []
    for i in chosen:
        value = field.one
        for j in chosen:
            if j != i:
                value = field.mul(value, field.mul(field.sub(at, field.point(j)),
                                                   field.inverse(field.sub(field.point(i), field.point(j)))))
        out.append(value)
    return out


class Opener:
    """Opens shares of degree 2t: the value at 0 from members 1..2t+1, None when another member is off the polynomial."""

    def __init__(self, field, sets):
        chosen = range(1, 2 * sets.degree + 2)
        self.field = field
        self.zero = basis(field, chosen, field.zero)
        self.beyond = [(i, basis(field, chosen, field.point(i)))
                       for i in range(2 * sets.degree + 2, sets.members + 1)]

    def _sum(self, coefficients, shares):
        out = self.field.zero
        for coefficient, share in zip(coefficients, shares):
            out = self.field.add(out, self.field.mul(coefficient, share))
        return out

    def open(self, shares):
        if any(self._sum(coefficients, shares) != shares[i - 1] for i, coefficients in self.beyond):
            return None
        return self._sum(self.zero, shares)


def wide_modulus(bits):
    """2^(64 m) - c: the ring that integers of `bits` bits are opened in."""
    power = 1 << 64 * -(-bits // 64)
    return next(power - c for c in range(1, 1000, 2) if math.gcd(power - c, 3 * 5 * 7 * 11 * 13) == 1)


def ceil_log2(x):
    return (x - 1).bit_length()
