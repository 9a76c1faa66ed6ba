# SPDX-License-Identifier: Apache-2.0
"""One check an object of a round. Each takes the message and what was checked before it, and raises Refused."""
import arith
import ed25519
import proofs
from message import Message, signed_bytes
from refusal import require
from slots import Plan
from transcript import h256, join


def place(sender, sequence):
    """The name of a contribution or of its receipt in its folder."""
    return sender.hex() + ("-%d" % sequence if sequence > 1 else "")


def merkle_root(leaves):
    """RFC 6962 section 2.1: split at the largest power of two below the number of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return h256(join(b"quorsum/v1/merkle-node", merkle_root(leaves[:left]), merkle_root(leaves[left:])))


class Task:
    """The `task` message under its key, and the plan that follows from both."""

    def __init__(self, message, key):
        header = message.header
        require(header[3] == key.digest, "made for another key")
        require(not message.blocks, "bytes left over")
        require(len(key.confirmed) >= key.quorum, "fewer than a quorum of trustees have confirmed the key")
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
        self.sequence = header[15]
        require(place(self.sender, self.sequence) == name, "the file's name is not its sender and sequence")
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
        require(message.sender == task.coordinator, "not signed by the task's coordinator")
        self.digest, self.cohort = message.digest, message.header[10]
        entries = message.words(68, self.cohort)
        self.entries = [(entry[:32], int.from_bytes(entry[32:36], "big"), entry[36:]) for entry in entries]
        require(all(a[0] < b[0] for a, b in zip(self.entries, self.entries[1:])), "senders are not strictly ascending")
        require(task.min_cohort <= self.cohort <= task.max_cohort, "a cohort of %d is not allowed" % self.cohort)
        leaves = [h256(join(b"quorsum/v1/merkle-leaf", sender, sequence.to_bytes(8, "big"), digest))
                  for sender, sequence, digest in self.entries]
        require(message.header[11] == merkle_root(leaves), "the root is not the list's")
        require(message.header[12] == task.revote, "not the task's rule on revoting")
        self.counted = {sender: (sequence, digest) for sender, sequence, digest in self.entries}
        self._check_refused([(entry[0], entry[1], entry[3]) for entry in message.header[13]], task)
        self.product = self._multiply(task, contributions)

    def _check_refused(self, refused, task):
        require(all(a[:2] < b[:2] for a, b in zip(refused, refused[1:])), "refusals are not strictly ascending")
        for sender, sequence, reason in refused:
            counted = self.counted.get(sender, (0, b""))[0]
            require(counted != sequence, "a contribution is counted and refused")
            if reason == "QUORSUM_ERR_SUPERSEDED":
                require(task.revote == 1 and counted > sequence, "superseded by nothing")

    def _multiply(self, task, contributions):
        out = [1] * task.count
        for sender, sequence, digest in self.entries:
            require(1 <= sequence <= (65535 if task.revote else 1), "a sequence of %d is not allowed" % sequence)
            contribution = contributions.get((sender, sequence))
            require(contribution is not None, "no good contribution of %s" % sender.hex())
            require(contribution.digest == digest, "another contribution of %s than the listed one" % sender.hex())
            out = [a * c % task.key.public.modulus for a, c in zip(out, contribution.ciphertexts)]
        return out


class Aggregate:
    def __init__(self, data, task, manifest):
        message = task.read(data, "aggregate")
        header = message.header
        self.digest = message.digest
        require(message.sender == task.coordinator, "not signed by the task's coordinator")
        require(header[10] == manifest.digest, "made from another manifest")
        require(header[11] == manifest.cohort, "the cohort is not the manifest's")
        self.ciphertexts = task.ciphertexts(message, header[12])
        for k, (have, want) in enumerate(zip(self.ciphertexts, manifest.product)):
            require(have == want, "ciphertext %d is not the product of the contributions" % k)
        self.c0s = [c % task.key.public.n for c in self.ciphertexts]


def check_receipt(data, task, name):
    """(contributor, sequence, digest) that the coordinator has signed for."""
    message = task.read(data, "receipt")
    require(message.sender == task.coordinator, "not signed by the task's coordinator")
    require(place(message.header[10], message.header[11]) == name, "the file's name is not what it is for")
    require(not message.blocks, "bytes left over")
    return message.header[10], message.header[11], message.header[12]


def keeps(manifest, task, receipt):
    """Whether the manifest keeps the word that a receipt is; a contributor's later contribution takes the place of it."""
    contributor, sequence, digest = receipt
    counted = manifest.counted.get(contributor, (0, b""))
    return counted == (sequence, digest) or (task.revote == 1 and counted[0] > sequence)


def check_acknowledgement(data, task, manifest, aggregate, name):
    message, key = task.read(data, "acknowledgement"), task.key
    trustee = message.header[10]
    require(str(trustee) == name, "the file's name is not its trustee")
    require(trustee <= len(key.identities), "there is no identity of a trustee %d" % trustee)
    require(key.identities[trustee - 1] == message.sender, "not signed by trustee %d" % trustee)
    require(message.header[11] == manifest.digest, "of another manifest")
    require(message.header[12] == aggregate.digest, "of another aggregate")
    require(not message.blocks, "bytes left over")
    return trustee


def check_evidence(data, task):
    """Who signed two objects of which there may be one."""
    message = task.read(data, "evidence")
    header = message.header
    accused, kind = header[10], header[11]
    answering = {"manifest": [task.coordinator], "acknowledgement": task.key.identities}
    require(kind in answering and accused in answering[kind], "nobody who answers for such objects")
    require(header[12] < header[14], "the digests are not two, ascending")
    for digest, signature in ((header[12], header[13]), (header[14], header[15])):
        require(ed25519.verify(accused, signed_bytes(kind, task.digest, digest), signature), "bad signature")
    require(not message.blocks, "bytes left over")
    return accused


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
