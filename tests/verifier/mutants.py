# SPDX-License-Identifier: Apache-2.0
"""One lie on a board: an object changed and signed again by its sender, a file dropped, renamed, swapped, cut.

A mutation takes (files, signers, random) and returns what it did, or None where there is nothing to do; it changes
`files`. With relink() what was made later refers to the changed object, so that the next check is reached.
"""
import cbor
import merkle
from message import NO_TASK, SIGNATURE_BYTES, signed_bytes
from refusal import Refused
from signers import digest, split
from transcript import h256

EDGES = (0, 1, 2, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 62, 2 ** 64 - 1)
WORDS = ("", "x", "key", "manifest", "aggregate", "\0", "\u00e4", "x" * 257, "QUORSUM_ERR_PROOF",
         "QUORSUM_ERR_SUPERSEDED")
ORDER = ("key", "task", "contributions", "receipts", "manifest", "aggregate", "acks", "partials", "completions",
         "result")


def flip(raw, at, bit):
    return raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1:]


# ---- values of a header ----

def changed_int(value, random):
    near = (value + 1, max(0, value - 1), value ^ 1)
    return random.choice((*near, random.choice(EDGES), random.getrandbits(8))) % 2 ** 64


def changed_bytes(value, random):
    if not value:
        return random.choice((b"\0", b"\1", bytes(32)))
    at, bit = random.choice((0, len(value) - 1, random.randrange(len(value)))), random.choice((1, 0x80))
    flipped, size = flip(value, at, bit), len(value)
    return random.choice((flipped, flipped, flipped, value[:-1], value[1:], value + b"\0", b"\0" + value, b"",
                          bytes(size), b"\xff" * size))


def changed_text(value, random):
    return random.choice((value + "x", value[:-1], value.lower(), *WORDS))


def changed_list(value, random):
    out = list(value)
    what = random.randrange(6)
    if not out or what == 0:
        return out + out[-1:] if out else [random.choice((0, b"", "", bytes(32)))]
    at, other = random.randrange(len(out)), random.randrange(len(out))
    if what == 1:
        del out[at]
    elif what == 2:
        out[at], out[other] = out[other], out[at]
    elif what == 3:
        out = out[::-1]
    elif what == 4:
        out.insert(at, out[other])
    else:
        out[at] = changed(out[at], random)
    return out


def changed_map(value, random):
    out, what = dict(value), random.randrange(12)
    if not out or what == 0:
        return {**out, random.choice((3, 5, 9, 22, 99, 2 ** 32)): 0}
    key = random.choice(list(out))
    if what == 1:
        del out[key]
    else:
        out[key] = changed(out[key], random)
    return out


def changed(value, random):
    """Another value, mostly of the same type."""
    if random.randrange(25) == 0:
        return random.choice((0, b"", "", [], {}, bytes(32), [0], {0: 0}))
    for kind, change in ((int, changed_int), (bytes, changed_bytes), (str, changed_text), (list, changed_list)):
        if isinstance(value, kind):
            return change(value, random)
    return changed_map(value, random)


# ---- blocks ----

def changed_blocks(blocks, width, n, random):
    unit = random.choice((width, width, width, 1, 16, 68, 2 * width))
    if len(blocks) < unit or random.randrange(8) == 0:
        return random.choice((blocks[:-1], blocks + b"\0", blocks[:-unit], blocks + blocks[-unit:], b"",
                              blocks + bytes(unit)))
    count = len(blocks) // unit
    at, other = (unit * random.choice((0, count - 1, random.randrange(count))) for _ in range(2))
    word, second = blocks[at:at + unit], blocks[other:other + unit]
    if random.randrange(4) == 0:
        low, high = min(at, other), max(at, other)
        return (blocks[:low] + blocks[high:high + unit] + blocks[low + unit:high] + blocks[low:low + unit]
                + blocks[high + unit:] if low + unit <= high else blocks[:at] + blocks[at + unit:])
    number = int.from_bytes(word, "big")
    new = random.choice((flip(word, 0, 1), flip(word, 0, 0x80), flip(word, unit - 1, 1), flip(word, unit - 1, 0x80),
                         bytes(unit), b"\xff" * unit, second, (n % 256 ** unit).to_bytes(unit, "big"),
                         ((n - number) % 256 ** unit).to_bytes(unit, "big"), (number + 1) % 256 ** unit))
    new = new if isinstance(new, bytes) else new.to_bytes(unit, "big")
    return blocks[:at] + new + blocks[at + unit:]


# ---- signing again ----

def confirmations(files, signers, message, indices):
    header, _ = split(files["key"])
    named = h256(message[:-SIGNATURE_BYTES])
    return b"".join(signers.confirmation(i, header[18][i - 1], named) for i in indices
                    if i <= len(header[18]) and header[18][i - 1] in signers.seeds)


def confirmed(data):
    """Which trustees' signatures stand behind a record."""
    header, blocks = split(data)
    behind = data[len(cbor.encode(header)) + len(blocks) + SIGNATURE_BYTES:]
    return list(behind[::1 + SIGNATURE_BYTES])


def resign(files, signers, name, body):
    """The object with other header and blocks, signed by whom it named or names."""
    header, _ = split(files[name])
    kind, sender = header[0], header[2]
    task = header.get(4, NO_TASK)
    new, _ = cbor.decode(body)
    if isinstance(new.get(2), bytes) and new[2] in signers.seeds:
        sender = new[2]
    if 4 in header and isinstance(new.get(4), bytes):
        task = new[4]
    message = body + signers.sign(sender, signed_bytes(kind, task, h256(body)))
    files[name] = message + (confirmations(files, signers, message, confirmed(files[name])) if name == "key" else b"")


def rooted(header, blocks):
    entries = [(blocks[at:at + 32], int.from_bytes(blocks[at + 32:at + 36], "big"), blocks[at + 36:at + 68])
               for at in range(0, len(blocks), 68)]
    return {**header, 11: merkle.root([merkle.leaf(*entry) for entry in entries])} if entries else header


def relink(files, signers, changes):
    """Whatever names one of the old digests (keys of changes) names the new one, and is signed again."""
    changes = dict(changes)
    for path in sorted(files, key=lambda path: (ORDER.index(path.partition("/")[0]) if path.partition("/")[0] in ORDER
                                                else 99, path)):
        found = path != "key" and _open(files, signers, path)
        if not found:
            continue
        _, header, blocks = found
        new = {key: changes.get(value, value) if isinstance(value, bytes) else value for key, value in header.items()}
        moved = blocks
        if path == "manifest":
            for old, name in changes.items():
                moved = moved.replace(old, name)
            new = rooted(new, moved) if moved != blocks else new
        if (new, moved) != (header, blocks):
            before = digest(files[path])
            resign(files, signers, path, cbor.encode(new) + moved)
            changes[before] = digest(files[path])


# ---- mutations ----

def pick(files, random):
    """An object, each kind as often as every other."""
    kinds = sorted({path.partition("/")[0] for path in files})
    kind = random.choice(kinds)
    return random.choice(sorted(path for path in files if path.partition("/")[0] == kind))


def modulus_of(files):
    try:
        modulus = split(files["key"])[0][10]
    except (Refused, KeyError, TypeError, IndexError):
        modulus = b""
    return modulus if isinstance(modulus, bytes) and modulus else bytes(32)


def opened(files, signers, random):
    """(name, header, blocks) of an object that can be signed again; None when the one picked cannot."""
    return _open(files, signers, pick(files, random))


def _open(files, signers, name):
    try:
        header, blocks = split(files[name])
        named = isinstance(header[0], str) and len(header.get(4, NO_TASK)) == len(NO_TASK)
        return (name, header, blocks) if named and header[2] in signers.seeds else None
    except (Refused, KeyError, TypeError, AttributeError):
        return None


def _relinked(files, signers, name, old, random):
    if random.randrange(4):
        try:
            relink(files, signers, {old: digest(files[name])})
            return ", and what follows"
        except (Refused, KeyError, TypeError):     # the change left nothing that could be named
            pass
    return ""


def header_changed(files, signers, random):
    found = opened(files, signers, random)
    if found is None:
        return None
    name, header, blocks = found
    old, new = digest(files[name]), changed_map(header, random)
    resign(files, signers, name, cbor.encode(new) + blocks)
    fields = [key for key in {**header, **new} if header.get(key) != new.get(key)]
    return "%s: header %s%s" % (name, fields, _relinked(files, signers, name, old, random))


def blocks_changed(files, signers, random):
    found = opened(files, signers, random)
    if found is None:
        return None
    name, header, blocks = found
    if not blocks:
        return None
    modulus = modulus_of(files)
    old = digest(files[name])
    new = changed_blocks(blocks, len(modulus), int.from_bytes(modulus, "big"), random)
    if name == "manifest" and random.randrange(4) and len(new) % 68 == 0:
        header = rooted({**header, 10: len(new) // 68}, new)
    resign(files, signers, name, cbor.encode(header) + new)
    return "%s: blocks%s" % (name, _relinked(files, signers, name, old, random))


def another_sender(files, signers, random):
    found = opened(files, signers, random)
    if found is None:
        return None
    name, header, blocks = found
    old = digest(files[name])
    header[2] = random.choice(sorted(signers.seeds))
    resign(files, signers, name, cbor.encode(header) + blocks)
    return "%s: another sender%s" % (name, _relinked(files, signers, name, old, random))


def sloppy_header(files, signers, random):
    """The same header in a form that is not canonical."""
    found = opened(files, signers, random)
    if found is None:
        return None
    name, header, blocks = found
    entries = [cbor.encode(key) + cbor.encode(header[key]) for key in sorted(header)]
    head = bytes([0xa0 | len(entries)]) if len(entries) < 24 else bytes([0xb8, len(entries)])
    at, what = random.randrange(len(entries) - 1), random.randrange(5)
    if what == 0:
        entries[at], entries[at + 1] = entries[at + 1], entries[at]
    elif what == 1:
        entries.insert(at, entries[at])
        head = bytes([0xa0 | len(entries)]) if len(entries) < 24 else bytes([0xb8, len(entries)])
    elif what == 2:
        head = bytes([0xb8, len(entries)])
    elif what == 3:
        head, entries = b"\xbf", entries + [b"\xff"]
    else:
        small = [i for i, key in enumerate(sorted(header)) if header[key] in range(24) and key < 24]
        if not small:
            return None
        i = random.choice(small)
        entries[i] = entries[i][:1] + bytes([0x18]) + entries[i][1:]
    body = head + b"".join(entries) + blocks
    message = body + signers.sign(header[2], signed_bytes(header[0], header.get(4, NO_TASK), h256(body)))
    files[name] = message + (confirmations(files, signers, message, confirmed(files[name])) if name == "key" else b"")
    return "%s: sloppy header %d" % (name, what)


def raw_changed(files, signers, random):
    name = pick(files, random)
    data = files[name]
    if not data:
        return None
    at = random.choice((0, len(data) - 1, max(0, len(data) - 64), max(0, len(data) - 65), random.randrange(len(data))))
    files[name] = random.choice((flip(data, at, 1 << random.randrange(8)), data[:at], data + b"\0", data[1:], b"",
                                 data + data[-65:], data[:-65]))
    return "%s: raw bytes" % name


class Link(bytes):
    """A file's bytes, that are to be reached through a symbolic link."""


class Folder(bytes):
    """A directory in the place of a file."""


def irregular(files, signers, random):
    name = pick(files, random) if random.getrandbits(1) else random.choice(places(files, random))
    files[name] = random.choice((Link, Folder))(files.get(name, b""))
    return "%s is a %s" % (name, type(files[name]).__name__)


def dropped(files, signers, random):
    name = pick(files, random)
    del files[name]
    return "%s dropped" % name


PLACES = ("contributions/junk", "contributions/.x", "receipts/junk", "partials/0", "partials/3", "partials/03",
          "partials/4", "partials/256", "partials/junk", "acks/1", "acks/3", "acks/03", "acks/4", "acks/junk",
          "completions/1-of-1", "completions/2-of-1", "completions/junk", "evidence/junk", "evidence/" + "0" * 64,
          "manifest.bak", "x/y", "notes", ".lock", "result")


def places(files, random):
    """Names that a board may have files under, and some that it may not."""
    somebody = random.choice([path.partition("/")[2] for path in sorted(files) if path.startswith("contributions/")]
                             or ["00" * 32])
    again = somebody[:64] + random.choice(("-1", "-2", "-02", "-65536"))
    return (random.choice(sorted(files)), "contributions/" + again, "contributions/" + somebody.upper(),
            "receipts/" + somebody, "receipts/" + again, *PLACES)


def renamed(files, signers, random):
    name, other = pick(files, random), random.choice(places(files, random))
    if name == other:
        return None
    files[other] = files.pop(name)
    return "%s renamed to %s" % (name, other)


def copied(files, signers, random):
    name, other = pick(files, random), random.choice(places(files, random))
    if name == other:
        return None
    files[other] = files[name]
    return "%s copied to %s" % (name, other)


def swapped(files, signers, random):
    name, other = pick(files, random), pick(files, random)
    if name == other:
        return None
    files[name], files[other] = files[other], files[name]
    return "%s and %s swapped" % (name, other)


MUTATIONS = (header_changed, header_changed, header_changed, header_changed, blocks_changed, blocks_changed,
             blocks_changed, another_sender, sloppy_header, raw_changed, irregular, dropped, renamed, copied, swapped)


def mutate(files, signers, random):
    """Returns what was done, in words."""
    while True:
        done = random.choice(MUTATIONS)(files, signers, random)
        if done is not None:
            return done
