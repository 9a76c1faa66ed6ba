# SPDX-License-Identifier: Apache-2.0
"""The two proofs a board carries (wire-format.md section 3): plaintext knowledge of a vector, and correct shares."""
import arith
from refusal import require
from transcript import exponent, proof_seed, u64


def response_bits(public, count):
    """w of pok-vector is below 2 to this."""
    return public.alpha_bits + 257 + max(1, (count - 1).bit_length())


def vector_seed(public, task_digest, prover, count, blocks, first):
    return proof_seed("pok-vector", task_digest, "contribution", prover, public.digest, u64(public.s),
                      u64(public.alpha_bits), u64(count), blocks, public.residue(first))


def check_vector(public, task_digest, prover, ciphertexts, blocks, proof):
    """proof = (seed, z, w) as the header has them; ciphertexts are the checked units that blocks encode."""
    seed, z, w = proof
    count, bits = len(ciphertexts), response_bits(public, len(ciphertexts))
    require(len(z) == public.s * public.width, "knowledge proof: z has the wrong length")
    require(len(w) == (bits + 7) // 8, "knowledge proof: w has the wrong length")
    z = arith.from_digits(z, public.n, public.width, "knowledge proof: z")
    w = int.from_bytes(w, "big")
    require(w < 1 << bits, "knowledge proof: w is out of range")
    challenges = [exponent(seed, k) for k in range(count)]
    right = arith.product_of_powers(ciphertexts, challenges, public.modulus)
    left = arith.one_plus_n_pow(z, public.n, public.s) * arith.powmod(public.hs, w, public.modulus)
    first = left * pow(right, -1, public.modulus) % public.modulus
    require(vector_seed(public, task_digest, prover, count, blocks, first) == seed, "knowledge proof: wrong")


def batch_seed(key, task_digest, prover, trustee, c0s, values):
    public = key.public
    join = b"".join
    return proof_seed("share-batch", task_digest, "partial", prover, key.digest, u64(trustee), public.word(key.v),
                      public.word(key.shares[trustee - 1]), u64(len(values)), join(map(public.word, c0s)),
                      join(map(public.word, values)))


def share_challenge(key, task_digest, prover, trustee, batch, elements):
    """elements = C, E, A, B; the challenge is 16 bytes."""
    public = key.public
    return proof_seed("share", task_digest, "partial", prover, key.digest, batch, u64(trustee), public.word(key.v),
                      public.word(key.shares[trustee - 1]), *map(public.word, elements))[:16]


def check_share_batch(key, task_digest, prover, trustee, c0s, values, proof):
    """values = c_(i,k), checked units; proof = (e, z) as the header has them."""
    n, v, vi = key.public.n, key.v, key.shares[trustee - 1]
    require(len(proof[1]) == (key.share_bits + 257 + 7) // 8, "share proof: z has the wrong length")
    e, z = (int.from_bytes(part, "big") for part in proof)
    require(z < 1 << key.share_bits + 257, "share proof: z is out of range")
    batch = batch_seed(key, task_digest, prover, trustee, c0s, values)
    weights = [exponent(batch, k) for k in range(len(values))]
    c = arith.product_of_powers(c0s, weights, n)
    d = arith.product_of_powers(values, weights, n)
    a = arith.powmod(c, 4 * z, n) * pow(pow(d, -1, n), 2 * e, n) % n
    b = arith.powmod(v, z, n) * pow(pow(vi, -1, n), e, n) % n
    require(share_challenge(key, task_digest, prover, trustee, batch, (c, d, a, b)) == proof[0],
            "share proof: wrong")
