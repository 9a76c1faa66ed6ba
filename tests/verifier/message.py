# SPDX-License-Identifier: Apache-2.0
"""One signed message: header, blocks, signature (wire-format.md section 1), and what each header may hold.

Reading checks the form (canonical header, the kind's fields and their types and fixed bounds); what depends on other
objects is checked in checks.py.
"""
import cbor
import ed25519
from refusal import require
from transcript import h256, join, u64

SIGNATURE_BYTES = 64
NO_TASK = bytes(32)


def uint(low=0, high=2 ** 64 - 1):
    return lambda x: type(x) is int and low <= x <= high


def octets(size=None):
    return lambda x: type(x) is bytes and size in (None, len(x))


def text(least=0, most=None):
    """The bounds count bytes of UTF-8."""
    def allowed(x):
        size = len(x.encode()) if type(x) is str else -1
        return size >= least and "\0" not in x and (most is None or size <= most)
    return allowed


def natural(x):
    return type(x) is bytes and not x.startswith(b"\0")


def array(of, least=0, most=None):
    return lambda x: type(x) is list and least <= len(x) <= (most or len(x)) and all(of(entry) for entry in x)


def record(fields):
    """A map with exactly these keys."""
    return lambda x: type(x) is dict and set(x) == set(fields) and all(fields[key](x[key]) for key in fields)


digest = identity = octets(32)
common = {0: text(), 1: uint(1, 1), 2: identity}
bound = {**common, 3: digest, 4: digest}
field = record({0: text(1, 128), 1: uint(1, 2 ** 26), 2: uint(1, 62), 3: uint(0, 1), 4: uint(1, 2 ** 53), 5: uint(),
                6: text(0, 128), 7: uint(0, 3), 8: uint(0, 4096), 9: uint(0, 4096), 10: array(text(1, 128), 0, 4096)})
refused = record({0: identity, 1: uint(1, 65535), 2: digest, 3: text(1, 64)})

HEADERS = {
    "key": {**common, 10: natural, 11: uint(1, 4), 12: uint(0, 2), 13: uint(1, 255), 14: uint(1, 255), 15: natural,
            16: uint(), 17: lambda x: x in ("dealer", "ceremony"), 18: array(identity), 19: octets(), 20: octets(),
            21: octets(), 22: uint(), 23: octets(), 24: octets(), 25: octets(), 26: uint()},
    "task": {**common, 3: digest, 10: text(0, 256), 11: octets(16), 12: array(field, 1, 4096), 13: uint(0, 40),
             14: uint(2, 2 ** 32 - 1), 15: uint(2, 2 ** 32 - 1), 16: uint(0, 16), 17: array(identity), 18: uint(0, 2),
             19: natural, 20: uint(0, 1), 21: uint(1, 255)},
    "contribution": {**bound, 10: uint(), 11: octets(64), 12: octets(), 13: octets(), 14: uint(0, 2),
                     15: uint(1, 65535)},
    "manifest": {**bound, 10: uint(), 11: digest, 12: uint(0, 1), 13: array(refused, 0, 65536)},
    "receipt": {**bound, 10: identity, 11: uint(1, 65535), 12: digest},
    "acknowledgement": {**bound, 10: uint(1, 255), 11: digest, 12: digest},
    "evidence": {**bound, 10: identity, 11: text(), 12: digest, 13: octets(64), 14: digest, 15: octets(64)},
    "aggregate": {**bound, 10: digest, 11: uint(), 12: uint()},
    "partial": {**bound, 10: uint(1, 255), 11: digest, 12: uint(), 13: octets(16), 14: octets()},
    "completion": {**bound, 10: digest, 11: uint(1), 12: uint(1), 13: array(uint(1, 255), 1), 14: uint()},
    "proposal": {**common, 10: text(1, 128), 11: octets(16), 12: uint(), 13: uint(1, 4), 14: uint(0, 2),
                 15: uint(2, 15), 16: uint(2, 15), 17: array(identity, 2, 15), 18: uint(0, 65536),
                 19: lambda x: type(x) is bytes and len(x) in (0, 32), 20: array(uint(1, 255)), 21: uint()},
    "ceremony": {**common, 10: digest, 11: uint(1), 12: text(1, 23), 13: uint(1), 14: octets(), 15: uint()},
    "result": {**bound, 10: digest, 11: digest, 12: uint(), 13: array(uint(1, 255), 1), 14: uint()},
}

WITHOUT_BLOCKS = ("proposal", "task", "receipt", "acknowledgement", "evidence")


def to_natural(x):
    return x.to_bytes((x.bit_length() + 7) // 8, "big")


def from_natural(raw):
    return int.from_bytes(raw, "big")


def signed_bytes(kind, task_digest, name):
    return join(b"quorsum/v1/message", kind.encode(), task_digest, name)


def confirmation_bytes(key_digest, trustee):
    return join(b"quorsum/v1/confirmation", key_digest, u64(trustee))


class Message:
    """kind, header (a dict), blocks, digest and sender of one message whose form and signature are good.

    The signature ends the data, unless size_of_blocks(header) says where it stands; what follows it is `behind`.
    """

    def __init__(self, data, kind, size_of_blocks=None):
        require(len(data) >= SIGNATURE_BYTES, "truncated")
        self.kind = kind
        self.header, used = cbor.decode(data)
        self._check_header()
        end = len(data) - SIGNATURE_BYTES if size_of_blocks is None else used + size_of_blocks(self.header)
        require(used <= end <= len(data) - SIGNATURE_BYTES, "truncated")
        self.blocks, self.signature, self.behind = data[used:end], data[end:][:SIGNATURE_BYTES], \
            data[end + SIGNATURE_BYTES:]
        self.digest, self.sender = h256(data[:end]), self.header[2]
        self._check_signature()
        require(not (kind in WITHOUT_BLOCKS and self.blocks), "bytes left over")

    def _check_header(self):
        header, expected = self.header, HEADERS[self.kind]
        require(type(header) is dict, "the header is not a map")
        require(header.get(0) == self.kind, "this is not a message of kind " + self.kind)
        require(header.get(1) == 1, "unknown version")
        require(set(header) == set(expected), "a header field is missing or unknown")
        for key, allowed in expected.items():
            require(allowed(header[key]), "header field %d is not allowed" % key)

    def _check_signature(self):
        task_digest = self.header[4] if 4 in HEADERS[self.kind] else NO_TASK
        good = ed25519.verify(self.sender, signed_bytes(self.kind, task_digest, self.digest), self.signature)
        require(good, "bad signature")

    def words(self, width, count):
        """The blocks as `count` byte strings of `width` bytes, none left over."""
        require(len(self.blocks) == count * width, "the blocks have the wrong length")
        return [self.blocks[at:at + width] for at in range(0, len(self.blocks), width)]
