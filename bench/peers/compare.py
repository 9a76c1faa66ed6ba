# SPDX-License-Identifier: Apache-2.0
"""Times whole operations of Quorsum and its peers, in turns, and prints one table.

Each library runs in a process of its own (quorsum_peer.c, worker.py), is asked for one sample at a time, and counts its
own processor time. In a round every operation is sampled once with each library, ours first in even rounds and last in
odd ones; the ratio is the median over the rounds of theirs / ours, so what drifts on a shared machine falls out. A peer
that is not there, or whose results are wrong, is skipped by name with the reason.
"""
import argparse
import csv
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import threading
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 900  # seconds for one answer: some peers search for safe primes

# Ours, and the peers' operation it stands beside.
PAIRS = {"encrypt_half": "encrypt", "encrypt_short": "encrypt", "encrypt_full": "encrypt", "decrypt": "decrypt",
         "add": "add", "scale": "scale", "partial": "partial", "open": "open"}
COLUMNS = ("operation", "bits", "quorsum_us", "quorsum_per_s", "peer", "peer_us", "peer_per_s", "ratio", "quorsum_does",
           "peer_does")
Offer = namedtuple("Offer", "values note")


class Gone(Exception):
    """The process gave no usable answer; the text says why."""


class Library:
    """A process that offers operations."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL, env={**os.environ, "RAYON_NUM_THREADS": "1"})
        hello = self.answer()
        if "ready" not in hello or not isinstance(hello.get("operations"), dict):
            self.close()
            raise Gone(hello.get("unavailable") or hello.get("failed") or "said nothing that is understood")
        self.title = hello["ready"]
        self.offers = {name: Offer(offer["values"], offer["note"]) for name, offer in hello["operations"].items()}

    def answer(self):
        """The next line, as a dictionary."""
        watchdog = threading.Timer(PATIENCE, self.process.kill)
        watchdog.start()
        try:
            line = self.process.stdout.readline()
        finally:
            watchdog.cancel()
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            self.close()
            raise Gone(f"ended with status {self.process.returncode}" if line == "" else "said " + line.strip()[:80])
        return message

    def sample(self, operation):
        """Seconds of one value."""
        try:
            self.process.stdin.write(operation + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise Gone(str(error)) from error
        message = self.answer()
        if not isinstance(message.get("seconds"), float) or message["seconds"] <= 0:
            raise Gone(message.get("failed") or "gave no time")
        return message["seconds"]

    def close(self):
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except OSError:
                pass
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_peers(names, missing, command_of):
    """The libraries that are there, and why the others are not: two dictionaries by name."""
    peers, skipped = {}, {}
    for name in names:
        try:
            if name in missing:
                raise Gone(missing[name])
            peers[name] = Library(name, command_of(name))
        except (Gone, OSError) as gone:
            skipped[name] = str(gone)
    return peers, skipped


def take_turns(ours, peers, operations, rounds, skipped):
    """Times by (library name, its operation), one a round. A peer that fails is moved to `skipped`."""
    times = {}
    for number in range(rounds):
        for operation in operations:
            turn = [(ours, operation)]
            turn += [(peer, PAIRS[operation]) for peer in peers.values() if PAIRS[operation] in peer.offers]
            for library, wanted in turn if number % 2 == 0 else reversed(turn):
                if library.name in skipped or len(times.setdefault((library.name, wanted), [])) > number:
                    continue  # the peers' encryption stands beside three of ours: one sample a round is enough
                try:
                    times[library.name, wanted].append(library.sample(wanted))
                except Gone as gone:
                    if library is ours:
                        raise
                    skipped[library.name] = str(gone)
    return times


def rows_of(ours, peers, operations, times, skipped, bits):
    """One row for each of our operations and each peer that has it; without a peer, one row of ours alone."""
    rows = []
    for operation in operations:
        own = times[ours.name, operation]
        row = {"operation": operation, "bits": bits, "quorsum_does": ours.offers[operation].note,
               "quorsum_us": statistics.median(own) * 1e6, "quorsum_per_s": 1 / statistics.median(own)}
        beside = [peer for name, peer in peers.items()
                  if name not in skipped and PAIRS[operation] in peer.offers]
        for peer in beside:
            theirs = times[peer.name, PAIRS[operation]]
            rows.append({**row, "peer": peer.name, "peer_us": statistics.median(theirs) * 1e6,
                         "peer_per_s": 1 / statistics.median(theirs),
                         "ratio": statistics.median(their / our for our, their in zip(own, theirs)),
                         "peer_does": peer.offers[PAIRS[operation]].note})
        if not beside:
            rows.append({**row, **dict.fromkeys(("peer", "peer_us", "peer_per_s", "ratio", "peer_does"), "")})
    return rows


def three_digits(value):
    """12345.6 as 12300, 0.01234 as 0.0123: what is known of a time."""
    if value == "":
        return ""
    rounded = float(f"{value:.3g}")
    return f"{rounded:.{max(2 - math.floor(math.log10(rounded)), 0)}f}"


def cell(microseconds, per_second, ratio=""):
    text = f"{three_digits(microseconds)} us, {three_digits(per_second)}/s"
    return text if ratio == "" else f"{text}, {three_digits(ratio)}x"


def write_table(rows, out):
    """Markdown that reads as it is, too: a line an operation, a column a library, the ratio behind each peer's time."""
    names = list(dict.fromkeys(row["peer"] for row in rows if row["peer"]))
    table = {}
    for row in rows:
        line = table.setdefault(row["operation"], {"quorsum": cell(row["quorsum_us"], row["quorsum_per_s"])})
        if row["peer"]:
            line[row["peer"]] = cell(row["peer_us"], row["peer_per_s"], row["ratio"])
    lines = [["operation", "quorsum", *names]]
    lines += [[operation, *(line.get(name, "-") for name in lines[0][1:])] for operation, line in table.items()]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    for line in lines:
        print("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |", file=out)


def write_notes(rows, out):
    """What each does, a line an operation, where anybody does something of its own."""
    notes = {}
    for row in rows:
        line = notes.setdefault(row["operation"], {"quorsum": row["quorsum_does"]})
        if row["peer"]:
            line[row["peer"]] = row["peer_does"]
    for operation, line in notes.items():
        said = [f"{name} {note}" for name, note in line.items() if note]
        if said:
            print(f"* {operation}: {'; '.join(said)}", file=out)


def write_csv(rows, path):
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: f"{cell:.6g}" if isinstance(cell, float) else cell for key, cell in row.items()})


def cpu_model():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            return next(line.split(":")[1].strip() for line in stream if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def read_pairs(path):
    """Lines "name rest" as a dictionary; comments and empty lines aside."""
    with open(path, encoding="utf-8") as stream:
        lines = [line.split(None, 1) for line in stream if line.strip() and not line.startswith("#")]
    return {line[0]: line[1].strip() if len(line) > 1 else "" for line in lines}


def parse(arguments):
    parser = argparse.ArgumentParser(description="Quorsum beside other Paillier packages, in one run.")
    parser.add_argument("--quorsum", required=True, help="the program made of quorsum_peer.c")
    parser.add_argument("--primes", required=True, help="tests/fixtures/primes.h")
    parser.add_argument("--missing", help="file of peers that could not be installed, a line each: name, reason")
    parser.add_argument("--bits", type=int, default=2048, choices=(2048, 3072, 4096))
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--operations", nargs="+", default=list(PAIRS), choices=list(PAIRS), metavar="OPERATION")
    parser.add_argument("--csv", help="also write the figures to this file")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds takes at least 1")
    return options


def main(arguments):
    options = parse(arguments)
    names = read_pairs(os.path.join(HERE, "packages.txt"))
    missing = read_pairs(options.missing) if options.missing else {}
    worker = os.path.join(HERE, "worker.py")
    try:
        ours = Library("quorsum", [options.quorsum, str(options.bits)] + options.operations)
        peers, skipped = start_peers(names, missing, lambda name: [sys.executable, *isolation(), worker, name,
                                                                   str(options.bits), options.primes])
        print(f"# {cpu_model()}, Python {platform.python_version()}, {options.bits} bits, {options.rounds} rounds, "
              "one thread each, processor time of one value")
        for library in (ours, *peers.values()):
            print(f"# {library.title}", flush=True)
        times = take_turns(ours, peers, options.operations, options.rounds, skipped)
    except (Gone, OSError) as gone:
        print(f"quorsum: {gone}", file=sys.stderr)
        return 1
    rows = rows_of(ours, peers, options.operations, times, skipped, options.bits)
    for name, reason in skipped.items():
        print(f"# skipped: {name}: {reason}")
    print()
    write_table(rows, sys.stdout)
    print()
    write_notes(rows, sys.stdout)
    if options.csv:
        write_csv(rows, options.csv)
    for library in (ours, *peers.values()):
        library.close()
    return 0


def isolation():
    """This interpreter's own switches, for the workers: a test runs without any installed package."""
    return ["-I", "-S"] if sys.flags.no_site else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
