#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes transcript.json: Fiat-Shamir transcripts computed from the definition with hashlib alone.

Run it as  python3 make_transcript.py > transcript.json  ; it has no input and always writes the same.
"""
import hashlib
import json

DOMAIN = b"quorsum/v1/"


def L(data):
    return len(data).to_bytes(8, "big") + data


def H(*items):
    return hashlib.blake2b(b"".join(L(item) for item in items), digest_size=64).digest()


def filler(name, length):
    """Bytes that look random and differ for every name."""
    return hashlib.shake_256(name.encode()).digest(length)


def raw(item):
    kind, value = item
    if kind == "bytes":
        return value
    if kind == "u64":
        return value.to_bytes(8, "big")
    number, width = value
    return number.to_bytes(width, "big")


def shown(item):
    kind, value = item
    if kind == "bytes":
        return {"bytes": value.hex()}
    if kind == "u64":
        return {"u64": "%x" % value}
    number, width = value
    return {"integer": "%x" % number, "width": width}


def seeded(prefix, seed, number):
    return H(DOMAIN + prefix, seed, number.to_bytes(8, "big"))


def case(number, proof, label, items, indices, expand):
    task, prover, key = (filler("%s %d" % (name, number), 32) for name in ("task", "prover", "key"))
    seed = H(DOMAIN + proof.encode(), task, label.encode(), prover, key, *(raw(item) for item in items))
    stream = b"".join(seeded(b"expand", seed, counter) for counter in range(expand // 64 + 1))
    return {
        "proof": proof, "label": label, "task": task.hex(), "prover": prover.hex(), "key": key.hex(),
        "items": [shown(item) for item in items],
        "seed": seed.hex(),
        "exponents": [{"index": "%x" % i, "value": seeded(b"exponent", seed, i)[:16].hex()} for i in indices],
        "expand": stream[:expand].hex(),
    }


def main():
    big = int.from_bytes(filler("big", 384), "big")
    cases = [
        case(1, "pok-vector", "contribution", [], [0], 1),
        case(2, "pok-vector", "contribution", [("bytes", b"")], [0, 1], 63),
        case(3, "partial", "decrypt",
             [("bytes", b"a"), ("bytes", b"bc"), ("u64", 0), ("u64", 2**64 - 1), ("u64", 0x0102030405060708)],
             [0, 1, 255, 256, 2**32, 2**64 - 1], 64),
        case(4, "p", "",
             [("integer", (0, 1)), ("integer", (1, 1)), ("integer", (0x0123456789abcdef, 8)),
              ("integer", (0x0123456789abcdef, 9)), ("integer", (0x89abcdef, 5)), ("integer", (big >> 2048, 128)),
              ("integer", (big, 384)), ("integer", (big, 400)), ("integer", (0, 0))],
             [7], 65),
        case(5, "hash-to-z", "the label of a task \u00e4\u6f22", [("bytes", filler("long", 1000))], [3], 1000),
    ]
    print(json.dumps({"about": "made by make_transcript.py", "cases": cases}, indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
