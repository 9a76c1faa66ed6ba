#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two opinions of thousands of boards: the library's (judge.c) and this verifier's. They must agree on every one.

    python3 differ.py [--boards N] [--case NUMBER [--save DIR]]         the judge is JUDGE, or what `make check` built

A board is an honest round or a lie (stories.py), and most of them are changed in one more place (mutants.py).
Everything about a board follows from its number, so that a disagreement can be seen again. VERIFIER_BOARDS is another
way to say N.
"""
import argparse
import collections
import copy
import functools
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import arith  # noqa: E402
import board  # noqa: E402
import mutants  # noqa: E402
import stories  # noqa: E402
from signers import Signers  # noqa: E402

DEFAULT_BOARDS = 300 if os.environ.get("SANITIZED") else 1500  # what is compiled takes long then
BOARDS_A_ROUND, BOARDS_A_KEY = 12, 240
MIN_BITS = 256
SKIPPED = 77
CONSEQUENCES = ("not checked", "no good", "another contribution")     # of what another object is to blame for
ORDER = ("key", "task", "manifest", "aggregate", "contributions", "receipts", "evidence", "acks", "partials",
         "completions", "result")

# Boards differ in one place: what they share is computed once. Nothing is remembered about what was refused.
arith.powmod = functools.lru_cache(maxsize=20000)(arith.powmod)
board.KeyRecord = functools.lru_cache(maxsize=16)(board.KeyRecord)
board.Task = functools.lru_cache(maxsize=16)(board.Task)
board.Contribution = functools.lru_cache(maxsize=256)(board.Contribution)
board.Message = functools.lru_cache(maxsize=256)(board.Message)


class Judge:
    """The library, asked about one board at a time."""

    def __init__(self, path):
        self.path = path
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.directory = tempfile.TemporaryDirectory()

    def ask(self, where):
        """(status, {object: status} of what it did not find good)"""
        objects, _, status = self.say("judge " + where).rpartition("=")
        return status, dict(entry.rpartition("=")[::2] for entry in objects.split("\t") if entry)

    def make(self, number):
        """A board of the library's own: (files, signers). A process of its own makes it, always the same."""
        other = Judge(self.path)
        where = os.path.join(other.directory.name, "board")
        seeds = other.say("make %d %s" % (number, where)).split()
        files = board.load(where)
        other.close()
        return files, Signers(0, map(bytes.fromhex, seeds))

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError("the judge has died")
        return answer.rstrip("\n")

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.directory.cleanup()


def save(files, directory):
    for name, data in files.items():
        path = os.path.join(directory, name)
        if isinstance(data, mutants.Folder):
            os.makedirs(path)
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(data, mutants.Link):
            aim = tempfile.mktemp(prefix=".aim-", dir=directory)
            os.symlink(aim, path)
            path = aim
        with open(path, "wb") as stream:
            stream.write(data)


_judge = []      # this process's


def copied(maker):
    other = copy.copy(maker)
    other.files, other.values, other.random = dict(maker.files), dict(maker.values), copy.deepcopy(maker.random)
    return other


@functools.lru_cache(maxsize=2)
def _key(number):
    return stories.keyed(number, random.Random("key %d" % number))


@functools.lru_cache(maxsize=2)
def _round(number):
    """A round whose contributions are there."""
    maker = copied(_key(number * BOARDS_A_ROUND // BOARDS_A_KEY))
    return stories.contributed(maker, random.Random("round %d" % number))


@functools.lru_cache(maxsize=2)
def _library_round(number):
    return _judge[0].make(number)


def make(number):
    """(files, what was done) of a board. Of every three one is a lie, one a round of the library's."""
    rng, what = random.Random("board %d" % number), number % 3
    if what == 2:
        made, signers = _library_round(number // BOARDS_A_ROUND)
        files, done = dict(made), ["honest, by the library"]
    else:
        maker = copied(_round(number // BOARDS_A_ROUND))
        done = [(rng.choice(stories.LIES) if what == 0 else stories.honest)(maker, rng)]
        files, signers = maker.files, maker.signers
    for _ in range(rng.choice((0, 0, 0, 1) if what == 0 else (0, 1, 1, 1, 1, 1, 2))):
        done.append(mutants.mutate(files, signers, rng))
    return files, "; ".join(done)


class Verdict:
    def __init__(self, number, judge):
        self.number = number
        files, self.story = make(number)
        with tempfile.TemporaryDirectory(dir=judge.directory.name) as where:
            save(files, where)
            self.theirs, self.objects = judge.ask(where)
            report = board.check(board.load(where), MIN_BITS)
        self.ours = report.good
        self.reasons = {path: reason for path, verdict, reason in report.lines if verdict == "refused"
                        and not reason.startswith(CONSEQUENCES)}

    @property
    def agree(self):
        """On the verdict, and on what is to blame: the library names the first object that this verifier refuses."""
        first = min(self.reasons, key=lambda path: ORDER.index(path.partition("/")[0]), default=None)
        return self.ours == (self.theirs == "QUORSUM_OK") and (first is None or first in self.objects)

    def __str__(self):
        return "board %d (%s)\n  library: %s %s\n  verifier: %s %s" % (
            self.number, self.story, self.theirs, self.objects, "good" if self.ours else "refused", self.reasons)


def _begin(path):
    _judge.append(Judge(path))


def _judged(numbers):
    out = []
    for number in numbers:
        try:
            out.append(Verdict(number, _judge[0]))
        except Exception as error:
            raise AssertionError("board %d cannot be judged: %r" % (number, error)) from error
    return out


def every(boards, path):
    """Their verdicts, on every core."""
    chunks = [range(at, min(at + BOARDS_A_ROUND, boards)) for at in range(0, boards, BOARDS_A_ROUND)]
    with multiprocessing.get_context("fork").Pool(initializer=_begin, initargs=(path,)) as pool:
        for verdicts in pool.imap_unordered(_judged, chunks):
            yield from verdicts


def arguments():
    parser = argparse.ArgumentParser(description="Compares the library's opinion of boards with the verifier's.")
    parser.add_argument("--boards", type=int, default=int(os.environ.get("VERIFIER_BOARDS") or DEFAULT_BOARDS))
    parser.add_argument("--case", type=int, metavar="NUMBER", help="this board alone, and all that is said of it")
    parser.add_argument("--save", metavar="DIR", help="with --case: where to put the board")
    return parser.parse_args()


def main():
    options = arguments()
    path = os.environ.get("JUDGE") or os.path.join(os.environ.get("top_builddir", "."), "tests", "judge")
    if not os.access(path, os.X_OK):
        print("no %s: built without tests" % path)
        return SKIPPED
    if options.case is not None:
        _begin(path)
        print(Verdict(options.case, _judge[0]))
        if options.save:
            save(make(options.case)[0], options.save)
        _judge[0].close()
        return 0
    counts = collections.Counter()
    for verdict in every(options.boards, path):
        counts["accepted" if verdict.ours else "refused"] += verdict.agree
        counts["disagreements"] += not verdict.agree
        if not verdict.agree:
            print(verdict)
    print("%d boards: %d accepted by both, %d refused by both for the same objects, %d disagreements" % (
        options.boards, counts["accepted"], counts["refused"], counts["disagreements"]))
    return 1 if counts["disagreements"] else 0


if __name__ == "__main__":
    sys.exit(main())
