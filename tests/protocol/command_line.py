#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The quorsum command as its users meet it: what it prints, refuses, and leaves behind.

Real processes and real files, one 2-of-3 key of 2048 bits for all. Exit codes: 0 done, 1 a check said no, 2 wrong use,
3 the system failed. Needs the tool's path in QUORSUM.
"""
import csv
import fcntl
import functools
import io
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import keys  # noqa: E402

QUORSUM = os.environ.get("QUORSUM", "")
DONE, REFUSED, USAGE, FAILED = 0, 1, 2, 3
COMMANDS = ["ceremony", "keygen", "confirm", "identity", "task", "pool", "contribute", "receipt", "aggregate", "acknowledge",
            "decrypt", "complete", "open", "verify", "show", "cost"]
PEOPLE = ["ann", "bob", "cai"]
TABLES = {"ann": "age,score\n30,1.25\n41,-2.50\n", "bob": "age,score\n52,0.75\n19,100.00\n", "cai": "age,score\n60,3.5\n61,0.5\n"}
FIELDS = {"label": "ages & <scores>", "fields": [
    {"name": "people", "column": "age", "reduce": "count", "bits": 8, "signed": False},
    {"name": "age", "reduce": "sum", "bits": 16},
    {"name": "score", "count": 2, "bits": 16, "scale": 100}]}
TOTALS = {"people": ["6"], "age": ["263"], "score": ["5.50", "98.00"]}
WORK = None
COORDINATOR = []


def path(*names):
    return os.path.join(WORK, *names)


def run(*arguments, **options):
    return subprocess.run([QUORSUM, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300,
                          **options)


def must(*arguments, **options):
    done = run(*arguments, **options)
    assert done.returncode == DONE, (arguments, done.returncode, done.stderr)
    return done


def write(name, text):
    with open(path(name), "w") as file:
        file.write(text)
    return path(name)


def identity(name):
    must("identity", "new", "--out", path(name), "--passphrase-file", path("passphrase"))


def contribute(board, name, *more, **options):
    return run("contribute", "--board", board, "--identity", path(name), "--passphrase-file", path("passphrase"),
               "--input", path(name + ".csv"), *more, **options)


def decrypt(board, trustee, *more, **options):
    return run("decrypt", "--board", board, "--share", path("keys", f"share-{trustee}"), "--identity",
               path(f"trustee-{trustee}"), "--passphrase-file", path("keys", f"passphrase-{trustee}"), "--identity-passphrase-file",
               path("passphrase"), *more, **options)


def aggregate(board, **options):
    return run("aggregate", "--board", board, *COORDINATOR, **options)


def acknowledge(board, trustee, journal=None, **options):
    return run("acknowledge", "--board", board, "--identity", path(f"trustee-{trustee}"), "--passphrase-file",
               path("passphrase"), "--journal", journal or path(f"journal-{trustee}"), **options)


def agree(board):
    """Each trustee with a journal of its own for this board."""
    for trustee in (1, 2, 3):
        done = acknowledge(board, trustee, f"{board}.journal-{trustee}")
        assert (done.returncode, done.stdout) == (DONE, f"acks/{trustee}\n"), done.stderr


def new_board(name, *more, fields="fields.json"):
    must("task", "new", "--key", path("keys", "key"), "--fields", path(fields), "--min-cohort", 2, "--max-cohort", 10,
         "--board", path(name), *COORDINATOR, *more)
    return path(name)


def tree(directory):
    """Every file with its content: what a refusal must leave as it was."""
    out = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            if name != ".lock":
                with open(os.path.join(folder, name), "rb") as file:
                    out[os.path.relpath(os.path.join(folder, name), directory)] = file.read()
    return out


def setUpModule():
    global WORK, COORDINATOR
    WORK = tempfile.mkdtemp(prefix="quorsum-command-line-")
    COORDINATOR = ["--identity", path("coordinator"), "--passphrase-file", path("passphrase")]
    write("passphrase", "correct horse battery staple\n")
    write("fields.json", json.dumps(FIELDS))
    for name in PEOPLE + ["coordinator", "stranger"]:
        identity(name)
    for name in PEOPLE:
        write(name + ".csv", TABLES[name])
    keys.deal(must, path, 3, 2)
    full = new_board("full")
    for name in PEOPLE:
        assert contribute(full, name).returncode == DONE
    shutil.copytree(full, path("contributed"))
    assert aggregate(full).returncode == DONE
    shutil.copytree(full, path("closed"))
    for trustee in (1, 2, 3):
        assert acknowledge(full, trustee).returncode == DONE
    shutil.copytree(full, path("aggregated"))
    for trustee in (1, 3):
        assert decrypt(full, trustee, "--journal", path(f"journal-{trustee}")).returncode == DONE
    shutil.copytree(full, path("decrypted"))
    must("open", "--board", full)


def tearDownModule():
    shutil.rmtree(WORK, ignore_errors=True)


class Case(unittest.TestCase):
    def copy(self, name):
        target = path(f"{self.id().rpartition('.')[2]}-{name}")
        shutil.copytree(path(name), target)
        return target

    def refuses(self, code, words, done):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, done.stderr)


class Help(Case):
    def test_every_command_helps_on_stdout(self):
        for command in COMMANDS:
            done = must(command, "--help")
            self.assertTrue(done.stdout.startswith(f"Usage: quorsum {command}"))
            self.assertEqual(done.stderr, "")
            self.assertLess(max(map(len, done.stdout.splitlines())), 121)
        self.assertTrue(all(command in must("--help").stdout for command in COMMANDS))

    def test_version_names_the_kernel(self):
        self.assertRegex(must("--version").stdout, r"^quorsum \d+\.\d+\.\d+\nkernel: \w+\n$")

    def test_wrong_use_is_code_2_with_a_hint(self):
        self.assertEqual(run().returncode, USAGE)
        self.refuses(USAGE, "no command 'sum'", run("sum"))
        for command in COMMANDS:
            self.refuses(USAGE, ["--nonsense", "--help"], run(command, "--nonsense"))
        self.refuses(USAGE, "--board", run("verify", "--board"))
        self.refuses(USAGE, "--threads", run("verify", "--threads", "0", "--board", path("full")))
        self.refuses(USAGE, "--progress", run("verify", "--progress", "often", "--board", path("full")))
        for command in ("aggregate", "complete", "open", "verify", "decrypt", "contribute", "task", "keygen",
                        "confirm", "cost", "show", "ceremony"):
            self.assertEqual(run(command).returncode, USAGE, command)


class Keys(Case):
    def test_key_sizes_and_quorums_outside_the_rules_are_wrong_use(self):
        out = path("never")
        for more, word in ((["--bits", 1024], "--bits"), (["--bits", 2047], "--bits"), (["--degree", 5], "--degree"),
                           (["--quorum", 4], "quorum"), (["--quorum", 0], "--quorum"), (["--trustees", 256], "--trustees"),
                           (["--randomiser", "none"], "--randomiser")):
            arguments = ["keygen", "--trustees", 3, "--quorum", 2, "--roster", path("trustees-3"), "--out", out, *more]
            self.refuses(USAGE, word, run(*arguments))
        self.assertFalse(os.path.exists(out))

    def test_nothing_is_overwritten(self):
        before = tree(path("keys"))
        done = run("keygen", "--trustees", 3, "--quorum", 2, "--roster", path("trustees-3"), "--out", path("keys"))
        self.refuses(USAGE, ["keys/key", "EXISTS"], done)
        self.refuses(USAGE, "EXISTS", run("identity", "new", "--out", path("ann"), "--passphrase-file", path("passphrase")))
        self.assertEqual(tree(path("keys")), before)

    def test_secret_files_are_for_their_owner_only(self):
        for name in ("ann", "keys/share-1", "keys/passphrase-1"):
            self.assertEqual(os.stat(path(name)).st_mode & 0o777, 0o600, name)

    def test_a_wrong_passphrase_is_named(self):
        wrong = write("wrong", "correct horse battery stapl\n")
        self.refuses(REFUSED, ["ann", "PASSPHRASE"], run("identity", "show", path("ann"), "--passphrase-file", wrong))
        self.refuses(USAGE, "passphrase", run("identity", "show", path("ann"), "--passphrase-file", write("none", "\n")))
        board = self.copy("aggregated")
        done = run("decrypt", "--board", board, "--share", path("keys", "share-1"), "--identity", path("trustee-1"),
                   "--passphrase-file", path("passphrase"))
        self.refuses(REFUSED, ["share-1", "PASSPHRASE"], done)
        self.assertEqual(tree(board), tree(path("aggregated")))

    def test_show_of_an_identity_is_its_pub_file(self):
        with open(path("ann.pub")) as file:
            self.assertEqual(must("identity", "show", path("ann"), "--passphrase-file", path("passphrase")).stdout, file.read())

    def test_a_file_of_another_kind_is_named(self):
        self.refuses(REFUSED, ["share-1", "TYPE"], run("identity", "show", path("keys", "share-1"), "--passphrase-file",
                                                       path("keys", "passphrase-1")))
        self.refuses(REFUSED, "TYPE", run("task", "new", "--key", path("full", "task"), "--fields", path("fields.json"),
                                          "--min-cohort", 2, "--max-cohort", 3, "--board", path("never"), *COORDINATOR))
        self.refuses(USAGE, "nowhere", run("identity", "show", path("nowhere"), "--passphrase-file", path("passphrase")))

    def test_a_public_half_is_known_before_a_passphrase_is_asked_for(self):
        self.refuses(REFUSED, ["ann.pub", "public half", "TYPE"], run("identity", "show", path("ann.pub")))

    def test_a_share_of_another_key_is_named(self):
        board = self.copy("aggregated")
        keys.deal(must, path, 1, 1, "other-keys")
        done = run("decrypt", "--board", board, "--share", path("other-keys", "share-1"), "--identity", path("trustee-1"),
                   "--passphrase-file", path("other-keys", "passphrase-1"))
        self.refuses(REFUSED, ["other-keys/share-1", "KEY_MISMATCH"], done)
        self.assertEqual(tree(board), tree(path("aggregated")))


class Confirmations(Case):
    """On copies of the key as the dealer made it."""

    def bare(self, name):
        """Without its confirmations: 65 bytes each, behind the message."""
        with open(path("keys", "key"), "rb") as file:
            return self.written(name, file.read()[:-2 * 65])

    def written(self, name, data):
        target = path(f"{self.id().rpartition('.')[2]}-{name}")
        with open(target, "wb") as file:
            file.write(data)
        return target

    def read(self, key):
        with open(key, "rb") as file:
            return file.read()

    def task(self, key):
        return run("task", "new", "--key", key, "--fields", path("fields.json"), "--min-cohort", 2, "--max-cohort", 10,
                   "--board", key + "-board", *COORDINATOR)

    def test_a_task_waits_for_a_quorum(self):
        key = self.bare("key")
        self.assertIn("by nobody yet: 0 of 3, a task needs 2\n", must("show", key).stdout)
        self.refuses(REFUSED, [key, "0 of its 3", "needs 2", "quorsum confirm", "UNCONFIRMED"], self.task(key))
        done = keys.confirm(must, path, 3, key=key)
        self.assertIn("by trustee 3: 1 of 3, a task needs 2\n", done.stdout)
        self.refuses(REFUSED, ["1 of its 3", "UNCONFIRMED"], self.task(key))
        self.assertFalse(os.path.exists(key + "-board"))
        self.assertIn("by trustees 1, 3: 2 of 3", keys.confirm(must, path, 1, key=key).stdout)
        self.assertEqual(self.task(key).returncode, DONE)

    def test_signatures_of_copies_are_taken_together(self):
        key, first, second = (self.bare(name) for name in ("key", "first", "second"))
        before = self.read(key)
        keys.confirm(must, path, 2, key=first)
        keys.confirm(must, path, 3, key=second)
        done = must("confirm", "--key", key, "--take", second, "--take", first)
        self.assertIn("by trustees 2, 3: 2 of 3", done.stdout)
        self.assertEqual(self.read(key), before + self.read(first)[-65:] + self.read(second)[-65:])
        self.assertEqual(self.task(key).returncode, DONE)
        self.assertEqual(must("confirm", "--key", key, "--take", first).stdout, done.stdout, "nothing new")
        self.assertEqual([name for name in os.listdir(WORK) if ".tmp-" in name], [])

    def test_a_link_to_the_key_stays_one(self):
        key = self.bare("key")
        os.symlink(key, key + "-link")
        keys.confirm(must, path, 2, key=key + "-link")
        self.assertTrue(os.path.islink(key + "-link"))
        self.assertEqual(len(self.read(key)), len(self.read(path("keys", "key"))) - 65)

    def test_refusals_leave_the_key_as_it_is(self):
        key = self.bare("key")
        before = self.read(key)
        wrong = ["--share", path("keys", "share-1"), "--passphrase-file", path("keys", "passphrase-1"),
                 "--identity-passphrase-file", path("passphrase")]
        self.refuses(REFUSED, ["share-1", "ERR_TRUSTEE"], run("confirm", "--key", key, *wrong, "--identity",
                                                              path("trustee-2")))
        self.refuses(REFUSED, ["share-1", "ERR_TRUSTEE"], run("confirm", "--key", key, *wrong, "--identity", path("ann")))
        self.refuses(REFUSED, ["task", "TYPE"], run("confirm", "--key", key, "--take", path("full", "task")))
        keys.deal(must, path, 1, 1, "unconfirming-keys")
        other = path("unconfirming-keys", "key")
        self.refuses(REFUSED, [other, "KEY_MISMATCH"], run("confirm", "--key", key, "--take", other))
        self.refuses(REFUSED, ["share-1", "KEY_MISMATCH"], keys.confirm(run, path, 1, key=other))
        forged = self.written("forged", before + b"\1" + bytes(64))
        self.refuses(REFUSED, [forged, "SIGNATURE"], run("confirm", "--key", key, "--take", forged))
        self.refuses(USAGE, "--share", run("confirm", "--key", key))
        self.refuses(USAGE, "--identity", run("confirm", "--key", key, "--share", path("keys", "share-1")))
        self.refuses(USAGE, "nowhere", run("confirm", "--key", path("nowhere"), "--take", key))
        self.assertEqual(self.read(key), before)

    def test_a_full_disk_leaves_the_key_as_it_is(self):
        key = self.bare("key")
        before = self.read(key)
        done = keys.confirm(functools.partial(run, preexec_fn=small_files), path, 1, key=key)
        self.assertEqual(done.returncode, FAILED, done.stderr)
        self.assertEqual(self.read(key), before)

    def test_show_says_what_a_key_is(self):
        shown = must("show", path("keys", "key")).stdout
        digest = json.loads(must("show", path("keys", "key"), "--json").stdout)["digest"]
        groups = " ".join(digest[at:at + 4] for at in range(0, 64, 4))
        self.assertIn("origin            dealer\n", shown)
        self.assertIn("all good\n", shown)
        self.assertIn(f"fingerprint       {groups}\n", shown)
        self.assertIn("by trustees 1, 2: 2 of 3, a task needs 2\n", shown)
        self.assertIn(groups, keys.confirm(must, path, 1).stdout, "the same for who confirms")
        spoiled = bytearray(self.read(path("keys", "key")))
        spoiled[-1] ^= 1
        self.assertIn("refused: the signature does not verify", must("show", self.written("spoiled", spoiled)).stdout)

    def test_show_says_where_a_key_comes_from(self):
        self.assertIn("made              by a dealer, who is trusted", must("show", path("keys", "key")).stdout)
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vectors/threshold.json")) as file:
            (made,) = [case for case in json.load(file)["cases"] if case["name"] == "without a dealer"]
        key = self.written("made", bytes.fromhex(made["record"]))
        shown, fields = must("show", key).stdout, json.loads(must("show", key, "--json").stdout)
        for line in ("origin            ceremony\n", "all good\n", "by nobody yet: 0 of 3, a task needs 3\n",
                     "parent            none\n", f"ceremony          {fields['ceremony']}\n",
                     "made              by trustees together, it says: believe that when all of them confirm it\n"):
            self.assertIn(line, shown)
        self.assertNotIn("3 mod 4", shown)
        self.assertEqual((fields["epoch"], fields["parent"], fields["prover"]), (0, "", ""))
        self.assertEqual(len(fields["root_certificate"]), 7)
        self.assertNotIn("modulus_proof", fields)
        self.refuses(REFUSED, [key, "ceremony", "QUORSUM_ERR_TYPE"], keys.confirm(run, path, 1, key=key))

    def test_show_gives_the_confirmations_to_programs(self):
        shown = json.loads(must("show", path("keys", "key"), "--json").stdout)
        self.assertEqual([one["trustee"] for one in shown["confirmations"]], [1, 2])
        self.assertEqual(len(shown["modulus_proof"]), 129)
        self.assertEqual(len(shown["verification_keys"]), 3)


class Tasks(Case):
    def task(self, *more, fields=None):
        name = path("fields.json") if fields is None else write("bad.json", fields)
        return run("task", "new", "--key", path("keys", "key"), "--fields", name, "--min-cohort", 2, "--max-cohort", 10,
                   "--board", path("never"), *COORDINATOR, *more)

    def test_a_cohort_of_one_cannot_be_asked_for(self):
        self.refuses(USAGE, "--min-cohort", self.task("--min-cohort", 1))
        self.refuses(USAGE, "below", self.task("--min-cohort", 11))

    def test_fields_are_refused_by_name(self):
        for text, words in (('{"fields": [{"name": "x", "bits": 99}]}', ["x", "bits"]),
                            ('{"fields": [{"name": "x", "color": 1}]}', ["x", "color"]),
                            ('{"fields": [{"name": "x"}, {"name": "x"}]}', "x"), ('{"fields": []}', "bad.json"),
                            ("{", "bad.json"), ('[]', "bad.json")):
            self.refuses(USAGE, words, self.task(fields=text))
        self.assertFalse(os.path.exists(path("never")))

    def test_a_sum_that_could_overflow_is_refused_by_field(self):
        self.refuses(REFUSED, ["'wide'", "PLAN"], self.task(fields='{"fields": [{"name": "wide", "bits": 62}]}'))
        self.assertFalse(os.path.exists(path("never")))

    def test_a_roster_is_read_strictly(self):
        self.refuses(USAGE, "line 1", self.task("--admit", write("roster", "abc\n")))
        self.refuses(USAGE, "no identity", self.task("--admit", write("roster", "# nobody\n")))
        with open(path("ann.pub")) as file:
            twice = file.read() * 2
        self.refuses(REFUSED, ["roster", "twice", "DUPLICATE"], self.task("--admit", write("roster", twice)))

    def test_a_board_is_made_once(self):
        before = tree(path("full"))
        self.refuses(USAGE, "EXISTS", run("task", "new", "--key", path("keys", "key"), "--fields", path("fields.json"),
                                          "--min-cohort", 2, "--max-cohort", 3, "--board", path("full"), *COORDINATOR))
        self.assertEqual(tree(path("full")), before)


class Contributions(Case):
    def test_a_second_contribution_is_refused_and_the_first_stays(self):
        board = self.copy("contributed")
        self.refuses(REFUSED, "DUPLICATE", contribute(board, "ann"))
        self.assertEqual(tree(board), tree(path("contributed")))

    def test_after_the_manifest_none_is_taken(self):
        board = self.copy("aggregated")
        shutil.copy(path("ann.csv"), path("stranger.csv"))
        self.refuses(REFUSED, "CLOSED", contribute(board, "stranger"))
        self.assertEqual(tree(board), tree(path("aggregated")))

    def test_only_the_roster_contributes(self):
        board = new_board("roster-board", "--admit", path("ann.pub"))
        shutil.copy(path("ann.csv"), path("stranger.csv"))
        self.refuses(REFUSED, "NOT_ADMITTED", contribute(board, "stranger"))
        self.assertEqual(contribute(board, "ann").returncode, DONE)

    def test_numbers_that_are_none_are_named_by_place(self):
        board = new_board("nan-board")
        for text, code, words in (("age,score\n30,nan\n1,2\n", REFUSED, "score"), ("age,score\n30,inf\n1,2\n", REFUSED, "score"),
                                  ("age,score\nx,1\n1,2\n", REFUSED, "age"), ("age\n30\n", USAGE, "score"),
                                  ("age,score\n30,1\n", REFUSED, "score"), ("", REFUSED, "table")):
            done = contribute(board, "bob", "--input", write("table", text))
            self.assertIn(done.returncode, (REFUSED, USAGE), (text, done.stderr))
            self.assertIn(words, done.stderr)
        self.assertEqual(sorted(tree(board)), ["key", "task"])
        del code

    def test_a_full_board_takes_no_more(self):
        board = path("two-board")
        must("task", "new", "--key", path("keys", "key"), "--fields", path("fields.json"), "--min-cohort", 2,
             "--max-cohort", 2, "--board", board, *COORDINATOR)
        self.refuses(REFUSED, ["0 good contributions", "at least 2"], aggregate(board))
        self.assertIn("2 rows read", contribute(board, "ann").stdout)
        self.refuses(REFUSED, ["1 good contribution", "at least 2"], aggregate(board))
        self.assertEqual(contribute(board, "bob").returncode, DONE)
        before = tree(board)
        self.refuses(REFUSED, ["full", "COHORT"], contribute(board, "cai"))
        self.refuses(REFUSED, "DUPLICATE", contribute(board, "bob"))
        self.assertEqual(tree(board), before)
        self.assertIn("of 2 contributions", aggregate(board).stdout)

    def test_steps_have_their_order(self):
        board = self.copy("contributed")
        for done in (decrypt(board, 1, "--journal", path("journal-early")), run("open", "--board", board)):
            self.refuses(REFUSED, ["still open", "aggregate", "MISSING"], done)
        self.assertFalse(os.path.exists(path("journal-early")))
        self.assertEqual(tree(board), tree(path("contributed")))

    def test_clipping_is_reported_and_counted(self):
        board = new_board("clip-board")
        done = contribute(board, "bob", "--input", write("table", "age,score\n30,4000\n1,-5000\n"))
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("'score': 2 of 2 values clipped", done.stderr)

    def test_stdin_is_an_input(self):
        board = new_board("stdin-board")
        done = contribute(board, "bob", "--input", "-", input=TABLES["bob"])
        self.assertEqual(done.returncode, DONE, done.stderr)

    def test_weights_are_for_weighted_tasks(self):
        self.refuses(USAGE, "--weight", contribute(new_board("plain-board"), "ann", "--weight", 3))
        fields = dict(FIELDS, weight_bits=5)
        write("weighted.json", json.dumps(fields))
        board = new_board("weighted-board", fields="weighted.json")
        self.refuses(USAGE, "--weight", contribute(board, "ann"))
        self.refuses(USAGE, "32", contribute(board, "ann", "--weight", 32))
        for name, weight in (("ann", 3), ("bob", 31)):
            self.assertEqual(contribute(board, name, "--weight", weight).returncode, DONE)
        self.assertEqual(aggregate(board).returncode, DONE)
        agree(board)
        for trustee in (1, 2):
            self.assertEqual(decrypt(board, trustee, "--journal", path("weighted-journal-%d" % trustee)).returncode, DONE)
        result = json.loads(must("open", "--board", board, "--format", "json").stdout)
        self.assertEqual(result["weight"], 34)
        self.assertEqual(result["fields"][1]["totals"], [str(3 * 71 + 31 * 71)])
        self.assertEqual(result["fields"][2]["totals"], ["27.00", "3092.50"])


class Rounds(Case):
    def test_the_totals_are_exact_in_every_format(self):
        before = tree(path("full"))
        result = json.loads(must("open", "--board", path("full"), "--format", "json").stdout)
        self.assertEqual({f["name"]: f["totals"] for f in result["fields"]}, TOTALS)
        self.assertEqual((result["cohort"], result["bits"], result["degree"], result["opened_by"]), (3, 2048, 1, [1, 3]))
        lines = must("open", "--board", path("full"), "--format", "csv").stdout.splitlines()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        self.assertEqual([row["total"] for row in rows], ["6", "263", "5.50", "98.00"])
        table = must("open", "--board", path("full")).stdout
        for word in ("Damgard-Jurik", result["key"], result["task"], "2048 bits", "3 contributions", "1 3 of 3", "98.00"):
            self.assertIn(word, table)
        page = must("open", "--board", path("full"), "--format", "html").stdout
        self.assertIn("ages &amp; &lt;scores&gt;", page)
        self.assertNotIn("<scores>", page)
        self.assertNotIn("http", page)
        self.assertEqual(tree(path("full")), before)

    def test_npy_is_float64(self):
        done = subprocess.run([QUORSUM, "open", "--board", path("full"), "--format", "npy"], capture_output=True, check=True)
        self.assertEqual(done.stdout[:8], b"\x93NUMPY\x01\x00")
        self.assertEqual(len(done.stdout), 128 + 8 * 4)
        self.assertEqual(struct.unpack("<4d", done.stdout[128:]), (6.0, 263.0, 5.5, 98.0))
        self.assertIn(b"Damgard-Jurik", done.stderr)

    def test_two_is_too_few_to_aggregate_three(self):
        board = new_board("small-board")
        contribute(board, "ann")
        before = tree(board)
        self.refuses(REFUSED, "COHORT", aggregate(board))
        self.assertEqual(tree(board), before)

    def test_a_bad_contribution_is_named_and_left_out(self):
        board = self.copy("contributed")
        names = sorted(os.listdir(os.path.join(board, "contributions")))
        victim = os.path.join(board, "contributions", names[1])
        with open(victim, "r+b") as file:
            file.seek(-100, os.SEEK_END)
            byte = file.read(1)
            file.seek(-100, os.SEEK_END)
            file.write(bytes([byte[0] ^ 1]))
        done = aggregate(board)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn(names[1], done.stderr)
        self.assertIn("SIGNATURE", done.stderr)
        self.assertIn("1 refused", done.stderr)

    def test_the_same_command_again_changes_nothing(self):
        before = tree(path("full"))
        self.assertEqual(aggregate(path("full")).returncode, DONE)
        self.assertEqual(decrypt(path("full"), 1, "--journal", path("journal-1")).returncode, DONE)
        must("open", "--board", path("full"))
        self.assertEqual(tree(path("full")), before)

    def test_one_partial_is_too_few(self):
        board = self.copy("decrypted")
        os.remove(os.path.join(board, "partials", "3"))
        self.refuses(REFUSED, ["1 good partial", "2 needed", "TOO_FEW"], run("open", "--board", board))

    def test_a_partial_under_another_name_is_refused(self):
        board = self.copy("decrypted")
        os.rename(os.path.join(board, "partials", "3"), os.path.join(board, "partials", "2"))
        self.refuses(REFUSED, ["partials/2", "TRUSTEE"], run("open", "--board", board))

    def test_a_trustee_opens_one_aggregate_of_a_task(self):
        board = self.copy("contributed")
        os.remove(os.path.join(board, "contributions", sorted(os.listdir(os.path.join(board, "contributions")))[0]))
        self.assertEqual(aggregate(board).returncode, DONE)
        self.refuses(REFUSED, ["signed two manifests", "EQUIVOCATION"], decrypt(board, 1, "--journal", path("journal-1")))
        self.assertNotIn("partials/1", tree(board))
        self.assertNotIn("acks/1", tree(board))

    def test_the_journal_stands_beside_the_share(self):
        board = self.copy("aggregated")
        self.assertEqual(decrypt(board, 2).returncode, DONE)
        with open(path("keys", "share-2.journal"), "rb") as file:
            self.assertTrue(file.read().startswith(b"quorsum-journal 1\n"))
        os.remove(path("keys", "share-2.journal"))

    def test_a_missing_contribution_is_missed_by_everybody(self):
        board = self.copy("closed")
        os.remove(os.path.join(board, "contributions", sorted(os.listdir(os.path.join(board, "contributions")))[0]))
        before = tree(board)
        self.refuses(REFUSED, "MISSING", decrypt(board, 1, "--journal", path("journal-missing")))
        self.assertEqual(tree(board), before)
        self.assertEqual(run("verify", "--board", board).returncode, REFUSED)

    def test_verify_names_every_object(self):
        done = must("verify", "--board", path("full"))
        for name in ("key", "task", "manifest", "aggregate", "acks/1", "acks/2", "acks/3", "partials/1", "partials/3", "result"):
            self.assertIn(f"{name}: ok", done.stderr)
        self.assertIn("verified: 3 contributions", done.stdout)
        self.assertNotIn(": ok", must("verify", "--quiet", "--board", path("full")).stderr)
        self.refuses(REFUSED, ["result", "quorsum open", "MISSING"], run("verify", "--board", path("decrypted")))
        self.refuses(REFUSED, ["manifest", "quorsum aggregate", "MISSING"], run("verify", "--board", path("contributed")))

    def test_any_number_of_threads_gives_the_same(self):
        for threads in (1, 2, 7):
            self.assertIn("verified", must("verify", "--threads", threads, "--board", path("full")).stdout)

    def test_progress_as_json_is_lines_of_json_on_stderr(self):
        done = must("verify", "--quiet", "--progress", "json", "--board", path("full"))
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertTrue(lines and all(line["done"] <= line["total"] for line in lines))


class Promises(Case):
    def hex_of(self, name):
        with open(path(name + ".pub")) as file:
            return file.read().strip()

    def test_the_coordinator_is_who_made_the_task(self):
        board = self.copy("contributed")
        other = ["--identity", path("stranger"), "--passphrase-file", path("passphrase")]
        for command in ("aggregate", "receipt"):
            self.refuses(REFUSED, [self.hex_of("coordinator"), "COORDINATOR"], run(command, "--board", board, *other))
            self.refuses(USAGE, "--identity", run(command, "--board", board))
        self.assertEqual(tree(board), tree(path("contributed")))
        self.refuses(USAGE, "--identity", run("task", "new", "--key", path("keys", "key"), "--fields", path("fields.json"),
                                              "--min-cohort", 2, "--max-cohort", 3, "--board", path("never")))

    def test_a_receipt_shows_inclusion_by_a_path(self):
        board = self.copy("contributed")
        self.assertEqual(must("receipt", "--board", board, *COORDINATOR).stdout, "3 new receipts\n")
        self.assertEqual(must("receipt", "--board", board, *COORDINATOR).stdout, "0 new receipts\n")
        receipt = os.path.join(board, "receipts", self.hex_of("bob"))
        self.refuses(REFUSED, "still open", run("verify", "--board", board, "--receipt", receipt))
        self.assertEqual(aggregate(board).returncode, DONE)
        lines = must("verify", "--board", board, "--receipt", receipt).stdout.splitlines()
        self.assertRegex(lines[0], r"^included: contribution [0-9a-f]{64} is number [123] of 3 in the manifest$")
        manifest = json.loads(must("show", os.path.join(board, "manifest"), "--json").stdout)
        self.assertIn("root " + manifest["root"], lines)
        self.assertIn("manifest " + manifest["digest"], lines)
        self.assertIn([self.hex_of("bob"), 1, lines[0].split()[2]], manifest["contributions"])
        self.refuses(REFUSED, "CLOSED", run("receipt", "--board", board, *COORDINATOR))

    def test_a_broken_receipt_is_refused_by_everybody_who_sees_it(self):
        board = self.copy("contributed")
        must("receipt", "--board", board, *COORDINATOR)
        receipt = os.path.join(board, "receipts", self.hex_of("bob"))
        os.remove(os.path.join(board, "contributions", self.hex_of("bob")))
        self.refuses(REFUSED, [self.hex_of("bob"), "put it back", "OMITTED"], aggregate(board))
        os.rename(receipt, path("kept-receipt"))
        self.assertEqual(aggregate(board).returncode, DONE)
        words = ["the coordinator " + self.hex_of("coordinator") + " broke its word", self.hex_of("bob"), "OMITTED"]
        self.refuses(REFUSED, words, run("verify", "--board", board, "--receipt", path("kept-receipt")))
        shutil.copy(path("kept-receipt"), receipt)
        self.refuses(REFUSED, words, acknowledge(board, 1, board + ".journal"))
        self.refuses(REFUSED, words, run("verify", "--quiet", "--board", board))
        self.assertNotIn("acks/1", tree(board))

    def test_trustees_wait_for_each_other(self):
        board = self.copy("closed")
        journal = ["--journal", board + ".journal-1"]
        self.refuses(REFUSED, ["waiting for 2 more acknowledgements", "1 of 3", "AGREEMENT"], decrypt(board, 1, *journal))
        self.assertEqual(acknowledge(board, 2, board + ".journal-2").stdout, "acks/2\n")
        self.refuses(REFUSED, "waiting for 1 more acknowledgement:", decrypt(board, 1, *journal))
        self.refuses(REFUSED, "waiting for 1 more acknowledgement:", run("open", "--board", board))
        self.refuses(REFUSED, "waiting for 1 more acknowledgement:", run("verify", "--quiet", "--board", board))
        self.assertEqual(acknowledge(board, 3, board + ".journal-3").returncode, DONE)
        self.assertEqual(decrypt(board, 1, *journal).stdout, "partials/1\n")

    def test_only_trustees_acknowledge(self):
        board = self.copy("closed")
        done = run("acknowledge", "--board", board, "--identity", path("ann"), "--passphrase-file", path("passphrase"),
                   "--journal", board + ".journal")
        self.refuses(REFUSED, ["ann", "TRUSTEE"], done)
        self.refuses(USAGE, "--journal", run("acknowledge", "--board", board, "--identity", path("trustee-1")))
        self.assertEqual(tree(board), tree(path("closed")))

    def test_trustees_verify_while_the_task_is_open(self):
        board = self.copy("contributed")
        done = acknowledge(board, 1, board + ".journal")
        self.assertEqual((done.returncode, done.stdout), (DONE, "3 contributions verified, 0 receipts noted\n"), done.stderr)
        self.assertIn("still open", done.stderr)
        must("receipt", "--board", board, *COORDINATOR)
        self.assertEqual(acknowledge(board, 1, board + ".journal").stdout, "3 contributions verified, 3 receipts noted\n")
        self.assertEqual(aggregate(board).returncode, DONE)
        self.assertEqual(acknowledge(board, 1, board + ".journal").stdout, "acks/1\n")

    def test_two_copies_of_a_board_show_two_manifests(self):
        board, other = self.copy("closed"), path("other-copy")
        self.assertIn("nobody signed two", must("verify", "--board", board, "--against", path("closed")).stdout)
        shutil.copytree(path("contributed"), other)
        os.remove(os.path.join(other, "contributions", self.hex_of("bob")))
        self.assertEqual(aggregate(other).returncode, DONE)
        before = tree(board)
        for against in (other, os.path.join(other, "manifest")):
            done = run("verify", "--board", board, "--against", against)
            self.refuses(REFUSED, ["the coordinator " + self.hex_of("coordinator") + " signed two manifests"], done)
        (name,) = set(tree(board)) - set(before)
        self.assertTrue(name.startswith("evidence/"))
        self.refuses(REFUSED, "signed two manifests", run("verify", "--quiet", "--board", board))
        self.refuses(REFUSED, "EQUIVOCATION", acknowledge(board, 1, board + ".new-journal"))
        self.refuses(USAGE, "nowhere", run("verify", "--board", board, "--against", path("nowhere")))
        self.refuses(USAGE, "no manifest", run("verify", "--board", board, "--against", path("contributed")))
        self.refuses(USAGE, "one at a time", run("verify", "--board", board, "--against", other, "--receipt", "x"))

    def test_a_later_contribution_counts_where_the_task_says_so(self):
        board = new_board("revote-board", "--revote", "last")
        self.assertEqual(contribute(board, "ann").returncode, DONE)
        self.assertEqual(contribute(board, "bob").returncode, DONE)
        must("receipt", "--board", board, *COORDINATOR)
        done = contribute(board, "ann", "--input", path("cai.csv"))
        self.assertIn(f"contributions/{self.hex_of('ann')}-2", done.stdout)
        done = aggregate(board)
        self.assertIn("SUPERSEDED", done.stderr)
        self.assertNotIn("refused", done.stderr)
        agree(board)
        for trustee in (1, 2):
            self.assertEqual(decrypt(board, trustee, "--journal", f"{board}.journal-{trustee}").returncode, DONE)
        result = json.loads(must("open", "--board", board, "--format", "json").stdout)
        self.assertEqual(result["fields"][1]["totals"], [str(52 + 19 + 60 + 61)])
        done = must("verify", "--board", board, "--receipt", os.path.join(board, "receipts", self.hex_of("ann")))
        self.assertIn("superseded: contribution 2 of the same contributor counts in place of 1", done.stdout)
        self.assertIn("whether its contributor signed the later one", done.stderr)
        must("verify", "--board", board)

    def test_an_agreement_that_is_low_is_said(self):
        board = path("low-board")
        done = run("task", "new", "--key", path("keys", "key"), "--fields", path("fields.json"), "--min-cohort", 2,
                   "--max-cohort", 10, "--board", board, *COORDINATOR, "--agreement", 2)
        self.assertEqual(done.returncode, DONE)
        self.assertIn("below 3", done.stderr)
        self.assertIn("two cohorts", must("show", os.path.join(board, "task")).stdout)
        self.assertNotIn("two cohorts", must("show", path("full", "task")).stdout)
        shown = must("show", path("full", "task")).stdout
        for word in ("coordinator       " + self.hex_of("coordinator"), "knowledge", "first contribution counts", "3 trustees"):
            self.assertIn(word, shown)
        for number, word in ((1, "from 2, the key's quorum"), (4, "to 3, its trustees"), (0, "--agreement"), (256, "--agreement")):
            self.refuses(USAGE, word, run("task", "new", "--key", path("keys", "key"), "--fields", path("fields.json"),
                                          "--min-cohort", 2, "--max-cohort", 10, "--board", path("never"), *COORDINATOR,
                                          "--agreement", number))
        self.refuses(USAGE, "neither first nor last", run("task", "new", "--revote", "best"))


class Shown(Case):
    def test_every_object_is_json(self):
        for folder, _, names in os.walk(path("full")):
            for name in names:
                if name != ".lock":
                    shown = json.loads(must("show", os.path.join(folder, name), "--json").stdout)
                    self.assertEqual(shown["version"], 1)
                    self.assertNotIn("unknown", shown)
                    self.assertGreater(len(must("show", os.path.join(folder, name)).stdout.splitlines()), 4)

    def test_a_board_is_one_object(self):
        shown = json.loads(must("show", path("full"), "--json").stdout)
        self.assertEqual(len(shown), 4 + 3 + 3 + 2 + 1)
        self.assertEqual(len(shown["key"]["root_certificate"]), 7)
        self.assertEqual(len(shown["result"]["openings"]), shown["aggregate"]["ciphertext_count"])

    def test_an_addition_can_be_recomputed_from_it(self):
        shown = json.loads(must("show", path("full"), "--json").stdout)
        n = int(shown["key"]["modulus"], 16)

        def numbers(name):
            return [int(low, 16) + int(high, 16) * n for low, high in shown[name]["ciphertexts"]]
        product = [1] * len(numbers("aggregate"))
        for name in shown:
            if name.startswith("contributions/"):
                product = [a * b % n ** 2 for a, b in zip(product, numbers(name))]
        self.assertEqual(product, numbers("aggregate"))

    def test_a_secret_stays_sealed(self):
        shown = must("show", path("keys", "share-1"), "--json").stdout
        self.assertEqual(json.loads(shown)["content"], "share")

    def test_other_files_are_refused(self):
        self.refuses(REFUSED, "not a quorsum object", run("show", path("ann.csv")))
        self.refuses(USAGE, "nowhere", run("show", path("nowhere")))
        self.refuses(USAGE, "no board", run("show", path("keys", "..")))

    def test_cost_predicts_for_each_role(self):
        shown = must("cost", "--fields", path("fields.json"), "--cohort", 10, "--bits", 2048).stdout
        for role in ("contributor", "coordinator", "trustee", "anyone"):
            self.assertIn(role, shown)


def small_files():
    """No file may grow beyond a few bytes: what a full disk looks like to a program."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


class Failures(Case):
    def test_a_full_disk_leaves_nothing_half_written(self):
        for start, step in (("contributed", lambda board, **o: aggregate(board, **o)),
                            ("closed", lambda board, **o: acknowledge(board, 1, board + ".journal", **o)),
                            ("aggregated", lambda board, **o: decrypt(board, 1, "--journal", path("journal-1"), **o)),
                            ("decrypted", lambda board, **o: run("open", "--board", board, **o))):
            board = self.copy(start)
            before = tree(board)
            done = step(board, preexec_fn=small_files)
            self.assertEqual(done.returncode, FAILED, (start, done.stderr))
            self.assertEqual(tree(board), before, start)
            self.assertEqual(step(board).returncode, DONE, start)
        board = new_board("tiny-board")
        before = tree(board)
        self.assertEqual(contribute(board, "ann", preexec_fn=small_files).returncode, FAILED)
        self.assertEqual(tree(board), before)
        self.assertEqual(contribute(board, "ann").returncode, DONE)
        self.assertEqual(run("identity", "new", "--out", path("tiny"), "--passphrase-file", path("passphrase"),
                             preexec_fn=small_files).returncode, FAILED)
        self.assertFalse(os.path.exists(path("tiny")))

    def test_killed_at_any_time_the_same_command_continues(self):
        for start, step in (("contributed", ["aggregate", *COORDINATOR]), ("decrypted", ["open"])):
            for milliseconds in (20, 60, 90, 120, 160, 200, 260):
                board = path(f"killed-{start}-{milliseconds}")
                shutil.copytree(path(start), board)
                subprocess.run(["timeout", "-s", "KILL", str(milliseconds / 1000), QUORSUM, *step, "--board", board],
                               capture_output=True, check=False)
                must(*step, "--board", board)
                names = [name for name in tree(board) if ".tmp-" not in name]
                self.assertEqual(sorted(names), sorted(tree(path("closed" if start == "contributed" else "full"))))
                shutil.rmtree(board)

    def test_a_board_somebody_is_closing_is_busy(self):
        board = self.copy("contributed")
        with open(os.path.join(board, ".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refuses(FAILED, "BUSY", aggregate(board))
        self.assertEqual(aggregate(board).returncode, DONE)

    def test_two_at_once_drop_one_contribution(self):
        board = new_board("race-board")
        arguments = [QUORSUM, "contribute", "--board", board, "--identity", path("ann"), "--passphrase-file",
                     path("passphrase"), "--input", path("ann.csv")]
        both = [subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
        self.assertEqual(sorted(one.wait(timeout=120) for one in both), [DONE, REFUSED])

    def test_a_full_stdout_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([QUORSUM, "open", "--board", path("full"), "--format", "csv"], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, FAILED)

    def test_a_board_that_is_none_is_named(self):
        for command in ("open", "verify"):
            self.refuses(USAGE, "nowhere", run(command, "--board", path("nowhere")))
        for command in ("aggregate", "receipt"):
            self.refuses(USAGE, "nowhere", run(command, "--board", path("nowhere"), *COORDINATOR))


if __name__ == "__main__":
    if not QUORSUM:
        print("QUORSUM does not name the tool: skipped")
        sys.exit(77)
    unittest.main()
