#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a complete board with its own keys, without lib/: python3 makeboard.py DIR [--bits 512] ...

The same seed gives the same board. Prints the true totals as JSON. A Maker is also the tests' way to a board that is
wrong in one place only: change an entry of `files` between two steps and the later steps build on it. Everything is
plain arithmetic on public primes.
"""
import argparse
import json
import math
import os
import random
import sys

sys.dont_write_bytecode = True

import arith  # noqa: E402
import choiceprover  # noqa: E402
import merkle  # noqa: E402
import normprover  # noqa: E402
import proofs  # noqa: E402
from agreement import place  # noqa: E402
from checks import statement  # noqa: E402
from dealer import Dealer  # noqa: E402
from manifest import SUPERSEDED  # noqa: E402
from message import from_natural, to_natural  # noqa: E402
from primes import SAFE_PRIMES  # noqa: E402
from signers import digest, split  # noqa: E402
from slots import BALLOT, KNOWLEDGE, NORM, Plan, largest_value  # noqa: E402
from transcript import exponent, h256  # noqa: E402


def field(name, count, bits, signed=0, scale=1, clip=0, reduce=0):
    return {0: name, 1: count, 2: bits, 3: signed, 4: scale, 5: clip, 6: "", 7: reduce,
            8: 0, 9: 0, 10: []}


def split_place(path):
    """(sender, sequence) of a contribution by its name on the board."""
    sender, _, sequence = path.rpartition("/")[2].partition("-")
    return bytes.fromhex(sender), int(sequence or 1)


def choose(name, options, least=0, most=1):
    """A field of a ballot."""
    return {**field(name, len(options), 1), 8: least, 9: most, 10: list(options)}


DEFAULT_FIELDS = [field("count", 1, 1, reduce=1), field("reading", 5, 16, signed=1, scale=100),
                  field("sum", 1, 20, reduce=2), field("clipped", 3, 12, signed=1, clip=1000)]


class Maker(Dealer):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.values, self.manifest_names, self.cohort, self.totals = {}, [], 0, None

    def task(self, fields=None, weight_bits=0, min_cohort=2, max_cohort=10, guard_bits=1, admitted=(), revote=0,
             norm_squared=0, agreement=None):
        """admitted: contributor names. Fields of options make a ballot, norm_squared a task that bounds the norm."""
        fields = fields or DEFAULT_FIELDS
        level = NORM if norm_squared else BALLOT if fields[0][10] else KNOWLEDGE
        roster = sorted(self.signers.identity(name) for name in admitted)
        header = {0: "task", 1: 1, 2: self.signers.identity("coordinator"), 3: digest(self.files["key"]),
                  10: "a test of everything: \u00e4", 11: self.random.randbytes(16), 12: fields,
                  13: weight_bits, 14: min_cohort, 15: max_cohort, 16: guard_bits, 17: roster, 18: level,
                  19: to_natural(norm_squared), 20: revote,
                  21: agreement or (self.trustees + self.quorum + 1) // 2}
        self.files["task"] = self.signers.message(header, b"")
        self.adopt(header)

    def adopt(self, header):
        """Goes on with the task of this header."""
        self.task_header, self.plan = header, Plan(header, self.public.ns)
        self.statement = statement(self.public, self.plan, header)

    @property
    def bound(self):
        return {1: 1, 3: digest(self.files["key"]), 4: digest(self.files["task"])}

    def random_values(self):
        """One list a column, weight included and already multiplied in."""
        header = self.task_header
        if header[18] != KNOWLEDGE:
            return self._random_ballot() if header[18] == BALLOT else self._random_vector()
        w = self.random.randrange(1, 1 << header[13]) if header[13] else None
        out = []
        for entry in header[12]:
            limit = largest_value(header, entry)
            low = -limit if entry[3] else 0
            out.append([self.random.randint(low, limit) * (w or 1) for _ in range(entry[1])])
        return out + ([[w]] if w is not None else [])

    def _random_ballot(self):
        out = []
        for entry in self.task_header[12]:
            chosen = self.random.sample(range(entry[1]), self.random.randint(entry[8], entry[9]))
            out.append([int(j in chosen) for j in range(entry[1])])
        return out

    def _random_vector(self):
        """Of any length up to the bound, which one value may take up alone."""
        counts = [entry[1] for entry in self.task_header[12]]
        left, flat = from_natural(self.task_header[19]), [0] * sum(counts)
        for at in self.random.sample(range(len(flat)), len(flat)):
            limit = math.isqrt(left)
            flat[at] = self.random.choice((limit, -limit, self.random.randint(-limit, limit) // 4))
            left -= flat[at] ** 2
        values = iter(flat)
        return [[next(values) for _ in range(count)] for count in counts]

    def contribution(self, name, values=None, sequence=1, claimed=None, twisted=()):
        """Encrypts and proves; returns the file's name. values: one list a column; claimed: what the proof is for.

        twisted: whether the first "ciphertext" or "commitment" is times a root of unity: that takes the factors.
        """
        values = values or self.random_values()
        sender, public = self.signers.identity(name), self.public
        messages = self.plan.pack(values)
        alphas = [self.random.getrandbits(public.alpha_bits) for _ in messages]
        ciphertexts = [self.encrypt(m, alpha) for m, alpha in zip(messages, alphas)]
        unity = self.root_of_unity()
        if "ciphertext" in twisted:
            ciphertexts[0] = ciphertexts[0] * unity % public.modulus
        blocks = b"".join(map(public.residue, ciphertexts))
        seed, z, w = self.prove_vector(sender, messages, alphas, blocks)
        header = {0: "contribution", 2: sender, **self.bound, 10: len(messages), 11: seed, 12: z, 13: w,
                  14: self.task_header[18], 15: sequence}
        path = "contributions/" + place(sender, sequence)
        blocks += self.prove_values(sender, claimed or values, (ciphertexts, blocks, alphas),
                                    unity if "commitment" in twisted else 1)
        self.files[path] = self.signers.message(header, blocks)
        self.values[path] = values
        return path

    def root_of_unity(self):
        """1 modulo a power of p and -1 modulo that of q: a square root of 1 that only the dealer knows."""
        s = self.public.s + 1
        return (1 - 2 * self.p ** s * pow(self.p ** s, -1, self.q ** s)) % self.public.modulus

    def prove_values(self, sender, values, encrypted, twist=1):
        """The proof of the task's level; encrypted = (ciphertexts, as they are written, their randomisers)."""
        about, level = (digest(self.files["task"]), sender), self.task_header[18]
        if level == BALLOT:
            real = choiceprover.real_branches(self.plan.choices, values)
            return choiceprover.prove(self.public, *about, self.statement, real, encrypted, self.random, twist)
        if level == NORM:
            flat = [value for column in values for value in column]
            return normprover.prove(self.statement, *about, flat, *encrypted[1:], self.random, twist)
        return b""

    def encrypt(self, m, alpha):
        public = self.public
        power = arith.powmod(public.hs, alpha, public.modulus)
        return arith.one_plus_n_pow(m, public.n, public.s) * power % public.modulus

    def prove_vector(self, sender, messages, alphas, blocks):
        public, count = self.public, len(messages)
        bits = proofs.response_bits(public, count)
        x, y = self.random.randrange(public.ns), self.random.getrandbits(bits - 1)
        seed = proofs.vector_seed(public, digest(self.files["task"]), sender, count, blocks, self.encrypt(x, y))
        challenges = [exponent(seed, k) for k in range(count)]
        z = (x + sum(e * m for e, m in zip(challenges, messages))) % public.ns
        w = y + sum(e * alpha for e, alpha in zip(challenges, alphas))
        return seed, arith.to_digits(z, public.n, public.s, public.width), w.to_bytes((bits + 7) // 8, "big")

    def listed(self):
        """The contributions on the board that count: one a contributor, the last where there are several."""
        latest = {}
        for name in self.files:
            if name.startswith("contributions/"):
                sender, sequence = split_place(name)
                latest[sender] = max(latest.get(sender, 0), sequence)
        return ["contributions/" + place(*entry) for entry in sorted(latest.items())]

    def superseded(self):
        counts = self.listed()
        return sorted((name for name in self.files if name.startswith("contributions/") and name not in counts),
                      key=split_place)

    def manifest(self, names=None, refused=None):
        """refused: (name, reason) of files that do not count; if not said, those that a later one supersedes."""
        names = self.listed() if names is None else names
        refused = [(name, SUPERSEDED) for name in self.superseded()] if refused is None else refused
        entries = [(*split_place(name), digest(self.files[name])) for name in names]
        blocks = b"".join(sender + sequence.to_bytes(4, "big") + of for sender, sequence, of in entries)
        missing = [dict(enumerate((*split_place(name), digest(self.files[name]), reason))) for name, reason in refused]
        root = merkle.root([merkle.leaf(*entry) for entry in entries]) if entries else bytes(32)
        header = {0: "manifest", 2: self.signers.identity("coordinator"), **self.bound, 10: len(names), 11: root,
                  12: self.task_header[20], 13: missing}
        self.files["manifest"] = self.signers.message(header, blocks)
        self.manifest_names, self.cohort = names, len(names)
        known = [self.values[name] for name in names if name in self.values]
        self.totals = [[sum(slot) for slot in zip(*columns)] for columns in zip(*known)]

    def receipt(self, name):
        contributor, sequence = split_place(name)
        header = {0: "receipt", 2: self.signers.identity("coordinator"), **self.bound, 10: contributor, 11: sequence,
                  12: digest(self.files[name])}
        path = "receipts/" + place(contributor, sequence)
        self.files[path] = self.signers.message(header, b"")
        return path

    def acknowledge(self, i):
        """Trustee i's word for what stands on the board now."""
        header = {0: "acknowledgement", 2: self.trustee(i), **self.bound, 10: i, 11: digest(self.files["manifest"]),
                  12: digest(self.files["aggregate"])}
        self.files["acks/%d" % i] = self.signers.message(header, b"")

    def agree(self):
        for i in range(1, self.trustees + 1):
            self.acknowledge(i)

    def evidence(self, kind, accused, first, second, **changes):
        """Of two messages, whole. changes: header fields of another value (f13=...)."""
        signed = [(digest(data), data[-64:]) for data in sorted((first, second), key=digest)]
        header = {0: "evidence", 2: self.signers.identity("anybody"), **self.bound, 10: accused, 11: kind,
                  12: signed[0][0], 13: signed[0][1], 14: signed[1][0], 15: signed[1][1]}
        header.update({int(field[1:]): value for field, value in changes.items()})
        path = "evidence/" + h256(signed[0][0] + signed[1][0]).hex()
        self.files[path] = self.signers.message(header, b"")
        return path

    def ciphertexts(self, name):
        size = len(self.plan.plaintexts) * (self.public.s + 1) * self.public.width
        return self.public.ciphertexts(split(self.files[name])[1][:size])

    def aggregate(self):
        out = [1] * len(self.plan.plaintexts)
        for name in self.manifest_names:
            out = [a * c % self.public.modulus for a, c in zip(out, self.ciphertexts(name))]
        header = {0: "aggregate", 2: self.signers.identity("coordinator"), **self.bound,
                  10: digest(self.files["manifest"]), 11: self.cohort, 12: len(out)}
        self.files["aggregate"] = self.signers.message(header, b"".join(map(self.public.residue, out)))

    def partial(self, i):
        public, n = self.public, self.public.n
        sender = self.trustee(i)
        c0s = [c % n for c in self.ciphertexts("aggregate")]
        values = [arith.powmod(c0, 2 * self.shares[i - 1], n) for c0 in c0s]
        e, z = self.prove_share(sender, i, c0s, values)
        header = {0: "partial", 2: sender, **self.bound, 10: i, 11: digest(self.files["aggregate"]), 12: len(values),
                  13: e, 14: z}
        self.files["partials/%d" % i] = self.signers.message(header, b"".join(map(public.word, values)))

    def prove_share(self, sender, i, c0s, values):
        n, task_digest = self.public.n, digest(self.files["task"])
        record = _Record(self)
        batch = proofs.batch_seed(record, task_digest, sender, i, c0s, values)
        weights = [exponent(batch, k) for k in range(len(values))]
        c, d = (arith.product_of_powers(bases, weights, n) for bases in (c0s, values))
        x = self.random.getrandbits(self.share_bits + 256)
        elements = (c, d, arith.powmod(c, 4 * x, n), arith.powmod(self.v, x, n))
        e = proofs.share_challenge(record, task_digest, sender, i, batch, elements)
        z = x + int.from_bytes(e, "big") * self.shares[i - 1]
        return e, z.to_bytes((self.share_bits + 257 + 7) // 8, "big")

    def openings(self):
        """(m, r) of every ciphertext of the aggregate."""
        public, out = self.public, []
        for c in self.ciphertexts("aggregate"):
            r = self.root(c % public.n)
            u = arith.powmod(r, public.ns, public.modulus)
            out.append((discrete_log(c * pow(u, -1, public.modulus) % public.modulus, public.n, public.s), r))
        return out

    def opening_blocks(self, openings):
        public = self.public
        return b"".join(arith.to_digits(m, public.n, public.s, public.width) + public.word(r) for m, r in openings)

    def completion(self, part, parts, openings=None, **changes):
        """changes: header fields of another value (f13=...)."""
        count = len(self.plan.plaintexts)
        if openings is None:
            openings = self.openings()[(part - 1) * count // parts:part * count // parts]
        header = {0: "completion", 2: self.signers.identity("anybody"), **self.bound,
                  10: digest(self.files["aggregate"]), 11: part, 12: parts, 13: list(range(1, self.quorum + 1)),
                  14: len(openings)}
        header.update({int(field[1:]): value for field, value in changes.items()})
        path = "completions/%d-of-%d" % (part, parts)
        self.files[path] = self.signers.message(header, self.opening_blocks(openings))
        return path

    def result(self, trustees=None, openings=None):
        openings = openings or self.openings()
        trustees = trustees or list(range(1, self.quorum + 1))
        blocks = self.opening_blocks(openings)
        header = {0: "result", 2: self.signers.identity("coordinator"), **self.bound,
                  10: digest(self.files["manifest"]), 11: digest(self.files["aggregate"]), 12: self.cohort,
                  13: trustees, 14: len(openings)}
        self.files["result"] = self.signers.message(header, blocks)

    def finish(self):
        """From the contributions to the result."""
        self.manifest()
        self.aggregate()
        self.agree()
        for i in range(1, self.quorum + 1):
            self.partial(i)
        self.result()

    def resign(self, name, header=None, blocks=None):
        """Replaces parts of a message and signs it again under the sender its header names."""
        old_header, old_blocks = split(self.files[name])
        header, blocks = old_header if header is None else header, old_blocks if blocks is None else blocks
        if name == "key":
            self.sign_key(header, blocks)
        else:
            self.files[name] = self.signers.message(header, blocks)

    def save(self, directory):
        for name, data in self.files.items():
            path = os.path.join(directory, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(data)


class _Record:
    """What the share proof reads of a key record."""

    def __init__(self, maker):
        self.public, self.v, self.shares = maker.public, maker.v, maker.vs
        self.digest = digest(maker.files["key"])


def discrete_log(a, n, s):
    """x with (1+N)^x = a mod N^(s+1), digit by digit: the digits found so far are divided out."""
    x = 0
    for j in range(s):
        rest = a * arith.one_plus_n_pow(-x, n, s) % n ** (s + 1)
        quotient, remainder = divmod(rest - 1, n)
        if remainder:
            raise ValueError("not a power of 1 + N")
        x += quotient % n ** (j + 1)
    return x % n ** s


def make(contributors=3, bits=512, degree=1, trustees=3, quorum=2, randomiser=0, seed=1, origin="dealer", epoch=0,
         confirmed=None, **task):
    maker = Maker(bits, degree, trustees, quorum, randomiser, seed, origin, epoch)
    maker.key(confirmed)
    maker.task(**task)
    for i in range(contributors):
        maker.contribution("contributor %d" % i)
    maker.finish()
    return maker


def arguments():
    parser = argparse.ArgumentParser(description="Makes a complete board for tests; prints its true totals.")
    parser.add_argument("directory", metavar="DIR", help="made if it is missing")
    parser.add_argument("--bits", type=int, choices=sorted(SAFE_PRIMES), default=2048)
    parser.add_argument("--degree", type=int, choices=(1, 2, 3, 4), default=1)
    parser.add_argument("--trustees", type=int, default=3)
    parser.add_argument("--quorum", type=int, default=2)
    parser.add_argument("--contributors", type=int, default=3)
    parser.add_argument("--randomiser", type=int, choices=(0, 1, 2), default=0)
    parser.add_argument("--weight-bits", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--origin", choices=("dealer", "ceremony"), default="dealer")
    parser.add_argument("--epoch", type=int, default=0, help="how often the key was handed on")
    return parser.parse_args()


def main():
    options = arguments()
    maker = make(options.contributors, options.bits, options.degree, options.trustees, options.quorum,
                 options.randomiser, options.seed, options.origin, options.epoch, weight_bits=options.weight_bits)
    maker.save(options.directory)
    names = [entry[0] for entry in maker.task_header[12]] + ["weight"]
    print(json.dumps(dict(zip(names, maker.totals))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
