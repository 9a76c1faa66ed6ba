# SPDX-License-Identifier: Apache-2.0
"""The key record: modulus, verification values, certificates, proofs and confirmations (docs/protocol.md)."""
import math

import arith
import ed25519
import factors
import modulus
from message import SIGNATURE_BYTES, Message, confirmation_bytes, from_natural
from refusal import require
from transcript import h256, hash_to_z, join, u64

SIZES = (2048, 3072, 4096)
CERTIFICATE_ROOTS = 7
CONFIRMATION_BYTES = 1 + SIGNATURE_BYTES


class PublicKey:
    """N, s and the randomiser, with everything that follows from them."""

    def __init__(self, n, s, randomiser):
        self.n, self.s, self.bits = n, s, n.bit_length()
        self.width = (self.bits + 7) // 8
        self.ns, self.modulus = n ** s, n ** (s + 1)
        self.alpha_bits = (self.bits // 2, min(384, self.bits), self.bits + 128)[randomiser]
        self.digest = h256(join(b"quorsum/v1/public-key", self.word(n), u64(s), u64(randomiser)))
        self._hs = None

    def word(self, x):
        return x.to_bytes(self.width, "big")

    def residue(self, x):
        """s+1 words."""
        return arith.to_digits(x, self.n, self.s + 1, self.width)

    @property
    def hs(self):
        if self._hs is None:
            h = hash_to_z(self.n, "h", 0) ** 2 % self.n
            self._hs = arith.powmod(h, self.ns, self.modulus)
        return self._hs

    def check_modulus(self, min_bits):
        n = self.n
        require(self.bits in SIZES or self.bits % 8 == 0 and min_bits <= self.bits < SIZES[0],
                "modulus of %d bits is not allowed" % self.bits)
        require(n % 2 == 1, "the modulus is even")
        require(not arith.has_small_factor(n), "the modulus has a factor below 2^20")
        require(not arith.is_power(n) and not arith.is_probable_prime(n), "the modulus is prime, or a power")

    def unit(self, raw, what):
        """A word that is a unit modulo N."""
        x = int.from_bytes(raw, "big")
        require(0 < x < self.n, what + " is out of range")
        require(math.gcd(x, self.n) == 1, what + " is not a unit modulo N")
        return x

    def ciphertexts(self, raw, what="ciphertext"):
        """A list of units modulo N^(s+1), each s+1 digits below N."""
        size = (self.s + 1) * self.width
        out = []
        for k, at in enumerate(range(0, len(raw), size)):
            c = arith.from_digits(raw[at:at + size], self.n, self.width, "%s %d" % (what, k))
            require(math.gcd(c % self.n, self.n) == 1, "%s %d is not a unit modulo N" % (what, k))
            out.append(c)
        return out


def check_certificate(public, roots):
    """Step 6: N^s-th roots of seven hashed units; without them a result could be opened in several ways."""
    for i, root in enumerate(roots, 1):
        y = hash_to_z(public.n, "cert", i)
        require(math.gcd(y, public.n) == 1, "root certificate: y_%d is not a unit" % i)
        require(arith.powmod(root, public.ns, public.n) == y, "root certificate: root %d is wrong" % i)


def check_shares(public, trustees, quorum, theta, v, shares):
    """Step 5, for the quorum 1..t+1: V is the N^s-th root it should be, and the others lie on the polynomial.

    For neighbouring indices the Lagrange coefficients are integers without the factor n!, so it is left out: that
    leaves less room to elements of small order.
    """
    n, delta = public.n, math.factorial(trustees)
    chosen = range(1, quorum + 1)

    def interpolate(at):
        out = 1
        for i, coefficient in arith.lagrange(chosen, at, 1).items():
            out = out * arith.powmod(shares[i - 1], coefficient, n) % n
        return out

    require(arith.powmod(interpolate(0), public.ns, n) == arith.powmod(v, delta * theta, n),
            "public key check: the shares do not open what N encrypts")
    for j in range(quorum + 1, trustees + 1):
        require(shares[j - 1] == interpolate(j), "public key check: v_%d does not fit the others" % j)


def key_blocks(header):
    """Bytes of a record's blocks: v_1 .. v_n, seven roots and, of a dealer's key, w and the modulus proof's roots."""
    proof = 1 + modulus.ROOTS if header[17] == "dealer" else 0
    return (header[13] + CERTIFICATE_ROOTS + proof) * len(header[10])


def check_lineage(header):
    """Where modulus and shares come from: who signs, who has proved, and what was handed on."""
    dealt, proven, epoch = not header[23], header[17] == "dealer", header[22]
    for field, size, wanted in ((19, 16, proven), (20, 16, proven), (25, 32, proven), (23, 32, not dealt),
                                (24, 32, epoch > 0)):
        require(len(header[field]) == (size if wanted else 0), "header field %d has the wrong length" % field)
    require(proven or not header[21], "a proof by nobody")
    for field in (23, 24):
        require(not header[field] or any(header[field]), "header field %d is zero" % field)
    if dealt:
        require(proven and epoch == 0 and header[26] == 0, "shares of no dealer and no ceremony")
        require(header[25] == header[2], "another prover than the dealer")
    else:
        require(header[18][:1] == [header[2]], "a ceremony's key is signed by trustee 1")
        require(0 < header[26] < header[16], "secret_bits is out of range")
        require(epoch > 0 or not proven, "a dealer's key at epoch 0 has no ceremony")


class KeyRecord:
    """The `key` message, checked, and who has confirmed it."""

    def __init__(self, data, min_bits):
        message = Message(data, "key", key_blocks)
        header = message.header
        check_lineage(header)
        self.digest = message.digest
        self.proven, self.prover = header[17] == "dealer", header[25]
        self.public = PublicKey(from_natural(header[10]), header[11], header[12])
        self.public.check_modulus(min_bits)
        self.trustees, self.quorum, self.theta = header[13], header[14], from_natural(header[15])
        self.share_bits, self.identities = header[16], header[18]
        self.needed = self.trustees if header[23] else self.quorum
        self._check_numbers()
        self._read_blocks(message)
        check_certificate(self.public, self.roots)
        check_shares(self.public, self.trustees, self.quorum, self.theta, self.v, self.shares)
        if self.proven:
            modulus.check_modulus(self.public, self.prover, header[19], header[20], *self.proof)
            factors.check_factors(self.public, self.prover, header[21])
        self.confirmed = self._check_confirmations(message.behind)

    def _check_confirmations(self, raw):
        """The trustees whose signatures follow the record."""
        require(len(raw) % CONFIRMATION_BYTES == 0, "bytes left over")
        out = []
        for at in range(0, len(raw), CONFIRMATION_BYTES):
            trustee, signature = raw[at], raw[at + 1:at + CONFIRMATION_BYTES]
            require(trustee > (out[-1] if out else 0), "confirmations are not strictly ascending")
            require(trustee <= len(self.identities), "confirmed by nobody on the roster")
            signed = confirmation_bytes(self.digest, trustee)
            require(ed25519.verify(self.identities[trustee - 1], signed, signature),
                    "the confirmation of trustee %d is wrong" % trustee)
            out.append(trustee)
        return out

    def _check_numbers(self):
        require(self.quorum <= self.trustees, "the quorum is larger than the number of trustees")
        require(0 < self.theta < 1 << 32768, "theta is out of range")
        require(math.gcd(self.theta, self.public.n) == 1, "theta is not prime to N")
        require(0 < self.share_bits <= 16384, "share_bits is out of range")
        require(len(self.identities) in (0, self.trustees), "the list of trustees has the wrong length")
        require(len(set(self.identities)) == len(self.identities), "a trustee is listed twice")

    def _read_blocks(self, message):
        n, cut = self.trustees, self.trustees + CERTIFICATE_ROOTS
        names = ["v_%d" % i for i in range(1, n + 1)] + ["root %d" % i for i in range(1, CERTIFICATE_ROOTS + 1)]
        if self.proven:
            names += ["w"] + ["fourth root %d" % i for i in range(1, modulus.ROOTS + 1)]
        words = message.words(self.public.width, len(names))
        values = [self.public.unit(word, name) for word, name in zip(words, names)]
        self.shares, self.roots = values[:n], values[n:cut]
        self.proof = (values[cut], values[cut + 1:]) if self.proven else None
        self.v = hash_to_z(self.public.n, "v", 0) ** 2 % self.public.n
        require(math.gcd(self.v, self.public.n) == 1, "v is not a unit")
