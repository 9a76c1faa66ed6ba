#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""quorsum ceremony: real processes, each party with a directory of its own.

Most of it with moduli of 128 bits and the command that takes them (QUORSUM_TOY); one ceremony of 2048 bits with the one
that is installed (QUORSUM). Not shown here: what a party that deviates on purpose can do in every message.
"""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True

TOY = os.environ.get("QUORSUM_TOY", "")
REAL = os.environ.get("QUORSUM", "")
DONE, REFUSED, USAGE, FAILED = 0, 1, 2, 3
BITS = 128
HAND_ON = ["commit", "deliver", "confirm", "mask-commit", "mask", "certificate", "sign"]
WORK = None


def path(*names):
    return os.path.join(WORK, *map(str, names))


def run(*arguments, tool=None, **options):
    return subprocess.run([tool or TOY, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=600,
                          stdin=subprocess.DEVNULL, **options)


def must(*arguments, **options):
    done = run(*arguments, **options)
    assert done.returncode == DONE, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def read(name):
    with open(name, "rb") as file:
        return file.read()


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def identity(name):
    """A party's directory, with its identity."""
    if not os.path.exists(path(name)):
        os.mkdir(path(name))
        must("identity", "new", "--out", path(name, "identity"), "--passphrase-file", path("passphrase"))
    return path(name)


def roster(name, people):
    with open(path(name), "w", encoding="ascii") as out:
        for person in people:
            with open(os.path.join(identity(person), "identity.pub"), encoding="ascii") as public:
                out.write(public.read().strip() + f"  # {person}\n")
    return path(name)


class Party:
    """One who takes part in one ceremony, at its own place or at a shared one."""

    def __init__(self, name, place, tag, old=None, tool=None):
        self.name, self.home, self.place, self.tool = name, identity(name), place, tool or TOY
        self.state = os.path.join(self.home, f"state-{tag}")
        self.key = os.path.join(self.home, f"key-{tag}")
        self.share = os.path.join(self.home, f"share-{tag}")
        self.old = old
        self.process = None

    def arguments(self, verb, *more, old=True):
        given = ["ceremony", verb, self.place, "--identity", os.path.join(self.home, "identity"), "--passphrase-file",
                 path("passphrase"), "--state", self.state, *more]
        return given + (["--old-share", self.old] if self.old and old else [])

    def do(self, verb, *more, **options):
        return run(*self.arguments(verb, *more, **options), tool=self.tool)

    def watch(self):
        self.process = subprocess.Popen([self.tool, *self.arguments("step", "--watch", "--threads", "1")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)

    def wait(self):
        error = self.process.communicate(timeout=600)[1]
        return self.process.returncode, error

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def finish(self, *more, member=True, **options):
        return self.do("finish", "--key", self.key, *(["--share", self.share] if member else []), *more, **options)


def new(name, people, quorum, *more, tool=None, bits=BITS):
    must("ceremony", "new", "--roster", roster(name + ".roster", people), "--quorum", quorum, "--bits", bits, "--purpose",
         f"tests of {name}", "--identity", os.path.join(identity("convener"), "identity"), "--passphrase-file",
         path("passphrase"), path(name), *more, tool=tool)
    return path(name)


def join_all(parties):
    for party in parties:
        done = party.do("join")
        assert done.returncode == DONE, done.stderr


def watch_all(parties):
    for party in parties:
        party.watch()
    return [party.wait() for party in parties]


def finish_all(parties):
    for party in parties:
        done = party.finish()
        assert done.returncode == DONE, done.stderr


def status(place, **options):
    done = must("ceremony", "status", place, "--json", **options)
    return json.loads(done.stdout)


def digest(key, tool=None):
    return json.loads(must("show", key, "--json", tool=tool).stdout)["digest"]


def setUpModule():
    global WORK
    WORK = tempfile.mkdtemp(prefix="quorsum-ceremony-")
    with open(path("passphrase"), "w", encoding="ascii") as file:
        file.write("correct horse battery staple\n")


def tearDownModule():
    shutil.rmtree(WORK, ignore_errors=True)


class Case(unittest.TestCase):
    maxDiff = None

    def refuses(self, code, words, done):
        self.assertEqual(done.returncode, code, done.stderr)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, done.stderr)

    def made(self, place, parties, **options):
        """Everybody has the same key, and the ceremony that made it verifies."""
        keys = [read(party.key) for party in parties]
        self.assertEqual(len(set(keys)), 1)
        done = must("verify", place, "--key", parties[0].key, **options)
        self.assertIn("verified", done.stdout)
        return done


class Whole(Case):
    """One ceremony from its proposal to a total that was opened with its key."""

    @classmethod
    def setUpClass(cls):
        cls.place = new("whole", ["ann", "bob", "cai"], 2)
        cls.parties = [Party(name, cls.place, "whole") for name in ("ann", "bob", "cai")]
        cls.proposed = status(cls.place)
        cls.joined = cls.parties[0].do("join")
        cls.one_joined = status(cls.place)
        join_all(cls.parties[1:])
        cls.modes = [os.stat(party.state).st_mode for party in cls.parties]
        cls.outcomes = watch_all(cls.parties)
        cls.done = status(cls.place)
        shutil.copytree(cls.place, path("whole-copy"))
        for party in cls.parties:
            shutil.copy(party.state, party.state + ".kept")
        finish_all(cls.parties)

    def test_the_proposal_is_shown_in_words_before_one_joins(self):
        text = self.joined.stdout
        for word in ("tests of whole", "2 of 3 trustees open", f"{BITS} bits", "trustee 3", "proposed by"):
            self.assertIn(word, text)
        grouped = re.search(r"ceremony +((?:[0-9a-f]{4} ?){16})", text).group(1).replace(" ", "").strip()
        self.assertEqual(grouped, self.proposed["ceremony"])
        self.assertEqual(grouped, digest(os.path.join(self.place, "ceremony.qs")))

    def test_status_says_who_is_late(self):
        self.assertEqual([w["slot"] for w in self.proposed["waiting"]], [1, 2, 3])
        self.assertEqual([w["trustee"] for w in self.one_joined["waiting"]], [2, 3])
        with open(os.path.join(self.parties[1].home, "identity.pub"), encoding="ascii") as file:
            self.assertEqual(self.one_joined["waiting"][0]["identity"], file.read().strip())
        self.assertEqual((self.one_joined["phase"], self.one_joined["step"], self.one_joined["round"]), ("running", 1, "commit"))
        self.assertGreater(self.proposed["expected"], 0)
        self.assertAlmostEqual(self.proposed["median"], 0.6931 * self.proposed["expected"], delta=1)
        self.assertAlmostEqual(self.proposed["nearly_all"], 4.6052 * self.proposed["expected"], delta=1)
        self.assertEqual((self.done["phase"], self.done["waiting"], self.done["accused"]), ("done", [], []))

    def test_states_and_shares_are_for_their_owner_only(self):
        for mode in self.modes + [os.stat(party.share).st_mode for party in self.parties]:
            self.assertEqual(stat.S_IMODE(mode), 0o600)

    def test_all_have_the_same_key_and_anybody_verifies_the_ceremony(self):
        self.assertEqual([code for code, _ in self.outcomes], [DONE] * 3, self.outcomes)
        done = self.made(self.place, self.parties)
        self.assertIn("step 1, commit: ok", done.stderr)
        self.assertIn(", sign: ok", done.stderr)
        self.assertIn("3 of 3", done.stdout)

    def test_finish_leaves_key_and_share_and_nothing_else(self):
        for party in self.parties:
            left = [name for name in os.listdir(party.home) if "whole" in name]
            self.assertEqual(sorted(left), ["key-whole", "share-whole", "state-whole.kept"])

    def test_finish_again_finds_that_it_is_done(self):
        before = [read(party.key) + read(party.share) for party in self.parties]
        for party in self.parties:
            self.assertEqual(party.finish().returncode, DONE)
        self.assertEqual(before, [read(party.key) + read(party.share) for party in self.parties])

    def test_finish_never_overwrites(self):
        ann = self.parties[0]
        shutil.copy(ann.state + ".kept", ann.state)
        other = Party("ann", self.place, "whole")
        for wrong, words in ((lambda: setattr(other, "key", path("convener", "identity.pub")), "identity.pub"),
                             (lambda: setattr(other, "share", path("bob", "share-whole")), "share-whole")):
            other.key, other.share = ann.key, ann.share
            wrong()
            before = read(other.key), read(other.share)
            self.refuses(REFUSED, words, other.finish())
            self.assertEqual(before, (read(other.key), read(other.share)))
            self.assertTrue(os.path.exists(ann.state))
        os.unlink(ann.state)

    def test_the_key_serves_for_a_round(self):
        board, opened = path("whole-board"), path("whole-fields.json")
        with open(opened, "w", encoding="ascii") as file:
            json.dump({"fields": [{"name": "n", "bits": 8, "signed": False}]}, file)
        who = lambda name: ["--identity", os.path.join(identity(name), "identity"), "--passphrase-file", path("passphrase")]
        must("task", "new", "--key", self.parties[0].key, "--fields", opened, "--min-cohort", 2, "--max-cohort", 4, "--board",
             board, *who("convener"))
        for name, value in (("dan", 17), ("eve", 25)):
            table = path(name + ".csv")
            write(table, b"n\n%d\n" % value)
            must("contribute", "--board", board, *who(name), "--input", table)
        must("aggregate", "--board", board, *who("convener"))
        for party in self.parties:
            must("acknowledge", "--board", board, *who(party.name), "--share", party.share)
        for party in self.parties[::2]:
            must("decrypt", "--board", board, *who(party.name), "--share", party.share)
        self.assertIn("42", must("open", "--board", board, "--format", "csv").stdout)
        must("verify", "--board", board)

    def test_another_key_is_not_this_ceremonys(self):
        place = new("another", ["ann", "bob", "cai"], 2)
        parties = [Party(name, place, "another") for name in ("ann", "bob", "cai")]
        join_all(parties)
        self.assertEqual([code for code, _ in watch_all(parties)], [DONE] * 3)
        finish_all(parties)
        self.refuses(REFUSED, "KEY_MISMATCH", run("verify", self.place, "--key", parties[0].key))

    def test_verify_refuses_what_was_changed(self):
        """One byte of a message of each step, one step each; a message that is not there."""
        place = path("whole-copy")
        names = sorted(os.listdir(os.path.join(place, "messages")))
        steps = sorted({name[:4] for name in names})
        for at, step in enumerate(steps):
            name = [n for n in names if n.startswith(step)][at % 3]
            file = os.path.join(place, "messages", name)
            good = read(file)
            bad = bytearray(good)
            bad[len(bad) // 2 if at % 2 else -1] ^= 1
            write(file, bytes(bad))
            done = run("verify", place, "--quiet")
            self.refuses(REFUSED, [name, "UNFINISHED"], done)
            self.assertEqual(done.stdout, "")
            os.unlink(file)
            done = run("verify", place, "--quiet")
            self.refuses(REFUSED, "UNFINISHED", done)
            waiting = status(place)
            self.assertEqual((waiting["step"], [w["slot"] for w in waiting["waiting"]]),
                             (int(step), [int(name[:-3].rpartition("-")[2])]))
            write(file, good)
        self.assertIn("verified", must("verify", place).stdout)

    def test_show_prints_proposal_and_messages(self):
        whole = json.loads(must("show", self.place, "--json").stdout)
        self.assertEqual(whole["ceremony.qs"]["purpose"], "tests of whole")
        self.assertEqual(whole["ceremony.qs"]["kind"], "proposal")
        first = whole["messages/0001-commit-1.qs"]
        self.assertEqual((first["kind"], first["round"], first["step"], first["slot"]), ("ceremony", "commit", 1, 1))
        self.assertEqual(first["ceremony"], whole["ceremony.qs"]["digest"])
        self.assertIn("tests of whole", must("show", self.place).stdout)

    def test_files_are_named_by_step_round_and_slot(self):
        for name, message in json.loads(must("show", self.place, "--json").stdout).items():
            if name.startswith("messages/"):
                self.assertEqual(name, "messages/%04d-%s-%d.qs" % (message["step"], message["round"], message["slot"]))


class Joining(Case):
    def setUp(self):
        self.name = self.id().rpartition(".")[2]
        self.place = new(self.name, ["ann", "bob", "cai"], 2)
        self.ann = Party("ann", self.place, self.name)

    def test_a_state_that_is_there_is_never_overwritten(self):
        write(self.ann.state, b"something else")
        self.refuses(USAGE, ["state-", "EXISTS"], self.ann.do("join"))
        self.assertEqual(read(self.ann.state), b"something else")
        self.assertEqual(os.listdir(os.path.join(self.place, "messages")), [])

    def test_nobody_joins_twice(self):
        join_all([self.ann])
        os.unlink(self.ann.state)
        self.refuses(USAGE, ["joined", "EXISTS"], self.ann.do("join"))
        self.assertFalse(os.path.exists(self.ann.state))

    def test_a_stranger_does_not_join(self):
        dan = Party("dan", self.place, self.name)
        self.refuses(REFUSED, "NOT_ADMITTED", dan.do("join"))
        self.assertFalse(os.path.exists(dan.state))

    def test_a_changed_proposal_is_refused(self):
        file = os.path.join(self.place, "ceremony.qs")
        write(file, read(file).replace(b"tests of", b"tests 0f"))
        self.refuses(REFUSED, "SIGNATURE", self.ann.do("join"))
        self.refuses(REFUSED, "SIGNATURE", run("ceremony", "status", self.place))
        write(file, b"junk")
        self.refuses(REFUSED, "ceremony.qs", self.ann.do("join"))
        os.unlink(file)
        self.refuses(USAGE, "no ceremony there", self.ann.do("join"))

    def test_a_state_belongs_to_its_identity_and_its_ceremony(self):
        join_all([self.ann])
        bob = Party("bob", self.place, self.name)
        bob.state = self.ann.state
        self.refuses(REFUSED, "OWNER", bob.do("step"))
        other = Party("ann", new(self.name + "-other", ["ann", "bob", "cai"], 2), self.name)
        self.refuses(REFUSED, "OWNER", other.do("step"))
        bad = bytearray(read(self.ann.state))
        bad[-1] ^= 1
        write(self.ann.state, bytes(bad))
        self.refuses(REFUSED, "OWNER", self.ann.do("step"))

    def test_step_without_a_state_says_what_comes_first(self):
        self.refuses(USAGE, "join", self.ann.do("step"))
        self.refuses(USAGE, "join", self.ann.finish())

    def test_finish_before_the_end_is_refused_and_leaves_the_state(self):
        join_all([self.ann])
        self.refuses(REFUSED, "UNFINISHED", self.ann.finish())
        self.assertTrue(os.path.exists(self.ann.state))
        self.assertFalse(os.path.exists(self.ann.key))

    def test_a_state_is_worked_on_by_one_process(self):
        join_all([self.ann])
        self.ann.watch()
        deadline = time.monotonic() + 60
        while not os.path.exists(self.ann.state + ".lock") and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.2)
        self.refuses(FAILED, "another process", self.ann.do("step"))
        self.ann.kill()
        self.assertEqual(self.ann.do("step").returncode, DONE)

    def test_what_cannot_be_proposed_is_wrong_use(self):
        before = sorted(os.listdir(self.place))
        base = ["ceremony", "new", "--roster", path(self.name + ".roster"), "--quorum", "2", "--bits", "128", "--purpose", "x",
                "--identity", os.path.join(identity("convener"), "identity"), "--passphrase-file", path("passphrase")]
        nowhere = path(self.name + "-never")
        self.refuses(USAGE, "EXISTS", run(*base, self.place))
        for change, word in ((["--quorum", "3"], "quorum"), (["--purpose", ""], "purpose"), (["--purpose", "x" * 129], "purpose"),
                             (["--bits", "7"], "bits"), (["--degree", "5"], "--degree"), (["--quorum", "1"], "--quorum"),
                             (["--randomiser", "none"], "--randomiser"), (["--state", "x"], "--state means nothing")):
            self.refuses(USAGE, word, run(*base, *change, nowhere))
        twice = path("twice.roster")
        with open(path("ann", "identity.pub"), encoding="ascii") as file:
            line = file.read()
        with open(path("bob", "identity.pub"), encoding="ascii") as file:
            write(twice, (line + line + file.read()).encode())
        self.refuses(USAGE, "twice", run(*base, "--roster", twice, nowhere))
        self.refuses(USAGE, "--roster is missing", run("ceremony", "new", "--quorum", "2", nowhere))
        self.refuses(USAGE, "which directory", run("ceremony", "status"))
        self.refuses(USAGE, "refresh", run("ceremony", "dance", nowhere))
        self.refuses(USAGE, "2048", run(*base, nowhere, tool=REAL))
        self.assertFalse(os.path.exists(nowhere))
        self.assertEqual(sorted(os.listdir(self.place)), before)

    def test_a_purpose_writes_on_nobodys_terminal(self):
        must("ceremony", "new", "--roster", path(self.name + ".roster"), "--quorum", "2", "--bits", "128", "--purpose",
             "a\x1b[2Jb", "--identity", os.path.join(identity("convener"), "identity"), "--passphrase-file", path("passphrase"),
             path("escape"))
        done = Party("ann", path("escape"), "escape").do("join")
        self.assertEqual(done.returncode, DONE)
        self.assertNotIn("\x1b", done.stdout + done.stderr + must("ceremony", "status", path("escape")).stdout)
        self.assertNotIn("\x1b", must("ceremony", "status", path("escape"), "--json").stdout)


class Junk(Case):
    """What lies in the directory is named and waited for; it never ends a ceremony."""

    def setUp(self):
        self.name = self.id().rpartition(".")[2]
        self.place = new(self.name, ["ann", "bob", "cai"], 2)
        self.parties = [Party(name, self.place, self.name) for name in ("ann", "bob", "cai")]
        join_all(self.parties[:2])

    def message(self, name):
        return os.path.join(self.place, "messages", name)

    def waits_for_cai(self, words):
        done = self.parties[0].do("step")
        self.assertEqual(done.returncode, DONE, done.stderr)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, done.stderr)
        self.assertIn("waiting for\n  slot 3: trustee 3", done.stdout)
        seen = status(self.place)
        self.assertEqual((seen["step"], [w["slot"] for w in seen["waiting"]], seen["phase"]), (1, [3], "running"))
        return seen["waiting"][0]

    def goes_on(self):
        join_all(self.parties[2:])
        self.assertEqual([code for code, _ in watch_all(self.parties)], [DONE] * 3)
        finish_all(self.parties)
        self.made(self.place, self.parties)

    def test_junk_in_a_slots_place_is_that_slots(self):
        place = self.message("0001-commit-3.qs")
        for junk in (b"", b"junk", b"\xff" * 1000, read(os.path.join(self.place, "ceremony.qs"))):
            write(place, junk)
            self.assertIn("refused", self.waits_for_cai(["0001-commit-3.qs", "slot 3", "trustee 3"]))
        write(place, read(self.message("0001-commit-2.qs")))
        self.assertEqual(self.waits_for_cai("0001-commit-3.qs")["refused"], "QUORSUM_ERR_NOT_ADMITTED")
        bad = bytearray(read(self.message("0001-commit-2.qs")))
        bad[-1] ^= 1
        write(self.message("0001-x-3.qs"), bytes(bad))
        self.waits_for_cai(["0001-commit-3.qs", "0001-x-3.qs"])
        os.unlink(place)
        self.goes_on()

    def test_links_and_pipes_are_not_read(self):
        place = self.message("0001-commit-3.qs")
        os.symlink("/dev/zero", place)
        self.waits_for_cai("0001-commit-3.qs")
        os.unlink(place)
        os.symlink(self.message("0001-commit-2.qs"), place)
        self.waits_for_cai("0001-commit-3.qs")
        os.unlink(place)
        os.mkfifo(place)
        self.waits_for_cai("0001-commit-3.qs")
        os.unlink(place)
        os.mkdir(place)
        self.waits_for_cai("0001-commit-3.qs")
        os.rmdir(place)
        self.goes_on()

    def test_names_that_are_none_are_passed_over(self):
        for name in ("junk", "0001-commit-.qs", "0001-commit-99.qs", "0001.qs", "-1-commit-3.qs", "99999999999-x-3.qs",
                     "0001-\x1b[2J-03.qs", "4294967297-commit-3.qs"):
            write(self.message(name), b"junk")
        done = run("ceremony", "status", self.place)
        self.assertEqual(done.returncode, DONE)
        self.assertNotIn("\x1b", done.stderr)
        for name in ("junk", "0001-commit-99.qs", "0001.qs"):
            self.assertIn(f"messages/{name}: passed over", done.stderr)
        self.goes_on()

    def test_a_message_of_another_ceremony_is_refused(self):
        other = new(self.name + "-other", ["ann", "bob", "cai"], 2)
        cai = Party("cai", other, self.name + "-other")
        join_all([cai])
        shutil.copy(os.path.join(other, "messages", "0001-commit-3.qs"), self.message("0001-commit-3.qs"))
        self.assertEqual(self.waits_for_cai("0001-commit-3.qs")["refused"], "QUORSUM_ERR_CEREMONY")

    def test_other_bytes_in_the_own_place_are_not_overwritten(self):
        write(self.message("0001-commit-3.qs"), b"junk")
        done = self.parties[2].do("join")
        self.refuses(REFUSED, ["0001-commit-3.qs", "EXISTS"], done)
        self.assertEqual(read(self.message("0001-commit-3.qs")), b"junk")
        self.assertTrue(os.path.exists(self.parties[2].state))
        self.refuses(REFUSED, "EXISTS", self.parties[2].do("step"))
        os.unlink(self.message("0001-commit-3.qs"))
        self.assertEqual(self.parties[2].do("step").returncode, DONE)
        self.parties = self.parties[:2] + [self.parties[2]]
        self.assertEqual([code for code, _ in watch_all(self.parties)], [DONE] * 3)

    def test_a_watcher_takes_a_mended_file(self):
        write(self.message("0001-commit-3.qs"), b"half a mess")
        self.parties[0].watch()
        time.sleep(1.5)
        os.unlink(self.message("0001-commit-3.qs"))
        join_all(self.parties[2:])
        for party in self.parties[1:]:
            party.watch()
        outcomes = [party.wait() for party in self.parties]
        self.assertEqual([code for code, _ in outcomes], [DONE] * 3, outcomes)
        self.assertEqual(outcomes[0][1].count("refused"), 1, outcomes[0][1])


class Crashes(Case):
    def test_every_party_is_killed_after_each_of_its_messages(self):
        place = new("crashes", ["ann", "bob", "cai"], 2)
        parties = [Party(name, place, "crashes") for name in ("ann", "bob", "cai")]
        join_all(parties)
        said = {party: 1 for party in parties}
        for party in parties:
            party.watch()
        killed = 0
        deadline = time.monotonic() + 300
        while any(party.process.poll() is None for party in parties):
            self.assertLess(time.monotonic(), deadline)
            names = os.listdir(os.path.join(place, "messages"))
            for slot, party in enumerate(parties, 1):
                count = sum(name.endswith(f"-{slot}.qs") for name in names)
                if count > said[party] and party.process.poll() is None:
                    said[party] = count
                    party.kill()
                    killed += 1
                    party.watch()
            time.sleep(0.002)
        outcomes = [party.wait() for party in parties]
        self.assertEqual([code for code, _ in outcomes], [DONE] * 3, outcomes)
        self.assertGreater(killed, 20)
        finish_all(parties)
        self.made(place, parties)

    def test_killed_at_any_moment_of_a_step(self):
        """Between the state's file and the message's, among others."""
        place = new("moments", ["ann", "bob", "cai"], 2)
        parties = [Party(name, place, "moments") for name in ("ann", "bob", "cai")]
        join_all(parties)
        for party in parties[1:]:
            party.watch()
        wait, rounds = 0.3, 0
        parties[0].watch()
        while True:
            try:
                parties[0].process.wait(timeout=wait)
                break
            except subprocess.TimeoutExpired:
                parties[0].kill()
                parties[0].watch()
                wait = 0.3 + (wait * 1.37) % 0.5
                rounds += 1
                self.assertLess(rounds, 300)
        outcomes = [party.wait() for party in parties]
        self.assertEqual([code for code, _ in outcomes], [DONE] * 3, outcomes)
        finish_all(parties)
        self.made(place, parties)

    def test_finish_is_killed_at_any_moment_and_loses_nothing(self):
        place = new("finishing", ["ann", "bob", "cai"], 2)
        parties = [Party(name, place, "finishing") for name in ("ann", "bob", "cai")]
        join_all(parties)
        self.assertEqual([code for code, _ in watch_all(parties)], [DONE] * 3)
        ann = parties[0]
        delay = 0.05
        while True:
            process = subprocess.Popen([TOY, *ann.arguments("finish", "--key", ann.key, "--share", ann.share)],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                error = process.communicate(timeout=delay)[1]
                self.assertEqual(process.returncode, DONE, error)
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                self.assertTrue(os.path.exists(ann.state) or (os.path.exists(ann.key) and os.path.exists(ann.share)))
                delay += 0.04
        finish_all(parties)
        self.made(place, parties)


class Stick(Case):
    """A directory each, and files that are carried from one to the other."""

    def carry(self, places):
        for source in places:
            for name in os.listdir(os.path.join(source, "messages")):
                for target in places:
                    there = os.path.join(target, "messages", name)
                    if not os.path.exists(there):
                        shutil.copyfile(os.path.join(source, "messages", name), there)

    def hold(self, name, people, old, tag):
        """Everybody has a copy of the proposal; steps and copies alternate until all are done."""
        parties = []
        for person in people:
            copy = path(f"{name}-at-{person}")
            shutil.copytree(path(name), copy)
            parties.append(Party(person, copy, tag, old.get(person)))
        join_all(parties)
        for _ in range(200):
            self.carry([party.place for party in parties])
            for party in parties:
                done = party.do("step")
                self.assertEqual(done.returncode, DONE, done.stderr)
            if all(status(party.place)["phase"] == "done" for party in parties):
                return parties
        self.fail("200 rounds of copying were not enough")

    def hand_on(self, verb, name, key, dealers, *more):
        must("ceremony", verb, "--key", key, "--dealers", ",".join(map(str, dealers)), "--identity",
             os.path.join(identity("convener"), "identity"), "--passphrase-file", path("passphrase"), *more, path(name))

    def test_a_key_is_made_refreshed_twice_and_handed_over(self):
        people = ["ann", "bob", "cai"]
        new("stick", people, 2)
        parties = self.hold("stick", people, {}, "stick")
        finish_all(parties)
        self.made(parties[2].place, parties)
        modulus = json.loads(must("show", parties[0].key, "--json").stdout)["modulus"]
        before = {party.name: party for party in parties}

        for epoch, dealers in ((1, [1, 3]), (2, [2, 3])):
            tag = f"epoch-{epoch}"
            self.hand_on("refresh", tag, before["ann"].key, dealers)
            old = {people[i - 1]: before[people[i - 1]].share for i in dealers}
            self.assertTrue(os.path.exists(path(tag, "parent.qs")))
            without = Party(people[dealers[0] - 1], path(tag), tag)
            self.refuses(USAGE, "--old-share", without.do("join"))
            parties = self.hold(tag, people, old, tag)
            for party in parties:
                wipe = ["--wipe", party.old] if party.old else []
                done = party.finish(*wipe, old=False)
                self.assertEqual(done.returncode, DONE, done.stderr)
                self.assertEqual(party.finish(*wipe, old=False).returncode, DONE)
                self.assertFalse(party.old and os.path.exists(party.old))
            self.made(parties[0].place, parties)
            key = json.loads(must("show", parties[0].key, "--json").stdout)
            self.assertEqual((key["modulus"], key["epoch"]), (modulus, epoch))
            self.assertEqual(key["parent"], digest(before["ann"].key))
            before = {party.name: party for party in parties}

        committee = ["dan", "eve", "cai", "flo"]
        self.hand_on("handover", "handed", before["bob"].key, [1, 2], "--roster", roster("handed.roster", committee), "--quorum", 4)
        old = {name: before[name].share for name in ("ann", "bob")}
        parties = self.hold("handed", committee + ["ann", "bob"], old, "handed")
        for party in parties:
            done = party.finish(member=party.name in committee)
            self.assertEqual(done.returncode, DONE, done.stderr)
            self.assertEqual(os.path.exists(party.share), party.name in committee)
            self.assertTrue(party.old is None or os.path.exists(party.old))
        self.made(parties[4].place, parties)
        key = json.loads(must("show", parties[0].key, "--json").stdout)
        self.assertEqual((key["modulus"], key["epoch"], key["quorum"], key["trustees"]), (modulus, 3, 4, 4))
        names = sorted(os.listdir(os.path.join(parties[0].place, "messages")))
        self.assertEqual([n for n in names if n.endswith("-1.qs")], [f"{i:04d}-{r}-1.qs" for i, r in enumerate(HAND_ON, 1)])
        self.assertEqual([n for n in names if n.endswith("-6.qs")], ["0002-deliver-6.qs"])


class Deviation(Case):
    """Somebody joins twice, in two copies of the directory, and shows one message to the one and one to the other."""

    def test_it_ends_the_ceremony_and_is_named(self):
        place = new("twice", ["ann", "bob", "cai"], 2)
        one, two = path("twice-one"), path("twice-two")
        for copy in (one, two):
            shutil.copytree(place, copy)
        ann, cai = Party("ann", one, "twice"), Party("cai", two, "twice")
        bobs = [Party("bob", one, "twice-1"), Party("bob", two, "twice-2")]
        join_all([ann, cai, *bobs])

        def show(name, source, target):
            shutil.copyfile(os.path.join(source, "messages", name), os.path.join(target, "messages", name))

        show("0001-commit-1.qs", one, two)
        show("0001-commit-3.qs", two, one)
        for party in (ann, cai, bobs[0]):
            self.assertEqual(party.do("step").returncode, DONE)
        show("0002-deliver-3.qs", two, one)
        done = ann.do("step")
        self.refuses(REFUSED, ["one of these deviated: slot 2, trustee 2", "one of these deviated: slot 3", "DEVIATION"], done)
        self.assertIn("0003-abort-1.qs", os.listdir(os.path.join(one, "messages")))
        self.refuses(REFUSED, "DEVIATION", ann.do("step", "--watch"))
        self.refuses(REFUSED, "DEVIATION", ann.finish())
        self.assertTrue(os.path.exists(ann.state))
        self.refuses(REFUSED, ["slot 2", "DEVIATION"], run("verify", one))
        done = run("ceremony", "status", one, "--json")
        self.refuses(REFUSED, "DEVIATION", done)
        seen = json.loads(done.stdout)
        self.assertEqual((seen["phase"], [a["slot"] for a in seen["accused"]], seen["certain"]), ("failed", [2, 3], False))
        self.assertIn("signed two messages", seen["reason"])

        show("0002-deliver-1.qs", one, two)
        show("0002-deliver-2.qs", one, two)
        self.refuses(REFUSED, "slot 2, trustee 2", cai.do("step"))


class Progress(Case):
    def test_programs_read_it_line_by_line(self):
        place = new("progress", ["ann", "bob", "cai"], 2)
        parties = [Party(name, place, "progress") for name in ("ann", "bob", "cai")]
        join_all(parties)
        for party in parties[1:]:
            party.watch()
        done = parties[0].do("step", "--watch", "--progress", "json")
        self.assertEqual([party.wait()[0] for party in parties[1:]], [DONE] * 2)
        self.assertEqual(done.returncode, DONE)
        lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        self.assertGreater(len(lines), 10)
        self.assertEqual(sorted(line["number"] for line in lines), [line["number"] for line in lines])
        self.assertEqual(sorted(line["candidates"] for line in lines), [line["candidates"] for line in lines])
        for line in lines:
            self.assertLess(line["median"], line["nearly_all"])
        mean = status(place)["expected"]
        self.assertIn(round(0.6931 * mean), {line["median"] for line in lines})


class Real(Case):
    """2048 bits, with the command that is installed."""

    @unittest.skipIf(os.environ.get("SANITIZED"), "minutes with sanitizers")
    def test_three_trustees_make_a_key(self):
        place = new("real", ["ann", "bob", "cai"], 2, tool=REAL, bits=2048)
        parties = [Party(name, place, "real", tool=REAL) for name in ("ann", "bob", "cai")]
        join_all(parties)
        self.assertEqual([code for code, _ in watch_all(parties)], [DONE] * 3)
        finish_all(parties)
        self.made(place, parties, tool=REAL)


if __name__ == "__main__":
    if not TOY or not REAL:
        print("QUORSUM and QUORSUM_TOY do not name the commands: skipped")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]], verbosity=1)
