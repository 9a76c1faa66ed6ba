# SPDX-License-Identifier: Apache-2.0
"""The strict deterministic subset of CBOR (RFC 8949 section 4.2) that message headers use.

Unsigned integers, byte strings, UTF-8 text, arrays and maps with ascending unsigned keys; each head in its shortest
form. Everything else is refused. The encoder serves makeboard.py only.
"""
from refusal import Refused, require

UINT, BYTES, TEXT, ARRAY, MAP = 0, 2, 3, 4, 5
MAX_DEPTH = 8


def _head(data, at):
    """Returns (major type, argument, next position)."""
    require(at < len(data), "CBOR: truncated")
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if info < 24:
        return major, info, at
    require(info <= 27, "CBOR: indefinite length or reserved head")
    size = 1 << (info - 24)
    require(at + size <= len(data), "CBOR: truncated head")
    argument = int.from_bytes(data[at:at + size], "big")
    require(argument >= (24 if size == 1 else 1 << (4 * size)), "CBOR: head is not the shortest form")
    return major, argument, at + size


def _string(data, at, size):
    require(size <= len(data) - at, "CBOR: string longer than the data")
    return bytes(data[at:at + size]), at + size


def _array(data, at, count, depth):
    require(count <= len(data) - at, "CBOR: array longer than the data")
    out = []
    for _ in range(count):
        value, at = _item(data, at, depth + 1)
        out.append(value)
    return out, at


def _map(data, at, count, depth):
    require(count <= (len(data) - at) // 2, "CBOR: map longer than the data")
    out, last = {}, -1
    for _ in range(count):
        major, key, at = _head(data, at)
        require(major == UINT, "CBOR: map key is not an unsigned integer")
        require(key > last, "CBOR: map keys are not strictly ascending")
        out[key], at = _item(data, at, depth + 1)
        last = key
    return out, at


def _item(data, at, depth):
    require(depth <= MAX_DEPTH, "CBOR: nested too deep")
    major, argument, at = _head(data, at)
    if major == UINT:
        return argument, at
    if major == BYTES:
        return _string(data, at, argument)
    if major == TEXT:
        raw, at = _string(data, at, argument)
        try:
            return raw.decode("utf-8", "strict"), at
        except UnicodeDecodeError:
            raise Refused("CBOR: text is not UTF-8") from None
    if major == ARRAY:
        return _array(data, at, argument, depth)
    if major == MAP:
        return _map(data, at, argument, depth)
    raise Refused("CBOR: type outside the subset")


def decode(data):
    """Reads one item from the front of data; returns (value, bytes used)."""
    return _item(data, 0, 1)


def _encode_head(major, argument):
    if argument < 24:
        return bytes([major << 5 | argument])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << (8 * size):
            return bytes([major << 5 | info]) + argument.to_bytes(size, "big")
    raise ValueError("integer above 64 bits")


def encode(value):
    if isinstance(value, int):
        return _encode_head(UINT, value)
    if isinstance(value, bytes):
        return _encode_head(BYTES, len(value)) + value
    if isinstance(value, str):
        raw = value.encode("utf-8")
        return _encode_head(TEXT, len(raw)) + raw
    if isinstance(value, list):
        return _encode_head(ARRAY, len(value)) + b"".join(encode(entry) for entry in value)
    if isinstance(value, dict):
        return _encode_head(MAP, len(value)) + b"".join(encode(key) + encode(value[key]) for key in sorted(value))
    raise TypeError(type(value))
