# SPDX-License-Identifier: Apache-2.0
"""One check an object of a round. Each takes the message and what was checked before it, and raises Refused."""
import arith
import choice
import norm
import proofs
from agreement import place
from manifest import check_coordinator
from message import Message, from_natural
from refusal import require
from slots import BALLOT, LAST, NORM, Plan


def statement(public, plan, header):
    """What the proof behind a contribution's ciphertexts shows, beside that its maker knows them."""
    if header[18] == BALLOT:
        return choice.clauses(plan.choices)
    if header[18] == NORM:
        slots = [sum(run for _, run in runs) for runs in plan.plaintexts]
        return norm.Statement(public, slots, plan.columns[0].beta, from_natural(header[19]), header[15])
    return None


class Task:
    """The `task` message under its key, and the plan that follows from both."""

    def __init__(self, message, key):
        header = message.header
        require(header[3] == key.digest, "made for another key")
        require(len(key.confirmed) >= key.needed, "confirmed by fewer trustees than it needs")
        self.key, self.digest, self.header = key, message.digest, header
        self.min_cohort, self.max_cohort, self.admitted = header[14], header[15], header[17]
        require(self.min_cohort <= self.max_cohort, "min_cohort is above max_cohort")
        require(all(a < b for a, b in zip(self.admitted, self.admitted[1:])), "the roster is not strictly ascending")
        require(key.quorum <= header[21] <= key.trustees, "no such agreement")
        self.revote, self.agreement, self.coordinator = header[20], header[21], message.sender
        self.level = header[18]
        self.plan = Plan(header, key.public.ns)
        self.count = len(self.plan.plaintexts)
        self.statement = statement(key.public, self.plan, header)

    def proof_bytes(self):
        if self.level == BALLOT:
            return choice.proof_bytes(self.key.public, self.statement)
        return self.statement.proof_bytes() if self.level == NORM else 0

    def admits(self, sender):
        return not self.admitted or sender in self.admitted

    def read(self, data, kind):
        """A message of this round."""
        message = Message(data, kind)
        require(message.header[3] == self.key.digest, "made for another key")
        require(message.header[4] == self.digest, "made for another task")
        return message

    def ciphertexts(self, message, count, behind=0):
        """The ciphertexts that the blocks begin with, and the `behind` bytes that follow them and end the blocks."""
        public = self.key.public
        require(count == self.count, "%d ciphertexts where the task has %d" % (count, self.count))
        size = (public.s + 1) * public.width * count
        require(len(message.blocks) == size + behind, "the blocks have the wrong length")
        return public.ciphertexts(message.blocks[:size]), message.blocks[:size], message.blocks[size:]


class Contribution:
    def __init__(self, data, task, name):
        message = task.read(data, "contribution")
        self.sender, self.digest, header = message.sender, message.digest, message.header
        self.sequence = header[15]
        require(place(self.sender, self.sequence) == name, "the file's name is not its sender and sequence")
        require(task.admits(self.sender), "the sender is not on the roster")
        require(header[14] == task.level, "not a proof of the task's level")
        require(self.sequence == 1 or task.revote == LAST, "the first contribution counts")
        self.ciphertexts, written, proof = task.ciphertexts(message, header[10], task.proof_bytes())
        about = (task.digest, self.sender)
        proofs.check_vector(task.key.public, *about, self.ciphertexts, written, (header[11], header[12], header[13]))
        if task.level == BALLOT:
            choice.check_choices(task.key.public, *about, task.statement, self.ciphertexts, written, proof)
        if task.level == NORM:
            norm.check_norm(task.statement, *about, self.ciphertexts, written, proof)


class Aggregate:
    def __init__(self, data, task, manifest):
        message = task.read(data, "aggregate")
        header = message.header
        check_coordinator(task, message)
        self.digest = message.digest
        require(header[10] == manifest.digest, "made from another manifest")
        require(header[11] == manifest.cohort, "the cohort is not the manifest's")
        self.ciphertexts, _, _ = task.ciphertexts(message, header[12])
        for k, (have, want) in enumerate(zip(self.ciphertexts, manifest.product)):
            require(have == want, "ciphertext %d is not the product of the contributions" % k)
        self.c0s = [c % task.key.public.n for c in self.ciphertexts]


def check_partial(data, task, aggregate, name):
    message, key = task.read(data, "partial"), task.key
    header, trustee = message.header, message.header[10]
    require(str(trustee) == name, "the file's name is not its trustee")
    require(trustee <= key.trustees, "there is no trustee %d" % trustee)
    require(key.identities[trustee - 1] == message.sender, "not signed by trustee %d" % trustee)
    require(header[11] == aggregate.digest, "made from another aggregate")
    require(header[12] == task.count, "%d shares where the task has %d" % (header[12], task.count))
    words = message.words(key.public.width, task.count)
    values = [key.public.unit(word, "share %d" % k) for k, word in enumerate(words)]
    proofs.check_share_batch(key, task.digest, message.sender, trustee, aggregate.c0s, values, (header[13], header[14]))
    return trustee


def check_opening(public, c, m, r):
    """c = (1+N)^m r^(N^s), where c is a unit, 0 <= m < N^s by its digits, and r is a word."""
    require(0 < r < public.n, "r is out of range")
    power = arith.powmod(r, public.ns, public.modulus)
    require(arith.one_plus_n_pow(m, public.n, public.s) * power % public.modulus == c,
            "the opening does not give back the ciphertext")


def check_trustees(key, trustees):
    require(all(a < b for a, b in zip(trustees, trustees[1:])), "trustees are not strictly ascending")
    require(len(trustees) >= key.quorum, "fewer trustees than the quorum")
    require(trustees[-1] <= key.trustees, "there is no trustee %d" % trustees[-1])


def check_openings(message, task, ciphertexts):
    """The blocks open exactly these; returns the plaintexts."""
    public, plaintexts = task.key.public, []
    split = public.s * public.width
    for k, raw in enumerate(message.words(split + public.width, len(ciphertexts))):
        m = arith.from_digits(raw[:split], public.n, public.width, "m of opening %d" % k)
        check_opening(public, ciphertexts[k], m, int.from_bytes(raw[split:], "big"))
        plaintexts.append(m)
    return plaintexts


def check_completion(data, task, aggregate, name):
    """A part of the openings. Nothing follows from it that the aggregate does not say."""
    message = task.read(data, "completion")
    header, (part, parts) = message.header, (message.header[11], message.header[12])
    require("%d-of-%d" % (part, parts) == name, "the file's name is not its part")
    require(part <= parts <= task.count, "there is no part %d of %d" % (part, parts))
    require(header[10] == aggregate.digest, "made from another aggregate")
    check_trustees(task.key, header[13])
    ciphertexts = aggregate.ciphertexts[(part - 1) * task.count // parts:part * task.count // parts]
    require(header[14] == len(ciphertexts), "%d openings where the part has %d" % (header[14], len(ciphertexts)))
    check_openings(message, task, ciphertexts)
    return name


def check_result(data, task, manifest, aggregate, partials):
    """Returns the totals, one list a column. partials: the trustees with good ones."""
    message = task.read(data, "result")
    header = message.header
    require(header[10] == manifest.digest, "made from another manifest")
    require(header[11] == aggregate.digest, "made from another aggregate")
    require(header[12] == manifest.cohort, "the cohort is not the manifest's")
    check_trustees(task.key, header[13])
    for trustee in header[13]:
        require(trustee in partials, "no good partial of trustee %d" % trustee)
    require(header[14] == task.count, "%d openings where the task has %d" % (header[14], task.count))
    return task.plan.read(check_openings(message, task, aggregate.ciphertexts), manifest.cohort)
