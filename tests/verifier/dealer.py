# SPDX-License-Identifier: Apache-2.0
"""Trustees and their key for makeboard.py, dealt or made by a committee: shares, the record, confirmations, roots."""
import functools
import math
import random

import arith
import committee
import factors
import modulus
from key import PublicKey
from message import SIGNATURE_BYTES, to_natural
from primes import SAFE_PRIMES
from signers import Signers
from transcript import h256, hash_to_z


@functools.lru_cache(maxsize=64)
def _proofs(bits, degree, randomiser, dealer, seed):
    """The dealer's two proofs: made once for each modulus, because they take long."""
    (p, q), rng = SAFE_PRIMES[bits], random.Random(seed)
    public = PublicKey(p * q, degree, randomiser)
    return modulus.prove(public, dealer, p, q, rng), factors.prove(public, dealer, p, q, rng)


class Dealer:
    """origin and epoch say what is pretended: that a dealer made the key or a ceremony did, and how often it was handed
    on since. The factors are known here in any case."""

    def __init__(self, bits=512, degree=1, trustees=3, quorum=2, randomiser=0, seed=1, origin="dealer", epoch=0):
        self.random, self.signers, self.files, self.seed = random.Random(seed), Signers(seed), {}, seed
        self.p, self.q = SAFE_PRIMES[bits]
        self.public = PublicKey(self.p * self.q, degree, randomiser)
        self.trustees, self.quorum, self.randomiser = trustees, quorum, randomiser
        self.trustee_names = ["trustee %d" % i for i in range(1, trustees + 1)]
        self.delta = math.factorial(trustees)
        self.origin, self.epoch, self.dealt = origin, epoch, origin == "dealer" and epoch == 0
        self.v = hash_to_z(self.public.n, "v", 0) ** 2 % self.public.n

    def _share(self):
        if self.dealt:
            self._deal()
        else:
            shared = committee.share(self.p, self.q, self.public.s, self.trustees, self.quorum, self.random)
            self.shares, self.theta, self.share_bits, self.secret_bits = shared
        self.vs = [arith.powmod(self.v, share, self.public.n) for share in self.shares]

    def _deal(self):
        """S_i = delta f(i) mod m', f(0) = N^(-s); theta is 1."""
        self.theta, self.share_bits, self.secret_bits = 1, self.public.bits - 2 + self.delta.bit_length(), 0
        order = (self.p - 1) * (self.q - 1) // 4
        polynomial = [pow(self.public.ns, -1, order)]
        polynomial += [self.random.randrange(order) for _ in range(self.quorum - 1)]
        values = [sum(a * i ** j for j, a in enumerate(polynomial)) % order for i in range(1, self.trustees + 1)]
        self.shares = [self.delta * value for value in values]

    def certificate_root(self, i):
        return self.root(hash_to_z(self.public.n, "cert", i))

    def root(self, c0):
        """The N^s-th root by the quorum 1..t+1, as trustees find it: w^(N^s) = c0^known."""
        n, known = self.public.n, 4 * self.delta ** 2 * self.theta
        w = 1
        for i, coefficient in arith.lagrange(range(1, self.quorum + 1), 0, self.delta).items():
            w = w * arith.powmod(arith.powmod(c0, 2 * self.shares[i - 1], n), 2 * coefficient, n) % n
        b = pow(self.public.ns, -1, known)
        a = (1 - b * self.public.ns) // known
        return arith.powmod(w, a, n) * arith.powmod(c0, b, n) % n

    def trustee(self, i):
        return self.signers.identity(self.trustee_names[i - 1])

    def key(self, confirmed=None):
        """confirmed: which trustees sign the record; all of them if not said."""
        self._share()
        dealer = self.signers.identity("dealer")
        header = {0: "key", 1: 1, 2: dealer if self.dealt else self.trustee(1), 10: to_natural(self.public.n),
                  11: self.public.s, 12: self.randomiser, 13: self.trustees, 14: self.quorum,
                  15: to_natural(self.theta), 16: self.share_bits, 17: self.origin,
                  18: [self.trustee(i) for i in range(1, self.trustees + 1)], 19: b"", 20: b"", 21: b"",
                  22: self.epoch, 23: b"" if self.dealt else h256(b"a transcript"),
                  24: h256(b"a parent") if self.epoch else b"", 25: b"", 26: self.secret_bits}
        numbers = self.vs + [self.certificate_root(i) for i in range(1, 8)]
        if self.origin == "dealer":
            (signs, twists, w, fourths), factor_proof = _proofs(self.public.bits, self.public.s, self.randomiser,
                                                                dealer, self.seed)
            header.update({19: signs, 20: twists, 21: factor_proof, 25: dealer})
            numbers += [w] + fourths
        self.sign_key(header, b"".join(map(self.public.word, numbers)), confirmed)

    def sign_key(self, header, blocks, confirmed=None):
        self.files["key"] = self.confirmed_key(header, blocks, confirmed)

    def confirmed_key(self, header, blocks, confirmed=None):
        """The signed record with the confirmations of these trustees, or of all."""
        message = self.signers.message(header, blocks)
        name = h256(message[:-SIGNATURE_BYTES])
        everybody = range(1, self.trustees + 1)
        return message + b"".join(self.signers.confirmation(i, self.trustee(i), name)
                                  for i in (everybody if confirmed is None else confirmed))
