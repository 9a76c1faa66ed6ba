# SPDX-License-Identifier: Apache-2.0
"""The coordinator's list of contributions: which are in the sum, and which are not."""
import collections

import merkle
from refusal import require

ENTRY_BYTES = 32 + 4 + 32
SUPERSEDED = "QUORSUM_ERR_SUPERSEDED"
Entry = collections.namedtuple("Entry", "sender sequence contribution")


def check_coordinator(task, message):
    require(message.sender == task.coordinator, "not signed by the task's coordinator")


class Manifest:
    """entries: who is in, strictly ascending; product is over exactly these contributions."""

    def __init__(self, data, task, contributions):
        """contributions: the good ones of the board, by (sender, sequence)."""
        message = task.read(data, "manifest")
        header = message.header
        check_coordinator(task, message)
        self.digest, self.cohort = message.digest, header[10]
        self.entries = [Entry(raw[:32], int.from_bytes(raw[32:36], "big"), raw[36:])
                        for raw in message.words(ENTRY_BYTES, self.cohort)]
        senders = [entry.sender for entry in self.entries]
        require(all(a < b for a, b in zip(senders, senders[1:])), "senders are not strictly ascending")
        require(all(map(task.admits, senders)), "it lists somebody who is not on the roster")
        require(task.min_cohort <= self.cohort <= task.max_cohort, "a cohort of %d is not allowed" % self.cohort)
        require(header[12] == task.revote, "another rule for repeated contributions than the task's")
        require(merkle.root([merkle.leaf(*entry) for entry in self.entries]) == header[11], "the Merkle root is wrong")
        self._check_refused(header[13])
        self.product = self._multiply(task, contributions)

    def _check_refused(self, refused):
        places = [(entry[0], entry[1]) for entry in refused]
        require(all(a < b for a, b in zip(places, places[1:])), "refused contributions are not strictly ascending")
        counted = {entry.sender: entry.sequence for entry in self.entries}
        for (sender, sequence), reason in zip(places, (entry[3] for entry in refused)):
            require(counted.get(sender) != sequence, "a contribution is both listed and refused")
            require(reason != SUPERSEDED or counted.get(sender, 0) > sequence, "no later contribution takes the place")

    def _multiply(self, task, contributions):
        out = [1] * task.count
        for sender, sequence, digest in self.entries:
            contribution = contributions.get((sender, sequence))
            require(contribution is not None, "no good contribution of %s" % sender.hex())
            require(contribution.digest == digest, "another contribution of %s than the listed one" % sender.hex())
            out = [a * c % task.key.public.modulus for a, c in zip(out, contribution.ciphertexts)]
        return out

    def entry_of(self, sender):
        """None if nothing of this sender is in."""
        return next((entry for entry in self.entries if entry.sender == sender), None)
