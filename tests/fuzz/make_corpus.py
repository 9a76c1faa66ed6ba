#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds in corpus/ that need no key: scripts of edits (edit.h), archives for whole boards (board.c), and small files
of every format. `fuzz_replay --seeds` adds the good messages of the present format when tests run. What an engine has found
lies beside them under a name that says what it was. Run again, it writes the same bytes."""
import json
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
UINT, BYTES, LENGTH, SPLICE, DROP, WORD, SWAP, SET, INSERT, DELETE, XOR = range(1, 12)


def put(target, name, data):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    with open(os.path.join(HERE, target, name), "wb") as file:
        file.write(data)


def u(value, size):
    return value.to_bytes(size, "big")


# one edit of every kind, at places that every message has, and some more of it
SCRIPTS = {
    "signed-again": b"\x00",
    "by-a-stranger": b"\x09",
    "old-signature": b"\xff" + bytes([XOR]) + u(40, 3) + b"\x01",
    "version": bytes([0, UINT, 1]) + u(2, 8),
    "largest-number": bytes([0, UINT, 5]) + u(2 ** 64 - 1, 8),
    "zero": bytes([0, UINT, 6]) + u(0, 8),
    "one-more": bytes([0, UINT, 7]) + u(4, 8),
    "another-type": bytes([0, BYTES, 5, 3]) + b"abc",
    "short-digest": bytes([0, LENGTH, 3]) + u(31, 2),
    "long-value": bytes([0, LENGTH, 6]) + u(4000, 2),
    "empty-value": bytes([0, LENGTH, 7]) + u(0, 2),
    "of-another-message": bytes([0, SPLICE, 6, 4]),
    "a-key-less": bytes([0, DROP, 5]),
    **{f"word-{which}": bytes([0, WORD]) + u(0, 2) + bytes([which]) for which in range(8)},
    "last-word": bytes([0, WORD]) + u(0xffff, 2) + b"\x06",
    "swapped": bytes([0, SWAP]) + u(0, 2) + u(1, 2),
    "overwritten": bytes([0, SET]) + u(300, 3) + b"\x04\xff\xff\xff\xff",
    "longer": bytes([0, INSERT]) + u(10000, 3) + b"\x01\x00",
    "shorter": bytes([0, DELETE]) + u(200, 3) + b"\x10",
    "map-of-many": bytes([0, SET]) + u(0, 3) + b"\x01\xbf",
    "nested": bytes([0, SET]) + u(20, 3) + b"\x08" + b"\x81" * 8,
    "two-edits": bytes([0, UINT, 5]) + u(1, 8) + bytes([WORD]) + u(1, 2) + b"\x01",
}


def some(entry, size, filler=b"\1"):
    return bytes([BYTES, entry, size]) + filler * size


# a key's fields 22 to 26 are the entries 15 to 19 of its header, 17 is the tenth
EPOCH, CEREMONY, PARENT, PROVER, SECRET_BITS, ORIGIN, SIGNS, TWISTS, FACTORS = 15, 16, 17, 18, 19, 10, 12, 13, 14
LINEAGES = {
    "later": bytes([0, UINT, EPOCH]) + u(1, 8) + some(PARENT, 32),
    "epoch-alone": bytes([0, UINT, EPOCH]) + u(1, 8),
    "last-epoch": bytes([0, UINT, EPOCH]) + u(2 ** 64 - 1, 8) + some(PARENT, 32),
    "parent-alone": bytes([0]) + some(PARENT, 32),
    "zero-parent": bytes([0, UINT, EPOCH]) + u(1, 8) + some(PARENT, 32, b"\0"),
    "short-parent": bytes([0, UINT, EPOCH]) + u(1, 8) + some(PARENT, 31),
    "ceremony": bytes([0]) + some(CEREMONY, 32),
    "no-ceremony": bytes([0]) + some(CEREMONY, 0),
    "zero-ceremony": bytes([0]) + some(CEREMONY, 32, b"\0"),
    "prover": bytes([0]) + some(PROVER, 32),
    "no-prover": bytes([0]) + some(PROVER, 0),
    "secret-bits": bytes([0, UINT, SECRET_BITS]) + u(1, 8),
    "no-secret-bits": bytes([0, UINT, SECRET_BITS]) + u(0, 8),
    "huge-secret-bits": bytes([0, UINT, SECRET_BITS]) + u(2 ** 64 - 1, 8),
    "no-proofs": bytes([0]) + b"".join(some(entry, 0) for entry in (SIGNS, TWISTS, FACTORS, PROVER)),
    "proofs": bytes([0]) + some(SIGNS, 16) + some(TWISTS, 16) + some(FACTORS, 100),
    "another-origin": bytes([0]) + some(ORIGIN, 8),
}


def scripts():
    """For every kind of message."""
    for name, script in SCRIPTS.items():
        put("message", name, b"\x01" + script)
        put("key", f"made-{name}", b"\x03" + script)
    for name, script in LINEAGES.items():
        put("key", f"dealt-{name}", b"\x01" + script)
        put("key", f"made-{name}", b"\x03" + script)
    put("message", "nothing", b"")
    put("message", "raw-map", b"\x00\xa1\x00\x63key")


def entry(number, action, payload=b""):
    return bytes([number, action]) + u(len(payload), 2) + payload


def boards():
    every = 2 | 4 | 8 | 16
    put("board", "as-it-is", bytes([every]))
    put("board", "empty-input", b"")
    for number in range(15):
        put("board", f"without-{number:02}", bytes([every]) + entry(number, 1))
        put("board", f"signed-by-another-{number:02}", bytes([every | 1]) + entry(number, 0, bytes([9])))
        put("board", f"garbage-{number:02}", bytes([every]) + entry(number, 2, b"\xa1\x00\x63key" + bytes(70)))
        put("board", f"word-{number:02}", bytes([every | 1]) + entry(number, 0, bytes([0, WORD, 0, 0, 1])))
    put("board", "open-only", bytes([4]) + entry(13, 1))
    put("board", "close-again", bytes([8]) + b"".join(entry(number, 1) for number in range(6, 14)))
    put("board", "evidence", bytes([every]) + entry(14, 0, b"\0"))
    put("board", "a-receipt-less", bytes([every]) + entry(5, 1))
    put("board", "twice-the-same", bytes([every | 1]) + entry(3, 3, b"\x02"))
    put("board", "an-extra-one", bytes([every]) + entry(2, 4, bytes([9])))
    put("board", "smaller-cohort", bytes([every | 1]) + entry(1, 0, bytes([0, UINT, 8]) + u(2, 8)))
    put("board", "swapped-partials", bytes([every]) + entry(10, 3, b"\x0b") + entry(11, 3, b"\x0a"))


def formats():
    put("cbor", "a-header", bytes([5, 6, 3, 14, 0, 22, 1, 2, 30, 7, 4, 0, 0, 0, 0, 0]) +
        b"\xa4\x00\x63key\x01\x01\x02\x58\x20" + bytes(32) + b"\x03\x41\x07\x04\x82\x01\x02")
    put("cbor", "lengths", bytes(range(16)) + b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff\x5b\xff\xff\xff\xff\xff\xff\xff\xff")
    put("cbor", "not-shortest", bytes(16) + b"\x18\x17\x19\x00\xff\x1a\x00\x00\xff\xff")
    put("cbor", "text", bytes([3] * 16) + b"\x62\xc3\xa9\x61\x00\x62\xc0\x80\x64\xf4\x90\x80\x80\x63\xed\xa0\x80")
    word = 16
    for name, digit in (("zero", 0), ("one", 1), ("ones", 2 ** 128 - 1)):
        put("ciphertexts", name, u(digit, word) + u(0, word))
    put("ciphertexts", "many", (u(1, word) + u(5, word)) * 17)
    put("ciphertexts", "cut", u(1, word) * 3)
    n = 0xe8b317fa31a0ea57 * 0xff897143fce2d62b
    put("public_key", "good", bytes([1, 0]) + u(n, 16))
    put("public_key", "degree-4", bytes([4, 2]) + u(n, 16))
    put("public_key", "even", bytes([1, 0]) + u(n - 1, 16))
    put("public_key", "leading-zero", bytes([1, 0]) + u(n, 17))
    put("public_key", "prime", bytes([1, 0]) + u(2 ** 61 - 1, 8))
    put("public_key", "square", bytes([1, 1]) + u(0xe8b317fa31a0ea57 ** 2, 16))
    put("public_key", "degree-5", bytes([5, 1]) + u(n, 16))
    put("sealed", "header", b"\xa6\x00\x66sealed\x01\x01\x02\x65share\x03\x01\x04\x1a\x00\x80\x00\x00\x05\x50" + bytes(16 + 24 + 17))
    put("sealed", "much-memory", b"\xa6\x00\x66sealed\x01\x01\x02\x65share\x03\x01\x04\x1b\x00\x00\x01\x00\x00\x00\x00\x00\x05\x50"
        + bytes(60))
    put("secrets", "identity", b"\x00" + bytes(32))
    put("secrets", "identity-short", b"\x00" + bytes(31))
    put("secrets", "share", b"\x01\xa4\x00\x01\x01\x58\x20" + bytes(32) + b"\x02\x08\x03\x41\x07")
    put("secrets", "private-key", b"\x02\x01\x00" + u(0xe8b317fa31a0ea57, 8) + u(0xff897143fce2d62b, 8))
    put("secrets", "private-key-same-primes", b"\x02\x01\x00" + u(0xe8b317fa31a0ea57, 8) * 2)
    put("secrets", "private-key-even", b"\x02\x01\x00" + u(0xe8b317fa31a0ea56, 8) + u(0xff897143fce2d62b, 8))
    put("secrets", "private-key-odd-length", b"\x02\x01\x00" + bytes(7))
    put("secrets", "good-share", b"\x03")
    put("secrets", "another-share-value", b"\x03" + bytes(45) + b"\x01")
    put("pool", "good", b"\x01")
    put("pool", "cut", b"\x01" + u(1, 2))
    put("pool", "an-entry-less", b"\x01" + u(56, 2))
    put("pool", "header-only", b"\x01" + u(0, 2) + u(3, 2) + b"\x01")
    put("pool", "altered", b"\x01" + u(0, 2) + u(300, 2) + b"\x01")
    put("pool", "raw", b"\x00\xa7\x00\x64pool\x01\x01\x02\x58\x20" + bytes(32) + b"\x03\x58\x20" + bytes(32) +
        b"\x04\x18\x40\x05\x18\x38\x06\x58\x20" + bytes(32))
    head = b"quorsum-journal 1\n"
    task = b"\1" + bytes(31)
    agreed = {what: b"A" + task + bytes([what]) + bytes(31 + 64) + bytes([what]) + bytes(31 + 16) for what in (2, 3)}
    receipt = b"R" + task + bytes(32) + u(1, 4) + bytes(32 + 64 + 16)
    verified = b"V" + task + b"\5" + bytes(31 + 16)
    put("journal", "empty", b"\0")
    put("journal", "head", b"\0" + head)
    put("journal", "torn-head", b"\0" + head[:7])
    put("journal", "newer", b"\0quorsum-journal 2\n")
    put("journal", "agreed", b"\1" + head + agreed[2])
    put("journal", "agreed-to-another", b"\1" + head + agreed[3])
    put("journal", "agreed-to-both", b"\1" + head + agreed[2] + agreed[3])
    put("journal", "torn-record", b"\1" + head + agreed[2] + agreed[3][:100])
    put("journal", "bad-check", b"\0" + head + agreed[2])
    put("journal", "all-kinds", b"\1" + head + verified + receipt + agreed[2] + receipt)
    put("journal", "no-journal", b"\0age\n1\n")


def npy(text, data, version=(1, 0)):
    head = text.encode()
    size = struct.pack("<H", len(head)) if version == (1, 0) else struct.pack("<I", len(head))
    return bytes(version) + size + head + data


def inputs():
    rows = ["a,bee"] + [f"{i},{i / 10}" for i in range(12)]
    put("csv", "table", "\n".join(rows).encode() + b"\n")
    put("csv", "columns", (",".join([f"a[{i}]" for i in range(12)] + ["bee"]) + "\r\n" + ",".join(["-128"] * 12 + ["1e2"])).encode())
    put("csv", "quoted", b'"a","bee"\n' + b'"1","2"\n' * 11 + b'"3","4.5"')
    put("csv", "open-quote", b'a,bee\n"1,2\n')
    put("csv", "no-number", b"a,bee\nx,nan\n")
    put("csv", "numbers", b"a,bee\n" + b"\n".join(b"%s,%s" % (x, x) for x in (
        b"1e400", b"-0", b"+7", b".5", b"5.", b"0x10", b"1e-400", b"99999999999999999999", b" 1", b"1_0", b"inf", b"1e+2")))
    put("csv", "nul", b"a\0,bee\n1,2\n")
    put("csv", "missing-column", b"b,bee\n1,2\n")
    put("csv", "byte-order-mark", b"\xef\xbb\xbfa,bee\n1,2\n")
    good = "{'descr': '<f8', 'fortran_order': False, 'shape': (13,), }"
    put("npy", "f8", npy(good, struct.pack("<13d", *range(13))))
    put("npy", "f8-nan", npy(good, struct.pack("<13d", *[float("nan")] * 13)))
    put("npy", "i8", npy(good.replace("f8", "i8"), struct.pack("<13q", *[-2 ** 63] * 13)))
    put("npy", "big-i4", npy(good.replace("<f8", ">i4"), struct.pack(">13i", *range(13))))
    put("npy", "version-2", npy(good, struct.pack("<13d", *range(13)), (2, 0)))
    put("npy", "cut", npy(good, bytes(20)))
    put("npy", "shape-of-many", npy(good.replace("(13,)", "(18446744073709551615,)"), bytes(8)))
    put("npy", "two-dimensions", npy(good.replace("(13,)", "(13, 1)").replace("False", "True"), bytes(13 * 8)))
    put("npy", "objects", npy(good.replace("'<f8'", "'|O'"), bytes(8)))
    put("npy", "no-header", b"\x01\x00\xff\xff{")
    field = {"name": "v", "bits": 8}
    for name, value in {
        "one": {"fields": [field]},
        "all-keys": {"label": "l", "weight_bits": 3, "guard_bits": 1, "fields": [dict(
            field, count=4, signed=False, scale=10, clip=5, column="c", reduce="none")]},
        "reduce": {"fields": [dict(field, reduce=r, name=r) for r in ("count", "sum", "sum_of_squares")]},
        "ballot": {"fields": [{"name": "m", "choose": {"min": 0, "max": 1}, "options": ["a", "b"]}]},
        "twice": {"fields": [field, field]},
        "wrong-types": {"fields": [{"name": 1, "bits": "8", "count": -1, "scale": 1.5}]},
        "large": {"fields": [dict(field, count=2 ** 26, scale=2 ** 53, bits=62)]},
        "no-list": {"fields": {}},
    }.items():
        put("fields", name, json.dumps(value).encode())
    put("fields", "no-json", b"{\"fields\": [")
    put("fields", "control-characters", b'{"fields": [{"name": "a\\u0000\\u001b[31m", "bits": 8}]}')
    put("show", "pool", b"\xa7\x00\x64pool\x01\x01\x02\x58\x20" + bytes(32) + b"\x03\x58\x20" + bytes(32) +
        b"\x04\x18\x40\x05\x18\x38\x06\x58\x20" + bytes(32))
    put("show", "sealed", b"\xa6\x00\x66sealed\x01\x01\x02\x65share\x03\x01\x04\x1a\x00\x80\x00\x00\x05\x50" + bytes(57))
    put("show", "escape", b"\xa2\x00\x63key\x0a\x64\x1b[2J" + bytes(64))
    put("show", "nested", b"\xa2\x00\x63key\x0a\x81\x81\x81\x81\x81\x00" + bytes(64))


def ceremonies():
    """Changes in good messages and saved states: which ‖ (place ‖ xor)*, see ceremonies.c."""
    for target in ("proposal", "ceremony", "resume"):
        put(target, "empty", b"")
        put(target, "zeros", bytes(65))
        for which in range(1 if target == "proposal" else 8 if target == "resume" else 24):
            head = b"\x01" if target == "proposal" else bytes([1, which])
            put(target, "good-%d" % which, head)
            put(target, "early-%d" % which, head + u(20 + which, 2) + b"\x01")
            put(target, "later-%d" % which, head + u(150 + 11 * which, 2) + b"\x80" + u(333, 2) + b"\xff")
    for place in range(0, 90, 3):
        put("proposal", "place-%d" % place, b"\x01" + u(place, 2) + b"\x03")
        put("resume", "place-%d" % place, bytes([1, place % 8]) + u(place, 2) + b"\x03")


if __name__ == "__main__":
    scripts()
    ceremonies()
    boards()
    formats()
    inputs()
