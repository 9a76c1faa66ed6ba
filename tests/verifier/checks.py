# SPDX-License-Identifier: Apache-2.0
"""One check an object of a round. Each takes the message and what was checked before it, and raises Refused."""
import arith
import proofs
from message import Message
from refusal import require
from slots import Plan


class Task:
    """The `task` message under its key, and the plan that follows from both."""

    def __init__(self, message, key):
        header = message.header
        require(header[3] == key.digest, "made for another key")
        require(not message.blocks, "bytes left over")
        self.key, self.digest, self.header = key, message.digest, header
        self.min_cohort, self.max_cohort, self.admitted = header[14], header[15], header[17]
        require(self.min_cohort <= self.max_cohort, "min_cohort is above max_cohort")
        require(all(a < b for a, b in zip(self.admitted, self.admitted[1:])), "the roster is not strictly ascending")
        require(key.quorum <= header[21] <= key.trustees, "no such agreement")
        self.revote, self.agreement, self.coordinator = header[20], header[21], message.sender
        require(header[19] == b"", "a norm bound at level knowledge")
        self.plan = Plan(header, key.public.ns)
        self.count = len(self.plan.plaintexts)

    def admits(self, sender):
        return not self.admitted or sender in self.admitted

    def read(self, data, kind):
        """A message of this round."""
        message = Message(data, kind)
        require(message.header[3] == self.key.digest, "made for another key")
        require(message.header[4] == self.digest, "made for another task")
        return message

    def ciphertexts(self, message, count):
        public = self.key.public
        require(count == self.count, "%d ciphertexts where the task has %d" % (count, self.count))
        message.words((public.s + 1) * public.width, count)
        return public.ciphertexts(message.blocks)


class Contribution:
    def __init__(self, data, task, name):
        message = task.read(data, "contribution")
        self.sender, self.digest, header = message.sender, message.digest, message.header
        require(self.sender.hex() == name, "the file's name is not its sender")
        require(task.admits(self.sender), "the sender is not on the roster")
        require(header[14] == task.header[18], "not a proof of the task's level")
        require(header[15] == 1 or task.revote == 1, "the first contribution counts")
        self.ciphertexts = task.ciphertexts(message, header[10])
        proofs.check_vector(task.key.public, task.digest, self.sender, self.ciphertexts, message.blocks,
                            (header[11], header[12], header[13]))


class Manifest:
    """Who is in, strictly ascending; product is over exactly these contributions."""

    def __init__(self, data, task, contributions):
        message = task.read(data, "manifest")
        self.digest, self.cohort = message.digest, message.header[10]
        self.entries = [(entry[:32], entry[32:]) for entry in message.words(64, self.cohort)]
        require(all(a[0] < b[0] for a, b in zip(self.entries, self.entries[1:])), "senders are not strictly ascending")
        require(task.min_cohort <= self.cohort <= task.max_cohort, "a cohort of %d is not allowed" % self.cohort)
        self.product = self._multiply(task, contributions)

    def _multiply(self, task, contributions):
        out = [1] * task.count
        for sender, digest in self.entries:
            contribution = contributions.get(sender)
            require(contribution is not None, "no good contribution of %s" % sender.hex())
            require(contribution.digest == digest, "another contribution of %s than the listed one" % sender.hex())
            out = [a * c % task.key.public.modulus for a, c in zip(out, contribution.ciphertexts)]
        return out


class Aggregate:
    def __init__(self, data, task, manifest):
        message = task.read(data, "aggregate")
        header = message.header
        self.digest = message.digest
        require(header[10] == manifest.digest, "made from another manifest")
        require(header[11] == manifest.cohort, "the cohort is not the manifest's")
        self.ciphertexts = task.ciphertexts(message, header[12])
        for k, (have, want) in enumerate(zip(self.ciphertexts, manifest.product)):
            require(have == want, "ciphertext %d is not the product of the contributions" % k)
        self.c0s = [c % task.key.public.n for c in self.ciphertexts]


def check_partial(data, task, aggregate, name):
    message, key = task.read(data, "partial"), task.key
    header, trustee = message.header, message.header[10]
    require(str(trustee) == name, "the file's name is not its trustee")
    require(trustee <= key.trustees, "there is no trustee %d" % trustee)
    require(not key.identities or key.identities[trustee - 1] == message.sender, "not signed by trustee %d" % trustee)
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
    """Returns the totals, one list a column."""
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
