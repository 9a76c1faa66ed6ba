#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Attacks on the norm proof by a maker who checks nothing, against the checker of make_norm.py: python3 test_norm.py

The first version of this proof had bases that were squares of hashed numbers, and was forged. That forgery is here: it
passes where roots of the bases are known, and not against the bases as they are.
"""
import os
import random
import sys
import unittest
from fractions import Fraction
from math import isqrt

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "verifier")]

import make_norm as norm  # noqa: E402
from make_paillier import HALF, Key, filler  # noqa: E402
from primes import SAFE_PRIMES  # noqa: E402

CONTEXT = (b"contribution", bytes(32), bytes(range(32)))


def toy_key():
    p, q = SAFE_PRIMES[256][:2]
    return Key(p, q, 1, HALF)


class Norm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.key = toy_key()
        cls.N = cls.key.N

    def statement(self, bound, slots=(7, 3), beta=26, cohort=100):
        out = norm.Statement(self.key, CONTEXT, list(slots), beta, cohort, bound)
        self.assertTrue(out.holds())
        return out

    def encrypt(self, statement, values, name):
        """Values may be fractions: modulo N^s they are numbers like any other."""
        ns = self.N ** self.key.s
        residues = [Fraction(x).numerator * pow(Fraction(x).denominator, -1, ns) for x in values]
        alphas = [filler("%s alpha %d" % (name, k), self.key.alpha_bits) for k in range(len(statement.slots))]
        return [norm.encrypt(self.key, m, a) for m, a in zip(statement.pack(residues), alphas)], alphas

    def verdict(self, name, statement, values, squares, **how):
        """Tries until the challenge suits."""
        for i in range(60):
            ciphertexts, alphas = self.encrypt(statement, values, name)
            try:
                proof = norm.prove("%s %d" % (name, i), statement, ciphertexts, values, squares, alphas, **how)
            except OverflowError:  # a response that has no encoding
                return "overflow"
            if proof is not None:
                return norm.refusal(statement, ciphertexts, proof, how.get("bases"))
        raise AssertionError("no challenge suits")

    def test_an_honest_proof_is_accepted(self):
        source = random.Random(1)
        for left in (0, 1, 2, 6, 12, 20, 21, 30, 1000003):
            values = [source.randrange(-500, 501) for _ in range(10)]
            bound = sum(x * x for x in values) + left
            squares = norm.three_squares(4 * left + 1, str(left))
            self.assertIsNone(self.verdict("honest %d" % left, self.statement(bound), values, squares))

    def test_a_vector_that_is_too_long_is_refused_whatever_the_squares(self):
        for values, bound in (([1000] * 10, 10 * 1000 ** 2 - 1), ([0] * 9 + [131], 131 ** 2 - 1), ([5] * 10, 1)):
            over = sum(x * x for x in values) - bound
            for squares in ((0, 0, 0), (1, 0, 0), norm.three_squares(4 * over + 1, "over"), (isqrt(4 * over), 1, 1)):
                self.assertIn(self.verdict("over", self.statement(bound), values, squares),
                              ("challenge", "range of z", "overflow"))

    def test_four_times_the_rest_plus_one_is_what_the_squares_sum_to(self):
        values, bound = [3] * 10, 100
        good = norm.three_squares(4 * 10 + 1, "rest")
        self.assertIsNone(self.verdict("rest", self.statement(bound), values, good))
        for k in range(3):
            for change in (-1, 1):
                squares = list(good)
                squares[k] += change
                self.assertIn(self.verdict("rest", self.statement(bound), values, squares), ("challenge", "overflow"))

    def test_a_negative_square_root_gives_nothing_away(self):
        """Its square is as good; mostly the mask hides its sign, and a response that stays negative has no encoding."""
        values, bound = [3] * 10, 100
        squares = [-y for y in norm.three_squares(41, "rest")]
        self.assertIn(self.verdict("negative", self.statement(bound), values, squares), (None, "overflow"))

    def test_other_plaintexts_than_committed_are_refused(self):
        values, bound = [3] * 10, 100
        statement = self.statement(bound)
        squares = norm.three_squares(41, "rest")
        for other in ([3] * 9 + [4], [3] * 9 + [3 + (1 << 26)], [4] + [3] * 9):
            ciphertexts, alphas = self.encrypt(statement, other, "other")
            proof = norm.prove("other", statement, ciphertexts, values, squares, alphas)
            self.assertEqual(norm.refusal(statement, ciphertexts, proof), "challenge")

    # ---- the forgery of the first version ----

    def halves(self):
        """1/2 in one slot: modulo N^s a large number. Four times its square is 1, as if it were an integer."""
        bound = 100 ** 2
        values = [Fraction(1, 2)] + [0] * 9
        return self.statement(bound), values, (2 * 100, 0, 0)

    def test_half_an_integer_passes_where_roots_of_the_bases_are_known(self):
        statement, values, squares = self.halves()
        hashed, gamma_f, eta = statement.bases()
        squared = ([g * g % self.N for g in hashed], gamma_f, eta)

        def commit(_, witness):
            return norm.product(hashed, [int(2 * x) for x in witness], self.N)

        self.assertIsNone(self.verdict("half", statement, values, squares, bases=squared, commit=commit))

    def test_half_an_integer_does_not_pass_against_the_bases(self):
        statement, values, squares = self.halves()
        bases = statement.bases()
        for factor in (1, 2):  # as if the first hashed number were the root, or with twice the witness

            def commit(gammas, witness, factor=factor):
                return norm.product(gammas, [int(factor * x + Fraction(1, 2)) for x in witness], self.N)

            self.assertEqual(self.verdict("half", statement, values, squares, bases=bases, commit=commit), "challenge")

    def test_half_an_integer_would_have_spoiled_the_sum(self):
        """Decoded, the slots of such a ciphertext are anything but small."""
        statement, values, _ = self.halves()
        ns = self.N ** self.key.s
        plain = pow(2, -1, ns)
        self.assertGreater(min(plain, ns - plain), 1 << statement.beta * statement.slots[0])
        self.assertEqual(values[0], Fraction(1, 2))

    def test_the_blinding_base_has_jacobi_symbol_minus_one(self):
        _, _, eta = self.statement(100).bases()
        p, q = self.key.p, self.key.q
        self.assertEqual({pow(eta, (p - 1) // 2, p) == 1, pow(eta, (q - 1) // 2, q) == 1}, {True, False})

    def test_who_knows_the_order_of_the_group_can_forge(self):
        """The dealer, or a quorum of trustees: stated in security.md, and shown. With u an inverse of 2 modulo the odd
        part of the order, gamma^(2 u) is gamma up to elements of order 2, if gamma is a square."""
        order = (self.key.p - 1) // 2 * ((self.key.q - 1) // 2)
        statement, values, squares = self.halves()
        hashed, gamma_f, eta = statement.bases()
        half = pow(2, -1, order)
        slot = next(i for i, g in enumerate(hashed[:7]) if pow(g, order, self.N) == 1)  # a square: one in four
        values = [Fraction(1, 2) if i == slot else 0 for i in range(10)]

        def commit(gammas, witness):
            exponents = [half if x == Fraction(1, 2) else int(x) for x in witness]
            return norm.product(gammas, exponents, self.N)

        self.assertIsNone(self.verdict("dealer", statement, values, squares, bases=(hashed, gamma_f, eta),
                                       commit=commit))


if __name__ == "__main__":
    unittest.main()
