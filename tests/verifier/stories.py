# SPDX-License-Identifier: Apache-2.0
"""Whole rounds for differ.py: honest ones of every kind, and ones in which somebody lies and the others go on.

Each lie takes (maker, random) of a round whose contributions are there, and finishes it.
"""
import cbor
import makeboard
from makeboard import choose, field
from message import Message, to_natural
from mutants import PLACES, changed, changed_map, resign
from refusal import Refused
from slots import BALLOT, KNOWLEDGE, LAST, NORM

OPTIONS = ["Alice", "Bob", "Carol", "D\u00f6rte", "none of them"]


def plain_fields(random):
    out = [field("a", random.choice((1, 3, 30)), random.choice((1, 4, 9)), signed=random.getrandbits(1))]
    if random.getrandbits(1):
        out += [field("b", 1, 20, reduce=random.randrange(4)), field("c", 2, 12, signed=1, clip=1000, scale=10)]
    return out


def ballot_fields(random):
    out = []
    for i in range(random.choice((1, 1, 2))):
        count = random.randint(1, 4)
        most = random.randint(1, count)
        out.append(choose("question %d" % i, random.sample(OPTIONS, count), random.randint(0, most), most))
    return out


def task_options(random):
    options = {"revote": random.getrandbits(1), "guard_bits": random.choice((0, 1, 3)),
               "max_cohort": random.choice((3, 10, 200))}
    level = random.choice((KNOWLEDGE, KNOWLEDGE, BALLOT, NORM))
    if level == BALLOT:
        return {**options, "fields": ballot_fields(random)}
    options["fields"] = plain_fields(random)
    if level == NORM:
        options["norm_squared"] = random.choice((1, 24, 100, 12345, 2 ** 40, random.randint(1, 10 ** 6)))
    elif random.getrandbits(1):
        options["weight_bits"] = random.randint(1, 6)
    return options


ORIGINS = (("dealer", 0), ("ceremony", 0), ("dealer", 1), ("ceremony", 2))     # and how often handed on


def keyed(seed, random):
    """A maker with its key; keys take longest to check, so there are few of them."""
    origin, epoch = ORIGINS[seed % len(ORIGINS)]
    dealt = (origin, epoch) == ("dealer", 0)
    sizes = ((3, 2), (3, 2), (4, 3), (1, 1)) if dealt else ((3, 2), (3, 2), (5, 3), (4, 2)) if epoch == 0 else \
        ((2, 2), (3, 2), (3, 3), (4, 3))
    degree, (trustees, quorum) = random.choice((1, 1, 2)), random.choice(sizes)
    maker = makeboard.Maker(256, degree, trustees, quorum, random.randrange(3), seed, origin, epoch)
    everybody = list(range(1, trustees + 1))
    maker.key(random.choice((None, sorted(random.sample(everybody, quorum)))) if dealt else None)
    return maker


def contributed(maker, random, **changes):
    """The task and its contributions, some of them with receipts."""
    options = {**task_options(random), **changes}
    agreement = random.choice((None, maker.quorum, maker.trustees))
    roster = ["contributor %d" % i for i in range(5)] if random.getrandbits(1) else ()
    maker.task(**options, agreement=agreement, admitted=roster)
    for i in range(random.choice((2, 3))):
        for sequence in range(1, random.choice((1, 1, 3)) + 1 if options["revote"] == LAST else 2):
            name = maker.contribution("contributor %d" % i, sequence=sequence)
            if random.getrandbits(1):
                maker.receipt(name)
    return maker


# ---- the end of a round ----

def honest(maker, random):
    maker.finish()
    for _ in range(random.choice((0, 0, 1, 2))):
        parts = random.randint(1, len(maker.plan.plaintexts))
        maker.completion(random.randint(1, parts), parts)
    for i in range(1, maker.trustees + 1):
        if random.getrandbits(1):
            maker.partial(i)
        if i > maker.task_header[21] and random.getrandbits(1):
            del maker.files["acks/%d" % i]
    return "honest"


def unfinished(maker, random):
    honest(maker, random)
    gone = [path for path in maker.files if path.partition("/")[0] in
            random.choice((["result"], ["result", "partials"], ["result", "partials", "acks"], ["acks"], ["partials"],
                           ["result", "partials", "acks", "aggregate"], ["receipts"], ["completions"],
                           ["result", "partials", "acks", "aggregate", "manifest", "completions"]))]
    for path in gone:
        del maker.files[path]
    return "unfinished"


def left_out(maker, random):
    """The coordinator lists fewer than there are, perhaps one with a receipt; perhaps an earlier one."""
    names = maker.listed()
    at = random.randrange(len(names))
    if len(names) > 2 or random.getrandbits(1):
        del names[at]
    earlier = maker.superseded()
    if earlier and random.getrandbits(1):
        other = random.choice(earlier)
        names = sorted([name for name in names if name[:78] != other[:78]] + [other], key=makeboard.split_place)
    maker.listed = lambda: names
    if random.getrandbits(1):
        maker.superseded = lambda: []
    maker.finish()
    return "a contribution left out"


def late(maker, random):
    honest(maker, random)
    name = maker.contribution("late")
    if random.getrandbits(1):
        maker.receipt(name)
    return "a late contribution"


def refusals(maker, random):
    """A manifest that lists refused contributions of all kinds."""
    maker.finish()
    header, blocks = makeboard.split(maker.files["manifest"])
    senders = [bytes([random.getrandbits(8)]) * 32 for _ in range(3)] + [blocks[:32]]
    refused = [{0: random.choice(senders), 1: random.choice((1, 1, 2, 0, 65535, 65536)),
                2: random.choice((bytes(32), b"\7" * 32)),
                3: random.choice(("QUORSUM_ERR_PROOF", "QUORSUM_ERR_SUPERSEDED", "QUORSUM_ERR_PROOF", "no reason", ""))}
               for _ in range(random.randint(1, 3))]
    if random.randrange(4):
        refused.sort(key=lambda entry: (entry[0], entry[1]))
    maker.files["manifest"] = maker.signers.message({**header, 13: refused}, blocks)
    after_manifest(maker)
    return "refusals listed"


def after_manifest(maker):
    maker.aggregate()
    maker.agree()
    for i in range(1, maker.quorum + 1):
        maker.partial(i)
    maker.result()


def two_manifests(maker, random):
    """Evidence on the board, good or spoiled."""
    maker.finish()
    files = dict(maker.files)
    name = random.choice(("manifest", "acks/1", "aggregate"))
    header, blocks = makeboard.split(files[name])
    if name == "manifest":
        header[13] = [{0: bytes(32), 1: 1, 2: bytes(32), 3: "QUORSUM_ERR_PROOF"}]
    else:
        header[11 if name == "acks/1" else 10] = bytes(32)
    other = maker.signers.message(header, blocks)
    path = maker.evidence(header[0], header[2], files[name], other)
    what = random.randrange(6)
    if what < 3:
        header, _ = makeboard.split(maker.files[path])
        if what == 0:
            header[12], header[13], header[14], header[15] = header[14], header[15], header[12], header[13]
        elif what == 1:
            header = changed_map(header, random)
        else:
            maker.files["evidence/" + random.choice(("junk", "1" * 64))] = maker.files.pop(path)
            return "evidence under another name"
        resign(maker.files, maker.signers, path, cbor.encode(header))
    return "evidence about %s, %d" % (name, what)


def bad_acknowledgement(maker, random):
    honest(maker, random)
    for _ in range(random.choice((1, 2))):
        name = random.choice(sorted(path for path in maker.files if path.startswith("acks/")))
        header, _ = makeboard.split(maker.files[name])
        header[random.choice((10, 11, 12))] = random.choice((1, 3, 4, 255, bytes(32), header[11], header[12]))
        resign(maker.files, maker.signers, name, cbor.encode(header))
    return "another acknowledgement"


def too_few_agree(maker, random):
    honest(maker, random)
    acks = sorted(path for path in maker.files if path.startswith("acks/"))
    for name in random.sample(acks, len(acks) - maker.task_header[21] + 1):
        del maker.files[name]
    return "an acknowledgement less"


def bad_share(maker, random):
    """A trustee with another share; the result may do without it."""
    maker.finish()
    share, i = maker.shares, random.randint(1, maker.trustees)
    maker.shares = [value + (k == i) for k, value in enumerate(share, 1)]
    maker.partial(i)
    maker.shares = share
    return "a wrong share"


def other_trustees(maker, random):
    maker.finish()
    trustees = random.sample(range(1, maker.trustees + 2), random.randint(1, maker.trustees))
    for i in trustees:
        if i <= maker.trustees and random.randrange(4):
            maker.partial(i)
    maker.result(sorted(trustees) if random.randrange(4) else trustees)
    return "a result of other trustees"


def wrong_openings(maker, random):
    maker.finish()
    openings, n = maker.openings(), maker.public.n
    at = random.randrange(len(openings))
    m, r = openings[at]
    openings[at] = random.choice(((m, n - r), ((m + 1) % maker.public.ns, r), (m, 0), (0, 0), (m, (r + 1) % n),
                                  ((m + n) % maker.public.ns, r), (m, maker.p), openings[0]))
    if random.getrandbits(1):
        maker.result(None, openings)
    else:
        maker.completion(1, 1, openings)
    return "wrong openings"


def too_much(maker, random):
    """Values that no contributor may have, with proofs as good as they get."""
    values = maker.random_values()
    column = random.choice(values)
    column[random.randrange(len(column))] = random.choice((2, -1, -5, 6, 2 ** 20, -2 ** 20, 2 ** 61))
    maker.contribution("contributor %d" % random.randrange(2), values, claimed=maker.random_values())
    maker.finish()
    return "values out of range"


def roots_of_unity(maker, random):
    """By somebody who knows the factors. Equations of squares hold, a knowledge proof for every second challenge."""
    for path in [path for path in maker.files if path.startswith(("receipts/", "contributions/"))]:
        del maker.files[path]
    what = random.choice((["commitment"], ["ciphertext"], ["ciphertext", "commitment"]))
    maker.contribution("contributor 0", twisted=what)
    maker.contribution("contributor 1")
    maker.finish()
    return "roots of unity"


def strays(maker, random):
    honest(maker, random)
    for _ in range(3):
        data = random.choice((b"", b"x", maker.files["result"], maker.files["key"]))
        maker.files[random.choice(PLACES)] = data
    return "stray files"


def cohorts(maker, random):
    """The task's bounds are others than the number of contributions would want; everybody goes on."""
    header = maker.task_header
    maker.finish()
    changes = random.choice(({14: len(maker.listed()) + 1, 15: header[15] + 5}, {15: 2}, {14: 0}, {14: 1}, {15: 1}))
    again(maker, {**header, **changes}, random)
    return "another cohort %s" % changes


def another_task(maker, random):
    """A task that may or may not be one."""
    header = maker.task_header
    other = changed_map(header, random) if random.randrange(3) else {**header, 12: changed(header[12], random)}
    again(maker, other, random)
    return "another task"


def norm_bounds(maker, random):
    header = maker.task_header
    bound = random.choice((0, 1, 2 ** 61, 2 ** 62 - 1, 2 ** 62, 2 ** 63, 2 ** 64, 2 ** 123, 2 ** 124))
    again(maker, {**header, 18: random.randrange(3), 19: to_natural(bound)}, random)
    return "norm bound %d" % bound


def again(maker, header, random):
    """Signs another task and goes through the round with it, as far as that goes."""
    maker.files = {"key": maker.files["key"]}
    header = {**header, **{key: maker.task_header[key] for key in (0, 1, 2)}}
    maker.files["task"] = maker.signers.message(header, b"")
    try:
        Message(maker.files["task"], "task")       # its form is good
        maker.adopt(header)
        if len(maker.plan.plaintexts) > 100:
            return
        for i in range(2):
            maker.contribution("contributor %d" % i)
        maker.finish()
    except (Refused, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, ZeroDivisionError):
        pass                # not a task that anybody could carry on


def another_key(maker, random):
    """A key record changed in one place, and an honest round under it."""
    header, blocks = makeboard.split(maker.files["key"])
    task, width = maker.task_header, maker.public.width
    at = width * random.randrange(len(blocks) // width)
    word = int.from_bytes(blocks[at:at + width], "big")
    n = maker.public.n
    if random.getrandbits(1):
        new = random.choice((n - word, word * word % n, word ^ 1, word + n, 0, 1, maker.p, word * 4 % n))
        blocks = blocks[:at] + (new % 256 ** width).to_bytes(width, "big") + blocks[at + width:]
    else:
        key = random.randrange(10, 27)
        header[key] = changed(header[key], random)
    maker.sign_key(header, blocks)
    if isinstance(header[10], bytes) and isinstance(header[13], int):     # so that its end can be found
        again(maker, {**task, 3: makeboard.digest(maker.files["key"])}, random)
    return "another key"


def another_lineage(maker, random):
    """A record that says something else of where its key comes from; some of that may be true."""
    header, blocks = makeboard.split(maker.files["key"])
    dealer, first, second = (maker.signers.identity(name) for name in ("dealer", "trustee 1", "trustee 2"))
    said = random.sample([(2, dealer), (2, first), (2, second), (17, "dealer"), (17, "ceremony"), (18, []), (22, 0),
                          (22, 1), (22, 2 ** 64 - 1), (23, b""), (23, bytes(32)), (23, bytes([1] * 32)), (24, b""),
                          (24, bytes(32)), (24, bytes([1] * 32)), (24, bytes([1] * 31)), (25, b""), (25, dealer),
                          (25, first), (26, 0), (26, 1), (26, header[16] - 1), (26, header[16])], random.randint(1, 4))
    header.update(said)
    if header[17] == "ceremony" and random.randrange(4):
        header.update({19: b"", 20: b"", 21: b"", 25: b""})
        blocks = blocks[:(header[13] + 7) * maker.public.width]
    maker.sign_key(header, blocks)
    again(maker, {**maker.task_header, 3: makeboard.digest(maker.files["key"])}, random)
    return "another lineage %s" % sorted(field for field, _ in said)


LIES = (honest, honest, unfinished, left_out, left_out, late, refusals, refusals, two_manifests, two_manifests,
        bad_acknowledgement, too_few_agree, bad_share, other_trustees, wrong_openings, wrong_openings, too_much,
        too_much, roots_of_unity, roots_of_unity, strays, cohorts, another_task, another_task, norm_bounds, another_key,
        another_key, another_lineage, another_lineage)
