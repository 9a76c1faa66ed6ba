# SPDX-License-Identifier: Apache-2.0
"""The proof that a whole vector is no longer than its bound (wire-format.md section 3, `l2`; docs/protocol.md)."""
import functools
import math

import arith
from message import to_natural
from refusal import require
from transcript import hash_to_z, proof_seed, u64

CHALLENGE_BITS, SLACK_BITS = 128, 128
SQUARES = 3


def bases(n, count):
    """gamma_i of the values and of the three squares, gamma_F, eta."""
    return ([hash_to_z(n, "fo", i) for i in range(count)], [hash_to_z(n, "fo-y", k) for k in range(1, SQUARES + 1)],
            hash_to_z(n, "fo-f", 0), blinding_base(n))


@functools.lru_cache(maxsize=64)
def blinding_base(n):
    """The first hashed number with Jacobi symbol -1."""
    i = 0
    while arith.jacobi(hash_to_z(n, "fo-r", i), n) != -1:
        i += 1
    return hash_to_z(n, "fo-r", i)


class Statement:
    """The bound and the layout, with every length that follows from them."""

    def __init__(self, public, slots, beta, norm_squared, weight):
        """slots: how many values each plaintext has; weight: W, the largest cohort."""
        self.public, self.slots, self.beta = public, slots, beta
        self.norm_squared, self.weight = norm_squared, weight
        self.count, bound = sum(slots), math.isqrt(norm_squared)
        self.value_bits = bound.bit_length() + 1                                      # b
        self.square_bits = math.isqrt(4 * norm_squared + 1).bit_length()              # b_y
        self.mask_bits = CHALLENGE_BITS + SLACK_BITS + max(1, (self.count - 1).bit_length())   # mu
        self.shift = 1 << self.value_bits - 1 + CHALLENGE_BITS
        self.blinding_limit = public.n << CHALLENGE_BITS + 2 * SLACK_BITS + 1         # of z_r and z_t
        self._check_plan(bound)

    def _check_plan(self, bound):
        room = self.public.ns.bit_length() - 1
        require(2 * self.weight * bound + 1 <= 1 << self.beta, "norm: a slot is too narrow for the cohort")
        require(all(self.beta * many <= room for many in self.slots), "norm: too many slots in a plaintext")
        require(bound < 1 << self.beta - 1, "norm: a slot is too narrow for a value")

    def layout(self):
        """(name, how many, bytes of each), in the order they are written."""
        public, mu = self.public, self.mask_bits
        blinding = public.width + 49
        return (("V", 1, public.width), ("C1", 1, public.width), ("e", 1, CHALLENGE_BITS // 8),
                ("z", self.count, (self.value_bits + mu + 2 + 7) // 8),
                ("z_y", SQUARES, (self.square_bits + mu + 1 + 7) // 8), ("z_r", 1, blinding),
                ("w", len(self.slots), (public.alpha_bits + mu + 1 + 7) // 8), ("z_t", 1, blinding))

    def limits(self):
        """What every number of a response is below; z is written behind `shift`."""
        mu = self.mask_bits
        return {"z": (1 << self.value_bits + mu + 1) + self.shift, "z_y": 1 << self.square_bits + mu + 1,
                "z_r": self.blinding_limit, "w": 1 << self.public.alpha_bits + mu + 1, "z_t": self.blinding_limit}

    def proof_bytes(self):
        return sum(many * size for _, many, size in self.layout())

    def packed(self, values):
        """sum over j of 2^(beta j) values, one number a plaintext."""
        out, at = [], 0
        for many in self.slots:
            out.append(sum(value << self.beta * j for j, value in enumerate(values[at:at + many])))
            at += many
        return out

    def challenge(self, task_digest, prover, written, first):
        """first = (V, A, all a_k, C1, C0); written: the ciphertexts as they are written. Returns a number."""
        public = self.public
        v, a, plaintext_side, c1, c0 = first
        items = [u64(public.s), u64(public.alpha_bits), u64(len(self.slots)), *map(u64, self.slots), written,
                 to_natural(self.norm_squared), u64(self.weight), u64(self.beta), u64(self.value_bits),
                 public.word(v), public.word(a), b"".join(map(public.residue, plaintext_side)), public.word(c1),
                 public.word(c0)]
        digest = proof_seed("l2", task_digest, "contribution", prover, public.digest, *items)
        return int.from_bytes(digest[:CHALLENGE_BITS // 8], "big")


def _read(statement, raw):
    require(len(raw) == statement.proof_bytes(), "norm proof: wrong length")
    out, at = {}, 0
    for name, many, size in statement.layout():
        end = at + many * size
        out[name] = [int.from_bytes(raw[k:k + size], "big") for k in range(at, end, size)]
        at = end
    for name, limit in statement.limits().items():
        require(all(x < limit for x in out[name]), "norm proof: %s is out of range" % name)
    for name in ("V", "C1"):
        require(0 < out[name][0] < statement.public.n, "norm proof: %s is out of range" % name)
        require(math.gcd(out[name][0], statement.public.n) == 1, "norm proof: %s is not a unit" % name)
    out["z"] = [z - statement.shift for z in out["z"]]
    return out


def product(pairs, n):
    out = 1
    for base, exponent in pairs:
        out = out * arith.powmod(base, exponent, n) % n
    return out


def check_norm(statement, task_digest, prover, ciphertexts, written, raw):
    """ciphertexts are the checked units that `written` encodes; raw is the proof."""
    proof, public, n = _read(statement, raw), statement.public, statement.public.n
    gammas, gammas_y, gamma_f, eta = bases(n, statement.count)
    v, c1, e, z_r, z_t = (proof[name][0] for name in ("V", "C1", "e", "z_r", "z_t"))
    a = product([*zip(gammas, proof["z"]), *zip(gammas_y, proof["z_y"]), (eta, z_r), (v, -e)], n)
    rest = 4 * (e * e * statement.norm_squared - sum(z * z for z in proof["z"])) + e * e
    rest -= sum(z * z for z in proof["z_y"])
    c0 = product([(gamma_f, rest), (eta, z_t), (c1, -e)], n)
    plaintext_side = []
    for total, w, c in zip(statement.packed(proof["z"]), proof["w"], ciphertexts):
        power = product([(public.hs, w), (c, -e)], public.modulus)
        plaintext_side.append(arith.one_plus_n_pow(total, n, public.s) * power % public.modulus)
    first = (v, a * a % n, plaintext_side, c1, c0 * c0 % n)
    require(statement.challenge(task_digest, prover, written, first) == e, "norm proof: wrong")
