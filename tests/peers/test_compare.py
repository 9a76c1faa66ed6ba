# SPDX-License-Identifier: Apache-2.0
"""bench/peers without a network and without a peer: what is skipped, read and printed. No time is judged."""
import csv
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get("top_srcdir", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.environ.get("top_builddir", os.path.join(SOURCE, "build"))
PEERS = os.path.join(SOURCE, "bench", "peers")
PROGRAM = os.path.join(BUILD, "bench", "peers", "quorsum_peer")
PRIMES = os.path.join(SOURCE, "tests", "fixtures", "primes.h")
OPERATIONS = ["encrypt_short", "add"]
NAMES = ["phe", "pypaillier", "ipcl-python", "damgard-jurik", "tno-mpc-encryption-schemes-paillier"]


def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(PEERS, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
compare = load("compare")
worker = load("worker")


def speaker(hello, *answers):
    """A process that says these lines, the first one at once."""
    code = "import sys\nprint(sys.argv[1], flush=True)\n" \
           "for line, text in zip(sys.stdin, sys.argv[2:]): print(text, flush=True)"
    return [sys.executable, "-c", code, hello, *answers]


def ready(*operations):
    offers = ", ".join('"%s": {"values": 2, "note": "so"}' % name for name in operations)
    return '{"ready": "fake 1.0", "operations": {%s}}' % offers


class Comparison(unittest.TestCase):
    def setUp(self):
        self.open = []

    def tearDown(self):
        for library in self.open:
            library.close()

    def library(self, name, *lines):
        self.open.append(compare.Library(name, speaker(*lines)))
        return self.open[-1]

    def test_what_is_not_there_is_skipped_by_name_and_reason(self):
        commands = {
            "good": speaker(ready("add")),
            "absent": speaker('{"unavailable": "not importable: no module"}'),
            "wrong": speaker('{"failed": "add: wrong result"}'),
            "garbled": speaker("Traceback"),
            "listed": speaker('["ready"]'),
            "silent": [sys.executable, "-c", "raise SystemExit(3)"],
            "no-program": ["/nonexistent/program"],
        }
        peers, skipped = compare.start_peers([*commands, "unfetched"], {"unfetched": "pip: none"}, commands.get)
        self.open += peers.values()
        self.assertEqual(list(peers), ["good"])
        self.assertEqual(skipped["absent"], "not importable: no module")
        self.assertEqual(skipped["wrong"], "add: wrong result")
        self.assertEqual(skipped["garbled"], "said Traceback")
        self.assertEqual(skipped["silent"], "ended with status 3")
        self.assertEqual(skipped["unfetched"], "pip: none")
        self.assertIn("No such file", skipped["no-program"])
        self.assertEqual(skipped.keys() | {"good"}, commands.keys() | {"unfetched"})

    def test_ratio_is_the_median_over_the_rounds(self):
        ours = self.library("quorsum", ready("add"), *['{"seconds": %s}' % s for s in ("0.001", "0.002", "0.001")])
        peer = self.library("peer", ready("add"), *['{"seconds": %s}' % s for s in ("0.004", "0.002", "0.009")])
        times = compare.take_turns(ours, {"peer": peer}, ["add"], 3, {})
        row, = compare.rows_of(ours, {"peer": peer}, ["add"], times, {}, 2048)
        self.assertAlmostEqual(row["ratio"], 4)
        self.assertAlmostEqual(row["quorsum_us"], 1000)
        self.assertAlmostEqual(row["peer_us"], 4000)
        self.assertAlmostEqual(row["peer_per_s"], 250)

    def test_one_encryption_of_a_peer_stands_beside_three_of_ours(self):
        kinds = ["encrypt_half", "encrypt_short", "encrypt_full"]
        ours = self.library("quorsum", ready(*kinds), *['{"seconds": 0.001}'] * 6)
        peer = self.library("peer", ready("encrypt"), *['{"seconds": 0.003}'] * 2)
        times = compare.take_turns(ours, {"peer": peer}, kinds, 2, {})
        rows = compare.rows_of(ours, {"peer": peer}, kinds, times, {}, 2048)
        self.assertEqual([(row["operation"], row["peer"]) for row in rows], [(kind, "peer") for kind in kinds])

    def test_a_peer_that_fails_on_the_way_is_skipped_and_the_others_stay(self):
        for last in ('{"failed": "broke"}', '{"seconds": 0.0}', '{"seconds": "1"}'):
            ours = self.library("quorsum", ready("add"), '{"seconds": 0.001}', '{"seconds": 0.001}')
            peers = {"bad": self.library("bad", ready("add"), '{"seconds": 0.001}', last),
                     "good": self.library("good", ready("add"), '{"seconds": 0.002}', '{"seconds": 0.002}')}
            skipped = {}
            times = compare.take_turns(ours, peers, ["add"], 2, skipped)
            self.assertEqual(list(skipped), ["bad"])
            rows = compare.rows_of(ours, peers, ["add"], times, skipped, 2048)
            self.assertEqual([row["peer"] for row in rows], ["good"])

    def test_our_own_failure_ends_the_run(self):
        ours = self.library("quorsum", ready("add"), '{"failed": "memory"}')
        with self.assertRaisesRegex(compare.Gone, "memory"):
            compare.take_turns(ours, {}, ["add"], 1, {})

    def test_figures_have_three_digits(self):
        shown = {12345.6: "12300", 1000: "1000", 123.45: "123", 9.999: "10.0", 0.012345: "0.0123", "": ""}
        self.assertEqual({value: compare.three_digits(value) for value in shown}, shown)

    def test_table_has_a_line_an_operation_and_a_column_a_library(self):
        ours = self.library("quorsum", ready("add", "partial"), *['{"seconds": 0.001}'] * 2)
        peers = {"one": self.library("one", ready("add"), '{"seconds": 0.002}'),
                 "two": self.library("two", ready("add", "partial"), *['{"seconds": 0.004}'] * 2)}
        times = compare.take_turns(ours, peers, ["add", "partial"], 1, {})
        rows = compare.rows_of(ours, peers, ["add", "partial"], times, {}, 2048)
        out = io.StringIO()
        compare.write_table(rows, out)
        cells = [[text.strip() for text in line.strip("|").split("|")] for line in out.getvalue().splitlines()]
        self.assertEqual(cells[0], ["operation", "quorsum", "one", "two"])
        self.assertEqual(cells[2:], [
            ["add", "1000 us, 1000/s", "2000 us, 500/s, 2.00x", "4000 us, 250/s, 4.00x"],
            ["partial", "1000 us, 1000/s", "-", "4000 us, 250/s, 4.00x"]])
        self.assertEqual({len(line) for line in out.getvalue().splitlines()}, {len(out.getvalue().splitlines()[0])})
        out = io.StringIO()
        compare.write_notes(rows, out)
        self.assertEqual(out.getvalue().splitlines(),
                         ["* add: quorsum so; one so; two so", "* partial: quorsum so; two so"])


class Plain:
    """Ciphertexts that are the plaintexts: what a right peer does."""
    counts = {"encrypt": 3}

    def encrypt(self, values):
        return list(values)

    def decrypt(self, a):
        return list(a)

    def add(self, a, b):
        return [one + other for one, other in zip(a, b)]

    def scale(self, a, factor):
        return [one * factor for one in a]


class Workers(unittest.TestCase):
    def test_every_peer_of_the_list_has_a_worker(self):
        self.assertEqual(list(compare.read_pairs(os.path.join(PEERS, "packages.txt"))), NAMES)
        self.assertEqual(list(worker.PEERS), NAMES)

    def test_operations_are_those_a_peer_has(self):
        operations = worker.prepare(Plain())
        self.assertEqual(sorted(operations), ["add", "decrypt", "encrypt", "scale"])
        self.assertEqual([operations[name][0] for name in ("encrypt", "add")], [3, 16])
        self.assertGreater(worker.sample(*operations["add"]), 0)

    def test_a_wrong_result_is_refused(self):
        for name in ("encrypt", "decrypt", "add", "scale"):
            right = getattr(Plain, name)
            wrong = type("Wrong", (Plain,), {name: lambda self, *a, right=right: right(self, *a)[:-1] + [0]})
            with self.assertRaisesRegex(ValueError, "wrong result"):
                worker.prepare(wrong())

    def test_primes_are_read_from_the_fixture(self):
        for bits in (2048, 3072, 4096):
            p, q = worker.read_primes(PRIMES, bits)
            self.assertEqual((p * q).bit_length(), bits)


@unittest.skipUnless(os.path.exists(PROGRAM), "quorsum_peer is not built")
class WholeRun(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.work = os.path.join(self.folder.name, "bench", "peers")
        os.makedirs(self.work)

    def tearDown(self):
        self.folder.cleanup()

    def script(self, path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def run_with(self, python):
        """run.sh in a build folder of its own, by this interpreter or what stands for it."""
        self.script(os.path.join(self.work, "quorsum_peer"), f'exec "{PROGRAM}" "$@"\n')
        environment = {**os.environ, "top_builddir": self.folder.name, "PYTHON3": python}
        return subprocess.run(["sh", os.path.join(PEERS, "run.sh"), "--rounds", "1", "--operations", *OPERATIONS],
                              env=environment, text=True, capture_output=True, timeout=600, check=False)

    def check(self, done, reason):
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in NAMES:
            self.assertIn(f"# skipped: {name}: {reason}", done.stdout)
        with open(os.path.join(self.work, "peers.csv"), encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        self.assertEqual([(row["operation"], row["peer"]) for row in rows], [(name, "") for name in OPERATIONS])
        self.assertTrue(all(float(row["quorsum_us"]) > 0 for row in rows))

    def test_without_a_virtual_environment_nothing_is_fetched_and_all_are_skipped(self):
        python = self.script(os.path.join(self.folder.name, "python"),
                             '[ "$2" != venv ] || { echo no ensurepip; exit 1; }\n'
                             f'exec "{sys.executable}" -I -S "$@"\n')
        done = self.run_with(python)
        self.assertIn("no ensurepip", done.stderr)
        self.check(done, "not importable: ")

    def test_what_pip_cannot_fetch_is_skipped_with_what_pip_said(self):
        self.script(os.path.join(self.work, "venv", "bin", "python"),
                    f'[ "$2" != pip ] || {{ echo "ERROR: no network"; exit 1; }}\nexec "{sys.executable}" "$@"\n')
        self.check(self.run_with(sys.executable), "pip: no network")

    def test_a_missing_library_of_ours_fails(self):
        done = subprocess.run([sys.executable, os.path.join(PEERS, "compare.py"), "--quorsum", "/nonexistent",
                               "--primes", PRIMES], capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(done.returncode, 1)

    def test_wrong_use_is_refused(self):
        for arguments in (["1024", "add"], ["2048"], []):
            self.assertEqual(subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=600,
                                            check=False).returncode, 2)
        done = subprocess.run([PROGRAM, "2048", "divide"], capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, '{"failed": "divide: no such operation"}\n'))


if __name__ == "__main__":
    unittest.main()
