#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A board that others may write to, names that others chose, and a shell that starts the tool in odd ways.

Each case was found by trying: it once crashed, hung, lied, or wrote on somebody's terminal. Real processes, one 1-of-2
key of 2048 bits. Needs the tool's path in QUORSUM.
"""
import json
import os
import pty
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import termios
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import keys  # noqa: E402

QUORSUM = os.environ.get("QUORSUM", "")
DONE, REFUSED, USAGE, FAILED = 0, 1, 2, 3
PEOPLE = ["ann", "bob", "cai"]
RAW = "\x1b[31mred\x07\nquorsum verify: all is well\u009b2J\u202e"
WORK = None
COORDINATOR = []


def path(*names):
    return os.path.join(WORK, *names)


def run(*arguments, **options):
    """Bytes, since what matters is which of them get out; a process that waits for a pipe's writer is ended."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([QUORSUM, *map(str, arguments)], check=False, timeout=120, capture_output=True, **options)


def must(*arguments, **options):
    done = run(*arguments, **options)
    assert done.returncode == DONE, (arguments, done.returncode, done.stderr)
    return done


def write(name, content):
    with open(path(name), "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path(name)


def read(*names):
    with open(path(*names), "rb") as file:
        return file.read()


def new_board(name, fields="fields.json", *more, **options):
    must("task", "new", "--key", path("keys", "key"), "--fields", path(fields), "--min-cohort", 2, "--max-cohort", 10,
         "--board", path(name), *COORDINATOR, *more, **options)
    return path(name)


def aggregate(board, **options):
    return must("aggregate", "--board", board, *COORDINATOR, **options)


def agree(board):
    """Both trustees, with journals of their own for each board."""
    for trustee in ("trustee-1", "trustee-2"):
        must("acknowledge", "--board", board, "--identity", path(trustee), "--passphrase-file", path("passphrase"),
             "--journal", board.rstrip("/") + "." + trustee)


def contribute(board, name, **options):
    return run("contribute", "--board", board, "--identity", path(name), "--passphrase-file", path("passphrase"),
               "--input", path("table.csv"), **options)


def decrypt(board, *more, share=None, **options):
    return run("decrypt", "--board", board, "--share", share or path("keys", "share-1"), "--identity", path("trustee-1"),
               "--passphrase-file", path("keys", "passphrase-1"), "--identity-passphrase-file", path("passphrase"),
               *more, **options)


def setUpModule():
    global WORK, COORDINATOR
    WORK = os.path.realpath(tempfile.mkdtemp(prefix="quorsum-hostile-board-"))
    write("passphrase", "correct horse battery staple\n")
    write("table.csv", "x\n7\n")
    write("fields.json", json.dumps({"label": "plain", "fields": [{"name": "x", "bits": 8}]}))
    COORDINATOR = ["--identity", path("coordinator"), "--passphrase-file", path("passphrase")]
    for name in PEOPLE + ["coordinator"]:
        must("identity", "new", "--out", path(name), "--passphrase-file", path("passphrase"))
    keys.deal(must, path, 2, 1)
    board = new_board("board")
    for name in PEOPLE:
        assert contribute(board, name).returncode == DONE
    shutil.copytree(board, path("contributed"))
    aggregate(board)
    agree(board)
    done = decrypt(board)
    assert done.returncode == DONE, done.stderr
    must("open", "--board", board)


def tearDownModule():
    shutil.rmtree(WORK, ignore_errors=True)


class Case(unittest.TestCase):
    def copy(self, name):
        target = path(f"{self.id().rpartition('.')[2]}-{name}")
        shutil.copytree(path(name), target)
        return target

    def refuses(self, code, word, done):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(word.encode(), done.stderr)

    def is_clean(self, output):
        """One line a line, and nothing that a terminal would obey."""
        text = output.decode()
        for character in text:
            self.assertTrue(character == "\n" or (ord(character) >= 32 and not 127 <= ord(character) < 160), repr(text))
        self.assertNotIn("\u202e", text)
        self.assertNotIn("\nquorsum verify: all is well", text)


class Names(Case):
    """A name is data: it does not reach a terminal, a line of its own, or the structure of a document."""

    def test_names_of_files(self):
        board = self.copy("contributed")
        for name in (RAW, b"\x9b2J\xff", 'x": 1, "y'):
            shutil.copy(path("table.csv"), os.path.join(board, "contributions", name) if isinstance(name, str) else
                        os.path.join(board.encode(), b"contributions", name))
        done = aggregate(board)
        self.is_clean(done.stderr)
        self.assertIn(b"3 refused", done.stderr)
        self.is_clean(run("verify", "--board", board).stderr)
        self.is_clean(run("show", board).stdout)
        self.is_clean(run("verify", "--board", path("no" + RAW)).stderr)
        self.is_clean(run("no" + RAW).stderr)

    def test_names_of_files_in_json(self):
        board = self.copy("board")
        odd = 'x": 1, "y'
        with os.scandir(os.path.join(board, "contributions")) as entries:
            shutil.copy(next(entries).path, os.path.join(board, "contributions", odd))
        self.assertIn("contributions/" + odd, json.loads(must("show", board, "--json").stdout))

    def test_labels_fields_and_columns(self):
        name = "f" + RAW
        fields = [{"name": name, "bits": 4}, {"name": "x", "bits": 8}]
        write("odd.json", json.dumps({"label": "l" + RAW, "fields": fields}))
        write("odd.csv", f'x,"{name}"\n7,99\n')
        board = new_board("odd", "odd.json")
        for person in PEOPLE[:2]:
            done = must("contribute", "--board", board, "--identity", path(person), "--passphrase-file",
                        path("passphrase"), "--input", path("odd.csv"))
            self.is_clean(done.stderr)
            self.assertIn(b"1 of 1 values clipped", done.stderr)
        self.is_clean(contribute(board, "cai").stderr)
        aggregate(board)
        agree(board)
        self.assertEqual(decrypt(board).returncode, DONE)
        self.is_clean(must("open", "--board", board).stdout)
        self.is_clean(must("show", os.path.join(board, "task")).stdout)
        self.is_clean(must("open", "--board", board, "--format", "npy").stderr)
        lines = must("open", "--board", board, "--format", "csv").stdout.split(b"\n")
        label = [line for line in lines if b"label" in line]
        self.assertEqual(len(label), 1)
        self.is_clean(label[0])
        totals = json.loads(must("open", "--board", board, "--format", "json").stdout)
        self.assertEqual(totals["fields"][0]["name"], name)
        shown = json.loads(must("show", os.path.join(board, "task"), "--json").stdout)
        self.assertEqual(shown["label"], "l" + RAW)

    def test_a_field_list_that_does_not_parse(self):
        write("broken.json", '{"label": "\x1b[31m')
        self.is_clean(run("cost", "--fields", path("broken.json"), "--cohort", 3).stderr)


class Files(Case):
    def test_nobody_waits_for_a_pipe(self):
        board = self.copy("contributed")
        os.mkfifo(os.path.join(board, "contributions", "0" * 64))
        aggregate(board)
        for name in ("key", "result", "partials/2"):
            if os.path.exists(os.path.join(board, name)):
                os.remove(os.path.join(board, name))
            os.mkfifo(os.path.join(board, name))
        self.assertEqual(run("show", board).returncode, USAGE)
        self.refuses(REFUSED, "QUORSUM_ERR_TYPE", run("verify", "--board", board))

    def test_links_keep_nobody_from_closing_a_task(self):
        board = self.copy("contributed")
        for digit, target in zip("0123", ["0" * 64, "a" * 300, "/dev/zero", "/etc/passwd"]):
            os.symlink(target, os.path.join(board, "contributions", digit * 64))
        done = aggregate(board)
        self.assertIn(b"4 refused", done.stderr)
        agree(board)
        self.assertEqual(decrypt(board, "--journal", path("links.journal")).returncode, DONE)
        must("open", "--board", board)
        must("verify", "--board", board)

    @unittest.skipIf(os.geteuid() == 0, "root reads everything")
    def test_a_partial_that_cannot_be_read_keeps_nobody_from_opening(self):
        board = self.copy("board")
        os.remove(os.path.join(board, "result"))
        for name in ("partials/2", "contributions/" + "0" * 64):
            with open(os.path.join(board, name), "wb"):
                pass
            os.chmod(os.path.join(board, name), 0)
        must("open", "--board", board)
        self.refuses(FAILED, "partials/2", run("verify", "--board", board))
        os.remove(os.path.join(board, "partials", "2"))
        must("verify", "--board", board)

    def test_a_total_without_its_partials_is_not_printed(self):
        board = self.copy("board")
        os.remove(os.path.join(board, "partials", "1"))
        done = run("open", "--board", board)
        self.refuses(REFUSED, "partials/1", done)
        self.assertEqual(done.stdout, b"")

    def test_counts_that_overflow(self):
        """Headers whose counts, multiplied, give the number of words there are, and far more groups of them."""
        def header(kind, entries):
            out = bytes([0xa0 + 1 + len(entries)]) + b"\x00" + bytes([0x60 + len(kind)]) + kind.encode()
            return out + b"".join(bytes([key]) + value for key, value in sorted(entries.items()))

        def word(number):
            return b"\x1b" + number.to_bytes(8, "big")

        modulus, signature = b"\x44" + b"\xc0\x00\x00\x01", bytes(64)
        write("crafted-key", header("key", {10: modulus, 11: b"\x01", 13: word(2 ** 64 - 7)}) + signature)
        write("no-modulus", header("key", {10: b"\x40", 11: b"\x01", 13: word(2 ** 64 - 7)}) + signature)
        write("crafted-manifest", header("manifest", {10: word(2 ** 58 + 1)}) + bytes(64) + signature)
        write("crafted-aggregate", header("aggregate", {12: word(2 ** 63 + 1)}) + bytes(8) + signature)
        write("crafted-result", header("result", {14: word(2 ** 63 + 1)}) + bytes(8) + signature)
        key = write("small-key", header("key", {10: modulus, 11: b"\x01"}) + signature)
        for name in ("crafted-key", "no-modulus", "crafted-manifest", "crafted-aggregate", "crafted-result"):
            done = must("show", path(name), "--json", "--key", key)
            self.assertLess(len(done.stdout), 2000)
            json.loads(done.stdout)

    def test_text_that_is_not_text_still_gives_json(self):
        write("not-text", b"\xa2\x00\x64task\x0a\x65\xff\x9b\xc2\x80\x41" + bytes(64))
        self.assertEqual(json.loads(must("show", path("not-text"), "--json").stdout)["label"], "\ufffd\ufffd\u0080A")
        self.is_clean(must("show", path("not-text")).stdout)


class Trustee(Case):
    def test_one_task_is_opened_once_whatever_the_share_is_called(self):
        first, second = self.copy("contributed"), path("second-cohort")
        shutil.copytree(path("contributed"), second)
        listing = sorted(os.listdir(os.path.join(second, "contributions")))
        os.remove(os.path.join(second, "contributions", listing[0]))
        os.mkdir(path("elsewhere"))
        shutil.copy(path("keys", "share-1"), path("share"))
        os.symlink(path("share"), path("elsewhere", "link"))
        for board in (first, second):
            aggregate(board)
        self.refuses(REFUSED, "waiting for 1 more acknowledgement", decrypt(first, share=path("share")))
        for share in (path("share"), path("elsewhere", "link"), path("elsewhere", "..", "share")):
            self.refuses(REFUSED, "signed two manifests", decrypt(second, share=share))
        self.assertEqual(os.listdir(os.path.join(second, "partials")), [])
        self.assertEqual(os.listdir(path("elsewhere")), ["link"])

    def test_a_share_from_stdin_needs_a_place_for_its_journal(self):
        with open(path("keys", "share-1"), "rb") as share:
            self.refuses(USAGE, "--journal", decrypt(path("board"), share="-", stdin=share))
        with open(path("keys", "share-1"), "rb") as share:
            done = decrypt(path("board"), "--journal", path("stdin.journal"), share="-", stdin=share)
        self.assertEqual(done.returncode, DONE, done.stderr)


class Shell(Case):
    def started(self, closed, *arguments):
        """The command with some of its standard streams closed."""
        shell = 'exec "$0" "$@" ' + " ".join(closed)
        return subprocess.run(["sh", "-c", shell, QUORSUM, *map(str, arguments)], capture_output=True, check=False,
                              timeout=120)

    def test_messages_do_not_end_up_in_files(self):
        board = self.copy("contributed")
        shutil.copy(path("table.csv"), os.path.join(board, "contributions", "junk"))
        self.assertEqual(self.started(["2>&-"], "aggregate", "--board", board, *COORDINATOR).returncode, DONE)
        with open(os.path.join(board, ".lock"), "rb") as lock:
            self.assertEqual(lock.read(), b"")

    def test_totals_that_nobody_gets_are_a_failure(self):
        for closed in ([">&-"], [">/dev/full"], ["<&-", ">&-"], ["<&-", ">&-", "2>&-"]):
            self.assertEqual(self.started(closed, "open", "--board", path("board")).returncode, FAILED, closed)
        self.assertEqual(self.started(["<&-"], "verify", "--board", path("board")).returncode, DONE)

    def test_input_from_a_closed_stdin_is_none(self):
        board = new_board("closed")
        done = self.started(["<&-"], "contribute", "--board", board, "--identity", path("ann"), "--passphrase-file",
                            path("passphrase"), "--input", "-")
        self.refuses(FAILED, "stdin", done)
        self.assertEqual(os.listdir(os.path.join(board, "contributions")), [])

    def test_secret_files_are_their_owners_alone(self):
        must("identity", "new", "--out", path("open-handed"), "--passphrase-file", path("passphrase"), umask=0)
        self.assertEqual(stat.S_IMODE(os.stat(path("open-handed")).st_mode), 0o600)

    def test_an_interrupted_prompt_leaves_a_terminal_that_shows_what_is_typed(self):
        child, terminal = pty.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs are born ignoring it
            os.execv(QUORSUM, [QUORSUM, "identity", "new", "--out", path("interrupted")])
        while b"Passphrase for" not in os.read(terminal, 1000):
            pass
        for _ in range(1000):
            if not termios.tcgetattr(terminal)[3] & termios.ECHO:
                break
            time.sleep(0.01)
        os.write(terminal, b"half\x03")
        self.assertEqual(os.waitpid(child, 0)[1] & 127, signal.SIGINT)
        self.assertTrue(termios.tcgetattr(terminal)[3] & termios.ECHO)
        os.close(terminal)
        self.assertFalse(os.path.exists(path("interrupted")))

    def test_paths_of_all_kinds(self):
        os.mkdir(path("with space"))
        shutil.copytree(path("board"), path("with space", "b d"))
        for where, name in (("with space", "b d"), ("with space", "./b d//"), (".", "with space/b d"),
                            ("with space/b d", ".")):
            must("verify", "--board", name, cwd=path(where), env={})


class Lists(Case):
    def test_a_field_list_has_its_bounds(self):
        for name, content in (("4097 fields", {"fields": [{"name": f"f{i}"} for i in range(4097)]}),
                              ("label", {"label": "\u00e4" * 129, "fields": [{"name": "x"}]})):
            write("bounds.json", json.dumps(content))
            self.refuses(USAGE, name, run("cost", "--fields", path("bounds.json"), "--cohort", 3))

    def test_a_long_passphrase_is_not_two(self):
        write("long", "a" * 1100 + "\nsecond\n")
        done = run("keygen", "--trustees", 2, "--quorum", 1, "--bits", 2048, "--roster", path("trustees-2"), "--out",
                   path("long-keys"), "--passphrase-file", path("long"))
        self.refuses(USAGE, "line 1", done)
        self.assertFalse(os.path.exists(path("long-keys", "key")))

    def test_a_roster_is_read_to_its_end(self):
        first, second = read("ann.pub"), read("bob.pub")
        for content in (first + b"\x00\n" + second, first[:-1] + b"\x00\n" + second, b"\x00" + first):
            write("nul-roster", content)
            done = run("task", "new", "--key", path("keys", "key"), "--fields", path("fields.json"), "--min-cohort", 2,
                       "--max-cohort", 3, "--board", path("nul"), "--admit", path("nul-roster"), *COORDINATOR)
            self.refuses(USAGE, "NUL", done)
            self.assertFalse(os.path.exists(path("nul")))

    def test_an_identity_is_two_files_or_none(self):
        write("half.pub", "somebody's\n")
        self.refuses(USAGE, "half.pub", run("identity", "new", "--out", path("half"), "--passphrase-file",
                                            path("passphrase")))
        self.assertFalse(os.path.exists(path("half")))
        self.assertEqual(read("half.pub"), b"somebody's\n")


if __name__ == "__main__":
    unittest.main()
