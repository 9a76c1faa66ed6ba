#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several machines share the work of opening: each has a copy of the board, and some of them are wrong.

    python3 completion.py           needs the tool's path in QUORSUM

Real processes over a 2-of-3 key of 2048 bits. The board up to the partials is made by tests/verifier/makeboard.py,
which knows every secret and so can write wrong completions that are signed as they should be.
"""
import copy
import functools
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verifier"))

import arith  # noqa: E402
import board as verifier  # noqa: E402
import makeboard  # noqa: E402

# The boards differ in one file: what they share is computed once.
arith.powmod = functools.lru_cache(maxsize=None)(arith.powmod)
_product_of_powers = functools.lru_cache(maxsize=None)(arith.product_of_powers)
arith.product_of_powers = lambda bases, exponents, modulus: _product_of_powers(tuple(bases), tuple(exponents), modulus)

QUORSUM = os.environ.get("QUORSUM", "")
DONE, REFUSED, USAGE, FAILED = 0, 1, 2, 3
COUNT = 24   # ciphertexts: one part of one is checked as a batch, shorter ones one by one
FIELDS = [makeboard.field("count", 1, 1, reduce=1), makeboard.field("reading", 23 * 97 + 40, 16, signed=1, scale=100)]
WORK = MAKER = OPENINGS = PLAIN = PRINTED = None


def path(*names):
    return os.path.join(WORK, *names)


def run(*arguments, **options):
    return subprocess.run([QUORSUM, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300,
                          **options)


def must(*arguments, **options):
    done = run(*arguments, **options)
    assert done.returncode == DONE, (arguments, done.returncode, done.stderr)
    return done


def complete(board, part, **options):
    return run("complete", "--board", board, "--part", part, **options)


def read(*names):
    with open(os.path.join(*names), "rb") as stream:
        return stream.read()


def saying(result):
    """A result without what its one-time identity signs differently each time."""
    header, blocks = makeboard.split(result)
    del header[2]
    return header, blocks


def tree(directory):
    return verifier.load(directory)


def setUpModule():
    global WORK, MAKER, OPENINGS, PLAIN, PRINTED
    WORK = tempfile.mkdtemp(prefix="quorsum-completion-")
    MAKER = makeboard.Maker(2048)
    MAKER.key()
    MAKER.task(FIELDS)
    assert len(MAKER.plan.plaintexts) == COUNT, len(MAKER.plan.plaintexts)
    for name in ("a", "b"):
        MAKER.contribution(name)
    MAKER.manifest()
    MAKER.aggregate()
    MAKER.agree()
    MAKER.partial(1)
    MAKER.partial(2)
    MAKER.save(path("board"))
    OPENINGS = MAKER.openings()
    shutil.copytree(path("board"), path("plain"))
    PRINTED = must("open", "--board", path("plain"), "--format", "json").stdout
    PLAIN = saying(read(path("plain"), "result"))


def tearDownModule():
    shutil.rmtree(WORK, ignore_errors=True)


class Case(unittest.TestCase):
    def copy(self, name="board", as_name=""):
        target = path(self.id().rpartition(".")[2] + as_name)
        shutil.copytree(path(name), target)
        return target

    def opens_as_without(self, board, used):
        """The result and what is printed are what they are without completions. Returns what was said."""
        done = must("open", "--board", board, "--format", "json")
        self.assertEqual(done.stdout, PRINTED)
        self.assertEqual(saying(read(board, "result")), PLAIN)
        note = "%s: %d completion%s used\n" % (board, used, "" if used == 1 else "s")
        self.assertEqual(note in done.stderr, used > 0, done.stderr)
        return done.stderr

    def refuses(self, code, words, done):
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, done.stderr)


class Machines(Case):
    def test_three_of_them_do_a_third_each(self):
        machines = [self.copy(as_name="-%d" % i) for i in (1, 2, 3)]
        running = [subprocess.Popen([QUORSUM, "complete", "--board", machine, "--part", "%d/3" % (i + 1)],
                                    stdout=subprocess.PIPE, text=True) for i, machine in enumerate(machines)]
        for i, process in enumerate(running):
            self.assertEqual(process.communicate(timeout=300)[0], "completions/%d-of-3\n" % (i + 1))
            self.assertEqual(process.returncode, DONE)
        home = self.copy()
        os.mkdir(os.path.join(home, "completions"))
        for i, machine in enumerate(machines):
            self.assertEqual(os.listdir(os.path.join(machine, "completions")), ["%d-of-3" % (i + 1)])
            shutil.copy(os.path.join(machine, "completions", "%d-of-3" % (i + 1)), os.path.join(home, "completions"))
        self.assertNotIn("refused", self.opens_as_without(home, 3))
        done = must("verify", "--board", home)
        for i in (1, 2, 3):
            self.assertIn("completions/%d-of-3: ok" % i, done.stderr)
        report = verifier.check(tree(home))
        self.assertTrue(report.good, report.lines)
        self.assertEqual(report.totals, verifier.check(tree(path("plain"))).totals)
        self.assertEqual(sum(name.startswith("completions/") for name, state, _ in report.lines if state == "ok"), 3)

    def test_the_whole_as_one_part_is_checked_as_a_batch(self):
        board = self.copy()
        must("complete", "--board", board, "--part", "1/1")
        self.opens_as_without(board, 1)

    def test_the_same_command_again_says_so_and_does_nothing(self):
        board = self.copy()
        self.assertEqual(complete(board, "2/24").stderr, "")
        before = tree(board)
        done = complete(board, "2/24")
        self.assertEqual((done.returncode, done.stdout), (DONE, "completions/2-of-24\n"))
        self.assertIn("completions/2-of-24 is there already, and right: nothing was done", done.stderr)
        self.assertEqual(tree(board), before)

    def test_what_is_missing_is_done_by_the_opener(self):
        board = self.copy()
        must("complete", "--board", board, "--part", "2/3")
        must("complete", "--board", board, "--part", "5/5")
        must("complete", "--board", board, "--part", "24/24")  # within the one before
        done = self.opens_as_without(board, 2)
        self.assertNotIn("refused", done)

    def test_every_opener_may_have_seen_other_partials(self):
        board, other = self.copy(), self.copy(as_name="-other")
        maker = copy.copy(MAKER)
        maker.files = dict(MAKER.files)
        maker.partial(3)
        os.remove(os.path.join(other, "partials", "2"))
        with open(os.path.join(other, "partials", "3"), "wb") as stream:
            stream.write(maker.files["partials/3"])
        must("complete", "--board", other, "--part", "1/2")
        shutil.copytree(os.path.join(other, "completions"), os.path.join(board, "completions"))
        shown = json.loads(must("show", os.path.join(board, "completions", "1-of-2"), "--json").stdout)
        self.assertEqual(shown["trustees"], [1, 3])
        self.opens_as_without(board, 1)


class Wrong(Case):
    def spoiled(self, name, data):
        """Part 1 and 3 of 3 are right, part 2 is this one: it is named and ignored. Both decoders say so."""
        board = path("%s-%s" % (self.id().rpartition(".")[2], name))
        maker = copy.copy(MAKER)
        maker.files = dict(MAKER.files)
        for part in (1, 3):
            maker.completion(part, 3, OPENINGS[8 * part - 8:8 * part])
        maker.files["completions/2-of-3"] = data
        maker.save(board)
        said = self.opens_as_without(board, 2)
        verdict = must("verify", "--board", board)
        report = verifier.check(tree(board))
        self.assertTrue(report.good, report.lines)
        self.assertEqual([state for path, state, _ in report.lines if path == "completions/2-of-3"], ["ignored"])
        for text in (said, verdict.stderr):
            (line,) = [line for line in text.splitlines() if "refused" in line]
            self.assertIn("refused completions/2-of-3", line)
        shutil.rmtree(board)
        return line

    def made(self, openings, **changes):
        maker = copy.copy(MAKER)
        maker.files = dict(MAKER.files)
        return maker.files[maker.completion(2, 3, openings, **changes)]

    def test_numbers(self):
        right, n = OPENINGS[8:16], MAKER.public.n
        m, r = right[3]
        for name, openings, reason in (
                ("m", right[:3] + [(m ^ 1, r)] + right[4:], "OPENING"),
                ("r", right[:3] + [(m, r ^ 1)] + right[4:], "OPENING"),
                ("sign", right[:3] + [(m, n - r)] + right[4:], "OPENING"),
                ("zero", right[:3] + [(m, 0)] + right[4:], "RANGE"),
                ("swapped", right[:3] + [right[4], right[3]] + right[5:], "OPENING"),
                ("neighbour", OPENINGS[:8], "OPENING"), ("short", right[:-1], "WIDTH"),
                ("long", right + right[:1], "WIDTH")):
            with self.subTest(name):
                self.assertIn(reason, self.spoiled(name, self.made(openings)))

    def test_a_sign_in_a_batch(self):
        board = path("sign-in-a-batch")
        maker = copy.copy(MAKER)
        maker.files = dict(MAKER.files)
        maker.completion(1, 1, OPENINGS[:20] + [(OPENINGS[20][0], MAKER.public.n - OPENINGS[20][1])] + OPENINGS[21:])
        maker.save(board)
        said = self.opens_as_without(board, 0)
        self.assertIn("refused completions/1-of-1", said)
        self.assertIn("OPENING", said)

    def test_bindings(self):
        right = OPENINGS[8:16]
        for name, changes, reason in (("task", {"f4": bytes(32)}, "TASK_MISMATCH"),
                                      ("key", {"f3": bytes(32)}, "KEY_MISMATCH"),
                                      ("aggregate", {"f10": bytes(32)}, "MISSING"), ("part", {"f11": 1}, "RANGE"),
                                      ("no-part", {"f11": 4}, "RANGE"), ("trustees", {"f13": [1]}, "TOO_FEW"),
                                      ("kind", {"f0": "partial"}, "TYPE"), ("version", {"f1": 2}, "VERSION")):
            with self.subTest(name):
                self.assertIn(reason, self.spoiled(name, self.made(right, **changes)))

    def test_bytes(self):
        right = self.made(OPENINGS[8:16])
        for name, data, reason in (("cut", right[:-1], "TRUNCATED"), ("half", right[:len(right) // 2], "TRUNCATED"),
                                   ("empty", b"", "TRUNCATED"), ("longer", right + b"\0", "TRAILING"),
                                   ("signature", right[:-1] + bytes([right[-1] ^ 1]), "SIGNATURE")):
            with self.subTest(name):
                self.assertIn(reason, self.spoiled(name, data))

    def test_a_total_that_no_quorum_opened(self):
        """Who encrypts a total of his own, calls it the aggregate and writes its completion, has no partials of it."""
        maker = copy.copy(MAKER)
        maker.files = dict(MAKER.files)
        _, blocks = makeboard.split(maker.files["aggregate"])
        own = maker.encrypt(7, 5)
        maker.resign("aggregate", None, maker.public.residue(own) + blocks[2 * maker.public.width:])
        maker.agree()  # trustees who looked away
        maker.completion(1, 1, [(7, maker.root(own % maker.public.n))] + OPENINGS[1:])
        maker.save(path("own-total"))
        done = run("open", "--board", path("own-total"))
        self.refuses(REFUSED, ["refused partials/1", "refused partials/2", "0 good partial", "TOO_FEW"], done)
        self.assertFalse(os.path.exists(path("own-total", "result")))

    def test_a_quorum_is_needed_all_the_same(self):
        board = self.copy()
        must("complete", "--board", board, "--part", "1/1")
        os.remove(os.path.join(board, "partials", "2"))
        before = tree(board)
        self.refuses(REFUSED, ["1 good partial", "2 needed", "TOO_FEW"], run("open", "--board", board))
        self.refuses(REFUSED, ["1 good partial", "2 needed", "TOO_FEW"], complete(board, "1/2"))
        self.assertEqual(tree(board), before)

    def test_something_else_in_the_place_of_a_part_is_left_there(self):
        board = self.copy()
        os.mkdir(os.path.join(board, "completions"))
        with open(os.path.join(board, "completions", "1-of-2"), "wb") as stream:
            stream.write(b"mine")
        before = tree(board)
        self.refuses(USAGE, ["refused completions/1-of-2", "EXISTS"], complete(board, "1/2"))
        self.assertEqual(tree(board), before)
        must("complete", "--board", board, "--part", "1/3")


def small_files():
    """No file may grow beyond a few bytes: what a full disk looks like to a program."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


def deadly_files():
    """The same, and the process ends in the middle of the file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


class Failures(Case):
    def leaves_nothing_half_written(self, board):
        folder = os.path.join(board, "completions")
        if os.path.isdir(folder):
            self.assertLessEqual({name for name in os.listdir(folder) if not name.startswith(".tmp-")}, {"1-of-1"})
        self.assertEqual(complete(board, "1/1").returncode, DONE)
        self.opens_as_without(board, 1)

    def test_a_full_disk(self):
        board = self.copy()
        self.assertEqual(complete(board, "1/1", preexec_fn=small_files).returncode, FAILED)
        self.assertEqual(os.listdir(os.path.join(board, "completions")), [])
        self.leaves_nothing_half_written(board)

    def test_an_end_in_the_middle_of_the_file(self):
        board = self.copy()
        self.assertEqual(complete(board, "1/1", preexec_fn=deadly_files).returncode, -signal.SIGXFSZ)
        (left,) = os.listdir(os.path.join(board, "completions"))
        self.assertTrue(left.startswith(".tmp-"))
        self.leaves_nothing_half_written(board)

    def test_killed_at_any_time(self):
        for milliseconds in (30, 100, 160, 220):
            board = self.copy(as_name="-%d" % milliseconds)
            subprocess.run(["timeout", "-s", "KILL", str(milliseconds / 1000), QUORSUM, "complete", "--board", board,
                            "--part", "1/1"], capture_output=True, check=False)
            self.leaves_nothing_half_written(board)

    def test_wrong_use(self):
        board = self.copy()
        for part in ("", "1", "/3", "1/", "0/3", "4/3", "1/0", "-1/3", "1/3x", "1/25", "1/4294967296", "x/y", "1.0/2",
                     "00000000000000001/2"):
            self.refuses(USAGE, ["--part", "--help"], complete(board, part))
        self.refuses(USAGE, "--part is missing", run("complete", "--board", board))
        self.refuses(USAGE, "--board is missing", run("complete", "--part", "1/2"))
        self.refuses(USAGE, "nowhere", complete(path("nowhere"), "1/2"))
        os.remove(os.path.join(board, "aggregate"))
        self.refuses(REFUSED, "MISSING", complete(board, "1/2"))
        self.assertEqual(sorted(tree(board)), sorted(set(MAKER.files) - {"aggregate"}))


class Shown(Case):
    def test_a_completion_is_shown_with_its_openings(self):
        board = self.copy()
        must("complete", "--board", board, "--part", "2/12")
        shown = json.loads(must("show", board, "--json").stdout)["completions/2-of-12"]
        self.assertEqual((shown["kind"], shown["part"], shown["parts"], shown["ciphertext_count"], shown["trustees"]),
                         ("completion", 2, 12, 2, [1, 2]))
        self.assertEqual([(int(one["m"][0], 16), int(one["r"], 16)) for one in shown["openings"]], OPENINGS[2:4])
        self.assertNotIn("unknown", shown)
        plain = must("show", os.path.join(board, "completions", "2-of-12")).stdout
        for word in ("completion", "part ", "parts ", "trustees"):
            self.assertIn(word, plain)


if __name__ == "__main__":
    if not QUORSUM:
        print("QUORSUM does not name the tool: skipped")
        sys.exit(77)
    unittest.main()
