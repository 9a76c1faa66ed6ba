# SPDX-License-Identifier: Apache-2.0
"""Ed25519 (RFC 8032) for checking signatures, as strict as libsodium.

Refused: S >= L, a public key that is not canonically encoded, a public key or R of small order. The equation is the one
without cofactor, compared on the encoding of R. Signing serves makeboard.py only; nothing here is constant time.
"""
import functools
import hashlib

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def _add(a, b):
    """Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, x y = T/Z; the addition is complete."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return w * x % P, y * z % P, x * y % P, w * z % P


def _multiply(scalar, point):
    out = NEUTRAL
    while scalar:
        if scalar & 1:
            out = _add(out, point)
        point = _add(point, point)
        scalar >>= 1
    return out


def _rows(point):
    """rows[i][d] = d 16^i point: what a key needs that is used often."""
    out = []
    for _ in range(64):
        row = [NEUTRAL]
        for _ in range(15):
            row.append(_add(row[-1], point))
        out.append(row)
        point = _add(row[-1], point)
    return out


def _multiply_by(rows, scalar):
    """scalar is below 2^256."""
    out = NEUTRAL
    for row in rows:
        out = _add(out, row[scalar & 15])
        scalar >>= 4
    return out


def _recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if x * x % P != x2:
        x = x * SQRT_MINUS_1 % P
    if x * x % P != x2:
        return None
    return P - x if x & 1 != sign else x


def _decode(raw):
    """None unless raw is the one canonical encoding of a point."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = _recover_x(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def _encode(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _small_order(point):
    x, y, z, _ = _multiply(8, point)
    return x % P == 0 and (y - z) % P == 0


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = _recover_x(_BASE_Y, 0)
BASE = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)
_BASE_ROWS = _rows(BASE)


def _scalar(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


@functools.lru_cache(maxsize=512)
def _key_rows(public):
    """Of the key's negative, because a key may have a part of small order, on which L - c is not -c. None unless this is a
    key: canonical and of large order."""
    key = _decode(public)
    if key is None or _small_order(key):
        return None
    x, y, z, t = key
    return _rows((-x % P, y, z, -t % P))


@functools.lru_cache(maxsize=4096)
def verify(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = _key_rows(public), _decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or s >= L or _small_order(commitment):
        return False
    challenge = _scalar(signature[:32], public, message)
    return _encode(_add(_multiply_by(_BASE_ROWS, s), _multiply_by(key, challenge))) == signature[:32]


def _expand(seed):
    raw = hashlib.sha512(seed).digest()
    secret = int.from_bytes(raw[:32], "little") & (1 << 254) - 8 | 1 << 254
    return secret, raw[32:]


@functools.lru_cache(maxsize=256)
def public_key(seed):
    return _encode(_multiply_by(_BASE_ROWS, _expand(seed)[0]))


def sign(seed, message):
    secret, prefix = _expand(seed)
    public = public_key(seed)
    nonce = _scalar(prefix, message)
    commitment = _encode(_multiply_by(_BASE_ROWS, nonce))
    s = (nonce + _scalar(commitment, public, message) * secret) % L
    return commitment + s.to_bytes(32, "little")
