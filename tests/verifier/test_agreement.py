#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who lies about the list of contributions is told: manifests, receipts, acknowledgements, evidence.

    python3 test_agreement.py
"""
import copy
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import board  # noqa: E402
import makeboard  # noqa: E402
import merkle  # noqa: E402
from manifest import SUPERSEDED  # noqa: E402
from slots import LAST  # noqa: E402
from transcript import h256, join, u64  # noqa: E402

FIELDS = [makeboard.field("x", 3, 8, signed=1)]


def start(contributors=3, **task):
    maker = makeboard.Maker(256)
    maker.key()
    maker.task(FIELDS, **task)
    for i in range(contributors):
        maker.contribution("contributor %d" % i)
    return maker


def copied(maker):
    other = copy.copy(maker)
    other.files, other.random = dict(maker.files), copy.deepcopy(maker.random)
    return other


def convicting(maker, other, name):
    """Evidence of what stands under one name on two boards."""
    header, _ = makeboard.split(maker.files[name])
    return maker.evidence(header[0], header[2], maker.files[name], other.files[name])


class Agreement(unittest.TestCase):
    def verdict(self, maker, name):
        report = board.check(maker.files, 256)
        return next(((verdict, reason) for path, verdict, reason in report.lines if path == name), None)

    def refused(self, maker, name, reason):
        verdict, said = self.verdict(maker, name) or ("missing", "")
        self.assertEqual(verdict, "refused", name)
        self.assertIn(reason, said)

    def ignored(self, maker, name):
        report = board.check(maker.files, 256)
        self.assertEqual([verdict for path, verdict, _ in report.lines if path == name], ["ignored"])
        self.assertTrue(report.good, report.lines)

    def accepted(self, maker):
        report = board.check(maker.files, 256)
        self.assertTrue(report.good, report.lines)
        self.assertEqual([entry["totals"] for entry in report.totals["fields"]], maker.totals)


class Manifests(Agreement):
    def test_the_root_is_that_of_rfc_6962(self):
        leaves = [merkle.leaf(bytes([i]) * 32, i, bytes([i]) * 32) for i in range(1, 8)]
        self.assertEqual(leaves[0], h256(join(b"quorsum/v1/merkle-leaf", b"\1" * 32, u64(1), b"\1" * 32)))
        a, b, c, d, e, f, g = leaves

        def node(left, right):
            return h256(join(b"quorsum/v1/merkle-node", left, right))

        self.assertEqual(merkle.root([a, b, c]), node(node(a, b), c))
        self.assertEqual(merkle.root([a, b, c, d, e, f]), node(node(node(a, b), node(c, d)), node(e, f)))
        self.assertEqual(merkle.root(leaves), node(node(node(a, b), node(c, d)), node(node(e, f), g)))

    def test_signed_by_somebody_else(self):
        for name in ("manifest", "aggregate"):
            maker = start()
            maker.finish()
            header, blocks = makeboard.split(maker.files[name])
            maker.files[name] = maker.signers.message({**header, 2: maker.signers.identity("anybody")}, blocks)
            self.refused(maker, name, "coordinator")

    def test_header_and_list_fit_together(self):
        for changes, reason in (({11: bytes(32)}, "root"), ({12: 1}, "rule")):
            maker = start()
            maker.finish()
            header, _ = makeboard.split(maker.files["manifest"])
            maker.resign("manifest", {**header, **changes})
            self.refused(maker, "manifest", reason)

    def test_the_refused_are_listed_in_order(self):
        maker = start(revote=LAST)
        names = maker.listed()
        for sequence in (2, 3):
            for i in (0, 1):
                maker.contribution("contributor %d" % i, sequence=sequence)
        maker.finish()
        self.assertEqual(len(maker.superseded()), 4)
        self.accepted(maker)
        superseded = [(name, SUPERSEDED) for name in maker.superseded()]
        for refused in (superseded[::-1], superseded[:1] * 2):
            maker.manifest(refused=refused)
            self.refused(maker, "manifest", "ascending")
        maker.manifest(refused=[])
        self.assertEqual(len(names), 3)
        self.assertEqual(self.verdict(maker, "manifest"), ("ok", ""))

    def test_the_refused_are_not_listed_and_superseded_by_something(self):
        maker = start(revote=LAST)
        second = maker.contribution("contributor 0", sequence=2)
        first, other = next(name for name in maker.superseded()), maker.listed()[-1]
        for names, refused, reason in ((None, [(second, "QUORSUM_ERR_PROOF")], "both listed and refused"),
                                       (sorted([first, other]), [(second, SUPERSEDED)], "no later contribution"),
                                       (None, [(first, "")], "field 13"), (None, [(first, "x" * 65)], "field 13")):
            maker.manifest(names, refused)
            self.refused(maker, "manifest", reason)
        for reason in ("x", "x" * 64, "QUORSUM_ERR_PROOF"):
            maker.manifest(None, [(first, reason)])
            self.assertEqual(self.verdict(maker, "manifest"), ("ok", ""))

    def test_sequences(self):
        maker = start(revote=LAST)
        maker.contribution("contributor 0", sequence=2)
        maker.contribution("contributor 1", sequence=65535)
        maker.finish()
        self.accepted(maker)
        first = start()
        name = first.contribution("contributor 0", sequence=2)
        self.refused(first, name, "the first contribution counts")
        misplaced = copied(maker)
        sender = name.partition("/")[2].partition("-")[0]
        misplaced.files["contributions/%s-3" % sender] = misplaced.files["contributions/%s-2" % sender]
        self.assertEqual(self.verdict(misplaced, "contributions/%s-3" % sender)[0], "ignored")
        del misplaced.files["contributions/%s-2" % sender]
        self.refused(misplaced, "manifest", "no good contribution")


class Receipts(Agreement):
    def test_kept_promises(self):
        maker = start(revote=LAST)
        for name in maker.listed():
            maker.receipt(name)
        maker.receipt(maker.contribution("contributor 2", sequence=2))
        maker.finish()
        self.accepted(maker)

    def test_a_contribution_left_out(self):
        maker = start(4)
        name = maker.receipt(maker.listed()[1])
        maker.manifest([name for i, name in enumerate(maker.listed()) if i != 1])
        self.refused(maker, name, "leaves out")

    def test_another_one_in_its_place(self):
        maker = start()
        name = maker.receipt(maker.contribution("contributor 1"))
        maker.contribution("contributor 1")
        maker.finish()
        self.refused(maker, name, "another contribution")

    def test_an_earlier_one_in_its_place(self):
        maker = start(revote=LAST)
        earlier = maker.listed()
        name = maker.receipt(maker.contribution("contributor 1", sequence=2))
        maker.manifest(earlier, [])
        self.refused(maker, name, "earlier contribution")

    def test_what_is_no_receipt_proves_nothing(self):
        maker = start()
        maker.finish()
        maker.manifest_names = maker.listed()
        left_out = maker.contribution("late")
        path = maker.receipt(left_out)
        good = maker.files[path]
        header, _ = makeboard.split(good)
        by_another = maker.signers.message({**header, 2: maker.signers.identity("contributor 0")}, b"")
        self.refused(maker, path, "leaves out")
        for spoiled in (b"", good[:-1], good + b"\0", by_another, maker.signers.message({**header, 4: bytes(32)}, b""),
                        maker.signers.message({**header, 11: 2}, b"")):
            maker.files[path] = spoiled
            self.ignored(maker, path)
        del maker.files[path]
        maker.files["receipts/junk"] = good
        self.ignored(maker, "receipts/junk")


class Acknowledgements(Agreement):
    def test_as_many_as_the_task_says(self):
        for trustees, quorum, agreement in ((3, 2, None), (3, 2, 2), (5, 3, 4), (4, 2, 3), (1, 1, 1)):
            maker = makeboard.make(bits=256, trustees=trustees, quorum=quorum, agreement=agreement, fields=FIELDS)
            self.accepted(maker)
            agreement = agreement or (trustees + quorum + 1) // 2
            for i in range(1, trustees - agreement + 1):
                del maker.files["acks/%d" % i]
            self.accepted(maker)
            del maker.files["acks/%d" % trustees]
            self.refused(maker, "acks", "%d of %d needed" % (agreement - 1, agreement))

    def test_no_task_agrees_with_fewer_than_a_quorum_or_more_than_all(self):
        for agreement in (1, 4):
            maker = start(agreement=agreement)
            self.refused(maker, "task", "no such agreement")

    def test_wrong_ones(self):
        """A refusal of the round, even where there are enough without it."""
        maker = makeboard.make(bits=256, agreement=2, fields=FIELDS)
        self.accepted(maker)
        header, _ = makeboard.split(maker.files["acks/3"])
        cases = (({2: maker.trustee(2)}, "not signed by trustee 3"), ({10: 2}, "not its trustee"),
                 ({11: bytes(32)}, "another manifest"), ({12: bytes(32)}, "another aggregate"), ({10: 0}, "field 10"))
        for changes, reason in cases:
            maker.files["acks/3"] = maker.signers.message({**header, **changes}, b"")
            self.refused(maker, "acks/3", reason)
        maker.files["acks/3"] = maker.signers.message(header, b"\0")
        self.refused(maker, "acks/3", "left over")
        del maker.files["acks/3"]
        maker.files["acks/03"] = maker.files["acks/2"]
        self.ignored(maker, "acks/03")
        maker.files["acks/4"] = maker.files.pop("acks/03")
        self.refused(maker, "acks/4", "not its trustee")


class Evidence(Agreement):
    def two_manifests(self):
        maker = start(4)
        maker.finish()
        other = copied(maker)
        other.manifest(maker.listed()[1:])
        return maker, other

    def test_two_manifests(self):
        maker, other = self.two_manifests()
        name = convicting(maker, other, "manifest")
        self.refused(maker, name, "the coordinator has signed two of kind manifest")

    def test_two_acknowledgements(self):
        maker, other = self.two_manifests()
        other.acknowledge(2)
        name = convicting(maker, other, "acks/2")
        self.refused(maker, name, "trustee 2 has signed two of kind acknowledgement")

    def test_the_name_is_a_digest_of_some_kind(self):
        maker, other = self.two_manifests()
        good = maker.files.pop(convicting(maker, other, "manifest"))
        for name, verdict in (("0" * 64, "refused"), ("F" * 64, "ignored"), ("0" * 63, "ignored"), ("junk", "ignored")):
            maker.files["evidence/" + name] = good
            self.assertEqual(self.verdict(maker, "evidence/" + name)[0], verdict, name)

    def test_what_is_no_evidence_proves_nothing(self):
        maker, other = self.two_manifests()
        name = convicting(maker, other, "manifest")
        header, _ = makeboard.split(maker.files[name])
        cases = ({10: maker.trustee(1)}, {11: "acknowledgement"}, {11: "aggregate"}, {12: bytes(32)}, {13: bytes(64)},
                 {14: header[12], 15: header[13]}, {14: header[12]}, {15: header[13]}, {12: header[14], 13: header[15]})
        for changes in cases:
            maker.files[name] = maker.signers.message({**header, **changes}, b"")
            self.ignored(maker, name)
        maker.files[name] = maker.signers.message(header, b"\0")
        self.ignored(maker, name)
        del maker.files[name]
        other.contribution("contributor 0")
        for name in ("aggregate", maker.listed()[0]):
            self.ignored(maker, convicting(maker, other, name))


if __name__ == "__main__":
    if os.environ.get("SANITIZED"):
        sys.exit(77)  # nothing here is compiled
    unittest.main()
