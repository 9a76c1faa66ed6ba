#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two decoders, one opinion: the quorsum tool and tests/verifier judge the same boards.

    python3 second_opinion.py           needs the tool's path in QUORSUM

First a round of the tool (2048 bits, 2 of 3 trustees, 3 weighted contributors): both accept it and give the totals that
the tables add up to; then every file of it is damaged in sampled places, and both refuse. Then boards that
tests/verifier/makeboard.py made: the tool accepts them, carries them on from any step, and both refuse boards with one
wrong but correctly signed object. Sampling is by a fixed seed.
"""
import copy
import csv
import functools
import json
import math
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verifier"))

import arith  # noqa: E402
import board  # noqa: E402
import cbor  # noqa: E402
import ed25519  # noqa: E402
import makeboard  # noqa: E402
from message import signed_bytes  # noqa: E402
from transcript import h256  # noqa: E402

# Hundreds of boards that differ in one place: what they share is computed once, in the process that forks the others.
arith.powmod = functools.lru_cache(maxsize=None)(arith.powmod)
_product_of_powers = functools.lru_cache(maxsize=None)(arith.product_of_powers)
arith.product_of_powers = lambda bases, exponents, modulus: _product_of_powers(tuple(bases), tuple(exponents), modulus)

QUORSUM = os.environ.get("QUORSUM", "")
SKIPPED = 77
REFUSED = 1
NO_BOARD = 2   # without its key or task a directory is none
ROWS = 40
FIELDS = {"label": "second opinion", "weight_bits": 4, "fields": [
    {"name": "people", "bits": 10, "signed": False, "column": "age", "reduce": "count"},
    {"name": "age", "bits": 20, "signed": False, "reduce": "sum"},
    {"name": "age squared", "bits": 30, "signed": False, "column": "age", "reduce": "sum-of-squares"},
    {"name": "level", "count": ROWS, "bits": 24, "signed": True, "scale": 100},
    {"name": "clipped", "count": ROWS, "bits": 12, "signed": True, "scale": 1, "clip": 50, "column": "level"}]}


def tool(*arguments):
    return subprocess.run([QUORSUM, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300)


def must(*arguments):
    done = tool(*arguments)
    if done.returncode != 0:
        raise AssertionError("%s: exit %d\n%s" % (" ".join(map(str, arguments)), done.returncode, done.stderr))
    return done.stdout


def save(files, directory):
    for name, data in files.items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(data)


def judge(case):
    """(name, the tool's exit code, what it said, objects this verifier refuses or misses)"""
    name, files = case
    with tempfile.TemporaryDirectory() as directory:
        save(files, directory)
        verdict = tool("verify", "--board", directory, "--threads", 1, "--quiet")
    report = board.check(files)
    refused = {path: reason for path, state, reason in report.lines if state == "refused"}
    if refused:
        blamed = re.findall(r": refused ([^\s:,]+)", verdict.stderr)
        refused.update((path, "missing") for path in blamed if path not in files)
    return name, verdict.returncode, verdict.stderr, refused


def judge_all(cases):
    """On every core; both decoders are busy with arithmetic only."""
    with multiprocessing.get_context("fork").Pool() as pool:
        yield from pool.imap(judge, cases, chunksize=4)


class Round:
    """A whole round made by the tool in `root`, and its true totals."""

    def __init__(self, root):
        self.root, self.random = root, random.Random(2)
        self.board = self.path("board")
        with open(self.path("passphrase"), "w", encoding="ascii") as stream:
            stream.write("correct horse\n" * 3)

    def path(self, name):
        return os.path.join(self.root, name)

    def identity(self, name):
        must("identity", "new", "--out", self.path(name), "--passphrase-file", self.path("passphrase"))

    def roster(self, names, roster):
        with open(self.path(roster), "w", encoding="ascii") as out:
            for name in names:
                self.identity(name)
                with open(self.path(name) + ".pub", encoding="ascii") as public:
                    out.write(public.read())

    def table(self, name):
        rows = [(self.random.randint(0, 99), self.random.randint(-900000, 900000)) for _ in range(ROWS)]
        with open(self.path(name), "w", encoding="ascii", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["age", "level"])
            writer.writerows((age, "%d.%02d" % divmod(level, 100) if level >= 0 else "-%d.%02d" % divmod(-level, 100))
                             for age, level in rows)
        return rows

    def start(self):
        self.roster(["trustee-1", "trustee-2", "trustee-3"], "trustees")
        self.roster(["alice", "bob", "carol"], "contributors")
        must("keygen", "--trustees", 3, "--quorum", 2, "--bits", 2048, "--out", self.path("keys"), "--passphrase-file",
             self.path("passphrase"), "--roster", self.path("trustees"))
        for i in (3, 1):
            must("confirm", "--key", self.path("keys/key"), "--share", self.path("keys/share-%d" % i), "--identity",
                 self.path("trustee-%d" % i), "--passphrase-file", self.path("passphrase"))
        with open(self.path("fields.json"), "w", encoding="utf-8") as stream:
            json.dump(FIELDS, stream)
        self.identity("coordinator")
        must("task", "new", "--key", self.path("keys/key"), "--fields", self.path("fields.json"), "--min-cohort", 2,
             "--max-cohort", 10, "--admit", self.path("contributors"), *self.coordinator())

    def coordinator(self):
        return ("--board", self.board, "--identity", self.path("coordinator"), "--passphrase-file",
                self.path("passphrase"))

    def contribute(self):
        self.totals = [[0], [0], [0], [0] * ROWS, [0] * ROWS]
        for name, weight in (("alice", 3), ("bob", 15), ("carol", 1)):
            rows = self.table(name + ".csv")
            must("contribute", "--board", self.board, "--identity", self.path(name), "--passphrase-file",
                 self.path("passphrase"), "--input", self.path(name + ".csv"), "--weight", weight)
            clipped = [max(-50, min(50, half_even(level, 100))) for _, level in rows]
            columns = [[len(rows)], [sum(age for age, _ in rows)], [sum(age * age for age, _ in rows)],
                       [level for _, level in rows], clipped]
            self.totals = [[total + weight * x for total, x in zip(*pair)] for pair in zip(self.totals, columns)]

    def finish(self):
        must("receipt", *self.coordinator())
        must("aggregate", *self.coordinator())
        for i in (1, 2, 3):
            must("acknowledge", "--board", self.board, "--share", self.path("keys/share-%d" % i), "--identity",
                 self.path("trustee-%d" % i), "--passphrase-file", self.path("passphrase"))
        for i in (1, 3):
            must("decrypt", "--board", self.board, "--share", self.path("keys/share-%d" % i), "--identity",
                 self.path("trustee-%d" % i), "--passphrase-file", self.path("passphrase"))
        must("complete", "--board", self.board, "--part", "1/1")
        return json.loads(must("open", "--board", self.board, "--format", "json"))


def half_even(number, divisor):
    quotient, rest = divmod(number, divisor)
    return quotient + (2 * rest > divisor or 2 * rest == divisor and quotient % 2)


def header_bytes(data):
    return cbor.decode(data[:-64])[1]


def damaged(files, generator):
    """Each file with a byte changed in its header, blocks and signature, cut, grown, emptied and missing."""
    for name, data in sorted(files.items()):
        used, size = header_bytes(data), len(data)
        places = [0, 1, used - 1] + sorted(generator.sample(range(2, used - 1), 5))
        if used < size - 64:
            places += [used, size - 65] + generator.sample(range(used, size - 64), 2)
        places += [size - 64, size - 32, size - 1]
        for at in places:
            mutant = data[:at] + bytes([data[at] ^ 1 << generator.randrange(8)]) + data[at + 1:]
            yield "%s: byte %d" % (name, at), {**files, name: mutant}
        for what, mutant in (("cut", data[:-1]), ("half", data[:size // 2]), ("longer", data + b"\0"), ("empty", b"")):
            yield "%s: %s" % (name, what), {**files, name: mutant}
    for name, data in sorted(files.items()):
        yield name + ": missing", {path: entry for path, entry in files.items() if path != name}


class Agreement(unittest.TestCase):
    def both_refuse(self, cases):
        count = 0
        for name, code, said, refused in judge_all(cases):
            with self.subTest(name):
                self.assertTrue(refused, "%s: the verifier accepts it, the tool says: %s" % (name, said))
                self.assertEqual(code, NO_BOARD if name in ("key: missing", "task: missing") else REFUSED,
                             "%s: the tool: %s" % (name, said))
                for blamed in re.findall(r": refused ([^\s:,]+)", said):
                    self.assertIn(blamed, refused, "%s: the tool: %s" % (name, said))
            count += 1
        return count

    def both_accept(self, files, totals):
        _, code, said, refused = judge(("", files))
        self.assertEqual((code, refused), (0, {}), said)
        self.assertEqual(self.tool_totals(files), totals)
        report = board.check(files)
        self.assertEqual([entry["totals"] for entry in report.totals["fields"]], totals)

    def tool_totals(self, files):
        """What the tool makes of these files, continuing the round where they end."""
        with tempfile.TemporaryDirectory() as directory:
            save(files, directory)
            opened = json.loads(must("open", "--board", directory, "--format", "json"))
            self.assertTrue(board.check(board.load(directory)).good)
        return [entry["scaled_totals"] for entry in opened["fields"]]


class RoundOfTheTool(Agreement):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp()
        cls.round = Round(cls.root)
        cls.round.start()
        cls.round.contribute()
        cls.opened = cls.round.finish()
        cls.files = board.load(cls.round.board)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.root)

    def test_both_decoders_give_the_totals_of_the_tables(self):
        self.both_accept(self.files, self.round.totals)
        self.assertEqual([entry["scaled_totals"] for entry in self.opened["fields"]], self.round.totals)
        self.assertEqual((self.opened["cohort"], self.opened["weight"], self.opened["opened_by"]), (3, 19, [1, 3]))
        self.assertEqual(board.check(self.files).totals["weight"], 19)

    def harmless(self):
        """What proves nothing when it is spoiled: the round stands without it."""
        return {name: data for name, data in self.files.items() if name.startswith(("completions/", "receipts/"))}

    def test_both_refuse_every_damaged_board(self):
        needed = {name: data for name, data in self.files.items() if name not in self.harmless()}
        count = self.both_refuse(damaged(needed, random.Random(3)))
        self.assertGreater(count, 15 * len(needed))

    def test_both_name_every_damaged_completion_and_receipt_and_accept_the_board(self):
        self.assertEqual(len(self.harmless()), 4)
        for what, spoiled in damaged(self.harmless(), random.Random(4)):
            name = what.partition(":")[0]
            with self.subTest(what), tempfile.TemporaryDirectory() as directory:
                save({**self.files, **spoiled}, directory)
                if name not in spoiled:
                    os.remove(os.path.join(directory, name))
                said = tool("verify", "--board", directory, "--quiet")
                report = board.check(board.load(directory))
                states = [state for path, state, _ in report.lines if path == name]
                self.assertEqual((said.returncode, report.good), (0, True), said.stderr)
                self.assertEqual(re.findall(r": refused ([^\s:,]+)", said.stderr), [name] if name in spoiled else [])
                self.assertEqual(states, ["ignored"] if name in spoiled else [])


BALLOT = [makeboard.choose("mayor", ["Alice", "Bob", "Carol"]), makeboard.choose("council", "uvw", 1, 2)]
WIDE = [makeboard.field("count", 1, 1, reduce=1), makeboard.field("reading", 120, 16, signed=1, scale=100)]


def spoil(maker, action):
    spoiled = copy.copy(maker)
    spoiled.files, spoiled.random = dict(maker.files), copy.deepcopy(maker.random)
    spoiled.signers = copy.deepcopy(maker.signers)
    action(spoiled)
    return spoiled.files


def with_header(name, **fields):
    """Changes header fields (f13=...) and signs again; a function gets the old value."""
    def action(maker):
        header, _ = makeboard.split(maker.files[name])
        for field, value in fields.items():
            number = int(field[1:])
            header[number] = value(header[number]) if callable(value) else value
        maker.resign(name, header)
    return action


def with_word(name, index, change):
    """Changes one word of the blocks and signs again."""
    def action(maker):
        _, blocks = makeboard.split(maker.files[name])
        width = maker.public.width
        at = index * width
        value = change(maker, int.from_bytes(blocks[at:at + width], "big"))
        maker.resign(name, None, blocks[:at] + value.to_bytes(width, "big") + blocks[at + width:])
    return action


def rewritten(name, old, new):
    """Replaces bytes of the header by another encoding and signs again."""
    def action(maker):
        data = maker.files[name]
        used = header_bytes(data)
        raw = data[:used]
        assert old in raw
        header, body = makeboard.split(data)[0], raw.replace(old, new, 1) + data[used:-64]
        signature = ed25519.sign(maker.signers.seeds[header[2]], signed_bytes(header[0], header.get(4, bytes(32)),
                                                                            h256(body)))
        maker.files[name] = body + signature
    return action


def swap_contributions(maker):
    a, b, _ = maker.listed()
    (ha, ba), (hb, bb) = makeboard.split(maker.files[a]), makeboard.split(maker.files[b])
    maker.resign(a, ha, bb)
    maker.resign(b, hb, ba)


def swap_names(maker):
    a, b, _ = maker.listed()
    maker.files[a], maker.files[b] = maker.files[b], maker.files[a]


def copied_contribution(maker):
    header, blocks = makeboard.split(maker.files[maker.listed()[0]])
    thief = maker.signers.identity("thief")
    maker.files["contributions/" + thief.hex()] = maker.signers.message({**header, 2: thief}, blocks)
    maker.finish()


def dropped_contribution(maker):
    maker.manifest()
    maker.manifest_names = maker.manifest_names[1:]
    maker.aggregate()
    maker.partial(1)
    maker.partial(2)
    maker.result()


def one_contribution_only(maker):
    maker.manifest(maker.listed()[:1])
    maker.aggregate()
    maker.partial(1)
    maker.partial(2)
    maker.result()


def out_of_order(maker):
    _, blocks = makeboard.split(maker.files["manifest"])
    maker.resign("manifest", None, blocks[68:136] + blocks[:68] + blocks[136:])


def greedy(values):
    """A third contributor whose values leave their slots, all else as it should be."""
    def action(maker):
        name = maker.listed()[2]
        sender = next(label for label in ("contributor %d" % i for i in range(3))
                      if name.endswith(maker.signers.identity(label).hex()))
        maker.contribution(sender, values)
        maker.finish()
    return action


def wrong_share(maker):
    maker.shares = list(maker.shares)
    maker.shares[1] += 1
    maker.partial(2)


def unneeded_partial(trustee, data=None):
    def action(maker):
        maker.files["partials/%d" % trustee] = maker.files["partials/1"] if data is None else data
    return action


def wrong_hand(maker):
    maker.trustee_names = ["trustee 2", "trustee 1", "trustee 3"]
    maker.partial(1)


def opening(change):
    def action(maker):
        openings = maker.openings()
        openings[0] = change(maker, *openings[0])
        maker.result(None, openings)
    return action


def zero_everywhere(maker):
    """(0, any, 0) satisfies the bare equation."""
    openings = maker.openings()
    _, blocks = makeboard.split(maker.files["aggregate"])
    size = 2 * maker.public.width
    maker.resign("aggregate", None, bytes(size) + blocks[size:])
    maker.result(None, [(7, 0)] + openings[1:])


def negated(maker, x):
    return maker.public.n - x


def plus_n(maker, x):
    return maker.public.n if x else x


def zero(maker, x):
    return 0


def factor(maker, x):
    return maker.p


def by_another_hand(name):
    def action(maker):
        header, blocks = makeboard.split(maker.files[name])
        maker.files[name] = maker.signers.message({**header, 2: maker.signers.identity("stranger")}, blocks)
    return action


def refused_in_the_manifest(reason, sequence):
    """About the first contributor, who is counted with sequence 1."""
    def action(maker):
        sender = bytes.fromhex(maker.listed()[0].split("/")[1])
        header, blocks = makeboard.split(maker.files["manifest"])
        maker.resign("manifest", {**header, 13: [{0: sender, 1: sequence, 2: bytes(32), 3: reason}]}, blocks)
        follow(maker)
    return action


def follow(maker):
    """Everything behind the manifest, made from it as it is."""
    maker.aggregate()
    maker.agree()
    for i in (1, 2):
        maker.partial(i)
    maker.result()


def second_contribution(maker):
    first = maker.listed()[0]
    label = next(label for label in ("contributor %d" % i for i in range(3))
                 if first.endswith(maker.signers.identity(label).hex()))
    second = maker.contribution(label, sequence=2)
    maker.manifest(sorted([second] + maker.listed()[2:]))
    follow(maker)


def without(name):
    def action(maker):
        del maker.files[name]
    return action


def unneeded(name, data):
    def action(maker):
        maker.files[name] = data
    return action


def with_blocks(name, blocks):
    return lambda maker: maker.resign(name, None, blocks)


def broken_receipt(maker):
    late = maker.contribution("late")
    maker.receipt(late)
    del maker.files[late]


def two_manifests(maker):
    header, blocks = makeboard.split(maker.files["manifest"])
    second = maker.signers.message({**header, 11: bytes(32)}, blocks)
    maker.evidence("manifest", header[2], maker.files["manifest"], second)


def two_acknowledgements(maker):
    header, _ = makeboard.split(maker.files["acks/1"])
    maker.evidence("acknowledgement", header[2], maker.files["acks/1"], maker.signers.message({**header, 11: bytes(32)}, b""))


def wrong_boards(maker):
    """N - r in place of r is not among them: it shows the same m, and a batched check need not see the sign."""
    first = maker.listed()[0]
    actions = {
        "another square root in the certificate": with_word("key", 5, negated),
        "a share key negated": with_word("key", 0, negated), "the last share key negated": with_word("key", 2, negated),
        "a share key zero": with_word("key", 1, zero), "a share key N": with_word("key", 1, plus_n),
        "a share key not a unit": with_word("key", 1, factor), "a root zero": with_word("key", 4, zero),
        "quorum above trustees": with_header("key", f14=4), "quorum zero": with_header("key", f14=0),
        "theta zero": with_header("key", f15=b""), "theta two": with_header("key", f15=b"\2"),
        "theta with a leading zero": with_header("key", f15=b"\0\1"), "another degree": with_header("key", f11=2),
        "no share bits": with_header("key", f16=0), "huge share bits": with_header("key", f16=2 ** 63),
        "another origin": with_header("key", f17="dealers"),
        "a ceremony with proofs": with_header("key", f17="ceremony"),
        "an epoch without parent": with_header("key", f22=1),
        "a parent at epoch 0": with_header("key", f24=b"\1" * 32),
        "a dealer's ceremony": with_header("key", f23=b"\1" * 32),
        "another prover": with_header("key", f25=b"\1" * 32), "a dealer's secret bits": with_header("key", f26=1),
        "too few trustees": with_header("key", f18=lambda x: x[1:]),
        "one trustee twice": with_header("key", f18=lambda x: x[:1] * 3),
        "an even modulus": with_header("key", f10=lambda n: n[:-1] + bytes([n[-1] ^ 1])),
        "a modulus with a small factor": with_header("key", f10=lambda n: with_small_factor(n)),
        "a short modulus": with_header("key", f10=lambda n: n[:-1]),
        "a prime modulus": with_header("key", f10=prime_modulus()),
        "another key's task": with_header("task", f3=bytes(32)), "min above max": with_header("task", f14=11),
        "cohort of one": with_header("task", f14=1), "nobody admitted": with_header("task", f17=[bytes(range(32))]),
        "proof level 1": with_header("task", f18=1), "weights of 41 bits": with_header("task", f13=41),
        "17 guard bits": with_header("task", f16=17), "a long label": with_header("task", f10="x" * 257),
        "no fields": with_header("task", f12=[]), "a NUL in the label": with_header("task", f10="a\0b"),
        "totals above 2^62": with_header("task", f12=lambda x: [{**x[0], 2: 62}]),
        "version 2": with_header("task", f1=2), "another kind": with_header("manifest", f0="aggregate"),
        "an unknown header field": with_header("manifest", f14=0),
        "a manifest of another hand": by_another_hand("manifest"), "an aggregate of another hand": by_another_hand("aggregate"),
        "a manifest's root": with_header("manifest", f11=bytes(32)),
        "a manifest's rule on revoting": with_header("manifest", f12=1),
        "a contribution counted and refused": refused_in_the_manifest("QUORSUM_ERR_PROOF", 1),
        "a contribution superseded by nothing": refused_in_the_manifest("QUORSUM_ERR_SUPERSEDED", 2),
        "a refusal without a reason": refused_in_the_manifest("", 2),
        "a reason too long": refused_in_the_manifest("x" * 65, 2),
        "a second contribution where the first counts": second_contribution,
        "too few acknowledgements": without("acks/2"), "an acknowledgement of another hand": by_another_hand("acks/2"),
        "an acknowledgement of another manifest": with_header("acks/2", f11=bytes(32)),
        "an acknowledgement of another aggregate": with_header("acks/2", f12=bytes(32)),
        "an acknowledgement in another's name": with_header("acks/2", f10=1),
        "an acknowledgement of no trustee": with_header("acks/2", f10=4),
        "an acknowledgement with blocks": with_blocks("acks/2", b"x"),
        "an acknowledgement nobody needs": unneeded("acks/4", b"x"),
        "a broken receipt": broken_receipt, "two manifests": two_manifests, "two acknowledgements": two_acknowledgements,
        "another task's manifest": with_header("manifest", f4=bytes(32)),
        "a manifest that counts one more": with_header("manifest", f10=4),
        "a manifest out of order": out_of_order, "a cohort of one": one_contribution_only,
        "names swapped": swap_names, "contributions swapped": swap_contributions,
        "a copied contribution": copied_contribution, "a dropped contribution": dropped_contribution,
        "a proof's seed": with_header(first, f11=lambda x: x[:-1] + bytes([x[-1] ^ 1])),
        "a proof's z": with_header(first, f12=lambda x: x[:-1] + bytes([x[-1] ^ 1])),
        "a proof's z not below N": with_header(first, f12=lambda x: b"\xff" * len(x)),
        "a proof's w": with_header(first, f13=lambda x: x[:-1] + bytes([x[-1] ^ 1])),
        "a proof's w too large": with_header(first, f13=lambda x: b"\xff" + x[1:]),
        "a proof's w longer": with_header(first, f13=lambda x: b"\0" + x),
        "a zero digit 0": with_word(first, 0, zero), "a digit N": with_word(first, 1, plus_n),
        "a digit 0 that is no unit": with_word(first, 0, factor), "a digit negated": with_word(first, 1, negated),
        "an aggregate's digit": with_word("aggregate", 1, negated),
        "an aggregate's cohort": with_header("aggregate", f11=2),
        "an aggregate's count": with_header("aggregate", f12=1),
        "a wrong share": wrong_share, "a partial of another hand": wrong_hand,
        "a share zero": with_word("partials/2", 0, zero), "a share negated": with_word("partials/2", 0, negated),
        "a share that is no unit": with_word("partials/2", 1, factor),
        "a share proof's e": with_header("partials/2", f13=lambda x: x[:-1] + bytes([x[-1] ^ 1])),
        "a share proof's z": with_header("partials/2", f14=lambda x: x[:-1] + bytes([x[-1] ^ 1])),
        "a share proof's z too large": with_header("partials/2", f14=lambda x: b"\xff" + x[1:]),
        "a trustee that does not exist": with_header("partials/2", f10=4),
        "trustee zero": with_header("partials/2", f10=0), "a bad partial that nobody needs": unneeded_partial(4),
        "an empty partial that nobody needs": unneeded_partial(3, b""),
        "one trustee in the result": with_header("result", f13=[1]),
        "a trustee twice in the result": with_header("result", f13=[1, 1]),
        "trustees out of order in the result": with_header("result", f13=[2, 1]),
        "an absent trustee in the result": with_header("result", f13=[1, 3]),
        "a result's cohort": with_header("result", f12=2), "a result's count": with_header("result", f14=1),
        "m + 1": opening(lambda maker, m, r: (m + 1, r)), "r + 1": opening(lambda maker, m, r: (m, r + 1)),
        "r zero": opening(lambda maker, m, r: (m, 0)), "(0, any, 0)": zero_everywhere,
        "r N": with_word("result", 1, plus_n), "m N": with_word("result", 0, plus_n),
        "values beyond their bits": greedy([[1], [0] * 119 + [2 ** 19]]),
        "values beyond their slots": greedy([[1], [0] * 119 + [2 ** 40]]),
        "header keys out of order": rewritten("manifest", b"\0\x68manifest\1\1", b"\1\1\0\x68manifest"),
        "a long form": rewritten("manifest", b"\1\1\2", b"\1\x18\1\2"),
        "a header key twice": rewritten("manifest", b"\1\1\2", b"\1\1\1\1\2"),
        "an indefinite map": rewritten("manifest", b"\xa9", b"\xbf"),
    }
    return {name: spoil(maker, action) for name, action in actions.items()}


def with_small_factor(raw):
    """A multiple of the largest prime below 2^20, of the same size, that has no smaller factor."""
    prime = 1048573
    n = int.from_bytes(raw, "big")
    n -= n % prime
    while n % 2 == 0 or math.gcd(n // prime, math.prod(arith._primes_below_2_20()[:2000])) != 1:
        n -= prime
    return n.to_bytes(len(raw), "big")


def prime_modulus():
    """2^2048 - 1942289, the largest prime below 2^2048."""
    return (2 ** 2048 - 1942289).to_bytes(256, "big")


class BoardsOfTheOther(Agreement):
    def test_the_tool_accepts_boards_of_every_shape(self):
        for options in ({}, {"degree": 2, "weight_bits": 5, "trustees": 5, "quorum": 3},
                        {"degree": 3, "contributors": 2}, {"randomiser": 1, "agreement": 2},
                        {"randomiser": 2, "trustees": 1, "quorum": 1}, {"fields": BALLOT},
                        {"origin": "ceremony", "trustees": 5, "quorum": 3}, {"origin": "ceremony", "degree": 2},
                        {"origin": "ceremony", "epoch": 2, "trustees": 2}, {"epoch": 1, "quorum": 3},
                        {"fields": WIDE[1:], "norm_squared": 10 ** 9},
                        {"fields": WIDE[:1], "norm_squared": 1, "degree": 2}):
            maker = makeboard.make(bits=2048, **options)
            totals = maker.totals[:-1] if options.get("weight_bits") else maker.totals
            with self.subTest(options):
                self.both_accept(maker.files, totals)

    def test_the_tool_opens_what_trustees_have_decrypted(self):
        for options in ({}, {"origin": "ceremony"}):
            maker = makeboard.make(bits=2048, **options)
            files = dict(maker.files)
            del files["result"]
            self.assertEqual(self.tool_totals(files), maker.totals, options)

    def test_both_take_the_last_contribution_where_it_counts(self):
        maker = makeboard.Maker(2048)
        maker.key()
        maker.task(revote=1)
        first = maker.contribution("contributor 0")
        maker.totals = None
        kept = [maker.contribution("contributor 0", sequence=2), maker.contribution("contributor 1")]
        maker.manifest(sorted(kept), [(first, "QUORSUM_ERR_SUPERSEDED")])
        follow(maker)
        for name in [first] + kept:
            maker.receipt(name)
        self.both_accept(maker.files, maker.totals)

    def test_both_pass_over_forged_evidence_and_receipts(self):
        maker = makeboard.make(bits=2048)
        good = spoil(maker, two_manifests)
        (name,) = [path for path in good if path.startswith("evidence/")]
        header, _ = makeboard.split(good[name])
        header[2] = stranger = maker.signers.identity("stranger")
        receipt = maker.receipt(maker.listed()[0])
        content, _ = makeboard.split(maker.files.pop(receipt))
        for path, forged in ((name, {**header, 13: header[15]}), (name, {**header, 10: stranger}),
                             (name, {**header, 11: "acknowledgement"}), (name, {**header, 12: header[14]}),
                             (receipt, {**content, 2: stranger}), ("receipts/" + stranger.hex(), content)):
            with self.subTest(path):
                self.both_accept({**maker.files, path: maker.signers.message(forged, b"")}, maker.totals)

    def test_both_ignore_what_is_no_part_of_the_round(self):
        maker = makeboard.make(bits=2048)
        totals, late = maker.totals, maker.contribution("late")
        first = maker.files[maker.listed()[0]]
        for name, data in ((late, maker.files[late]), (late, b"x"), ("contributions/junk", first), ("notes", b"x"),
                           ("contributions/" + "AB" * 32, first), ("partials/junk", b"x"),
                           ("partials/02", maker.files["partials/2"]), ("partials/256", b"x"), (".dot", b"x"),
                           ("acks/junk", b"x"), ("acks/03", maker.files["acks/3"]), ("receipts/junk", b"x"),
                           ("receipts/" + "00" * 32, b"x"), ("evidence/junk", b"x"), ("evidence/" + "00" * 32, b"x"),
                           (late + "-2", first), (late + "-02", first)):
            files = {path: entry for path, entry in maker.files.items() if path != late}
            with self.subTest(name):
                self.both_accept({**files, name: data}, totals)

    def test_both_refuse_keys_that_no_ceremony_made(self):
        maker = makeboard.make(bits=2048, origin="ceremony")
        actions = {
            "shares of nobody": with_header("key", f23=b""), "a ceremony of zeros": with_header("key", f23=bytes(32)),
            "an epoch without parent": with_header("key", f22=1), "a parent": with_header("key", f24=b"\1" * 32),
            "a dealer's key": with_header("key", f17="dealer"), "a prover": with_header("key", f25=b"\1" * 32),
            "no secret bits": with_header("key", f26=0), "too many": with_header("key", f26=maker.share_bits),
            "another signer": with_header("key", f2=maker.trustee(2)), "theta one": with_header("key", f15=b"\1"),
            "a share key negated": with_word("key", 0, negated), "a root negated": with_word("key", 5, negated),
            "a confirmation less": lambda made: made.files.update(key=made.files["key"][:-65]),
        }
        self.both_refuse((name, spoil(maker, action)) for name, action in actions.items())

    def test_both_refuse_boards_with_one_wrong_object(self):
        maker = makeboard.make(bits=2048, fields=WIDE)
        self.both_accept(maker.files, maker.totals)
        self.both_refuse(wrong_boards(maker).items())


if __name__ == "__main__":
    if not os.access(QUORSUM, os.X_OK):
        print("second_opinion.py: no tool: QUORSUM is not set to it", file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main()
