# SPDX-License-Identifier: Apache-2.0
"""Plain integer arithmetic: powers of 1+N, base-N digits, integer Lagrange coefficients. Public values only."""
import functools
import math

from refusal import Refused, require


def powmod(base, exponent, modulus):
    """A negative exponent needs a unit. One name for all powers, so that tests can remember them."""
    try:
        return pow(base, exponent, modulus)
    except ValueError:
        raise Refused("no unit where one is needed") from None


def jacobi(a, n):
    """The Jacobi symbol of a over an odd n > 0, by quadratic reciprocity."""
    a, sign = a % n, 1
    while a:
        while a % 2 == 0:
            a //= 2
            if n % 8 in (3, 5):
                sign = -sign
        a, n = n, a
        if a % 4 == n % 4 == 3:
            sign = -sign
        a %= n
    return sign if n == 1 else 0


def one_plus_n_pow(m, n, s):
    """(1+N)^m mod N^(s+1) by the binomial theorem: the terms above N^s vanish."""
    total, binomial = 0, 1
    for k in range(s + 1):
        total += binomial * n ** k
        binomial = binomial * (m - k) // (k + 1)
    return total % n ** (s + 1)


def product_of_powers(bases, exponents, modulus, bits=128):
    """prod bases^exponents for exponents below 2^bits: the squarings are shared."""
    out = 1
    for bit in range(bits - 1, -1, -1):
        out = out * out % modulus
        for base, exponent in zip(bases, exponents):
            if exponent >> bit & 1:
                out = out * base % modulus
    return out


def to_digits(x, n, count, width):
    out = []
    for _ in range(count):
        x, digit = divmod(x, n)
        out.append(digit.to_bytes(width, "big"))
    assert x == 0
    return b"".join(out)


def from_digits(raw, n, width, what):
    """Digit 0 first; every digit must be below N."""
    require(len(raw) % width == 0, what + ": wrong length")
    out, power = 0, 1
    for at in range(0, len(raw), width):
        digit = int.from_bytes(raw[at:at + width], "big")
        require(digit < n, what + ": a digit is not below N")
        out += digit * power
        power *= n
    return out


def lagrange(quorum, at, factor):
    """Integers L_i with sum L_i f(i) = factor f(at) for every polynomial f of degree below len(quorum).

    The factor n! makes them integers for every quorum of 1..n; quorums of neighbours need none.
    """
    out = {}
    for i in quorum:
        numerator, denominator = factor, 1
        for j in quorum:
            if j != i:
                numerator, denominator = numerator * (at - j), denominator * (i - j)
        assert numerator % denominator == 0
        out[i] = numerator // denominator
    return out


@functools.lru_cache(maxsize=1)
def _primes_below_2_20():
    limit = 1 << 20
    flags = bytearray([1]) * limit
    for p in range(2, 1 << 10):
        if flags[p]:
            flags[p * p::p] = bytes(len(range(p * p, limit, p)))
    return [p for p in range(2, limit) if flags[p]]


@functools.lru_cache(maxsize=1)
def _prime_products():
    primes = _primes_below_2_20()
    return [math.prod(primes[at:at + 256]) for at in range(0, len(primes), 256)]


@functools.lru_cache(maxsize=64)
def has_small_factor(n):
    return any(math.gcd(n, product) != 1 for product in _prime_products())


def _root(n, k):
    """The k-th root of n, rounded down: Newton's steps from above."""
    x = 1 << -(-n.bit_length() // k)
    while True:
        y = ((k - 1) * x + n // x ** (k - 1)) // k
        if y >= x:
            return x
        x = y


@functools.lru_cache(maxsize=64)
def is_power(n):
    """Of a number without prime factors below 2^20, which limits how often one can be in it."""
    return any(_root(n, k) ** k == n for k in _primes_below_2_20()[:64] if 20 * k <= n.bit_length())


@functools.lru_cache(maxsize=64)
def is_probable_prime(n):
    """Miller-Rabin with the first 40 primes as bases. A no is certain, and a no is what a modulus has to show."""
    if n < 4 or n % 2 == 0:
        return n in (2, 3)
    twos = (n - 1 & 1 - n).bit_length() - 1
    for base in _primes_below_2_20()[:40]:
        if base % n == 0:
            continue
        x = powmod(base, n - 1 >> twos, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True
