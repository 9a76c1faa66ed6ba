#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The proofs behind ballots, bounded vectors and keys: who follows the rules is accepted, who does not is refused.

Small moduli and everybody's secrets: `python3 test_proofs.py`.
"""
import functools
import os
import random
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import arith  # noqa: E402
import choice  # noqa: E402
import choiceprover  # noqa: E402
import factors  # noqa: E402
import makeboard  # noqa: E402
import modulus  # noqa: E402
import norm  # noqa: E402
import normprover  # noqa: E402
from checks import statement  # noqa: E402
from key import PublicKey  # noqa: E402
from message import to_natural  # noqa: E402
from primes import SAFE_PRIMES  # noqa: E402
from refusal import Refused  # noqa: E402
from slots import BALLOT, NORM, Plan  # noqa: E402
from squares import three_squares  # noqa: E402

arith.powmod = functools.lru_cache(maxsize=None)(arith.powmod)     # mutants share most of their powers
TASK, SENDER = b"t" * 32, b"s" * 32
BITS = 256


def public_key(bits=BITS, degree=1, randomiser=0):
    p, q = SAFE_PRIMES[bits]
    return PublicKey(p * q, degree, randomiser)


class Case:
    """One statement over fresh ciphertexts, whose maker can prove what is false."""

    def __init__(self, fields, level, norm_squared=0, max_cohort=10, seed=1, **key):
        self.public, self.random = public_key(**key), random.Random(seed)
        header = {12: fields, 13: 0, 15: max_cohort, 16: 1, 18: level, 19: to_natural(norm_squared)}
        self.plan = Plan(header, self.public.ns)
        self.statement = statement(self.public, self.plan, header)

    def encrypt(self, values):
        """values: one list a column; also those that no honest contributor has."""
        public = self.public
        plaintexts = self.plan.pack(values)
        self.alphas = [self.random.getrandbits(public.alpha_bits) for _ in plaintexts]
        self.ciphertexts = [arith.one_plus_n_pow(m, public.n, public.s) * pow(public.hs, alpha, public.modulus)
                            % public.modulus for m, alpha in zip(plaintexts, self.alphas)]
        self.written = b"".join(map(public.residue, self.ciphertexts))


class Ballot(Case):
    def __init__(self, *fields, **options):
        super().__init__(list(fields), BALLOT, **options)

    def prove(self, values, real=None):
        self.encrypt(values)
        real = choiceprover.real_branches(self.plan.choices, values) if real is None else real
        self.proof = choiceprover.prove(self.public, TASK, SENDER, self.statement, real,
                                        (self.ciphertexts, self.written, self.alphas), self.random)
        return self

    def check(self, proof=None, task=TASK, sender=SENDER, **changed):
        about = {"public": self.public, "statement": self.statement, "ciphertexts": self.ciphertexts,
                 "written": self.written, **changed}
        choice.check_choices(about["public"], task, sender, about["statement"], about["ciphertexts"],
                             about["written"], self.proof if proof is None else proof)


class Vector(Case):
    def __init__(self, count, norm_squared, **options):
        super().__init__([makeboard.field("v", count, 8, signed=1)], NORM, norm_squared, **options)

    def prove(self, values):
        self.encrypt([values])
        self.proof = normprover.prove(self.statement, TASK, SENDER, values, self.written, self.alphas, self.random)
        return self

    def check(self, proof=None, task=TASK, sender=SENDER, **changed):
        about = {"statement": self.statement, "ciphertexts": self.ciphertexts, "written": self.written, **changed}
        norm.check_norm(about["statement"], task, sender, about["ciphertexts"], about["written"],
                        self.proof if proof is None else proof)


def one_of(count, chosen):
    return [int(j == chosen) for j in range(count)]


def flips(raw, at):
    """raw with the lowest and the highest bit of a byte changed."""
    for bit in (1, 0x80):
        yield raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1:]


class Refusing(unittest.TestCase):
    def refused(self, case, reason, *arguments, **changed):
        with self.assertRaisesRegex(Refused, reason):
            case.check(*arguments, **changed)

    def spoiled(self, case, ends):
        """Every number of the proof, changed at both of its ends, and the length; ends: where numbers end."""
        start = 0
        for end in ends:
            for at in (start, end - 1):
                for mutant in flips(case.proof, at):
                    self.refused(case, "proof", mutant)
            start = end
        for mutant in (case.proof[:-1], case.proof + b"\0", b"", case.proof[:start // 2]):
            self.refused(case, "wrong length", mutant)

    def another_context(self, case):
        self.refused(case, "proof", task=b"u" * 32)
        self.refused(case, "proof", sender=b"r" * 32)
        self.refused(case, "proof", ciphertexts=case.ciphertexts[::-1])
        self.refused(case, "proof", written=case.written[:-1] + bytes([case.written[-1] ^ 1]))


class Ballots(Refusing):
    def test_every_allowed_choice_of_a_packed_field(self):
        for least in (0, 1):
            case = Ballot(makeboard.choose("a", "wxyz", least, 1))
            self.assertTrue(case.plan.choices[0].packed)
            for chosen in range(-1 if least == 0 else 0, 4):
                case.prove([one_of(4, chosen)]).check()

    def test_every_allowed_choice_of_a_vector(self):
        for least, most in ((0, 2), (1, 2), (2, 2), (0, 3), (3, 3)):
            case = Ballot(makeboard.choose("a", "xyz", least, most))
            self.assertFalse(case.plan.choices[0].packed)
            for bits in range(8):
                chosen = [bits >> j & 1 for j in range(3)]
                if least <= sum(chosen) <= most:
                    case.prove([chosen]).check()

    def test_degrees_randomisers_and_several_fields(self):
        for degree, randomiser in ((1, 1), (2, 0), (3, 2)):
            case = Ballot(makeboard.choose("a", "xy", 1, 1), makeboard.choose("b", "uvw", 0, 2),
                          makeboard.choose("c", "x"), degree=degree, randomiser=randomiser)
            case.prove([[0, 1], [1, 0, 1], [0]]).check()

    def test_a_field_of_one_choice_is_packed_up_to_the_last_slot(self):
        beta = (2 * 10).bit_length() + 1
        most = (public_key().ns.bit_length() - 1) // beta
        for count, packed in ((most, True), (most + 1, False)):
            names = ["option %d" % j for j in range(count)]
            self.assertEqual(Ballot(makeboard.choose("a", names)).plan.choices[0].packed, packed)
        Ballot(makeboard.choose("a", names[:-1])).prove([one_of(most, most - 1)]).check()

    def test_no_value_that_is_not_allowed(self):
        packed = Ballot(makeboard.choose("a", "wxyz"))
        for values in ([1, 1, 0, 0], [2, 0, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 3]):
            for claimed in range(5):
                self.refused(packed.prove([values], [claimed]), "wrong in clause 0")
        self.refused(Ballot(makeboard.choose("a", "wx", 1, 1)).prove([[0, 0]], [0]), "wrong in clause 0")
        vector = Ballot(makeboard.choose("a", "xyz", 1, 2))
        for values, real, clause in (([6, -5, 0], [1, 0, 0, 0], 0), ([1, 2, -1], [1, 1, 0, 1], 1),
                                     ([1, 1, 1], [1, 1, 1, 1], 3), ([0, 0, 0], [0, 0, 0, 0], 3)):
            self.refused(vector.prove([values], real), "wrong in clause %d" % clause)

    def test_every_number_of_a_proof_counts(self):
        case = Ballot(makeboard.choose("a", "xy"), makeboard.choose("b", "uv", 1, 2)).prove([[0, 1], [1, 1]])
        count, ends, at = choice.branches(case.statement), [], 0
        self.assertEqual(count, 3 + 2 + 2 + 2)
        for size in choice.sizes(case.public, count):
            for _ in range(count):
                at += size
                ends.append(at)
        self.assertEqual(at, len(case.proof))
        self.spoiled(case, ends)

    def test_nothing_else_about_it_may_change(self):
        case = Ballot(makeboard.choose("a", "xyz", 0, 2)).prove([[1, 0, 1]])
        self.another_context(case)
        other = Ballot(makeboard.choose("a", "xyz", 1, 2))
        self.refused(case, "wrong length", statement=other.statement)
        swapped = [case.statement[1], case.statement[0]] + case.statement[2:]
        self.refused(case, "do not add up", statement=swapped)
        for degree, randomiser in ((1, 1), (2, 0)):
            public = public_key(degree=degree, randomiser=randomiser)
            self.refused(case, "proof", public=public)

    def test_challenges_that_sum_to_another_one(self):
        """Also with one challenge of zero for each false value: then it shows nothing, but it must add up."""
        case = Ballot(makeboard.choose("a", "xy")).prove([[1, 0]])
        size_a, size_e, _ = choice.sizes(case.public, 3)
        at = 3 * size_a
        self.refused(case, "do not add up", case.proof[:at] + bytes(3 * size_e) + case.proof[at + 3 * size_e:])

    def test_commitments_that_are_no_units_or_not_canonical(self):
        case = Ballot(makeboard.choose("a", "xy")).prove([[1, 0]])
        width = case.public.width
        for word, reason in ((0, "not a unit"), (SAFE_PRIMES[BITS][0], "not a unit"), (case.public.n, "below N")):
            self.refused(case, reason, case.public.word(word) + case.proof[width:])

    def test_a_response_out_of_range(self):
        """w beyond its bound by a multiple of the order would pass the equation."""
        case = Ballot(makeboard.choose("a", "xy")).prove([[1, 0]])
        p, q = SAFE_PRIMES[BITS]
        size = choice.sizes(case.public, 3)[2]
        w = int.from_bytes(case.proof[-size:], "big")
        step = (p - 1) * (q - 1)
        far = w + (-(-((1 << choice.response_bits(case.public, 3)) - w) // step)) * step
        self.refused(case, "w is out of range", case.proof[:-size] + far.to_bytes(size, "big"))
        case.check(case.proof[:-size] + (w + step).to_bytes(size, "big"))


class Norms(Refusing):
    def test_vectors_up_to_the_bound(self):
        for values, norm_squared in (([0] * 6, 1), ([1] + [0] * 5, 1), ([3, -4, 0, 0, 0, 0], 25), ([5] * 6, 150),
                                     ([0, 0, -100, 0, 0, 0], 10000), ([1, 2, 3, 4, 5, 6], 10 ** 6)):
            Vector(6, norm_squared).prove(values).check()

    def test_lengths_whose_rest_is_no_sum_with_a_prime(self):
        """B2 - sum = 6 and 21 give 25 = 5^2 and 85, which no even square leaves a prime of."""
        for rest in range(30):
            Vector(2, 25 + rest).prove([-3, 4]).check()

    def test_degrees_randomisers_and_several_ciphertexts(self):
        for degree, randomiser in ((1, 1), (2, 0), (3, 2)):
            case = Vector(70, 10 ** 4, degree=degree, randomiser=randomiser)
            self.assertGreater(len(case.statement.slots), 1)
            case.prove([(-1) ** i * (i % 9) for i in range(70)]).check()

    def test_a_vector_that_is_too_long(self):
        """Its maker has no sum of three squares for a negative rest, so it takes one that does not fit."""
        case = Vector(3, 50)
        for values in ([5, 5, 1], [8, 0, 0], [0, -7, 2]):
            case.encrypt([values])
            prover = normprover.Prover(case.statement, [5, 5, 0], case.random)
            prover.x = values
            self.refused(self.proven(case, prover), "norm proof: wrong")

    @staticmethod
    def proven(case, prover):
        first = prover.first_messages()
        e = case.statement.challenge(TASK, SENDER, case.written, first)
        numbers = {"V": [first[0]], "C1": [first[3]], "e": [e], **prover.responses(e, case.alphas)}
        case.proof = normprover.encode(case.statement, numbers)
        return case

    def test_other_plaintexts_than_the_proven_vector(self):
        case = Vector(3, 50).prove([1, 2, 3])
        proof = case.proof
        case.encrypt([[1, 2, 4]])
        self.refused(case, "norm proof: wrong", proof)
        case.encrypt([[1, 2, 4]])
        self.refused(self.proven(case, normprover.Prover(case.statement, [1, 2, 3], case.random)), "norm proof: wrong")

    def test_every_number_of_a_proof_counts(self):
        case = Vector(3, 50).prove([-1, 2, 3])
        ends, at = [], 0
        for _, many, size in case.statement.layout():
            for _ in range(many):
                at += size
                ends.append(at)
        self.assertEqual(at, len(case.proof))
        self.spoiled(case, ends)

    def test_nothing_else_about_it_may_change(self):
        case = Vector(70, 10 ** 4).prove([2] * 70)
        self.another_context(case)
        for other in (Vector(70, 10 ** 4 + 1), Vector(70, 10 ** 4, max_cohort=11), Vector(70, 10 ** 4, randomiser=1),
                      Vector(71, 10 ** 4), Vector(69, 10 ** 4)):
            self.refused(case, "norm proof: w", statement=other.statement)

    def test_numbers_out_of_range_and_no_units(self):
        case = Vector(2, 50).prove([1, -1])
        n, p = case.public.n, SAFE_PRIMES[BITS][0]
        at = {}
        where = 0
        for name, many, size in case.statement.layout():
            at[name] = (where, where + size)
            where += many * size
        cases = [("V", 0, "out of range"), ("V", n, "out of range"), ("V", p, "not a unit"), ("C1", p, "not a unit"),
                 ("C1", 0, "out of range")]
        cases += [(name, limit, "out of range") for name, limit in case.statement.limits().items()]
        for name, value, reason in cases:
            start, end = at[name]
            mutant = case.proof[:start] + value.to_bytes(end - start, "big") + case.proof[end:]
            self.refused(case, "%s is .*%s" % (name, reason) if "range" in reason else reason, mutant)

    def test_three_squares(self):
        rng = random.Random(3)
        for n in range(1, 4000, 4):
            self.assertEqual(sum(x * x for x in three_squares(n, rng)), n)
        for bits in (60, 126):
            n = rng.getrandbits(bits) << 2 | 1
            self.assertEqual(sum(x * x for x in three_squares(n, rng)), n)

    def test_the_blinding_base_is_the_first_with_symbol_minus_one(self):
        p, q = SAFE_PRIMES[512]
        for n in (p * q, SAFE_PRIMES[256][0] * SAFE_PRIMES[256][1]):
            self.assertEqual(arith.jacobi(norm.blinding_base(n), n), -1)
        for a in range(200):
            by_euler = [{0: 0, 1: 1, r - 1: -1}[pow(a, (r - 1) // 2, r)] for r in (1009, 2003)]
            self.assertEqual(arith.jacobi(a, 1009 * 2003), by_euler[0] * by_euler[1], a)


class Moduli(unittest.TestCase):
    """The dealer's proof of two primes that are 3 modulo 4."""

    def setUp(self):
        self.public = public_key()
        self.good = modulus.prove(self.public, SENDER, *SAFE_PRIMES[BITS], random.Random(4))

    def refused(self, reason, *proof, dealer=SENDER):
        with self.assertRaisesRegex(Refused, reason):
            modulus.check_modulus(self.public, dealer, *proof)

    def test_an_honest_dealer(self):
        modulus.check_modulus(self.public, SENDER, *self.good)
        for bits in (256, 512):
            public = public_key(bits, degree=2, randomiser=1)
            modulus.check_modulus(public, SENDER, *modulus.prove(public, SENDER, *SAFE_PRIMES[bits], random.Random(5)))

    def test_everything_in_it_counts(self):
        signs, twists, w, roots = self.good
        for at in (0, 7, 8, 127):
            flip = (1 << 127 - at).to_bytes(16, "big")
            flipped = [bytes(a ^ b for a, b in zip(raw, flip)) for raw in (signs, twists)]
            self.refused("root %d is wrong" % (at + 1), flipped[0], twists, w, roots)
            self.refused("root %d is wrong" % (at + 1), signs, flipped[1], w, roots)
            self.refused("root %d is wrong" % (at + 1), signs, twists, w, roots[:at] + [roots[at] + 1] + roots[at + 1:])
        n = self.public.n
        self.refused("root 1 is wrong", signs, twists, n - w, roots)
        self.refused("Jacobi", signs, twists, w * w % n, roots)
        self.refused("root 1 is wrong", *self.good, dealer=TASK)

    def test_a_prime_that_is_1_modulo_4(self):
        """Of the y every second one or so has no fourth root, however it is twisted."""
        p, q = 2 ** 127 + 45, SAFE_PRIMES[BITS][1]
        while p % 4 != 1 or not arith.is_probable_prime(p):
            p += 2
        public = PublicKey(p * q, 1, 0)
        w = next(w for w in range(2, 1000) if arith.jacobi(w, p * q) == -1)

        def has_root(x):
            return pow(x, (p - 1) // 4, p) == 1 and pow(x, (q - 1) // 2, q) == 1

        hopeless = [y for y in modulus.challenges(public, SENDER, w)
                    if not any(has_root(modulus.twisted(p * q, w, y, a, b)) for a in (0, 1) for b in (0, 1))]
        self.assertGreater(len(hopeless), 32)


class Factors(unittest.TestCase):
    """The dealer's proof of two large factors."""

    @classmethod
    def setUpClass(cls):
        cls.public, cls.sizes = public_key(), factors.Sizes(public_key())
        cls.good = factors.prove(cls.public, SENDER, *SAFE_PRIMES[BITS], random.Random(6))
        cls.at, at = {}, 0
        for name, size in cls.sizes.layout():
            cls.at[name] = slice(at, at + size)
            at += size

    def refused(self, reason, proof, dealer=SENDER, public=None):
        with self.assertRaisesRegex(Refused, reason):
            factors.check_factors(public or self.public, dealer, proof)

    def put(self, name, value):
        where = self.at[name]
        return self.good[:where.start] + value.to_bytes(where.stop - where.start, "big") + self.good[where.stop:]

    def test_the_number_that_nobody_can_factor(self):
        digits = str(factors.NUMBER)
        self.assertEqual((len(digits), sum(map(int, digits)), factors.NUMBER.bit_length()), (617, 2738, 2048))
        self.assertFalse(arith.has_small_factor(factors.NUMBER) or arith.is_probable_prime(factors.NUMBER))

    def test_an_honest_dealer(self):
        factors.check_factors(self.public, SENDER, self.good)

    def test_everything_in_it_counts(self):
        for where in self.at.values():
            for at in (where.start, where.stop - 1):
                for mutant in flips(self.good, at):
                    self.refused("factor proof", mutant)
        self.refused("wrong length", self.good[:-1])
        self.refused("wrong length", self.good + b"\0")
        self.refused("factor proof: wrong", self.good, dealer=TASK)
        self.refused("factor proof: wrong", self.good, public=public_key(degree=2))

    def test_numbers_out_of_range(self):
        sizes, number = self.sizes, factors.NUMBER
        for name, value, reason in (("P", 0, "out of range"), ("Q", number, "out of range"),
                                    ("z1", 1 << sizes.z_bits, "z is"), ("z2", 1 << sizes.z_bits, "z is"),
                                    ("w1", sizes.w_limit, "w is"), ("w2", sizes.w_limit, "w is"),
                                    ("u", sizes.u_limit, "u is"), ("sign", 2, "sign")):
            self.refused(reason, self.put(name, value))
        zero = self.put("u", 0)
        self.refused("sign", zero[:self.at["sign"].start] + b"\1" + zero[self.at["sign"].stop:])


if __name__ == "__main__":
    if os.environ.get("SANITIZED"):
        sys.exit(77)  # nothing here is compiled
    unittest.main()
