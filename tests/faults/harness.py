# SPDX-License-Identifier: Apache-2.0
"""Commands with a fault in them: what tests/faults/*.py share.

shim.c counts the calls that change the disk; here a command is run in a copy of a world (a directory), with a fault at the
N-th of them, and what it leaves is judged.
"""
import concurrent.futures
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "verifier"))
import cbor  # noqa: E402
import ed25519  # noqa: E402
from message import signed_bytes  # noqa: E402
from transcript import h256  # noqa: E402

QUORSUM = os.environ.get("QUORSUM", "")
DONE, REFUSED, USAGE, FAILED = 0, 1, 2, 3
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)
ABORTED = (-signal.SIGABRT, 128 + signal.SIGABRT)
TIMEOUT = 300  # seconds; nothing here waits for it


class Skip(Exception):
    """What this machine cannot do."""


class Place:
    """A directory for everything, the shim in it, and a base environment."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="quorsum-faults-")
        self.shim = self.path("shim.so")
        built = subprocess.run([*os.environ.get("CC", "cc").split(), "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-o", self.shim,
                                os.path.join(HERE, "shim.c"), "-ldl"], capture_output=True, text=True, check=False)
        if built.returncode != 0:
            raise Skip("no library can be built here: " + built.stderr[-200:])
        self.environment = dict(os.environ, LD_PRELOAD=self.shim)
        # a sanitizer wants to be first, and its own allocator to be no leak's judge when a process is killed
        self.environment["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")
        if self.run(self.root, ["--version"]).returncode != DONE:
            raise Skip("no library can be put in front of a command here")

    def path(self, *names):
        return os.path.join(self.root, *names)

    def run(self, where, arguments, fault="none", at=0, log=None, **options):
        environment = dict(self.environment, QS_FAULT=fault, QS_FAULT_AT=str(at))
        if log is not None:
            environment["QS_FAULT_LOG"] = log
        return subprocess.run([QUORSUM, *arguments], cwd=where, env=environment, capture_output=True, text=True, check=False,
                              timeout=TIMEOUT, **options)

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


def tree(where):
    """name -> bytes of every file; a folder's name ends with a slash and it has none."""
    out = {}
    for folder, folders, names in os.walk(where):
        inside = os.path.relpath(folder, where)
        for name in folders:
            out[os.path.normpath(os.path.join(inside, name)) + "/"] = b""
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                out[os.path.normpath(os.path.join(inside, name))] = file.read()
    return out


def is_temporary(name):
    """A name that no reader takes for an object: files in the making, and the lock of a board."""
    base = os.path.basename(name.rstrip("/"))
    return base.startswith(".tmp-") or ".tmp-" in base or base == ".lock"


_whole = {}  # digest of bytes -> what is wrong with them, or None


def _is_signed(data, header, body_end):
    task = header.get(4, bytes(32))
    name = h256(data[:body_end])
    return ed25519.verify(header[2], signed_bytes(header[0], task, name), data[body_end:body_end + 64])


RECORDS = {b"A": 177, b"R": 181, b"V": 81}  # bytes of each kind (lib/round/journal.h)


def journal_records(data):
    """The whole records, or None when it is no journal. The beginning of one more may stand behind them: it was not synced, so
    nothing rests on it, and the next writer takes it away."""
    head = b"quorsum-journal 1\n"
    if not data.startswith(head):
        return [] if head.startswith(data) else None
    records, at = [], len(head)
    while at < len(data):
        size = RECORDS.get(data[at:at + 1])
        if size is None:
            return None
        if at + size > len(data):
            break
        record = data[at:at + size]
        if hashlib.blake2b(b"quorsum/v1/journal" + record[:-16], digest_size=16).digest() != record[-16:]:
            return None
        records.append(record)
        at += size
    return records


def _judge(name, data):
    base = os.path.basename(name)
    if base.endswith(".journal"):
        return None if journal_records(data) is not None else "no journal"
    if base.endswith(".pub"):
        return None if len(data) == 65 and data.endswith(b"\n") else "a torn public half"
    if base.startswith("passphrase-"):
        return None if len(data) == 27 and data.endswith(b"\n") else "a torn passphrase"
    try:
        header, used = cbor.decode(data)
    except Exception as error:  # noqa: BLE001: whatever the decoder says
        return f"no object: {error}"
    if header[0] == "sealed":
        return None  # its own test: it opens
    if header[0] == "pool":
        return None if (len(data) - used) % header[5] == 0 else "a torn pool"
    # a key record carries confirmations of 65 bytes behind its signature
    ends = range(len(data) - 64, used - 1, -65) if header[0] == "key" else [len(data) - 64]
    return None if any(_is_signed(data, header, end) for end in ends) else "its signature does not fit"


def torn(name, data):
    """What is wrong with a file under a final name, or None: it reads, and its signature is over all of it."""
    key = hashlib.sha256(name.encode() + b"\0" + data).digest()
    if key not in _whole:
        _whole[key] = _judge(name, data)
    return _whole[key]


def in_parallel(work, items):
    """Runs work(item) for all, two commands at a time; the first error is raised."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        return list(pool.map(work, items))
