# SPDX-License-Identifier: Apache-2.0
"""What holds coordinator and trustees to one list: receipts, acknowledgements, evidence of two where one may be."""
import ed25519
from manifest import check_coordinator
from message import signed_bytes
from refusal import require
from slots import LAST


def place(identity, sequence):
    """A contribution's name in its folder, and its receipt's."""
    return identity.hex() + ("-%d" % sequence if sequence > 1 else "")


class Receipt:
    """The coordinator's word that a contribution will be listed."""

    def __init__(self, data, task, name):
        message = task.read(data, "receipt")
        check_coordinator(task, message)
        self.contributor, self.sequence, self.contribution = (message.header[key] for key in (10, 11, 12))
        require(place(self.contributor, self.sequence) == name, "the file's name is not its contribution's")

    def check_kept(self, task, manifest):
        """The manifest lists it, or a later one where the last counts."""
        entry = manifest.entry_of(self.contributor)
        require(entry is not None, "the manifest leaves out a contribution that has a receipt")
        if entry.sequence == self.sequence:
            require(entry.contribution == self.contribution, "the manifest lists another contribution than the receipt")
        else:
            require(task.revote == LAST and entry.sequence > self.sequence,
                    "the manifest lists an earlier contribution than the receipt")


def check_acknowledgement(data, task, manifest, aggregate, name):
    """Returns the trustee, who has agreed to this manifest and aggregate."""
    message, key = task.read(data, "acknowledgement"), task.key
    trustee = message.header[10]
    require(str(trustee) == name, "the file's name is not its trustee")
    require(trustee <= len(key.identities), "there is no trustee %d" % trustee)
    require(key.identities[trustee - 1] == message.sender, "not signed by trustee %d" % trustee)
    require(message.header[11] == manifest.digest, "of another manifest")
    require(message.header[12] == aggregate.digest, "of another aggregate")
    return trustee


def check_evidence(data, task, name):
    """Returns whom it convicts, in words. It proves itself, whichever digest its name is."""
    header = task.read(data, "evidence").header
    accused, kind, signed = header[10], header[11], [(header[12], header[13]), (header[14], header[15])]
    require(kind in ("manifest", "acknowledgement"), "of a kind that may be signed often")
    require(signed[0][0] < signed[1][0], "the two digests are not ascending")
    require(accused in ([task.coordinator] if kind == "manifest" else task.key.identities),
            "the accused does not answer for this kind")
    for digest, signature in signed:
        signed_by_it = ed25519.verify(accused, signed_bytes(kind, task.digest, digest), signature)
        require(signed_by_it, "not signed by the accused")
    require(len(name) == 64 and set(name) <= set("0123456789abcdef"), "the file's name is no digest's")
    who = "the coordinator" if kind == "manifest" else "trustee %d" % (task.key.identities.index(accused) + 1)
    return "%s has signed two of kind %s" % (who, kind)
