#!/usr/bin/env python3
# SPDX-License-Identifier: CC0-1.0
"""Mallory, who is on the voters' roster, has a program of her own. Plain Python, nothing of Quorsum's library.

    mallory.py name                          her identity, for the roster
    mallory.py copy BALLOT BOARD             hands in somebody else's sealed ballot as her own
    mallory.py stuff BALLOT BOARD            the same, each choice in it made five times as heavy
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "verifier"))
import cbor  # noqa: E402
import ed25519  # noqa: E402
from signers import Signers, split  # noqa: E402

SEED = b"Mallory's signing seed, 32 bytes"
TIMES = 5


def heavier(blocks, count, n, width):
    """The first `count` ciphertexts to the 5th power: encryptions of 5 times what was in them."""
    out, size = b"", 2 * width
    for k in range(count):
        digits = blocks[k * size:k * size + width], blocks[k * size + width:(k + 1) * size]
        c = int.from_bytes(digits[0], "big") + n * int.from_bytes(digits[1], "big")
        c = pow(c, TIMES, n * n)
        out += (c % n).to_bytes(width, "big") + (c // n).to_bytes(width, "big")
    return out + blocks[count * size:]


def hand_in(what, ballot, board):
    with open(ballot, "rb") as file:
        header, blocks = split(file.read())
    if what == "stuff":
        with open(os.path.join(board, "key"), "rb") as file:
            modulus = cbor.decode(file.read())[0][10]
        blocks = heavier(blocks, header[10], int.from_bytes(modulus, "big"), len(modulus))
    signers = Signers("mallory", [SEED])
    header = {**header, 2: ed25519.public_key(SEED)}   # her name and, below, her good signature
    with open(os.path.join(board, "contributions", header[2].hex()), "wb") as file:
        file.write(signers.message(header, blocks))


def main(arguments):
    if arguments == ["name"]:
        print(ed25519.public_key(SEED).hex())
    elif len(arguments) == 3 and arguments[0] in ("copy", "stuff"):
        hand_in(*arguments)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
