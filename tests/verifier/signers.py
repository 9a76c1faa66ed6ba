# SPDX-License-Identifier: Apache-2.0
"""Signed messages for makeboard.py: everybody's identities, and messages taken apart to be changed and signed again."""
import cbor
import ed25519
from key import key_blocks
from message import NO_TASK, SIGNATURE_BYTES, confirmation_bytes, signed_bytes
from transcript import h256


class Signers:
    """Ed25519 identities from a fixed seed; `seeds` finds the signing seed of an identity again.

    known: signing seeds of others.
    """

    def __init__(self, seed, known=()):
        self.prefix, self.seeds = str(seed).encode(), {ed25519.public_key(seed): seed for seed in known}

    def identity(self, name):
        seed = h256(self.prefix + b"/" + name.encode())
        public = ed25519.public_key(seed)
        self.seeds[public] = seed
        return public

    def message(self, header, blocks):
        """Encodes and signs; `header` holds its kind (0) and its sender (2)."""
        body = cbor.encode(header) + blocks
        task = header.get(4, NO_TASK) if header[0] not in ("key", "task") else NO_TASK
        return body + self.sign(header[2], signed_bytes(header[0], task, h256(body)))

    def sign(self, identity, data):
        return ed25519.sign(self.seeds[identity], data)

    def confirmation(self, trustee, identity, key_digest):
        return bytes([trustee]) + self.sign(identity, confirmation_bytes(key_digest, trustee))


def split(data):
    """(header, blocks) of a message, to be changed and signed again."""
    header, used = cbor.decode(data)
    end = used + key_blocks(header) if header[0] == "key" else -SIGNATURE_BYTES
    return header, data[used:end]


def digest(data):
    header, used = cbor.decode(data)
    return h256(data[:used + key_blocks(header)] if header[0] == "key" else data[:-SIGNATURE_BYTES])
