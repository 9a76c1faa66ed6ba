# SPDX-License-Identifier: Apache-2.0
"""Makes the proofs that norm.py checks, for makeboard.py: plain arithmetic, nothing here is constant time."""
import arith
import norm
from squares import three_squares

CHALLENGE, SLACK = norm.CHALLENGE_BITS, norm.SLACK_BITS


class Prover:
    """m: the masks, by the name of the response they become part of."""

    def __init__(self, statement, values, random):
        self.statement, self.x, self.random = statement, values, random
        self.public, self.n = statement.public, statement.public.n
        self.y = three_squares(4 * (statement.norm_squared - sum(x * x for x in values)) + 1, random)
        self.gammas, self.gammas_y, self.gamma_f, self.eta = norm.bases(self.n, statement.count)
        mu, short, long = statement.mask_bits, self.n << SLACK, self.n << CHALLENGE + 2 * SLACK
        self.r, self.r1 = random.randrange(short), random.randrange(short)
        self.m = {"z": [random.getrandbits(statement.value_bits + mu) for _ in values],
                  "z_y": [random.getrandbits(statement.square_bits + mu) for _ in self.y],
                  "z_r": [random.randrange(long)], "z_t": [random.randrange(long)],
                  "w": [random.getrandbits(self.public.alpha_bits + mu) for _ in statement.slots]}

    def _commit(self, pairs, blinding):
        return norm.product([*pairs, (self.eta, blinding)], self.n)

    def _vector(self, x, y, blinding):
        return self._commit([*zip(self.gammas, x), *zip(self.gammas_y, y)], blinding)

    def _sign(self, value):
        return value if self.random.getrandbits(1) else self.n - value

    def first_messages(self):
        """V, A, all a_k, C1, C0"""
        m, public = self.m, self.public
        f1 = -8 * sum(a * b for a, b in zip(m["z"], self.x)) - 2 * sum(a * b for a, b in zip(m["z_y"], self.y))
        f0 = -4 * sum(a * a for a in m["z"]) - sum(a * a for a in m["z_y"])
        plaintext_side = [arith.one_plus_n_pow(total, self.n, public.s) * arith.powmod(public.hs, y, public.modulus)
                          % public.modulus for total, y in zip(self.statement.packed(m["z"]), m["w"])]
        return (self._sign(self._vector(self.x, self.y, self.r)),
                self._vector(m["z"], m["z_y"], m["z_r"][0]) ** 2 % self.n, plaintext_side,
                self._sign(self._commit([(self.gamma_f, f1)], self.r1)),
                self._commit([(self.gamma_f, f0)], m["z_t"][0]) ** 2 % self.n)

    def responses(self, e, alphas):
        secrets = {"z": self.x, "z_y": self.y, "z_r": [self.r], "w": alphas, "z_t": [self.r1]}
        return {name: [m + e * secret for m, secret in zip(masks, secrets[name])] for name, masks in self.m.items()}


def encode(statement, numbers):
    """numbers: one list for every name of the layout."""
    shifted = {**numbers, "z": [z + statement.shift for z in numbers["z"]]}
    return b"".join(x.to_bytes(size, "big") for name, _, size in statement.layout() for x in shifted[name])


def prove(statement, task_digest, sender, values, written, alphas, random, twist=1):
    """values of the whole vector, signed; written: the ciphertexts as they are written; twist: a factor of V."""
    prover = Prover(statement, values, random)
    v, *rest = prover.first_messages()
    first = (v * twist % statement.public.n, *rest)
    e = statement.challenge(task_digest, sender, written, first)
    return encode(statement, {"V": [first[0]], "C1": [first[3]], "e": [e], **prover.responses(e, alphas)})
