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
import cbor  # noqa: E402
import ed25519  # noqa: E402
import makeproofs  # noqa: E402
import proofs  # noqa: E402
from checks import merkle_root, place  # noqa: E402
from key import PublicKey  # noqa: E402
from message import NO_TASK, confirmation_bytes, cut_key, signed_bytes, to_natural  # noqa: E402
from primes import SAFE_PRIMES  # noqa: E402
from slots import Plan, largest_value  # noqa: E402
from transcript import exponent, h256, hash_to_z, join  # noqa: E402


def field(name, count, bits, signed=0, scale=1, clip=0, reduce=0):
    return {0: name, 1: count, 2: bits, 3: signed, 4: scale, 5: clip, 6: "", 7: reduce,
            8: 0, 9: 0, 10: []}


DEFAULT_FIELDS = [field("count", 1, 1, reduce=1), field("reading", 5, 16, signed=1, scale=100),
                  field("sum", 1, 20, reduce=2), field("clipped", 3, 12, signed=1, clip=1000)]


class Signers:
    """Ed25519 identities from a fixed seed; `seeds` finds the signing seed of an identity again."""

    def __init__(self, seed):
        self.prefix, self.seeds = str(seed).encode(), {}

    def identity(self, name):
        seed = h256(self.prefix + b"/" + name.encode())
        public = ed25519.public_key(seed)
        self.seeds[public] = seed
        return public

    def message(self, header, blocks):
        """Encodes and signs; `header` holds its kind (0) and its sender (2)."""
        body = cbor.encode(header) + blocks
        signed = signed_bytes(header[0], header.get(4, NO_TASK) if header[0] not in ("key", "task") else NO_TASK,
                              h256(body))
        return body + ed25519.sign(self.seeds[header[2]], signed)


def split(data):
    """(header, blocks) of a message, to be changed and signed again."""
    header, used = cbor.decode(data)
    return header, signed_part(header, data)[used:]


def digest(data):
    return h256(signed_part(cbor.decode(data)[0], data))


def signed_part(header, data):
    return (cut_key(data)[0] if header.get(0) == "key" else data)[:-64]


class Maker:
    def __init__(self, bits=512, degree=1, trustees=3, quorum=2, randomiser=0, seed=1):
        self.random, self.signers, self.files = random.Random(seed), Signers(seed), {}
        self.p, self.q = SAFE_PRIMES[bits]
        self.public = PublicKey(self.p * self.q, degree, randomiser)
        self.trustees, self.quorum, self.randomiser = trustees, quorum, randomiser
        self.delta = math.factorial(trustees)
        self.share_bits = bits - 2 + self.delta.bit_length()
        self.v = hash_to_z(self.public.n, "v", 0) ** 2 % self.public.n
        self.totals, self.cohort = None, 0

    def _deal(self):
        """S_i = delta f(i) mod m', f(0) = N^(-s); theta is 1."""
        order = (self.p - 1) * (self.q - 1) // 4
        polynomial = [pow(self.public.ns, -1, order)]
        polynomial += [self.random.randrange(order) for _ in range(self.quorum - 1)]
        values = [sum(a * i ** j for j, a in enumerate(polynomial)) % order for i in range(1, self.trustees + 1)]
        self.shares = [self.delta * value for value in values]
        self.vs = [arith.powmod(self.v, share, self.public.n) for share in self.shares]

    def certificate_root(self, i):
        return self.root(hash_to_z(self.public.n, "cert", i))

    def root(self, c0):
        """The N^s-th root by the quorum 1..t+1, as trustees find it; theta = 1."""
        n, four = self.public.n, 4 * self.delta ** 2
        w = 1
        for i, coefficient in arith.lagrange(range(1, self.quorum + 1), 0, self.delta).items():
            w = w * arith.powmod(arith.powmod(c0, 2 * self.shares[i - 1], n), 2 * coefficient, n) % n
        b = pow(self.public.ns, -1, four)
        a = (1 - b * self.public.ns) // four
        return arith.powmod(w, a, n) * arith.powmod(c0, b, n) % n

    def key(self, identities=True):
        self._deal()
        self.trustee_names = ["trustee %d" % i for i in range(1, self.trustees + 1)]
        listed = [self.signers.identity(name) for name in self.trustee_names] if identities else []
        dealer, random = self.signers.identity("dealer"), self.random
        negate, twist, words = makeproofs.prove_modulus(self.public, dealer, self.p, self.q, random)
        header = {0: "key", 1: 1, 2: dealer, 10: to_natural(self.public.n), 11: self.public.s,
                  12: self.randomiser, 13: self.trustees, 14: self.quorum, 15: to_natural(1), 16: self.share_bits,
                  17: "dealer", 18: listed, 19: negate, 20: twist,
                  21: makeproofs.prove_factors(self.public, dealer, self.p, self.q, random)}
        roots = [self.certificate_root(i) for i in range(1, 8)]
        self.files["key"] = self.signers.message(header, b"".join(map(self.public.word, self.vs + roots + words)))
        if identities:
            self.confirm(range(1, self.quorum + 1))

    def confirmation(self, trustee, name=None, index=None):
        """Trustee i's entry, signed by `name`, which says it is trustee `index`'s."""
        seed = self.signers.seeds[self.signers.identity(name or self.trustee_names[trustee - 1])]
        signed = confirmation_bytes(digest(self.files["key"]), trustee)
        return bytes([index or trustee]) + ed25519.sign(seed, signed)

    def confirm(self, trustees):
        """By exactly these."""
        message = cut_key(self.files["key"])[0]
        self.files["key"] = message + b"".join(self.confirmation(i) for i in trustees)

    def task(self, fields=None, weight_bits=0, min_cohort=2, max_cohort=10, guard_bits=1, admitted=(), revote=0,
             agreement=None):
        """admitted: contributor names. agreement: half of trustees and quorum, rounded up, if not said."""
        roster = sorted(self.signers.identity(name) for name in admitted)
        header = {0: "task", 1: 1, 2: self.signers.identity("coordinator"), 3: digest(self.files["key"]),
                  10: "a test of everything: \u00e4", 11: self.random.randbytes(16), 12: fields or DEFAULT_FIELDS,
                  13: weight_bits, 14: min_cohort, 15: max_cohort, 16: guard_bits, 17: roster, 18: 0,
                  19: b"", 20: revote, 21: agreement or (self.trustees + self.quorum + 1) // 2}
        self.files["task"] = self.signers.message(header, b"")
        self.task_header, self.plan = header, Plan(header, self.public.ns)

    @property
    def bound(self):
        return {1: 1, 3: digest(self.files["key"]), 4: digest(self.files["task"])}

    def random_values(self):
        """One list a column, weight included and already multiplied in."""
        w = self.random.randrange(1, 1 << self.task_header[13]) if self.task_header[13] else None
        out = []
        for entry in self.task_header[12]:
            limit = largest_value(entry)
            low = -limit if entry[3] else 0
            out.append([self.random.randint(low, limit) * (w or 1) for _ in range(entry[1])])
        return out + ([[w]] if w is not None else [])

    def contribution(self, name, values=None, sequence=1):
        """Encrypts and proves; returns the file's name. values: one list a column."""
        values = values or self.random_values()
        sender, public = self.signers.identity(name), self.public
        messages = self.plan.pack(values)
        alphas = [self.random.getrandbits(public.alpha_bits) for _ in messages]
        ciphertexts = [self.encrypt(m, alpha) for m, alpha in zip(messages, alphas)]
        blocks = b"".join(map(public.residue, ciphertexts))
        seed, z, w = self.prove_vector(sender, messages, alphas, blocks)
        header = {0: "contribution", 2: sender, **self.bound, 10: len(messages), 11: seed, 12: z, 13: w,
                  14: 0, 15: sequence}
        path = "contributions/" + place(sender, sequence)
        self.files[path] = self.signers.message(header, blocks)
        self._count(values)
        return path

    def _count(self, values):
        old = self.totals or [[0] * len(column) for column in values]
        self.totals = [[a + b for a, b in zip(x, y)] for x, y in zip(old, values)]

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
        return sorted(name for name in self.files if name.startswith("contributions/"))

    def receipt(self, name):
        """For the contribution of this file name."""
        header, _ = split(self.files[name])
        content = {0: "receipt", 2: self.signers.identity("coordinator"), **self.bound, 10: header[2], 11: header[15],
                   12: digest(self.files[name])}
        path = "receipts/" + place(header[2], header[15])
        self.files[path] = self.signers.message(content, b"")
        return path

    def manifest(self, names=None, refused=()):
        """refused: (name, reason) of files that do not count, in order."""
        names = self.listed() if names is None else names
        entries, leaves, refusals = [], [], []
        for name in names:
            header, _ = split(self.files[name])
            parts = header[2], header[15], digest(self.files[name])
            entries.append(parts[0] + parts[1].to_bytes(4, "big") + parts[2])
            leaves.append(h256(join(b"quorsum/v1/merkle-leaf", parts[0], parts[1].to_bytes(8, "big"), parts[2])))
        for name, reason in refused:
            header, _ = split(self.files[name])
            refusals.append({0: header[2], 1: header[15], 2: digest(self.files[name]), 3: reason})
        header = {0: "manifest", 2: self.signers.identity("coordinator"), **self.bound, 10: len(names),
                  11: merkle_root(leaves), 12: self.task_header[20], 13: refusals}
        self.files["manifest"], self.cohort = self.signers.message(header, b"".join(entries)), len(names)
        self.manifest_names = names

    def acknowledge(self, i, manifest="manifest"):
        """Trustee i's word for what stands on the board now."""
        header = {0: "acknowledgement", 2: self.signers.identity(self.trustee_names[i - 1]), **self.bound, 10: i,
                  11: digest(self.files[manifest]), 12: digest(self.files["aggregate"])}
        self.files["acks/%d" % i] = self.signers.message(header, b"")

    def agree(self):
        for i in range(1, self.trustees + 1):
            self.acknowledge(i)

    def evidence(self, kind, accused, first, second, **changes):
        """Of two messages, whole. changes: header fields of another value (f13=...)."""
        (a, sign_a), (b, sign_b) = sorted((digest(one), one[-64:]) for one in (first, second))
        header = {0: "evidence", 2: self.signers.identity("anybody"), **self.bound, 10: accused, 11: kind, 12: a, 13: sign_a,
                  14: b, 15: sign_b}
        header.update({int(field[1:]): value for field, value in changes.items()})
        path = "evidence/" + h256(a + b).hex()
        self.files[path] = self.signers.message(header, b"")
        return path

    def ciphertexts(self, name):
        return self.public.ciphertexts(split(self.files[name])[1])

    def aggregate(self):
        out = [1] * len(self.plan.plaintexts)
        for name in self.manifest_names:
            out = [a * c % self.public.modulus for a, c in zip(out, self.ciphertexts(name))]
        header = {0: "aggregate", 2: self.signers.identity("coordinator"), **self.bound,
                  10: digest(self.files["manifest"]), 11: self.cohort, 12: len(out)}
        self.files["aggregate"] = self.signers.message(header, b"".join(map(self.public.residue, out)))

    def partial(self, i):
        public, n = self.public, self.public.n
        sender = self.signers.identity(self.trustee_names[i - 1])
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
        self.files[name] = self.signers.message(old_header if header is None else header,
                                                old_blocks if blocks is None else blocks)
        if name == "key" and old_header[18]:
            self.confirm(range(1, self.quorum + 1))

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


def make(contributors=3, bits=512, degree=1, trustees=3, quorum=2, randomiser=0, seed=1, identities=True, **task):
    maker = Maker(bits, degree, trustees, quorum, randomiser, seed)
    maker.key(identities)
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
    return parser.parse_args()


def main():
    options = arguments()
    maker = make(options.contributors, options.bits, options.degree, options.trustees, options.quorum,
                 options.randomiser, options.seed, weight_bits=options.weight_bits)
    maker.save(options.directory)
    names = [entry[0] for entry in maker.task_header[12]] + ["weight"]
    print(json.dumps(dict(zip(names, maker.totals))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
