# SPDX-License-Identifier: Apache-2.0
"""Makes the proofs that choice.py checks, for makeboard.py: plain arithmetic, nothing here is constant time."""
import arith
import choice


def real_branches(choices, values):
    """Which value of each clause its ciphertext encrypts; values: a list of 0 and 1 for every field."""
    out = []
    for one, chosen in zip(choices, values):
        if one.packed:
            none = one.least == 0
            out.append(chosen.index(1) + none if 1 in chosen else 0)
        else:
            out += [*chosen, sum(chosen) - one.least]
    return out


class Prover:
    """Commitments first; until the challenge is known `branches` holds (e, w), of the real ones (0, y)."""

    def __init__(self, public, statement, real, ciphertexts, random):
        self.public, self.statement, self.real = public, statement, real
        self.count = choice.branches(statement)
        self.mask_bits = choice.response_bits(public, self.count) - 1
        self.branches, self.commitments = [], []
        for clause, which in zip(statement, real):
            for index, base in enumerate(choice.branch_bases(public, clause, ciphertexts)):
                e = 0 if index == which else random.getrandbits(128)
                self._commit(base, e, random.getrandbits(self.mask_bits))

    def _commit(self, base, e, w):
        modulus = self.public.modulus
        self.branches.append([e, w])
        self.commitments.append(arith.powmod(self.public.hs, w, modulus) * arith.powmod(base, -e, modulus) % modulus)

    def answer(self, challenge, alphas):
        at = 0
        for clause, which in zip(self.statement, self.real):
            mine = self.branches[at:at + len(clause.values)]
            at += len(mine)
            e = (challenge - sum(e for e, _ in mine)) % (1 << 128)
            alpha = sum(alphas[clause.first:clause.first + clause.count])
            mine[which][:] = e, mine[which][1] + e * alpha

    def written(self):
        _, size_e, size_w = choice.sizes(self.public, self.count)
        return (b"".join(map(self.public.residue, self.commitments))
                + b"".join(e.to_bytes(size_e, "big") for e, _ in self.branches)
                + b"".join(w.to_bytes(size_w, "big") for _, w in self.branches))


def prove(public, task_digest, sender, statement, real, encrypted, random, twist=1):
    """encrypted = (ciphertexts, as they are written, the randomisers they were made with); twist: a factor of A_1."""
    ciphertexts, written, alphas = encrypted
    prover = Prover(public, statement, real, ciphertexts, random)
    prover.commitments[0] = prover.commitments[0] * twist % public.modulus
    commitments = b"".join(map(public.residue, prover.commitments))
    seed = choice.seed(public, task_digest, sender, statement, written, commitments)
    prover.answer(int.from_bytes(seed[:choice.CHALLENGE_BYTES], "big"), alphas)
    return prover.written()
