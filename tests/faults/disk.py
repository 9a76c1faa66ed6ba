#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whatever ends a command, and wherever: killed at every call that changes the disk, a disk that fills up or breaks.

Every command that writes is run once to count those calls, and then once for each of them with a fault there (of calls that
differ in nothing but a number in a name, the first and the last). After each: nothing is half written under a final name,
what was there is as it was, the journal remembers and no randomiser comes again; and the same command, run again, ends
well or says what is there already. Needs the tool's path in QUORSUM and a compiler in CC.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

import harness
from harness import ABORTED, DONE, FAILED, KILLED, QUORSUM, REFUSED, USAGE

VALUES = 300       # of a contribution
CIPHERTEXTS = 5    # which hold them
MODULUS = 256      # bytes
P = ["--passphrase-file", "passphrase"]
ALREADY = re.compile(r"EXISTS|DUPLICATE")
PLACE = None


def decrypt(board, number):
    return ["decrypt", "--board", board, "--share", f"keys/share-{number}", "--identity", f"trustee-{number}", "--passphrase-file",
            f"keys/passphrase-{number}", "--identity-passphrase-file", "passphrase", "--journal", f"{number}.journal"]


def contribute(board, who, *more):
    return ["contribute", "--board", board, "--identity", who, *P, "--input", who + ".csv", *more]


def acknowledge(board, number):
    return ["acknowledge", "--board", board, "--identity", f"trustee-{number}", *P, "--journal", f"{number}.journal"]


def confirm(number):
    return ["confirm", "--key", "keys/key", "--share", f"keys/share-{number}", "--identity", f"trustee-{number}",
            "--passphrase-file", f"keys/passphrase-{number}", "--identity-passphrase-file", "passphrase"]


COORDINATOR = ["--identity", "coordinator", *P]
TASK = ["task", "new", "--key", "keys/key", "--fields", "fields.json", "--min-cohort", "2", "--max-cohort", "9", *COORDINATOR]
KEYGEN = ["keygen", "--bits", "2048", "--out"]

# A world grows step by step; a scenario, a step of one command, starts from the world as it is before that.
STEPS = [
    ("identity", ["identity", "new", "--out", "ann", *P]),
    ("identities", [["identity", "new", "--out", who, *P] for who in ("bob", "cai", "trustee-1", "trustee-2", "coordinator")]),
    ("keygen", [*KEYGEN, "alone", "--trustees", "1", "--quorum", "1", "--roster", "roster-1"]),
    ("keygen for two", [[*KEYGEN, "keys", "--trustees", "2", "--quorum", "2", "--roster", "roster"]]),
    ("confirm", confirm(1)),
    ("confirm too", [confirm(2)]),
    ("task", [*TASK, "--board", "board"]),
    ("contribute", contribute("board", "ann")),
    ("pool", ["pool", "make", "--key", "keys/key", "--identity", "bob", *P, "--count", str(3 * CIPHERTEXTS), "--out", "bobs.pool"]),
    ("contribute from a pool", contribute("board", "bob", "--pool", "bobs.pool")),
    ("receipt", ["receipt", "--board", "board", *COORDINATOR]),
    ("examine", acknowledge("board", 1)),
    ("aggregate", ["aggregate", "--board", "board", *COORDINATOR]),
    ("acknowledge", acknowledge("board", 1)),
    ("acknowledge too", [acknowledge("board", 2)]),
    ("decrypt", decrypt("board", 1)),
    ("decrypt too", [decrypt("board", 2)]),
    ("complete", ["complete", "--board", "board", "--part", "1/2"]),
    ("open", ["open", "--board", "board"]),
]
SCENARIOS = [name for name, step in STEPS if isinstance(step[0], str)]


def write(where, name, text):
    with open(os.path.join(where, name), "w") as file:
        file.write(text)


def read(where, name):
    with open(os.path.join(where, name)) as file:
        return file.read()


def must(where, arguments):
    done = PLACE.run(where, arguments)
    assert done.returncode == DONE, (arguments, done.returncode, done.stderr)
    return done


def begin(where):
    os.mkdir(where)
    write(where, "passphrase", "correct horse battery staple\n")
    write(where, "fields.json", json.dumps({"fields": [{"name": "v", "count": VALUES, "bits": 22, "signed": False}]}))
    for number, who in enumerate(("ann", "bob", "cai")):
        write(where, who + ".csv", "v\n" + "".join(f"{number * 1000 + i}\n" for i in range(VALUES)))


def setUpModule():
    """Every step once without a fault: PLACE/before-STEP is the world that a scenario starts from."""
    global PLACE
    try:
        PLACE = harness.Place()
    except harness.Skip as why:
        raise unittest.SkipTest(str(why)) from None
    world = PLACE.path("world")
    begin(world)
    for name, step in STEPS:
        shutil.copytree(world, PLACE.path("before-" + name))
        for arguments in [step] if isinstance(step[0], str) else step:
            must(world, arguments)
        if name == "identities":
            write(world, "roster-1", read(world, "trustee-1.pub"))
            write(world, "roster", read(world, "trustee-1.pub") + read(world, "trustee-2.pub"))
        shutil.copytree(world, PLACE.path("after-" + name))
    # the same board, closed over other contributions: what nobody who has opened the first one may open
    other = PLACE.path("before-contribute from a pool")
    for arguments in (contribute("board", "cai"), ["aggregate", "--board", "board", *COORDINATOR]):
        must(other_world(other), arguments)


def other_world(start):
    where = PLACE.path("other")
    if not os.path.exists(where):
        shutil.copytree(start, where)
    return where


def tearDownModule():
    if PLACE is not None:
        PLACE.remove()


def randomisers(*boards):
    """The first digit of every ciphertext, which is its randomiser's and nobody else's."""
    found = []
    for board in boards:
        folder = os.path.join(board, "contributions")
        for name in os.listdir(folder):
            if not name.startswith("."):
                with open(os.path.join(folder, name), "rb") as file:
                    blocks = file.read()[:-64][-CIPHERTEXTS * 2 * MODULUS:]
                found += [blocks[at:at + MODULUS] for at in range(0, len(blocks), 2 * MODULUS)]
    return found


class Scenario:
    def __init__(self, name):
        self.name = name
        self.arguments = dict((n, s) for n, s in STEPS)[name]
        self.before = harness.tree(PLACE.path("before-" + name))
        self.after = {n for n in harness.tree(PLACE.path("after-" + name)) if not harness.is_temporary(n)}
        self.log = PLACE.path("log-" + re.sub(r"\W", "-", name))
        self.seen = set()  # what runs have left behind, as far as another run can tell

    def start(self, tag):
        where = PLACE.path(f"{self.name}-{tag}".replace(" ", "-"))
        shutil.copytree(PLACE.path("before-" + self.name), where)
        return where

    def calls(self):
        """[(number, call, path)] of a run without a fault; a path is told from the world on."""
        where = self.start("count")
        done = PLACE.run(where, self.arguments, log=self.log)
        assert done.returncode == DONE, done.stderr
        with open(self.log) as file:
            lines = [line.split(" ", 2) for line in file.read().splitlines()]
        found = [(int(number), call, os.path.relpath(os.path.join(where, path), where)) for number, call, path in lines]
        shutil.rmtree(where)
        return found

    @staticmethod
    def chosen(calls):
        """Of calls that differ in numbers and random names only, the first and the last."""
        alike = {}
        for number, call, path in calls:
            alike.setdefault((call, re.sub(r"\.tmp-\w+", ".tmp", re.sub(r"\d+", "#", path))), []).append(number)
        return sorted({n for numbers in alike.values() for n in (numbers[0], numbers[-1])})

    # ---- what must hold ----

    def check_files(self, where):
        """Nothing torn, nothing gone, nothing changed but what only grows or only shrinks."""
        now = harness.tree(where)
        for name, data in now.items():
            if not harness.is_temporary(name) and not name.endswith("/") and self.is_ours(name):
                assert harness.torn(name, data) is None, (name, harness.torn(name, data), len(data))
        for name, data in self.before.items():
            if name.endswith(".journal") or name == "keys/key":
                assert now[name].startswith(data), name
            elif name.endswith(".pool"):
                assert data.startswith(now[name]), name
            else:
                assert now.get(name) == data, f"{name} is not what it was"
        return now

    @staticmethod
    def is_ours(name):
        return name not in ("passphrase", "fields.json", "roster", "roster-1") and not name.endswith(".csv")

    def check_journal(self, where, now):
        """What has left this trustee is in the journal, and the journal holds it to that."""
        for number in (1, 2):
            records = harness.journal_records(now.get(f"{number}.journal", b""))
            if f"board/acks/{number}" not in now and f"board/partials/{number}" not in now:
                continue
            assert sum(record[:1] == b"A" for record in records) == 1, "a trustee's word is out, and its journal does not know"
            if self.name not in ("acknowledge", "decrypt"):
                continue
            moved = where + "-moved"
            shutil.copytree(PLACE.path("other", "board"), moved)
            done = PLACE.run(where, acknowledge(moved, number))
            assert done.returncode == REFUSED and "EQUIVOCATION" in done.stderr, (done.returncode, done.stderr)
            shutil.rmtree(moved)

    def check_pool(self, where, now):
        """A contribution after what happened shares no randomiser with what came of it."""
        if self.name != "contribute from a pool":
            return
        shutil.copytree(PLACE.path("before-contribute", "board"), os.path.join(where, "next"))
        done = PLACE.run(where, contribute("next", "bob", "--pool", "bobs.pool"))
        assert done.returncode == DONE, done.stderr
        found = randomisers(os.path.join(where, "board"), os.path.join(where, "next"))
        assert len(set(found)) == len(found) >= 2 * CIPHERTEXTS, "a randomiser was used twice"
        shutil.rmtree(os.path.join(where, "next"))

    def check_again(self, where):
        """The command once more, as its user would."""
        done = PLACE.run(where, self.arguments)
        if done.returncode == DONE:
            now = {name for name in self.check_files(where) if not harness.is_temporary(name)}
            assert now == self.after, sorted(now ^ self.after)
            return
        assert done.returncode in (USAGE, REFUSED) and ALREADY.search(done.stderr), (done.returncode, done.stderr)
        now = {name for name in self.check_files(where) if not harness.is_temporary(name)}
        if now == self.after:
            return
        # some of its files are there and not all: it must say how to go on
        assert "unfinished" in done.stderr, done.stderr
        for name in now - {n for n in self.before}:
            if not name.endswith("/"):
                os.remove(os.path.join(where, name))
        must(where, self.arguments)

    def is_new(self, now):
        """Whether what lies there differs, in names and sizes, from the start and from all that was tried."""
        state = frozenset((re.sub(r"\.tmp-\w+", ".tmp", name), 0 if harness.is_temporary(name) else len(data))
                          for name, data in now.items() if not name.endswith(".lock"))
        new = state not in self.seen
        self.seen.add(state)
        return new

    def check_all(self, where):
        now = self.check_files(where)
        if self.is_new(now):
            self.check_again(where)
            now = harness.tree(where)
            self.check_journal(where, now)
            self.check_pool(where, now)
        shutil.rmtree(where)

    # ---- faults ----

    def kill(self, fault, number):
        where = self.start(f"{fault}-{number}")
        died = PLACE.run(where, self.arguments, fault, number)
        assert died.returncode in KILLED, (died.returncode, died.stderr)
        self.check_journal(where, self.check_files(where))
        self.check_all(where)

    def hurt(self, fault, number, text):
        where = self.start(f"{fault}-{number}")
        done = PLACE.run(where, self.arguments, fault, number)
        assert done.returncode == FAILED, (done.returncode, done.stderr)
        assert done.stdout == "", done.stdout
        assert text in done.stderr and re.search(r"quorsum [a-z]+: [\w./-]+: ", done.stderr), done.stderr
        left = [name for name in self.check_files(where) if ".tmp-" in name]
        assert left == [], f"left behind: {left}"
        self.check_all(where)


class Faults(unittest.TestCase):
    def each(self, work):
        """work(scenario, call number, call) at every chosen call of every scenario; all that fail are told."""
        items = []
        for name in SCENARIOS:
            scenario = Scenario(name)
            calls = scenario.calls()
            kinds = {number: call for number, call, _ in calls}
            items += [(scenario, number, kinds[number]) for number in scenario.chosen(calls)]

        def one(item):
            try:
                return work(*item)
            except Exception as error:  # noqa: BLE001: told below with its place
                return f"{item[0].name}, call {item[1]} ({item[2]}): {error!r}"
        answers = harness.in_parallel(one, items)
        wrong = [answer for answer in answers if isinstance(answer, str)]
        self.assertEqual(wrong, [], "\n".join(["", *wrong]))
        return sum(answer is not None for answer in answers)

    def test_killed_at_every_call(self):
        def work(scenario, number, call):
            scenario.kill("kill", number)
            if call == "write":
                scenario.kill("torn", number)
            return True
        self.assertGreater(self.each(work), 80)

    def test_a_disk_that_fills_up(self):
        def work(scenario, number, call):
            if call not in ("write", "create", "link", "mkdir"):
                return None
            scenario.hurt("full", number, "No space left on device")
            if call == "write":
                scenario.hurt("short", number, "No space left on device")
            return True
        self.assertGreater(self.each(work), 30)

    def test_a_disk_that_breaks(self):
        def work(scenario, number, call):
            if call == "unlink":  # of a temporary name: nothing rests on it
                return None
            scenario.hurt("broken", number, "Input/output error")
            return True
        self.assertGreater(self.each(work), 60)

    def test_what_is_published_is_synced(self):
        """A name is given to what is on the disk already; at the end every name is; nothing leaves before what it rests on."""
        for name in SCENARIOS:
            dirty, folders = set(), set()
            for number, call, path in Scenario(name).calls():
                place = f"{name}, call {number}: {call} {path}"
                if call in ("write", "ftruncate"):
                    dirty.add(path)
                elif call in ("fsync", "fdatasync"):
                    dirty.discard(path)
                    folders.discard(path)
                elif call in ("link", "rename"):
                    self.assertEqual(dirty, set(), place)
                    folders.add(os.path.dirname(path) or ".")
                elif call in ("create", "mkdir"):
                    self.assertEqual({p for p in dirty if not harness.is_temporary(p)}, set(), place)
                    if not harness.is_temporary(path):
                        folders.add(os.path.dirname(path) or ".")
            self.assertEqual((dirty, folders), (set(), set()), name)


class SmallDisk(unittest.TestCase):
    def setUp(self):
        self.where = PLACE.path("small")
        os.mkdir(self.where)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", self.where], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("no file system may be mounted here")
        self.addCleanup(subprocess.run, ["umount", self.where], check=True)

    def test_a_real_disk_of_64_kib(self):
        """The same, with nothing in front of the system's own calls but the quick passphrases."""
        world = PLACE.path("after-contribute")
        pool = os.path.join(self.where, "pool")
        make = ["pool", "make", "--key", "keys/key", "--identity", "bob", *P, "--out", pool, "--count"]
        done = PLACE.run(world, [*make, "200"])
        self.assertEqual((done.returncode, done.stdout), (FAILED, ""))
        self.assertIn(pool + ": No space left on device", done.stderr)
        self.assertEqual(os.listdir(self.where), [])
        must(world, [*make, "5"])
        shutil.copytree(os.path.join(world, "board"), os.path.join(self.where, "board"))
        with open(os.path.join(self.where, "rest"), "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass
        board = os.path.join(self.where, "board")
        before = harness.tree(board)
        done = PLACE.run(world, contribute(board, "bob"))
        self.assertEqual((done.returncode, done.stdout), (FAILED, ""))
        self.assertIn(board + ": No space left on device", done.stderr)
        self.assertEqual(harness.tree(board), before)
        os.remove(os.path.join(self.where, "rest"))
        must(world, contribute(board, "bob"))


class Randomness(unittest.TestCase):
    def test_without_randomness_nothing_is_written_and_nothing_printed(self):
        """libsodium ends the process: before a file is there, and before a secret has met anything."""
        for name in SCENARIOS:
            scenario = Scenario(name)
            where = scenario.start("random")
            done = PLACE.run(where, scenario.arguments, "random", log=scenario.log + "-random")
            with self.subTest(name):
                self.assertIn(done.returncode, ABORTED, done.stderr)
                self.assertEqual(done.stdout, "")
                now = harness.tree(where)
                scenario.check_files(where)
                for made in set(now) - set(scenario.before):  # a folder, the lock of a board
                    self.assertEqual(now[made], b"", made)
            shutil.rmtree(where)

    def test_what_needs_no_randomness_works_without(self):
        for arguments in (["show", "board"], ["pool", "show", "bobs.pool"], ["cost"]):
            done = PLACE.run(PLACE.path("after-open"), arguments, "random")
            self.assertIn(done.returncode, (DONE, USAGE), (arguments, done.stderr))


if __name__ == "__main__":
    if os.environ.get("SANITIZED"):
        sys.exit(77)  # hundreds of commands, each many times slower; tests/faults/memory.c has the ways out there
    if not QUORSUM:
        print("QUORSUM does not name the tool: skipped")
        sys.exit(77)
    unittest.main()
