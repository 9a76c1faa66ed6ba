#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the quorsum command leaves in its memory when it exits: no passphrase, no seed, no share, nothing of what a contributor
gave it. witness.c and scan.c are put in front of the real command. Needs the tool's path in QUORSUM and a compiler in CC."""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
QUORSUM = os.environ.get("QUORSUM", "")
WORDS = "a passphrase of many words, and no other"
SHARE_WORDS = "another passphrase, which unseals a share"
VALUES = [123456789012 + 1357913579 * i for i in range(40)]  # twelve digits: a scale of 10^5 makes 17 of them
SCALE = 10 ** 5
WORK = None


def path(*names):
    return os.path.join(WORK, *names)


def write(name, text):
    with open(path(name), "w") as file:
        file.write(text)


def run(*arguments, preload=None, **environment):
    everything = dict(os.environ, QS_SECRETS=path("secrets"), QS_SECRETS_REPORT=path("report"), **environment)
    if preload is not None:
        everything["LD_PRELOAD"] = preload
        everything["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")
    return subprocess.run([QUORSUM, *arguments], cwd=WORK, env=everything, capture_output=True, text=True, check=False,
                          timeout=300)


def must(*arguments, **options):
    done = run(*arguments, **options)
    assert done.returncode == 0, (arguments, done.returncode, done.stderr)
    return done


def setUpModule():
    global WORK
    WORK = tempfile.mkdtemp(prefix="quorsum-secrets-")
    built = subprocess.run([*os.environ.get("CC", "cc").split(), "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-o",
                            path("witness.so"), os.path.join(HERE, "witness.c"), os.path.join(HERE, "scan.c"), "-ldl"],
                           capture_output=True, text=True, check=False)
    if built.returncode != 0 or run("--version", preload=path("witness.so")).returncode != 0:
        raise unittest.SkipTest("no library can be put in front of a command here")
    with open(path("report")) as file:
        if "sanitized" in file.read():
            raise unittest.SkipTest("a sanitizer's memory is not the program's")
    os.remove(path("report"))
    write("words", WORDS + "\n")
    write("share-words", (SHARE_WORDS + "\n") * 2)
    cells = [f"{v // 100}.{v % 100:02}{i:07}" for i, v in enumerate(VALUES)]  # 20 characters each
    scaled = [round(float(cell) * SCALE) for cell in cells]
    pairs = ["hex:" + struct.pack("<qq", scaled[i], scaled[i + 1]).hex() for i in range(0, len(scaled), 2)]
    doubles = ["hex:" + struct.pack("<dd", float(cells[i]), float(cells[i + 1])).hex() for i in range(0, len(cells), 2)]
    write("table.csv", "v\n" + "\n".join(cells) + "\n")
    write("secrets", "\n".join([WORDS, SHARE_WORDS, *cells, *pairs, *doubles]) + "\n")
    write("fields.json", json.dumps({"fields": [{"name": "v", "count": len(cells), "bits": 52, "scale": SCALE}]}))


def tearDownModule():
    shutil.rmtree(WORK, ignore_errors=True)


class Command(unittest.TestCase):
    def watched(self, *arguments, drawn=False, **more):
        """Runs it and answers how many of how many secrets its memory held at the end."""
        if drawn:
            more["QS_SECRETS_DRAWN"] = "1"
        done = must(*arguments, preload=path("witness.so"), **more)
        with open(path("report")) as file:
            words = file.read().split()
        os.remove(path("report"))
        self.assertGreater(int(words[0]), 100, "too little was looked for")
        return int(words[2]), done.stderr

    def clean(self, *arguments, **options):
        found, text = self.watched(*arguments, **options)
        self.assertEqual(found, 0, f"{arguments[0]}: {text}")

    def test_a_round(self):
        words = ["--passphrase-file", "words"]
        who = ["--identity", "ann", *words]
        for name in ("ann", "bob", "trustee-1", "trustee-2"):
            (self.clean if name == "ann" else must)("identity", "new", "--out", name, *words)
        self.clean("identity", "show", "ann", *words)
        with open(path("roster"), "w") as roster:
            for name in ("trustee-1.pub", "trustee-2.pub"):
                with open(path(name)) as file:
                    roster.write(file.read())
        self.clean("keygen", "--trustees", "2", "--quorum", "2", "--bits", "2048", "--out", "keys", "--roster", "roster",
                   "--passphrase-file", "share-words")
        for number in (1, 2):
            sealed = ["--share", f"keys/share-{number}", "--identity", f"trustee-{number}", "--passphrase-file", "share-words",
                      "--identity-passphrase-file", "words"]
            self.clean("confirm", "--key", "keys/key", *sealed)
        self.clean("task", "new", "--key", "keys/key", "--fields", "fields.json", "--min-cohort", "2", "--max-cohort", "3",
                   "--board", "board", *who)
        self.clean("pool", "make", "--key", "keys/key", "--count", "3", "--out", "pool", *who, drawn=True)
        self.clean("contribute", "--board", "board", "--input", "table.csv", "--pool", "pool", *who, drawn=True)
        must("contribute", "--board", "board", "--input", "table.csv", "--identity", "bob", *words)
        self.clean("receipt", "--board", "board", *who)
        self.clean("aggregate", "--board", "board", *who)
        for number in (1, 2):
            self.clean("acknowledge", "--board", "board", "--identity", f"trustee-{number}", *words, "--journal",
                       f"{number}.journal")
        for number in (1, 2):
            self.clean("decrypt", "--board", "board", "--share", f"keys/share-{number}", "--identity", f"trustee-{number}",
                       "--passphrase-file", "share-words", "--identity-passphrase-file", "words", "--journal",
                       f"{number}.journal")
        must("open", "--board", "board")

    def test_a_leak_would_be_found(self):
        must("identity", "new", "--out", "eve", "--passphrase-file", "words")
        found, _ = self.watched("identity", "show", "eve", "--passphrase-file", "words", QS_SECRETS_LEAK="1")
        self.assertGreater(found, 0)

    def test_a_wrong_passphrase_leaves_nothing(self):
        must("identity", "new", "--out", "joe", "--passphrase-file", "share-words")
        done = run("identity", "show", "joe", "--passphrase-file", "words", preload=path("witness.so"))
        self.assertEqual(done.returncode, 1, done.stderr)
        with open(path("report")) as file:
            self.assertIn(" 0 found", file.read())


if __name__ == "__main__":
    if not QUORSUM:
        print("QUORSUM does not name the tool: skipped")
        sys.exit(77)
    unittest.main()
