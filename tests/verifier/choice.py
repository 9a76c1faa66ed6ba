# SPDX-License-Identifier: Apache-2.0
"""The proof behind a ballot: each clause's ciphertext encrypts one of its values (wire-format.md section 3, `or`)."""
import arith
from refusal import require
from transcript import proof_seed, u64

CHALLENGE_BYTES = 16


class Clause:
    """The product of ciphertexts first..first+count-1 encrypts one of values; branches are values in order."""

    def __init__(self, first, count, values):
        self.first, self.count, self.values = first, count, values


def clauses(choices):
    out = []
    for choice in choices:
        if choice.packed:
            none = [0] if choice.least == 0 else []
            out.append(Clause(choice.first, 1, none + [1 << choice.beta * j for j in range(choice.count)]))
        else:
            out += [Clause(choice.first + j, 1, [0, 1]) for j in range(choice.count)]
            out.append(Clause(choice.first, choice.count, list(range(choice.least, choice.most + 1))))
    return out


def branches(statement):
    return sum(len(clause.values) for clause in statement)


def response_bits(public, count):
    """w of a proof with `count` branches is below 2 to this."""
    return public.alpha_bits + 257 + max(1, (count - 1).bit_length())


def sizes(public, count):
    """Bytes of one commitment, challenge and response."""
    return (public.s + 1) * public.width, CHALLENGE_BYTES, (response_bits(public, count) + 7) // 8


def proof_bytes(public, statement):
    count = branches(statement)
    return count * sum(sizes(public, count))


def seed(public, task_digest, prover, statement, ciphertexts, commitments):
    """ciphertexts and commitments as they are written."""
    items = [u64(public.s), u64(public.alpha_bits), u64(len(ciphertexts) // ((public.s + 1) * public.width)),
             ciphertexts, u64(len(statement))]
    for clause in statement:
        values = b"".join(arith.to_digits(value, public.n, public.s, public.width) for value in clause.values)
        items += [u64(clause.first), u64(clause.count), u64(len(clause.values)), values]
    return proof_seed("or", task_digest, "contribution", prover, public.digest, *items, u64(branches(statement)),
                      commitments)


def branch_bases(public, clause, ciphertexts):
    """c (1+N)^(-value) for every value, c the clause's product."""
    product = 1
    for c in ciphertexts[clause.first:clause.first + clause.count]:
        product = product * c % public.modulus
    return [product * arith.one_plus_n_pow(-value, public.n, public.s) % public.modulus for value in clause.values]


def _read(public, count, raw):
    """(commitments as written, commitments, challenges, responses)"""
    size_a, size_e, size_w = sizes(public, count)
    require(len(raw) == count * (size_a + size_e + size_w), "ballot proof: wrong length")
    written, rest = raw[:count * size_a], raw[count * size_a:]
    challenges = [rest[at:at + size_e] for at in range(0, count * size_e, size_e)]
    responses = [rest[at:at + size_w] for at in range(count * size_e, len(rest), size_w)]
    as_numbers = [[int.from_bytes(entry, "big") for entry in part] for part in (challenges, responses)]
    require(all(w < 1 << response_bits(public, count) for w in as_numbers[1]), "ballot proof: w is out of range")
    return (written, public.ciphertexts(written, "ballot proof: commitment"), *as_numbers)


def check_choices(public, task_digest, prover, statement, ciphertexts, written, raw):
    """ciphertexts are the checked units that `written` encodes; raw is the proof."""
    commitments_written, commitments, challenges, responses = _read(public, branches(statement), raw)
    digest = seed(public, task_digest, prover, statement, written, commitments_written)
    challenge, at = int.from_bytes(digest[:CHALLENGE_BYTES], "big"), 0
    for number, clause in enumerate(statement):
        mine = slice(at, at + len(clause.values))
        at = mine.stop
        require(sum(challenges[mine]) % (1 << 128) == challenge,
                "ballot proof: the challenges of clause %d do not add up" % number)
        for c, a, e, w in zip(branch_bases(public, clause, ciphertexts), commitments[mine], challenges[mine],
                              responses[mine]):
            left = arith.powmod(public.hs, w, public.modulus)
            right = a * arith.powmod(c, e, public.modulus)
            require((left * left - right * right) % public.modulus == 0, "ballot proof: wrong in clause %d" % number)
