#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""quorum pool as its users meet it: no randomiser encrypts twice, whatever ends a command, and wherever it ends.

A ciphertext is (1+N)^m u, so modulo N it is its randomiser's u, whatever was encrypted: two contributions that share one
show it in the first digit of a ciphertext. Needs the tool's path in QUORSUM, and for deaths between two system calls a
compiler in CC.
"""
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
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import keys  # noqa: E402

QUORSUM = os.environ.get("QUORSUM", "")
DONE, REFUSED, USAGE, FAILED = 0, 1, 2, 3
MODULUS = 256  # bytes of N
VALUES = 300
NEEDED = 5     # ciphertexts of a contribution
ENTRY = 128 + 2 * MODULUS + 16
WORK = None

# Kills its process at the QUORSUM_TEST_DIE-th of the calls that change what is on disk, before it or after it.
SABOTEUR = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void step(void)
{
    static int steps;
    const char *last = getenv("QUORSUM_TEST_DIE");

    if (last != NULL && ++steps == atoi(last))
        raise(SIGKILL);
}

#define WRAP(name, parameters, arguments)              \
    int name parameters                                \
    {                                                  \
        int (*real) parameters;                        \
        int result;                                    \
        *(void **)&real = dlsym(RTLD_NEXT, #name);     \
        step();                                        \
        result = real arguments;                       \
        step();                                        \
        return result;                                 \
    }

WRAP(ftruncate, (int fd, off_t len), (fd, len))
WRAP(ftruncate64, (int fd, off64_t len), (fd, len))
WRAP(fsync, (int fd), (fd))
WRAP(flock, (int fd, int operation), (fd, operation))
WRAP(link, (const char *from, const char *to), (from, to))
"""


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


def read(name):
    with open(name, "rb") as file:
        return file.read()


def coordinator():
    return "--identity", path("ann"), "--passphrase-file", path("passphrase")


def aggregate(where):
    return must("aggregate", "--board", where, *coordinator())


def board(name):
    done = must("task", "new", "--key", path("keys", "key"), "--fields", path("fields.json"), "--min-cohort", 2,
                "--max-cohort", 9, "--board", path(name), *coordinator())
    assert f"ciphertexts {NEEDED}," in done.stdout, done.stdout
    return path(name)


def make_pool(name, count, who="ann", key="keys"):
    return run("pool", "make", "--key", path(key, "key"), "--identity", path(who), "--passphrase-file", path("passphrase"),
               "--count", count, "--out", path(name))


def arguments(where, pool, who="ann"):
    more = [] if pool is None else ["--pool", pool]
    return ["contribute", "--board", where, "--identity", path(who), "--passphrase-file", path("passphrase"), "--input",
            path(who + ".csv"), *more]


def contribute(where, pool, who="ann", **options):
    return run(*arguments(where, pool, who), **options)


def left(pool):
    return int(must("pool", "show", pool).stdout.split()[0])


def randomisers(where):
    """Modulo N, of every contribution on the board."""
    found = []
    folder = os.path.join(where, "contributions")
    for name in os.listdir(folder):
        if name.startswith("."):
            continue
        blocks = read(os.path.join(folder, name))[:-64][-NEEDED * 2 * MODULUS:]
        found += [blocks[at:at + MODULUS] for at in range(0, len(blocks), 2 * MODULUS)]
    return found


def setUpModule():
    global WORK
    WORK = tempfile.mkdtemp(prefix="quorsum-pool-")
    write("passphrase", "correct horse battery staple\n")
    write("fields.json", json.dumps({"fields": [{"name": "v", "count": VALUES, "bits": 22, "signed": False}]}))
    for number, name in enumerate(("ann", "bob")):
        must("identity", "new", "--out", path(name), "--passphrase-file", path("passphrase"))
        write(name + ".csv", "v\n" + "".join(f"{number * 1000 + i}\n" for i in range(VALUES)))
    for name in ("keys", "others"):
        keys.deal(must, path, 3, 2, name)


def tearDownModule():
    shutil.rmtree(WORK, ignore_errors=True)


class Case(unittest.TestCase):
    def setUp(self):
        self.name = self.id().rpartition(".")[2]

    def pool(self, count, **options):
        done = make_pool(self.name, count, **options)
        self.assertEqual(done.returncode, DONE, done.stderr)
        return path(self.name)

    def board(self, number=0):
        return board(f"{self.name}-{number}")

    def refuses(self, code, words, done):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        for word in words:
            self.assertIn(word, done.stderr)

    def expect_all_different(self, found):
        self.assertEqual(len(set(found)), len(found), "a randomiser was used twice")


class Use(Case):
    def test_a_round_with_pools_gives_the_sum(self):
        where = self.board()
        pool = self.pool(NEEDED + 1)
        self.assertIn(f"{NEEDED} randomisers taken, 0 to compute", contribute(where, pool).stderr)
        done = make_pool("few", 1, who="bob")
        self.assertEqual(done.stdout, f"1 randomiser in {path('few')}\n")
        self.assertIn(f"1 randomiser taken, {NEEDED - 1} to compute", contribute(where, path("few"), "bob").stderr)
        aggregate(where)
        for trustee in (1, 2, 3):
            must("acknowledge", "--board", where, "--share", path("keys", f"share-{trustee}"), "--identity",
                 path(f"trustee-{trustee}"), "--passphrase-file", path("passphrase"))
        for trustee in (1, 3):
            must("decrypt", "--board", where, "--share", path("keys", f"share-{trustee}"), "--identity",
                 path(f"trustee-{trustee}"), "--passphrase-file", path("keys", f"passphrase-{trustee}"), "--identity-passphrase-file",
                 path("passphrase"))
        shown = must("open", "--board", where, "--format", "csv").stdout
        must("verify", "--board", where)
        self.assertIn(str(1000 + 2 * (VALUES - 1)), shown)
        self.expect_all_different(randomisers(where))

    def test_entries_go_once_and_then_there_are_none(self):
        pool = self.pool(2 * NEEDED + 1)
        size = os.path.getsize(pool)
        found = []
        for number, ready in enumerate((NEEDED, NEEDED, 1, 0)):
            before = left(pool)
            where = self.board(number)
            done = contribute(where, pool)
            self.assertEqual(done.returncode, DONE, done.stderr)
            self.assertIn(f"{ready} randomiser{'' if ready == 1 else 's'} taken, {NEEDED - ready} to compute", done.stderr)
            self.assertEqual(left(pool), before - ready)
            size -= ready * ENTRY
            self.assertEqual(os.path.getsize(pool), size)
            found += randomisers(where)
        self.expect_all_different(found)

    def test_show_names_owner_and_key(self):
        shown = must("pool", "show", self.pool(3)).stdout.splitlines()
        self.assertEqual(shown[0], "3 randomisers left, of 1024 bits")
        self.assertEqual(shown[1], "owner " + read(path("ann.pub")).decode().strip())
        self.assertRegex(shown[2], "^public key [0-9a-f]{64}$")

    def test_the_general_show_reads_a_pool_and_gives_no_entry_away(self):
        pool = self.pool(3)
        shown = json.loads(must("show", pool, "--json").stdout)
        self.assertEqual(sorted(shown), sorted(["kind", "version", "owner", "public_key", "randomiser_bits", "entry_bytes",
                                                "salt"]))
        self.assertEqual(shown["entry_bytes"], ENTRY)
        self.assertEqual(shown["owner"], read(path("ann.pub")).decode().strip())
        self.assertNotIn("unknown", must("show", pool).stdout)

    def test_a_pool_is_for_its_owner_only_and_overwrites_nothing(self):
        pool = self.pool(2)
        self.assertEqual(os.stat(pool).st_mode & 0o777, 0o600)
        before = read(pool)
        self.refuses(USAGE, [self.name, "EXISTS"], make_pool(self.name, 1))
        self.assertEqual(read(pool), before)

    def test_processes_at_one_pool_get_different_entries(self):
        pool = self.pool(4 * NEEDED)
        places = [self.board(number) for number in range(5)]
        started = [subprocess.Popen([QUORSUM, *arguments(where, pool)], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL) for where in places]
        self.assertEqual([one.wait(timeout=120) for one in started], [DONE] * 5)
        self.assertEqual(left(pool), 0)
        self.expect_all_different([one for where in places for one in randomisers(where)])

    def test_a_copied_pool_repeats_which_help_warns_of(self):
        """Nobody can prevent it; and it shows that a repetition would be seen here."""
        pool = self.pool(NEEDED)
        shutil.copy(pool, pool + "-copy")
        places = [self.board(0), self.board(1)]
        contribute(places[0], pool)
        contribute(places[1], pool + "-copy")
        self.assertEqual(sorted(randomisers(places[0])), sorted(randomisers(places[1])))
        self.assertIn("Never copy a pool file", must("pool", "--help").stdout)


class Refusals(Case):
    def refused(self, pool, code, words, who="ann"):
        where = path(self.name + "-0")
        if not os.path.exists(where):
            self.board()
        before = read(pool) if os.path.isfile(pool) else None
        self.refuses(code, [os.path.basename(pool), *words], contribute(where, pool, who))
        self.assertEqual(sorted(os.listdir(where)), ["acks", "contributions", "key", "partials", "task"])
        self.assertEqual(randomisers(where), [])
        if before is not None:
            self.assertEqual(read(pool), before)

    def test_a_contribution_that_cannot_count_spends_nothing(self):
        where, pool = self.board(), self.pool(NEEDED)
        before = read(pool)
        self.assertEqual(contribute(where, None).returncode, DONE)
        self.refuses(REFUSED, "DUPLICATE", contribute(where, pool))
        self.assertEqual(contribute(where, None, "bob").returncode, DONE)
        aggregate(where)
        self.refuses(REFUSED, "CLOSED", contribute(where, pool))
        others = path(self.name + "-others")
        must("task", "new", "--key", path("keys", "key"), "--fields", path("fields.json"), "--min-cohort", 2,
             "--max-cohort", 9, "--admit", path("bob.pub"), "--board", others, *coordinator())
        self.refuses(REFUSED, "NOT_ADMITTED", contribute(others, pool))
        self.assertEqual(read(pool), before)

    def test_of_another_identity_or_key(self):
        pool = self.pool(NEEDED)
        self.refused(pool, REFUSED, ["another identity", "OWNER"], who="bob")
        self.assertEqual(make_pool("foreign", NEEDED, key="others").returncode, DONE)
        self.refused(path("foreign"), REFUSED, ["another key", "KEY_MISMATCH"])

    def test_damaged_or_none_at_all(self):
        pool = self.pool(NEEDED)
        good = read(pool)
        for name, data, word in (("altered", good[:-1] + bytes([good[-1] ^ 1]), "OWNER"), ("cut", good[:-1], "TRUNCATED"),
                                 ("head", good[:100], "TRUNCATED"), ("empty", b"", "TYPE"), ("text", b"age\n3\n", "TYPE"),
                                 ("sealed", read(path("ann")), "TYPE"), ("newer", good.replace(b"pool\x01\x01", b"pool\x01\x02"), "VERSION")):
            with open(path(name), "wb") as file:
                file.write(data)
            self.refused(path(name), REFUSED, [word])
        self.refused(path("keys"), REFUSED, ["TYPE"])
        self.refused(path("nowhere"), USAGE, ["NOT_FOUND"])
        for name, code in (("cut", REFUSED), ("text", REFUSED), ("nowhere", USAGE)):
            self.refuses(code, [name], run("pool", "show", path(name)))

    def test_wrong_use(self):
        for more in ([], ["make"], ["show"], ["grow"], ["make", "--count", 0], ["show", "a", "b"],
                     ["make", "--count", 2 ** 26 + 1]):
            self.assertEqual(run("pool", *more).returncode, USAGE, more)
        done = run("pool", "make", "--key", path("ann.csv"), "--identity", path("ann"), "--count", 1, "--out", path("no"),
                   "--passphrase-file", path("passphrase"))
        self.refuses(REFUSED, ["ann.csv"], done)
        self.assertFalse(os.path.exists(path("no")))


def full_disk():
    """The first write that makes a file grow ends the process: after the pool was cut, before there is a contribution."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


class Crashes(Case):
    def test_what_a_failed_contribution_took_is_gone(self):
        pool = self.pool(2 * NEEDED)
        where = self.board()
        done = contribute(where, pool, preexec_fn=full_disk)
        self.assertNotEqual(done.returncode, DONE)
        self.assertEqual(randomisers(where), [])
        self.assertEqual(left(pool), NEEDED)
        self.assertEqual(contribute(where, pool).returncode, DONE)
        self.assertEqual(left(pool), 0)

    def saboteur(self):
        library = path("saboteur.so")
        write("saboteur.c", SABOTEUR)
        built = subprocess.run([*os.environ.get("CC", "cc").split(), "-shared", "-fPIC", "-o", library, path("saboteur.c"), "-ldl"],
                               capture_output=True, check=False)
        if built.returncode != 0 or run("--version", env=dict(os.environ, LD_PRELOAD=library)).returncode != 0:
            self.skipTest("no library can be put in front here")
        return library

    def test_killed_at_every_step_no_entry_is_used_twice(self):
        """Contributions that are killed on one board, and one after each that lives, all from one pool."""
        library = self.saboteur()
        pool = self.pool(60 * NEEDED)
        found, lost, steps = [], 0, 0
        while True:
            steps += 1
            where = self.board(steps)
            before = left(pool)
            died = contribute(where, pool, env=dict(os.environ, LD_PRELOAD=library, QUORSUM_TEST_DIE=str(steps)))
            taken = before - left(pool)
            self.assertIn(taken, (0, NEEDED))
            if died.returncode == DONE:
                break
            self.assertIn(died.returncode, (-signal.SIGKILL, 128 + signal.SIGKILL), died.stderr)
            made = randomisers(where)
            if made:
                self.assertEqual(taken, NEEDED, "there is a contribution, and its randomisers are in the file")
            elif taken > 0:
                lost += taken
                self.assertEqual(contribute(where, pool).returncode, DONE)
                made = randomisers(where)
            found += made
        found += randomisers(where)
        self.assertGreater(steps, 8)
        self.assertGreater(lost, 0, "no process died with randomisers in its hands")
        self.expect_all_different(found)
        self.assertEqual(left(pool), 60 * NEEDED - lost - len(found))


if __name__ == "__main__":
    if not QUORSUM:
        print("QUORSUM does not name the tool: skipped")
        sys.exit(77)
    unittest.main()
