# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree over a manifest's list: the shape of RFC 6962, with this protocol's hashes."""
from transcript import h256, join, u64


def leaf(sender, sequence, contribution):
    return h256(join(b"quorsum/v1/merkle-leaf", sender, u64(sequence), contribution))


def root(leaves):
    """Of at least one leaf. The left side has the largest power of two that leaves something to the right."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return h256(join(b"quorsum/v1/merkle-node", root(leaves[:left]), root(leaves[left:])))
