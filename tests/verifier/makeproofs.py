# SPDX-License-Identifier: Apache-2.0
"""The dealer's side of modulus.py, for makeboard.py. Plain arithmetic on public primes."""
import arith
import modulus
from modulus import HAT, HAT_WIDTH, ROOTS


def prove_modulus(public, dealer, p, q, random):
    """(negate, twist, [w, x_1, ...])."""
    n = public.n
    while True:
        w = random.randrange(1, n)
        if modulus.jacobi(w, n) == -1:
            break
    quarters = [(prime, (prime - 1) // 2, pow(4, -1, (prime - 1) // 2)) for prime in (p, q)]
    parts = [q * pow(q, -1, p), p * pow(p, -1, q)]
    signs, twists, words = 0, 0, [w]
    for y in modulus.challenges(public, dealer, w):
        for choice in range(4):
            z = y * (w if choice & 2 else 1) * (-1 if choice & 1 else 1) % n
            if all(arith.powmod(z, order, prime) == 1 for prime, order, _ in quarters):
                break
        roots = [arith.powmod(z, quarter, prime) for prime, _, quarter in quarters]
        signs, twists = signs << 1 | choice & 1, twists << 1 | choice >> 1
        words.append(sum(x * part for x, part in zip(roots, parts)) % n)
    return signs.to_bytes(ROOTS // 8, "big"), twists.to_bytes(ROOTS // 8, "big"), words


def prove_factors(public, dealer, p, q, random):
    half = (public.bits + 1) // 2
    s, t = modulus.bases()
    alpha, beta = (random.getrandbits(half + 256) for _ in range(2))
    mu, nu = (random.randrange(HAT << 128) for _ in range(2))
    x, y = (random.randrange(HAT << 384) for _ in range(2))
    rho = random.randrange(HAT << half + 384)
    commit = [modulus.product((s, p), (t, mu)), modulus.product((s, q), (t, nu))]
    first = [modulus.product((s, alpha), (t, x)), modulus.product((s, beta), (t, y)),
             modulus.product((commit[1], alpha), (t, rho))]
    raw = modulus.factors_challenge(public, dealer, commit + first)
    e = int.from_bytes(raw, "big")
    u = rho - e * nu * p
    numbers = commit + [e, alpha + e * p, beta + e * q, x + e * mu, y + e * nu, int(u < 0), abs(u)]
    assert len(raw) == 16 and len(commit) * HAT_WIDTH == 512
    return b"".join(number.to_bytes(size, "big") for number, size in zip(numbers, modulus.widths(public)))
