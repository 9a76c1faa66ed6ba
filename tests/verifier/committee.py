# SPDX-License-Identifier: Apache-2.0
"""Shares as a committee without a dealer makes them (docs/protocol.md, "Keys without a dealer"), by one who knows p, q.

Every set A of n - t members has its own beta_A and R_A; what all of them add up to is nobody's.
"""
import itertools
import math

SLACK = 128


def weight(members, outside, i):
    """n! f_A(i), f_A(X) = prod over j outside A of (j - X) / j: a whole number."""
    return math.factorial(members) * math.prod(j - i for j in outside) // math.prod(outside)


def share(p, q, s, members, quorum, random):
    """(shares, theta, share_bits, secret_bits) of D with D N^s = theta modulo the order of the group."""
    n, delta, everybody = p * q, math.factorial(members), range(1, members + 1)
    sets = [(A, [j for j in everybody if j not in A])
            for A in itertools.combinations(everybody, members - quorum + 1)]
    log_sets = (len(sets) - 1).bit_length()
    secret_bits = n.bit_length() + SLACK + log_sets + s
    mask_bits = secret_bits + SLACK
    beta = sum(random.getrandbits(s * n.bit_length() + SLACK) for _ in sets)
    masks = [random.getrandbits(mask_bits) for _ in sets]
    floor, theta = divmod((p - 1) * (q - 1) * beta + sum(masks) * n ** s, n ** s)

    def masked(i):
        return sum(mask * weight(members, outside, i) for mask, (A, outside) in zip(masks, sets) if i in A)

    largest = max(sum(abs(weight(members, outside, i)) for A, outside in sets if i in A) for i in everybody)
    shift = ((delta * (len(sets) + 1) + largest) << mask_bits).bit_length()
    shares = [masked(i) - delta * floor + (i << shift) for i in everybody]
    return shares, theta, ((members + 1) << shift).bit_length(), secret_bits
