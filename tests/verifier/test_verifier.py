#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verifier proves itself by what it refuses: python3 test_verifier.py

Boards come from makeboard.py. A mutant that is signed again gets past the signature, so that the check behind it has
to say no.
"""
import copy
import functools
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import arith  # noqa: E402
import board  # noqa: E402
import cbor  # noqa: E402
import checks  # noqa: E402
import ed25519  # noqa: E402
import key as key_module  # noqa: E402
import makeboard  # noqa: E402
from primes import SAFE_PRIMES  # noqa: E402
from refusal import Refused  # noqa: E402
from transcript import hash_to_z  # noqa: E402

# Mutants differ in one place: what they share need not be computed hundreds of times.
arith.powmod = functools.lru_cache(maxsize=4096)(arith.powmod)
HERE = os.path.dirname(os.path.abspath(__file__))
BITS = 512
FIELDS = [makeboard.field("count", 1, 1, reduce=1), makeboard.field("reading", 28, 16, signed=1, scale=100)]
BALLOT = [makeboard.choose("mayor", ["Alice", "Bob", "Carol"]), makeboard.choose("council", "stuvw", 1, 3)]
_boards = {}


def base(bits=BITS, **options):
    """A good board to spoil; made once for each set of options."""
    name = json.dumps([bits, options], sort_keys=True)
    if name not in _boards:
        _boards[name] = makeboard.make(bits=bits, **{"fields": FIELDS, **options})
    maker = _boards[name]
    spoiled = copy.copy(maker)
    spoiled.files = dict(maker.files)
    spoiled.random = copy.deepcopy(maker.random)
    return spoiled


def refusals(files):
    report = board.check(files, 256)
    return {name: reason for name, verdict, reason in report.lines if verdict == "refused"}


class Refusing(unittest.TestCase):
    def refused(self, maker, name, reason="", note=""):
        """`name` itself is refused, for this reason."""
        said = refusals(maker.files)
        self.assertIn(name, said, "%s: accepted" % (note or name))
        self.assertIn(reason, said[name], note)

    def accepted(self, maker, totals=None):
        report = board.check(maker.files, 256)
        self.assertTrue(report.good, report.lines)
        columns = [entry["totals"] for entry in report.totals["fields"]]
        if report.totals["weight"] is not None:
            columns.append([report.totals["weight"]])
        self.assertEqual(columns, totals or maker.totals)


class GoodBoards(Refusing):
    def test_boards_of_every_degree_and_randomiser_verify(self):
        for degree, randomiser in ((1, 0), (2, 1), (3, 2), (4, 0)):
            self.accepted(base(degree=degree, randomiser=randomiser))

    def test_ballots_and_bounded_vectors_verify(self):
        for degree in (1, 2):
            self.accepted(makeboard.make(bits=BITS, degree=degree, fields=BALLOT))
            self.accepted(makeboard.make(bits=BITS, degree=degree, fields=FIELDS, norm_squared=10 ** 6))

    def test_weights_rosters_and_other_quorums_verify(self):
        self.accepted(base(weight_bits=7, trustees=5, quorum=3))
        self.accepted(base(trustees=1, quorum=1))
        self.accepted(base(confirmed=[1, 3]))
        self.accepted(base(admitted=("contributor 0", "contributor 1", "contributor 2", "somebody else")))

    def test_keys_without_a_dealer_and_keys_handed_on_verify(self):
        for options in ({"origin": "ceremony"}, {"origin": "ceremony", "trustees": 5, "quorum": 3, "degree": 2},
                        {"origin": "ceremony", "epoch": 2, "trustees": 2, "degree": 3}, {"epoch": 1, "quorum": 3}):
            self.accepted(base(**options))

    def test_a_2048_bit_board_verifies_from_files(self):
        maker = makeboard.make(bits=2048, fields=FIELDS)
        with tempfile.TemporaryDirectory() as directory:
            maker.save(directory)
            self.assertEqual(self.run_tool(directory, "--json").returncode, 0)
            totals = json.loads(self.run_tool(directory, "--json").stdout)["totals"]
            self.assertEqual([entry["totals"] for entry in totals["fields"]], maker.totals)
            with open(os.path.join(directory, "result"), "r+b") as stream:
                stream.seek(-100, os.SEEK_END)
                byte = stream.read(1)[0]
                stream.seek(-100, os.SEEK_END)
                stream.write(bytes([byte ^ 1]))
            self.assertEqual(self.run_tool(directory).returncode, 1)

    def test_wrong_use_is_told_apart(self):
        self.assertEqual(self.run_tool("/nonexistent").returncode, 2)
        self.assertEqual(self.run_tool().returncode, 2)
        with tempfile.TemporaryDirectory() as directory:
            self.assertEqual(self.run_tool(directory).returncode, 1)

    @staticmethod
    def run_tool(*arguments):
        return subprocess.run([sys.executable, os.path.join(HERE, "verify.py"), *arguments], capture_output=True,
                              check=False)

    def test_an_unfinished_board_is_not_good(self):
        for name, follower in (("result", None), ("partials/2", "result"), ("aggregate", "partials/1"),
                               ("manifest", "aggregate"), ("task", "manifest"), ("key", "task")):
            maker = base()
            del maker.files[name]
            self.refused(maker, follower or name, "" if follower else "missing")

    def test_files_that_are_no_part_of_a_board_are_ignored(self):
        maker = base()
        maker.files.update({"notes": b"", "partials/junk": b"", "partials/03": maker.files["partials/2"],
                            "contributions/junk": b"x", "acks/.x": b""})
        self.accepted(maker)
        maker.files["partials/3"] = b"x"
        self.refused(maker, "partials/3", "truncated")

    def test_only_regular_files_count(self):
        """A link may lead anywhere, and a directory is no message."""
        maker = base()
        maker.partial(3)
        needed = ["key", "task", "manifest", "aggregate", "result", "partials/1", "partials/3", "acks/1"]
        needed.append(maker.listed()[0])
        for place in (self.linked, self.directory):
            for name in needed:
                with tempfile.TemporaryDirectory() as where:
                    maker.save(where)
                    place(os.path.join(where, name))
                    report = board.check(board.load(where), 256)
                    self.assertIn((name, "refused", "not a regular file"), report.lines)
            with tempfile.TemporaryDirectory() as where:
                maker.save(where)
                for name in ("notes", "partials/junk", "receipts/junk", "evidence/" + "0" * 64, "completions/1-of-1"):
                    place(os.path.join(where, name))
                self.assertTrue(board.check(board.load(where), 256).good)

    def test_a_file_where_a_folder_belongs_is_an_empty_folder(self):
        for folder, needed in (("contributions", "manifest"), ("acks", "acks"), ("partials", "result"),
                               ("receipts", None), ("evidence", None), ("completions", None)):
            maker = base()
            maker.files = {name: data for name, data in maker.files.items() if not name.startswith(folder + "/")}
            maker.files[folder] = maker.files["result"]
            report = board.check(maker.files, 256)
            self.assertIn((folder, "ignored"), [line[:2] for line in report.lines])
            self.assertEqual(report.good, needed is None)
            if needed:
                self.refused(maker, needed)

    @staticmethod
    def linked(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        aim = os.path.join(os.path.dirname(path), ".aim")
        if os.path.exists(path):
            os.rename(path, aim)
        os.symlink(aim, path)

    @staticmethod
    def directory(path):
        if os.path.exists(path):
            os.remove(path)
        os.makedirs(path)

    def test_a_stray_contribution_is_ignored_once_there_is_a_manifest(self):
        maker = base()
        totals = maker.totals
        name = maker.contribution("late")
        self.accepted(maker, totals)
        maker.files[name] = maker.files[name][:-1]
        self.accepted(maker, totals)


def changed_values(value):
    """Values near one header value, all different from it."""
    if isinstance(value, int):
        return [value + 1, value - 1] if value else [1, 2 ** 64 - 1]
    if isinstance(value, str):
        return [value + "x", ""] if value else ["x"]
    if isinstance(value, bytes):
        flipped = [bytes([value[0] ^ 1]) + value[1:], value[:-1] + bytes([value[-1] ^ 0x80])] if value else []
        return flipped + [value[:-1], value + b"\1"] if value else [b"\1"]
    if isinstance(value, list):
        return [value[:-1], value + value[-1:]] if value else [[bytes(range(32))]]
    raise TypeError(value)


def changed_headers(header):
    """Every header that differs from this one in one field, its type, its absence or one field too many."""
    for number, value in header.items():
        if number == 2:
            continue                       # the sender: in its own test, because it decides who signs
        for other in changed_values(value):
            if isinstance(other, int) and other >= 2 ** 64:
                continue
            yield number, {**header, number: other}
        yield number, {**header, number: {}}
        yield number, {k: v for k, v in header.items() if k != number}
    for extra in (5, 9, 99):
        if extra not in header:
            yield extra, {**header, extra: 0}


def changed_blocks(blocks, width, n):
    """Every word changed at both ends, made zero and N, and the lengths."""
    for at in range(0, len(blocks), width):
        word = blocks[at:at + width]
        for other in (word[:-1] + bytes([word[-1] ^ 1]), bytes([word[0] ^ 1]) + word[1:], bytes(width), b"\xff" * width,
                      n.to_bytes(64, "big")[-width:]):
            if other != word:
                yield at, blocks[:at] + other + blocks[at + width:]
    for other in (blocks[:-1], blocks + b"\0", blocks[:-width], blocks + blocks[-width:], b""):
        if other != blocks:
            yield "length", other


def small(**options):
    """For the tests that check hundreds of boards."""
    return base(256, **options)


class Mutants(Refusing):
    """Every change of one object, signed again by its sender, makes the board bad."""

    def everything_refused(self, name, maker):
        header, blocks = makeboard.split(maker.files[name])
        mutants = [("header %s" % number, other, blocks) for number, other in changed_headers(header)]
        width = 32 if name == "manifest" else maker.public.width
        mutants += [("block at %s" % at, header, other) for at, other in changed_blocks(blocks, width, maker.public.n)]
        for what, other_header, other_blocks in mutants:
            mutant = copy.copy(maker)
            mutant.files = dict(maker.files)
            if other_header.get(0) is None or not isinstance(other_header.get(4, b""), bytes):
                mutant.files[name] = cbor.encode(other_header) + other_blocks + maker.files[name][-64:]
            else:
                mutant.files[name] = self.signed(maker, other_header, other_blocks)
            said = refusals(mutant.files)
            self.assertTrue(said, "%s, %s: accepted" % (name, what))
            if name != "key":           # whose signature stands where its header says that the blocks end
                self.assertNotIn("bad signature", said.values(), "%s, %s" % (name, what))

    @staticmethod
    def signed(maker, header, blocks):
        """Signed as the kind the header names, even if that is no text; a key is confirmed by everybody again."""
        if header[0] == "key":
            return maker.confirmed_key(header, blocks)
        if isinstance(header[0], str):
            return maker.signers.message(header, blocks)
        return cbor.encode(header) + blocks + bytes(64)

    def test_key(self):
        self.everything_refused("key", small())
        self.everything_refused("key", small(origin="ceremony"))
        self.everything_refused("key", small(epoch=1))
        self.everything_refused("key", small(confirmed=[2, 3]))

    def test_task(self):
        self.everything_refused("task", small())

    def test_fields_of_a_task(self):
        maker = small()
        header, _ = makeboard.split(maker.files["task"])
        for number, other in changed_headers(header[12][0]):
            mutant = small()
            mutant.resign("task", {**header, 12: [other] + header[12][1:]})
            self.assertTrue(refusals(mutant.files), number)

    def test_contribution(self):
        maker = small()
        self.everything_refused(maker.listed()[1], maker)

    def test_ballot(self):
        maker = small(fields=BALLOT[:1])
        self.everything_refused(maker.listed()[1], maker)

    def test_bounded_vector(self):
        maker = small(norm_squared=10 ** 5)
        self.everything_refused(maker.listed()[1], maker)

    def test_levels_of_a_task(self):
        """Rules of a task that its level alone makes."""
        ballot, plain = BALLOT[0], makeboard.field("x", 1, 4)
        cases = [({12: [{**ballot, number: value}, BALLOT[1]]}, "") for number, value in (
            (1, 2), (1, 4), (2, 2), (3, 1), (4, 2), (5, 1), (7, 1), (8, 2), (9, 0), (9, 4), (10, ["a", "b"]),
            (10, ["a", "b", "a"]), (10, []), (10, ["a", "b", ""]), (10, ["a", "b", "x" * 129]))]
        cases += [({12: [ballot, plain]}, "without options"), ({18: 0}, "outside a ballot"), ({13: 1}, "weights"),
                  ({18: 2, 19: b"\1"}, "outside a ballot"), ({19: b"\1"}, "norm bound"), ({18: 3}, "header field 18"),
                  ({12: [plain]}, "without options"), ({12: [plain], 18: 2}, "norm bound"),
                  ({12: [plain], 18: 2, 19: b"\20" + bytes(15)}, "norm bound"),
                  ({12: [plain], 18: 2, 19: b"\0\1"}, "header field 19"),
                  ({12: [plain], 18: 2, 19: b"\x3f" + b"\xff" * 7, 15: 2 ** 32 - 1}, "2^62"),
                  ({12: [plain], 18: 2, 19: b"\1", 13: 1}, "weights"),
                  ({12: [{**plain, 1: 2 ** 20 + 1}], 18: 2, 19: b"\1"}, "2^20"),
                  ({12: [{**plain, 9: 1}], 18: 0}, "outside a ballot"), ({12: [{**plain, 1: 0}], 18: 0}, "header")]
        for changes, reason in cases:
            maker = small(fields=BALLOT)
            header, _ = makeboard.split(maker.files["task"])
            maker.resign("task", {**header, **changes})
            self.refused(maker, "task", reason, str(changes))

    def test_manifest(self):
        self.everything_refused("manifest", small())

    def test_aggregate(self):
        self.everything_refused("aggregate", small())

    def test_acknowledgement(self):
        self.everything_refused("acks/2", small())

    def test_partial(self):
        self.everything_refused("partials/2", small())

    def test_result(self):
        self.everything_refused("result", small())

    def test_every_signature_bit_counts(self):
        for name in small().files:
            for at in (-64, -33, -32, -1):
                for bit in (1, 0x80):
                    maker = small(confirmed=[] if name == "key" else None)
                    data = bytearray(maker.files[name])
                    data[at] ^= bit
                    maker.files[name] = bytes(data)
                    self.refused(maker, name, "bad signature")

    def test_truncated_and_longer_files(self):
        for name in small().files:
            for cut in (0, 1, 63, 64, 65, 100, -1):
                maker = small()
                maker.files[name] = maker.files[name][:cut]
                self.refused(maker, name)
            maker = small()
            maker.files[name] += b"\0"
            self.refused(maker, name, "left over" if name == "key" else "bad signature")

    def test_another_sender(self):
        """Whoever signs a contribution or a partial is part of what it says; the other objects are bound by digest."""
        maker = small()
        other = maker.signers.identity("contributor 0")
        for name in [name for name in maker.files if name not in ("result",)]:
            mutant = small()
            header, blocks = makeboard.split(mutant.files[name])
            if header[2] == other:
                continue
            mutant.files[name] = mutant.signers.message({**header, 2: other}, blocks)
            self.assertTrue(refusals(mutant.files), name)


class Keys(Refusing):
    def rebuilt(self, change, **options):
        """A board whose key record was changed before anything else was made from it."""
        maker = makeboard.Maker(BITS, **options)
        maker.key()
        header, blocks = makeboard.split(maker.files["key"])
        width = maker.public.width
        words = [blocks[at:at + width] for at in range(0, len(blocks), width)]
        change(maker, header, words)
        maker.resign("key", header, b"".join(words))
        maker.task(FIELDS)
        for name in "ab":
            maker.contribution(name)
        maker.finish()
        return maker

    def test_an_unchanged_rebuild_is_good(self):
        self.accepted(self.rebuilt(lambda maker, header, words: None))

    def test_a_wrong_root(self):
        def negate(maker, header, words):
            words[5] = maker.public.word(maker.public.n - int.from_bytes(words[5], "big"))

        self.refused(self.rebuilt(negate), "key", "root certificate: root 3")

    def test_wrong_verification_values(self):
        for i, reason in ((0, "do not open"), (1, "do not open"), (2, "v_3 does not fit")):
            def square(maker, header, words, i=i):
                words[i] = maker.public.word(int.from_bytes(words[i], "big") ** 2 % maker.public.n)

            self.refused(self.rebuilt(square), "key", reason)

    def test_wrong_numbers(self):
        cases = ((13, 4, "bad signature"), (14, 4, "quorum"), (15, b"\2", "do not open"), (15, b"", "theta"),
                 (16, 0, "share_bits"), (12, 1, None), (11, 2, "root certificate"))
        for number, value, reason in cases:
            def put(maker, header, words, number=number, value=value):
                header[number] = value

            maker = self.rebuilt(put)
            if reason is None:
                self.assertTrue(refusals(maker.files))
            else:
                self.refused(maker, "key", reason)

    def test_too_few_confirmations(self):
        for confirmed in ([], [1], [3]):
            self.refused(base(confirmed=confirmed), "task", "fewer trustees than it needs")

    def test_a_ceremony_needs_every_confirmation(self):
        for options in ({"origin": "ceremony"}, {"epoch": 1}, {"origin": "ceremony", "epoch": 2}):
            for confirmed in ([], [1, 2], [1, 3], [2, 3]):
                self.refused(base(confirmed=confirmed, **options), "task", "fewer trustees than it needs")

    def test_where_a_key_comes_from(self):
        """Each rule broken alone."""
        digest, zeros = b"\1" * 32, bytes(32)
        dealt, made, handed = {}, {"origin": "ceremony"}, {"epoch": 1}
        cases = [(dealt, {22: 1}, "field 24"), (dealt, {24: digest}, "field 24"), (dealt, {26: 1}, "no dealer"),
                 (dealt, {22: 1, 24: digest}, "no dealer"), (dealt, {25: "trustee 1"}, "another prover"),
                 (dealt, {25: b""}, "field 25"), (dealt, {17: "ceremony"}, "."), (dealt, {19: b""}, "field 19"),
                 (dealt, {23: digest, 26: 1}, "signed by trustee 1"), (dealt, {23: zeros}, "field 23 is zero"),
                 (dealt, {2: "trustee 1", 23: digest, 25: "dealer", 26: 1}, "at epoch 0"),
                 (made, {23: b""}, "no dealer"), (made, {23: zeros}, "field 23 is zero"), (made, {22: 1}, "field 24"),
                 (made, {24: digest}, "field 24"), (made, {22: 1, 24: zeros}, "field 24 is zero"),
                 (made, {22: 1, 24: digest[1:]}, "field 24"), (made, {25: "trustee 1"}, "field 25"),
                 (made, {20: bytes(16)}, "field 20"), (made, {21: b"\1"}, "a proof by nobody"),
                 (made, {26: 0}, "secret_bits"), (made, {26: "share_bits"}, "secret_bits"),
                 (made, {2: "trustee 2"}, "signed by trustee 1"), (made, {18: []}, "signed by trustee 1"),
                 (handed, {22: 0, 24: b""}, "at epoch 0"),
                 (handed, {23: b""}, "no dealer"), (handed, {2: "dealer"}, "signed by trustee 1"),
                 (handed, {25: "trustee 1"}, "modulus")]
        for options, changes, reason in cases:
            maker = base(confirmed=[], **options)
            header, _ = makeboard.split(maker.files["key"])
            for field, value in changes.items():
                named = header[16] if value == "share_bits" else value
                if isinstance(value, str) and field in (2, 25):
                    named = maker.signers.identity(value)
                header[field] = named
            _, blocks = makeboard.split(maker.files["key"])
            maker.files["key"] = maker.signers.message(header, blocks)
            with self.assertRaisesRegex(Refused, reason, msg=str((options, changes))):
                key_module.KeyRecord(maker.files["key"], 256)

    def test_what_a_ceremony_says_of_itself_is_not_otherwise_judged(self):
        maker = base(origin="ceremony", confirmed=[])
        header, blocks = makeboard.split(maker.files["key"])
        for changes in ({22: 2 ** 64 - 1, 24: b"\2" * 32}, {23: b"\3" * 32}, {26: 1}, {26: header[16] - 1}):
            record = key_module.KeyRecord(maker.signers.message({**header, **changes}, blocks), 256)
            self.assertEqual(record.needed, 3)

    def test_wrong_confirmations(self):
        """Each that is there has to be right, also beyond the quorum."""
        maker = base(confirmed=[])
        bare, signers = maker.files["key"], maker.signers
        named = makeboard.digest(bare)
        good = {i: signers.confirmation(i, maker.trustee(i), named) for i in (1, 2, 3)}
        cases = (([good[2], good[1]], "ascending"), ([good[1], good[1]], "ascending"), ([good[1][:-1]], "left over"),
                 ([good[1], good[2], b"\0"], "left over"), ([b"\4" + good[3][1:]], "nobody on the roster"),
                 ([b"\0" + good[3][1:]], "ascending"), ([good[1], b"\3" + good[2][1:]], "trustee 3 is wrong"),
                 ([good[1], signers.confirmation(2, maker.trustee(1), named)], "trustee 2 is wrong"),
                 ([good[1], good[2], signers.confirmation(3, maker.trustee(3), bytes(32))], "trustee 3 is wrong"))
        for confirmations, reason in cases:
            maker.files["key"] = bare + b"".join(confirmations)
            self.refused(maker, "key", reason)
        maker.files["key"] = bare + good[1] + good[3]
        self.accepted(maker)

    def test_a_record_without_a_roster_makes_no_task(self):
        def strike(maker, header, words):
            header[18] = []

        maker = self.rebuilt(strike)
        self.refused(maker, "key", "nobody on the roster")
        maker.files["key"] = maker.files["key"][:-3 * 65]
        self.refused(maker, "task", "fewer trustees than it needs")
        self.assertNotIn("key", refusals(maker.files))

    def modulus(self, n, reason, min_bits=256):
        with self.assertRaisesRegex(Refused, reason):
            key_module.PublicKey(n, 1, 0).check_modulus(min_bits)

    def test_bad_moduli(self):
        p, q = SAFE_PRIMES[512]
        self.modulus(p * q, "not allowed", 2048)
        self.modulus(p * q, "not allowed", 520)
        self.modulus(p * q + 1, "even")
        self.modulus(p, "prime")
        self.modulus(p * q // 4 | 1, "not allowed")
        big, factor = SAFE_PRIMES[2048][0], 1048573          # the largest prime below 2^20
        self.modulus(big * factor << 4 | 1, ".")
        n = factor * ((1 << 511) // factor + 2)
        while n % 2 == 0 or n % 3 == 0:
            n += factor
        self.modulus(n, "factor below")
        self.modulus(big * big * p % (1 << 1000) | 1, ".")

    def test_a_modulus_with_a_square_opens_one_ciphertext_twice_and_has_no_certificate(self):
        """N = P^2 q: what the root certificate is for."""
        p, q = SAFE_PRIMES[256]
        n = p * p * q
        public = key_module.PublicKey(n, 1, 0)
        public.check_modulus(256)
        m, r = 12345, 67890
        c = arith.one_plus_n_pow(m, n, 1) * pow(r, n, n * n) % (n * n)
        m2, r2 = (m - n // p) % n, r * (1 + n // p) % n
        checks.check_opening(public, c, m, r)
        checks.check_opening(public, c, m2, r2)               # another total of the same ciphertext
        self.assertNotEqual(m, m2)
        order = (p - 1) * (q - 1)                             # of the N-th powers: the best the dealer can do
        roots = [pow(hash_to_z(n, "cert", i), pow(n, -1, order), n) for i in range(1, 8)]
        with self.assertRaisesRegex(Refused, "root certificate"):
            key_module.check_certificate(public, roots)
        self.assertTrue(all((pow(root, n, n) - hash_to_z(n, "cert", i)) % (p * q) == 0
                            for i, root in enumerate(roots, 1)))

    def test_a_whole_key_with_such_a_modulus_is_refused(self):
        maker = makeboard.Maker(256)
        maker.key()
        maker.p, n = maker.p ** 2, maker.p ** 2 * maker.q
        header, blocks = makeboard.split(maker.files["key"])
        width = n.bit_length() // 8
        header[10] = n.to_bytes(width, "big")
        words = b"".join(int(4 + i).to_bytes(width, "big") for i in range(10 + 1 + 128))
        maker.resign("key", header, words)
        self.refused(maker, "key", "root certificate")


class Rounds(Refusing):
    """A board that is consistent but for one thing that somebody along the way did wrong."""

    def start(self, contributors=3, **task):
        maker = makeboard.Maker(BITS)
        maker.key()
        maker.task(FIELDS, **task)
        for i in range(contributors):
            maker.contribution("contributor %d" % i)
        return maker

    def test_cohort_too_small_or_too_large(self):
        for contributors, allowed in ((1, (2, 10)), (4, (2, 3)), (2, (3, 4))):
            maker = self.start(contributors, min_cohort=allowed[0], max_cohort=allowed[1])
            maker.finish()
            self.refused(maker, "manifest", "a cohort of %d is not allowed" % contributors)

    def test_somebody_not_admitted(self):
        maker = self.start(admitted=("contributor 0", "contributor 1"))
        maker.finish()
        stranger = "contributions/" + maker.signers.identity("contributor 2").hex()
        self.refused(maker, "manifest", "not on the roster")
        good = board.check(maker.files, 256)
        self.assertIn((stranger, "refused", "the sender is not on the roster"), good.lines)

    def test_a_roster_out_of_order(self):
        maker = base(admitted=("contributor 0", "contributor 1", "contributor 2"))
        header, _ = makeboard.split(maker.files["task"])
        for roster in (header[17][::-1], header[17][:1] * 2):
            maker.resign("task", {**header, 17: roster})
            self.refused(maker, "task", "roster")

    def test_min_cohort_above_max(self):
        maker = base()
        header, _ = makeboard.split(maker.files["task"])
        maker.resign("task", {**header, 14: 11})
        self.refused(maker, "task", "min_cohort")

    def test_totals_above_2_62_are_refused_at_the_task(self):
        maker = base()
        header, _ = makeboard.split(maker.files["task"])
        for entry, weight in ((makeboard.field("a", 1, 62), 0), (makeboard.field("a", 1, 30), 40)):
            maker.resign("task", {**header, 12: [entry], 13: weight})
            self.refused(maker, "task", "2^62")

    def test_swapped_contributions(self):
        maker = base()
        a, b, _ = maker.listed()
        maker.files[a], maker.files[b] = maker.files[b], maker.files[a]
        self.refused(maker, a, "not its sender")
        maker = base()
        (ha, ba), (hb, bb) = makeboard.split(maker.files[a]), makeboard.split(maker.files[b])
        maker.resign(a, ha, bb)
        maker.resign(b, hb, ba)
        self.refused(maker, a, "knowledge proof: wrong")
        self.refused(maker, b, "knowledge proof: wrong")

    def test_a_contribution_copied_with_its_proof(self):
        maker = self.start(2)
        header, blocks = makeboard.split(maker.files[maker.listed()[0]])
        thief = maker.signers.identity("thief")
        path = "contributions/" + thief.hex()
        maker.files[path] = maker.signers.message({**header, 2: thief}, blocks)
        maker.finish()
        self.refused(maker, path, "knowledge proof: wrong")
        self.refused(maker, "manifest", "no good contribution")

    def test_ciphertexts_swapped_within_a_contribution(self):
        maker = base()
        name = maker.listed()[0]
        _, blocks = makeboard.split(maker.files[name])
        half = len(blocks) // 2
        maker.resign(name, None, blocks[half:] + blocks[:half])
        self.refused(maker, name, "knowledge proof: wrong")

    def test_a_ciphertext_that_is_no_unit(self):
        maker = base()
        name, width = maker.listed()[0], maker.public.width
        _, blocks = makeboard.split(maker.files[name])
        for first, reason in ((0, "not a unit"), (maker.p, "not a unit"), (maker.public.n, "below N")):
            maker.resign(name, None, maker.public.word(first) + blocks[width:])
            self.refused(maker, name, reason)

    def test_the_same_contributor_twice_or_out_of_order(self):
        for names in (lambda a, b, c: [a, a, b], lambda a, b, c: [b, a, c]):
            maker = self.start()
            maker.manifest(names(*maker.listed()))
            maker.aggregate()
            self.refused(maker, "manifest", "ascending")

    def test_a_dropped_contribution_is_not_the_listed_product(self):
        maker = self.start()
        maker.manifest()
        maker.manifest_names = maker.manifest_names[1:]
        maker.aggregate()
        maker.partial(1)
        maker.partial(2)
        maker.result()
        self.refused(maker, "aggregate", "not the product")
        self.refused(maker, "result", "not checked")

    def test_a_contribution_replaced_after_the_manifest(self):
        maker = self.start()
        maker.manifest()
        maker.contribution("contributor 1")
        maker.aggregate()
        self.refused(maker, "manifest", "another contribution")

    def test_values_beyond_their_bits(self):
        """Honest proofs, correct openings, and still no totals."""
        for far, reason in ((2 ** 17, "than 3 contributors can reach"), (-2 ** 17, "than 3 contributors can reach")):
            maker = self.start(2)
            maker.contribution("greedy", [[1], [0] * 27 + [far]])
            maker.finish()
            self.refused(maker, "result", reason)
        maker = self.start(2)
        plaintexts = len(maker.plan.plaintexts)
        maker.plan.pack = lambda values: [0] * (plaintexts - 1) + [1 << BITS - 3]
        maker.contribution("greedy")
        maker.finish()
        self.refused(maker, "result", "overflows its slots")

    def test_partials_under_wrong_names_and_hands(self):
        maker = base()
        maker.files["partials/3"] = maker.files["partials/2"]
        self.refused(maker, "partials/3", "not its trustee")
        maker = base()
        maker.trustee_names = ["trustee 2", "trustee 1", "trustee 3"]
        maker.partial(1)
        self.refused(maker, "partials/1", "not signed by trustee 1")
        maker = base(trustees=3, quorum=2)
        maker.files["partials/02"] = maker.files.pop("partials/2")
        self.assertNotIn("partials/02", refusals(maker.files))
        self.refused(maker, "result", "no good partial of trustee 2")

    def test_a_wrong_share_is_charged_to_its_trustee(self):
        """With a proof made for the wrong values, as well as they allow."""
        maker = base()
        maker.shares = list(maker.shares)
        maker.shares[1] += 1
        maker.partial(2)
        self.refused(maker, "partials/2", "share proof: wrong")
        self.assertNotIn("partials/1", refusals(maker.files))

    def test_too_few_or_repeated_trustees(self):
        for trustees, reason in (([1], "fewer"), ([1, 1], "ascending"), ([2, 1], "ascending"), ([1, 3], "trustee 3"),
                                 ([1, 2, 200], "trustee 200")):
            maker = base()
            maker.result(trustees)
            self.refused(maker, "result", reason)

    def test_all_trustees_may_open(self):
        maker = base()
        maker.partial(3)
        for trustees in ([1, 2, 3], [2, 3]):
            maker.result(trustees)
            self.accepted(maker)

    def test_openings(self):
        maker = base()
        n = maker.public.n
        good = maker.openings()
        (m, r), rest = good[0], good[1:]
        for opening, reason in (((0, 0), "out of range"), ((m, 0), "out of range"), ((m + 1, r), "does not give back"),
                                ((m, n - r), "does not give back"), ((m, r + 1), "does not give back"),
                                ((m, maker.p), "does not give back")):
            maker.result(None, [opening] + rest)
            self.refused(maker, "result", reason, str(opening))
        maker.result(None, good[::-1])
        self.refused(maker, "result", "does not give back")
        for m_word, r_word, reason in ((n, r, "below N"), (m, n, "out of range"), (m, r, None)):
            maker.resign("result", None, maker.public.word(m_word) + maker.public.word(r_word)
                         + makeboard.split(base().files["result"])[1][2 * maker.public.width:])
            if reason:
                self.refused(maker, "result", reason)
            else:
                self.accepted(maker)

    def test_zero_ciphertext_with_a_zero_opening(self):
        """(0, any, 0) satisfies the bare equation; no object may carry it."""
        maker = base()
        _, blocks = makeboard.split(maker.files["aggregate"])
        size = 2 * maker.public.width
        maker.resign("aggregate", None, bytes(size) + blocks[size:])
        openings = [(7, 0)] + base().openings()[1:]
        maker.result(None, openings)
        self.refused(maker, "aggregate", "not a unit")
        self.refused(maker, "result", "not checked")


class Completions(Refusing):
    """Good ones are told as such; bad ones are named, and are nobody's fault."""

    def state(self, maker, name):
        report = board.check(maker.files, 256)
        self.assertTrue(report.good, report.lines)
        columns = [entry["totals"] for entry in report.totals["fields"]]
        self.assertEqual(columns, maker.totals)
        return [(verdict, reason) for path, verdict, reason in report.lines if path == name]

    def ignored(self, maker, name, note=""):
        ((verdict, reason),) = self.state(maker, name)
        self.assertEqual((verdict, "refused" in reason), ("ignored", True), note)

    def test_every_part_is_good(self):
        maker = small(degree=2)
        count = len(maker.plan.plaintexts)
        for parts in range(1, count + 1):
            for part in range(1, parts + 1):
                name = maker.completion(part, parts)
                self.assertEqual(self.state(maker, name), [("ok", "")])

    def test_every_change_of_one_is_seen(self):
        maker = small()
        self.assertGreaterEqual(len(maker.plan.plaintexts), 2)
        name = maker.completion(1, 1)
        header, blocks = makeboard.split(maker.files[name])
        mutants = [("header %s" % number, other, blocks) for number, other in changed_headers(header)
                   if isinstance(other.get(0), str) and isinstance(other.get(4), bytes) and other.get(2) == header[2]]
        mutants += [("block at %s" % at, header, other)
                    for at, other in changed_blocks(blocks, maker.public.width, maker.public.n)]
        for what, other_header, other_blocks in mutants:
            if other_header.get(13) in ([1, 2, 3], [2, 3], [1, 3]):
                continue    # a claim
            maker.files[name] = maker.signers.message(other_header, other_blocks)
            self.ignored(maker, name, what)

    def test_wrong_openings_and_names(self):
        maker = base()
        whole = maker.openings()
        m, r = whole[0]
        wrong = {"m": [(m + 1, r)] + whole[1:], "sign": [(m, maker.public.n - r)] + whole[1:],
                 "swapped": whole[1:2] + whole[:1] + whole[2:], "short": whole[:-1], "long": whole + whole[:1]}
        for what, openings in wrong.items():
            self.ignored(maker, maker.completion(1, 1, openings), what)
        for what, changes in (("aggregate", {"f10": bytes(32)}), ("part", {"f11": 2}), ("trustees", {"f13": [1]}),
                              ("order", {"f13": [2, 1]}), ("no trustee", {"f13": [1, 4]}), ("parts", {"f12": 9999})):
            self.ignored(maker, maker.completion(1, 1, **changes), what)
        good = maker.files[maker.completion(1, 1)]
        for entry in ("1-of-2", "2-of-1", "01-of-1", "1-of-1.bak", "0-of-0"):
            maker.files["completions/" + entry] = good
            self.ignored(maker, "completions/" + entry)

    def test_it_stands_in_for_no_partial(self):
        maker = base()
        maker.completion(1, 1)
        del maker.files["partials/2"]
        self.refused(maker, "result", "no good partial of trustee 2")


class Cbor(unittest.TestCase):
    REFUSED = {
        "empty": "", "long 0": "1800", "long 23": "1817", "long 255 in two": "1900ff", "long in four": "1a0000ffff",
        "long in eight": "1b00000000ffffffff", "truncated head": "19ff", "reserved 28": "1c", "reserved 31": "1f",
        "negative": "20", "tag": "c000", "false": "f4", "null": "f6", "half": "f90000", "double": "fb" + "00" * 8,
        "indefinite bytes": "5f4100ff", "indefinite text": "7f6100ff", "indefinite array": "9f00ff",
        "indefinite map": "bf0000ff", "long string head": "580100", "string too short": "4200", "huge string": "5b" +
        "ff" * 8, "text not UTF-8": "61ff", "overlong UTF-8": "62c080", "surrogate": "63eda080",
        "array too short": "8200", "huge array": "9b" + "ff" * 8, "map descending": "a201000000", "map twice":
        "a200000000", "text key": "a1616100", "bytes key": "a1410000", "map too short": "a100", "huge map": "bb" +
        "ff" * 8, "long map head": "b8010000", "deep": "81" * 50 + "00", "long key": "a1180000",
    }

    def test_non_canonical_items_are_refused(self):
        for name, raw in self.REFUSED.items():
            with self.assertRaises(Refused, msg=name):
                cbor.decode(bytes.fromhex(raw))

    def test_round_trips(self):
        for value in (0, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 64 - 1, b"", b"x" * 24, "",
                      "\u00e4", [], [1, [b"2", {}]], {0: 1, 24: "x", 65536: {1: []}}):
            raw = cbor.encode(value)
            self.assertEqual(cbor.decode(raw), (value, len(raw)))
            self.assertEqual(cbor.decode(raw + b"\0"), (value, len(raw)))

    def test_every_truncation_is_refused(self):
        raw = cbor.encode({0: "key", 1: 1000, 2: bytes(32), 3: [1, {4: "x"}]})
        for size in range(len(raw)):
            with self.assertRaises(Refused):
                cbor.decode(raw[:size])


class Ed25519(unittest.TestCase):
    VECTORS = (   # RFC 8032 section 7.1: seed, public key, message, signature
        ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
         "d25bf5f0595bbe24655141438e7a100b"),
        ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
         "387b2eaeb4302aeeb00d291612bb0c00"),
    )

    def test_vectors_of_the_standard(self):
        for seed, public, message, signature in self.VECTORS:
            seed, public, message, signature = map(bytes.fromhex, (seed, public, message, signature))
            self.assertEqual(ed25519.public_key(seed), public)
            self.assertEqual(ed25519.sign(seed, message), signature)
            self.assertTrue(ed25519.verify(public, message, signature))
            self.assertFalse(ed25519.verify(public, message + b"x", signature))

    def test_s_above_the_order_is_refused(self):
        _, public, message, signature = (bytes.fromhex(part) for part in self.VECTORS[0])
        s = int.from_bytes(signature[32:], "little") + ed25519.L
        self.assertFalse(ed25519.verify(public, message, signature[:32] + s.to_bytes(32, "little")))

    def test_small_order_and_non_canonical_keys_are_refused(self):
        """With R = s B, a key of order 1 would accept any message."""
        r = ed25519._encode(ed25519._multiply(5, ed25519.BASE))
        forged = r + (5).to_bytes(32, "little")
        small = [(1).to_bytes(32, "little"), (ed25519.P - 1).to_bytes(32, "little"), bytes(32),
                 (ed25519.P + 1).to_bytes(32, "little"), (1 | 1 << 255).to_bytes(32, "little"),
                 ed25519.P.to_bytes(32, "little"), b"\xff" * 32]
        for public in small:
            for message in (b"", b"a", b"b", b"c"):
                self.assertFalse(ed25519.verify(public, message, forged), public.hex())
        seed = bytes(32)
        self.assertFalse(ed25519.verify(ed25519.public_key(seed), b"", small[0] + bytes(32)))

    def test_a_key_with_a_part_of_small_order_signs_what_the_equation_says(self):
        """A = a B + T, T of order 2: s B - c A is R for even c and R + T for odd ones, for libsodium, too."""
        secret, nonce, seen = 1234567, 7654321, set()
        key = ed25519._add(ed25519._multiply(secret, ed25519.BASE), (0, ed25519.P - 1, 1, 0))
        public, r = ed25519._encode(key), ed25519._encode(ed25519._multiply(nonce, ed25519.BASE))
        for number in range(16):
            message = b"%d" % number
            challenge = ed25519._scalar(r, public, message)
            s = (nonce + challenge * secret) % ed25519.L
            self.assertEqual(ed25519.verify(public, message, r + s.to_bytes(32, "little")), challenge % 2 == 0, number)
            seen.add(challenge % 2)
        self.assertEqual(seen, {0, 1})


if __name__ == "__main__":
    if os.environ.get("SANITIZED"):
        sys.exit(77)  # nothing here is compiled
    unittest.main()
