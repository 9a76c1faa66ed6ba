# SPDX-License-Identifier: Apache-2.0
"""A ceremony as an observer sees it: reads the proposal and the messages in any order, and says how it ended.

    python3 ceremony.py DIRECTORY

    running   a message is missing: waiting names the slots
    failed    accused names slots, certain says whether each of them deviated or one of them
    done      record: header and blocks of the key record that all have signed, and who confirmed it

Everything is recomputed from the messages alone; the keys of a batch that was revealed are used to say it all again.
"""
import os
import sys

import cbor
import ed25519
from ceremony_math import Generation, Handover, check_proof, roots_from
from key import CERTIFICATE_ROOTS, KeyRecord, key_blocks
from message import NO_TASK, Message, confirmation_bytes, signed_bytes, to_natural
from party import Batch
from refusal import Refused, require
from sharing import Sets
from transcript import h256, join, u64

BOX = 16 + 64


class Deviation(Exception):
    def __init__(self, accused, certain, reason):
        super().__init__(reason)
        self.accused, self.certain, self.reason = sorted(set(accused)), certain, reason


class Proposal:
    def __init__(self, data, parent=None):
        message = Message(data, "proposal")
        header = message.header
        require(not message.blocks, "bytes left over")
        self.digest, self.header = message.digest, header
        self.bits, self.s, self.randomiser = header[12], header[13], header[14]
        self.trustees, self.quorum, self.roster = header[15], header[16], header[17]
        self.batch, self.dealers = header[18], header[20]
        require(len(self.roster) == self.trustees == len(set(self.roster)), "the roster is wrong")
        self.parent = parent
        require(bool(header[19]) == (parent is not None), "a parent too many, or none")
        if parent is None:
            require(3 <= self.trustees and 2 <= self.quorum <= (self.trustees + 1) // 2, "sizes out of range")
            require(self.batch and not self.dealers and not header[21], "no proposal of a new key")
        else:
            require(header[19] == parent.digest and header[21] == parent.epoch + 1, "another parent")
            require(not self.batch and 2 <= self.quorum <= self.trustees, "no proposal to hand a key on")
            require(len(self.dealers) == parent.quorum and self.dealers == sorted(set(self.dealers))
                    and self.dealers[-1] <= parent.trustees, "the dealers are wrong")
        self.sets = Sets(self.trustees, self.quorum - 1)

    def speaker(self, slot):
        """The identity of a slot: members, then dealers."""
        if slot <= self.trustees:
            return self.roster[slot - 1]
        return self.parent.identities[self.dealers[slot - self.trustees - 1] - 1]

    @property
    def slots(self):
        return self.trustees + len(self.dealers)


class Parent(KeyRecord):
    """A key record that is handed on, with what the new one takes over as it stands."""

    def __init__(self, data, min_bits):
        super().__init__(data, min_bits)
        message = Message(data, "key", key_blocks)
        self.header, self.epoch, self.secret_bits = message.header, message.header[22], message.header[26]
        self.proof_blocks = message.blocks[(self.trustees + CERTIFICATE_ROOTS) * self.public.width:]


class Step:
    """One message of a ceremony, its form and signature good."""

    def __init__(self, data, proposal):
        message = Message(data, "ceremony")
        header = message.header
        require(header[15] == len(message.blocks), "the body has another length than the header says")
        require(header[10] == proposal.digest, "of another ceremony")
        require(header[13] in range(1, proposal.slots + 1), "no such slot")
        require(message.sender == proposal.speaker(header[13]), "not the sender's slot")
        self.number, self.round, self.slot, self.seen = header[11], header[12], header[13], header[14]
        self.body, self.digest = message.blocks, message.digest


class Ceremony:
    def __init__(self, proposal, messages, parent=None):
        self.proposal = Proposal(proposal, parent)
        self.sets, self.n = self.proposal.sets, self.proposal.trustees
        self.taken, self.refused = {}, 0
        self.transcript = h256(join(b"quorsum/v1/ceremony", self.proposal.digest))
        self.phase, self.accused, self.certain, self.reason, self.waiting = "running", [], 0, "", []
        self.step, self.round, self.batches, self.tried, self.record = 0, "", 0, 0, None
        self.before, self.speakers_before = [], []
        try:
            for data in messages:
                self._take(data)
            self._run()
        except Deviation as deviation:
            self.phase, self.accused = "failed", deviation.accused
            self.certain, self.reason = deviation.certain, deviation.reason

    def _take(self, data):
        try:
            step = Step(data, self.proposal)
        except Refused:
            self.refused += 1
            return
        other = self.taken.setdefault((step.number, step.slot), step)
        if other.digest != step.digest:
            raise Deviation([step.slot], 1, "two messages for one step")

    def _run(self):
        flow = self._hand_over() if self.proposal.parent else self._generate()
        bodies = None
        while True:
            try:
                name, lengths = flow.send(bodies)
            except StopIteration:
                self.phase = "done"
                return
            self.step, self.round = self.step + 1, name
            self.waiting = [slot for slot in lengths if (self.step, slot) not in self.taken]
            if self.waiting:
                return
            bodies = self._hear(name, lengths)

    def _hear(self, name, lengths):
        """The bodies of a complete step. First what each says it saw: whoever differs had other messages before."""
        spoken = {slot: self.taken[self.step, slot] for slot in lengths}
        if name == "sign":  # nothing counts but the signatures; one that is bad may be good for another record
            return {slot: message.body for slot, message in spoken.items()}
        self._check_views(spoken)
        for slot, message in spoken.items():
            if message.round != name or len(message.body) != lengths[slot]:
                raise Deviation([slot], 1, "another round or length")
        self.speakers_before, self.before = list(spoken), [message.digest for message in spoken.values()]
        self.transcript = h256(join(b"quorsum/v1/ceremony-step", self.transcript, u64(self.step), *self.before))
        return {slot: message.body for slot, message in spoken.items()}

    def _check_views(self, spoken):
        for slot, message in spoken.items():
            if len(message.seen) != 32 * len(self.before):
                raise Deviation([slot], 1, "saw another number of messages")
            for k, digest in enumerate(self.before):
                if message.seen[32 * k:32 * k + 32] != digest:
                    other = self.speakers_before[k]
                    raise Deviation([slot, other], int(slot == other), "two views of one message")

    # ---- pieces of rounds ----
    def _members(self, length):
        return {i: length(i) if callable(length) else length for i in range(1, self.n + 1)}

    def _committed(self, name, length):
        commitments = yield name + "-commit", self._members(32)
        bodies = yield name, self._members(32 + length)
        for i, body in bodies.items():
            says = h256(join(b"quorsum/v1/ceremony-commitment", self.proposal.digest, u64(self.step), u64(i),
                             body[:32], body[32:]))
            if says != commitments[i]:
                raise Deviation([i], 1, "opened another commitment")
        return [bodies[i][32:] for i in range(1, self.n + 1)]

    def _same_in_sets(self, bodies, at, size, stride, what):
        """values[a], said by every member of set a: `size` bytes at `at` of every `stride`."""
        out, pairs = {}, []
        for i, body in bodies.items():
            for k, a in enumerate(self.sets.own(i)):
                value = body[k * stride + at:k * stride + at + size]
                first = out.setdefault(a, (i, value))
                if first[1] != value:
                    pairs += [first[0], i]
        if pairs:
            raise Deviation(pairs, 0, what + " differ inside a set")
        return [out[a][1] for a in range(len(self.sets))]

    def _setup(self):
        """commit, deliver, confirm; what handing on adds comes in as lengths."""
        own = len(self.sets.own(1))
        dealers = range(self.n + 1, self.proposal.slots + 1)
        commits = yield "commit", self._members(32 + 32 * own)
        for i, body in commits.items():
            if low_order(body[:32]):
                raise Deviation([i], 1, "an exchange key of low order")
        lengths = self._members(lambda i: sum(BOX + 32 * len(self.sets.shared(i, j))
                                              for j in range(1, self.n + 1) if j != i))
        for slot in dealers:
            lengths[slot] = 32 + self.handover.dealt_bytes() + self.n * (BOX + 32 * own)
        delivered = yield "deliver", lengths
        for d, slot in enumerate(dealers):
            if low_order(delivered[slot][:32]) or not self.handover.take(d, delivered[slot][32:]):
                raise Deviation([slot], 1, "dealt what is not sound")
        confirms = yield "confirm", self._members(2 + 64 * own)
        self._complaints(confirms)
        rest = {i: body[2:] for i, body in confirms.items()}
        self._same_in_sets(rest, 0, 32, 64, "checks")
        return self._same_in_sets(rest, 32, 32, 64, "pledges")

    def _complaints(self, confirms):
        named = []
        for i, body in confirms.items():
            about = int.from_bytes(body[:2], "big")
            if about and (about == i or about > self.proposal.slots or any(body[2:])):
                raise Deviation([i], 1, "a complaint that is none")
            if about:
                named += [i, about]
        if named:
            raise Deviation(named, 0, "a complaint")

    # ---- a new key ----
    def _generate(self):
        proposal = self.proposal
        self.handover, self.generation = None, Generation(proposal)
        pledges = yield from self._setup()
        for batch in range(1 << 20):
            self.batches = batch
            said = {}
            verdict = yield from self._batch(said)
            if verdict == "key":
                break
            pledges = yield from self._reveal(batch, pledges, verdict, said)
            self.tried += self.generation.candidates
        yield from self._finish(self.generation.parts())

    def _batch(self, said):
        """The rounds of one batch: "key", "none" or "fault"; said[name] are the members' bodies."""
        generation, n = self.generation, self.n
        said["sift"] = yield from self._committed("sift", generation.sieve.body_bytes())
        if not generation.hear_sift(said["sift"]):
            return "fault"
        said["product"] = yield from self._committed("product", generation.product_bytes())
        if not generation.hear_product(said["product"]):
            return "fault"
        bodies = yield "test", self._members(generation.test_bytes)
        said["test"] = [bodies[i] for i in range(1, n + 1)]
        winner = generation.hear_test(said["test"])
        if not winner:
            return "fault" if winner is None else "none"
        bodies = yield "verify", self._members(generation.verify_bytes)
        said["verify"] = [bodies[i] for i in range(1, n + 1)]
        if not generation.hear_verify(said["verify"]):
            return "fault"
        said["derive"] = yield from self._committed("derive", generation.derive_bytes())
        if not generation.hear_derive(said["derive"]):
            return "fault"
        bodies = yield "keys", self._members(generation.width * len(self.sets.own(1)))
        said["keys"] = [bodies[i] for i in range(1, n + 1)]
        return "key" if generation.hear_keys(said["keys"]) else "fault"

    def _reveal(self, batch, pledges, verdict, said):
        bodies = yield "reveal", self._members(64 * len(self.sets.own(1)))
        wrong = []
        for i, body in bodies.items():
            for k, a in enumerate(self.sets.own(i)):
                key = body[64 * k:64 * k + 32]
                pledge = h256(join(b"quorsum/v1/ceremony-pledge", self.proposal.digest, u64(batch), u64(a), key))
                if pledge != pledges[a]:
                    wrong.append(i)
        if wrong:
            raise Deviation(wrong, 1, "revealed another key than the pledged one")
        keys = self._same_in_sets(bodies, 0, 32, 64, "keys")
        again = self._same_in_sets(bodies, 32, 32, 64, "pledges")
        self._replay(dict(enumerate(keys)), verdict, said)
        return again

    def _replay(self, keys, verdict, said):
        """Says the batch again for everybody. Whoever differs deviated; the library looks at a batch that merely had no
        winner only if something opened is not what the keys say."""
        generation = self.generation
        again = generation.say_again(Batch(generation.sieve, keys), said)
        differ = [i for i in range(1, self.n + 1) if any(said[name][i - 1] != again[name][i - 1] for name in said)]
        self.liars = differ
        if differ and (verdict == "fault" or not generation.sound(Batch(generation.sieve, keys))):
            raise Deviation(differ, 1, "said something else than the keys say")

    # ---- handing on ----
    def _hand_over(self):
        self.handover = Handover(self.proposal)
        yield from self._setup()
        bodies = yield from self._committed("mask", self.handover.mask_bytes())
        accused = self.handover.hear(bodies)
        if accused:
            raise Deviation(*accused)
        yield from self._finish(self.handover.parts())

    # ---- both ----
    def _finish(self, parts):
        width, task = parts.public.width, self.transcript
        size = 16 + (parts.share_bits + 257 + 7) // 8
        bodies = yield "certificate", self._members(7 * width + size)
        rows = {}
        for i, body in bodies.items():
            words = [int.from_bytes(body[k * width:(k + 1) * width], "big") for k in range(7)]
            try:
                check_proof(parts, task, self.proposal.roster[i - 1], i, words, body[7 * width:])
            except Refused as refused:
                raise Deviation([i], 1, "certificate: %s" % refused) from None
            rows[i] = words
        roots = roots_from(parts, self.sets.delta, {i: rows[i] for i in range(1, self.proposal.quorum + 1)})
        header, blocks = self._record(parts, roots)
        digest = h256(cbor.encode(header) + blocks)
        bodies = yield "sign", self._members(lambda i: 64 + (64 if i == 1 else 0))
        for i, body in bodies.items():
            identity = self.proposal.roster[i - 1]
            good = ed25519.verify(identity, confirmation_bytes(digest, i), body[:64])
            if i == 1:
                good = good and ed25519.verify(identity, signed_bytes("key", NO_TASK, digest), body[64:])
            if not good:
                self._check_views({i: self.taken[self.step, i]})
                raise Deviation([i], 1, "signed something else")
        entries = b"".join(bytes([i]) + bodies[i][:64] for i in sorted(bodies))
        self.record = cbor.encode(header) + blocks + bodies[1][64:] + entries

    def _record(self, parts, roots):
        proposal, parent = self.proposal, self.proposal.parent
        header = {0: "key", 1: 1, 2: proposal.roster[0], 10: to_natural(parts.public.n), 11: parts.public.s,
                  12: proposal.randomiser, 13: self.n, 14: proposal.quorum, 15: to_natural(parts.theta),
                  16: parts.share_bits, 17: "ceremony", 18: proposal.roster, 19: b"", 20: b"", 21: b"",
                  22: proposal.header[21], 23: self.transcript, 24: proposal.header[19], 25: b"", 26: parts.secret_bits}
        words = parts.verify + roots
        blocks = b"".join(map(parts.public.word, words))
        if parent is not None:
            header.update({key: parent.header[key] for key in (17, 19, 20, 21, 25)})
            blocks += parent.proof_blocks
        return header, blocks


def low_order(point):
    """An X25519 key whose shared secrets are all zero: the u-coordinates of order 1, 2, 4 and 8, in any encoding."""
    p = 2 ** 255 - 19
    u = int.from_bytes(point, "little") % 2 ** 255 % p
    return u in (0, 1, p - 1, 325606250916557431795983626356110631294008115727848805560023387167927233504,
                 39382357235489614581723060781553021112529911719440698176882885853963445705823)


def read_folder(folder, min_bits=2048):
    """The ceremony in a directory as the command keeps it: proposal, parent when there is one, and messages."""
    def read(name):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()

    names = os.listdir(folder)
    parent = Parent(read("parent"), min_bits) if "parent" in names else None
    messages = [read(name) for name in names if name.endswith(".qs") or name.startswith("message-")]
    return Ceremony(read("proposal"), messages, parent)


def main(folder):
    seen = read_folder(folder)
    print("%s in step %d, batch %d, after %d candidates of earlier batches" % (seen.phase, seen.step, seen.batches,
                                                                               seen.tried))
    if seen.refused:
        print("%d files are no messages of it" % seen.refused)
    if seen.phase == "running":
        print("waits for", *seen.waiting)
    if seen.phase == "failed":
        print("accused, %s:" % ("certainly" if seen.certain else "one of"), *seen.accused, "(%s)" % seen.reason)
    if seen.phase == "done":
        print("key record", KeyRecord(seen.record, 2048).digest.hex())
    return seen.phase != "done"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
