#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The observer of ceremonies against ceremonies that were played from the same specification, with and without a liar."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import arith  # noqa: E402
import cbor  # noqa: E402
from ceremony import Ceremony, read_folder  # noqa: E402
from key import KeyRecord  # noqa: E402
from playceremony import Play  # noqa: E402
from sharing import Cubic, Opener, Ring, Sets, weights_in  # noqa: E402
from transcript import hash_to_z  # noqa: E402


class Honest(unittest.TestCase):
    def check(self, play):
        self.assertEqual((play.phase, play.reason), ("done", ""))
        seen = Ceremony(play.proposal_data, play.messages[::-1])
        self.assertEqual((seen.phase, seen.record), ("done", play.record))
        generation, mine, sets = play.generation, play.mine, play.sets
        p, q = generation.factors(mine, generation.winner)
        n, s = generation.public.n, generation.s
        self.assertEqual(p * q, n)
        self.assertEqual((p % 4, q % 4, n.bit_length()), (3, 3, play.proposal.bits))
        self.assertTrue(arith.is_probable_prime(p) and arith.is_probable_prime(q))
        phi = (p - 1) * (q - 1)
        shares = {i: mine.share(i, generation.widths, generation.delta) for i in range(1, play.n + 1)}
        for first in range(1, play.n - sets.degree + 1):
            quorum = range(first, first + sets.degree + 1)
            secret = sum(c * shares[i] for i, c in arith.lagrange(quorum, 0, sets.delta).items())
            self.assertEqual(secret % sets.delta ** 2, 0)
            self.assertEqual(secret // sets.delta ** 2 * n ** s % phi, generation.theta % phi)
            self.assertLess(abs(secret // sets.delta ** 2).bit_length(), generation.widths.secret_bits + 1)
        header, used = cbor.decode(seen.record)
        self.assertEqual((header[16], header[26]), (generation.widths.share_bits, generation.widths.secret_bits))

    def test_sizes(self):
        for seed, (bits, n, quorum, s) in enumerate(((64, 3, 2, 1), (64, 5, 3, 2), (72, 4, 2, 1))):
            with self.subTest(bits=bits, n=n, quorum=quorum, s=s):
                self.check(Play(seed, bits, n, quorum, s))

    def test_sharing_in_every_field(self):
        sets = Sets(5, 2)
        for field in (Ring(7), Ring(2 ** 64 - 1 - 58), Cubic(3), Cubic(5)):
            opener = Opener(field, sets)
            values = [field.lift(3 * a + 1) for a in range(len(sets))]
            total = field.zero
            for value in values:
                total = field.add(total, value)
            shares = []
            for i in range(1, 6):
                share = field.zero
                for a in sets.own(i):
                    share = field.add(share, field.mul(values[a], weights_in(field, sets, a, i)))
                shares.append(field.mul(share, share))
            self.assertEqual(opener.open(shares), field.mul(total, total))
        self.assertEqual(hash_to_z(77, "x", 0) % 1, 0)


class Liars(unittest.TestCase):
    """One member changes one body; what follows names it, or a pair with it, or does not notice a lie without effect."""

    def play(self, seed, round_name, liar, change, bits=64, n=3, quorum=2):
        done = []

        def lie(name, member, body):
            if name != round_name or member != liar or done or not body:
                return body
            done.append(1)
            return change(body)

        return Play(seed, bits, n, quorum, lie=lie), done

    def test_every_round(self):
        flip = lambda at: lambda body: body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]  # noqa: E731
        for name in ("commit", "deliver", "confirm", "sift-commit", "sift", "product-commit", "product", "test", "verify",
                     "derive-commit", "derive", "keys", "certificate", "sign", "reveal"):
            for at in (0, -1) if name == "derive" else (40,):
                with self.subTest(round=name, at=at):
                    play, done = self.play(7, name, 2, lambda body: flip(at % len(body))(body))
                    if play.phase == "done":
                        self.assertIn(name, ("commit", "deliver", "sift", "product", "test", "reveal", "derive"))
                    else:
                        self.assertTrue(done)
                        self.assertIn(2, play.accused)
                        self.assertFalse(play.certain and play.accused != [2])
                    seen = Ceremony(play.proposal_data, play.messages)
                    self.assertEqual((seen.phase, seen.accused, seen.certain), (play.phase, play.accused, play.certain))


class Library(unittest.TestCase):
    """What the library's parties said in ceremonies of toy keys, and what its observer made of it."""

    def read(self, folder, name):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()

    def compare(self, folder):
        seen = read_folder(folder, 64)
        phase, step, batch, certain, *accused = self.read(folder, "outcome").decode().split()
        self.assertEqual((seen.phase, seen.step, seen.batches), (phase, int(step), int(batch)), seen.reason)
        self.assertEqual((seen.refused, seen.certain), (0, int(certain)), seen.reason)
        self.assertLessEqual(set(map(int, accused)), set(seen.accused))
        self.assertEqual(bool(accused), bool(seen.accused))
        if phase == "done":
            self.assertEqual(seen.record, self.read(folder, "record"))
            self.assertEqual(KeyRecord(seen.record, 64).confirmed, list(range(1, seen.n + 1)))

    def test_ceremonies(self):
        program = os.path.join(os.environ.get("top_builddir", "."), "tests", "hostile_ceremony")
        if not os.path.exists(program):
            self.skipTest("tests/hostile_ceremony is not there")
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([program, "--filter", "dump/*"], check=True, env={**os.environ, "HOSTILE_DUMP": folder},
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            names = sorted(os.listdir(folder))
            self.assertGreater(len(names), 20)
            for name in names:
                with self.subTest(name):
                    self.compare(os.path.join(folder, name))


if __name__ == "__main__":
    unittest.main()
