# SPDX-License-Identifier: Apache-2.0
"""A board as a dictionary from name to bytes, and the walk over it that checks every object in order.

Nothing is taken from an object that was refused: what depends on it is reported as not checked, which is a no as well.
"""
import os
import stat

from agreement import Receipt, check_acknowledgement, check_evidence, place
from checks import Aggregate, Contribution, Task, check_completion, check_partial, check_result
from key import KeyRecord
from manifest import Manifest
from message import Message
from refusal import Refused, require

FILES = ("key", "task", "manifest", "aggregate", "result")
FOLDERS = ("contributions", "receipts", "acks", "partials", "completions", "evidence")
TRUSTEES = {str(i) for i in range(1, 256)}


IRREGULAR = None      # in the place of a file's bytes: it is a link, a directory or the like


def _read(path):
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return IRREGULAR
    with open(path, "rb") as stream:
        return stream.read()


def load(path):
    """Every file of the directory whose name has no leading dot. OSError if it cannot be read."""
    files = {}
    for name in sorted(os.listdir(path)):
        inner = os.path.join(path, name)
        if name.startswith("."):
            continue
        if name in FOLDERS and os.path.isdir(inner):
            for entry in sorted(os.listdir(inner)):
                if not entry.startswith("."):
                    files[name + "/" + entry] = _read(os.path.join(inner, entry))
        else:
            files[name] = _read(inner)
    return files


class Report:
    """lines are (name, "ok" | "refused" | "ignored", reason)."""

    def __init__(self):
        self.lines, self.totals = [], None

    @property
    def good(self):
        return not any(verdict == "refused" for _, verdict, _ in self.lines)

    def run(self, name, check):
        """Returns what check() returns, or None when it refuses."""
        try:
            value = check()
        except Refused as refusal:
            self.lines.append((name, "refused", str(refusal)))
            return None
        self.lines.append((name, "ok", ""))
        return value

    def refuses(self, name):
        return any(path == name and verdict == "refused" for path, verdict, _ in self.lines)

    def ignore(self, name, reason):
        """A stray object: said, but no fault of the round."""
        refused = self.refuses(name)
        self.lines = [line for line in self.lines if line[0] != name]
        self.lines.append((name, "ignored", reason + (", and refused" if refused else "")))


class _Walk:
    def __init__(self, files, min_bits):
        self.files, self.min_bits, self.report = files, min_bits, Report()

    def single(self, name, needs, check):
        """One of the single files; what it builds on must be there and have passed."""
        if name not in self.files:
            self.report.lines.append((name, "refused", "missing"))
            return None
        return self.report.run(name, lambda: _after(needs, check, self.files[name]))

    def folder(self, name, needs, check):
        """Every file of a folder: yields (name in the folder, what its check returned)."""
        for path in self.paths(name):
            value = self.report.run(path, lambda: _after(needs, check, self.files[path], _entry(path)))
            if value is not None:
                yield value

    def paths(self, folder):
        return [path for path in sorted(self.files) if path.startswith(folder + "/")]

    def receipts(self, task, manifest):
        """A broken one is a refusal; what is no receipt proves nothing."""
        for path in self.paths("receipts"):
            receipt = self.report.run(path, lambda: _after((task,), Receipt, self.files[path], task, _entry(path)))
            if receipt is None:
                self.report.ignore(path, "no receipt")
            elif manifest is not None:
                self.report.lines.pop()
                self.report.run(path, lambda: receipt.check_kept(task, manifest))

    def evidence(self, task):
        """A good one is a refusal of the round; what is none proves nothing."""
        for path in self.paths("evidence"):
            arguments = (self.files[path], task, _entry(path))
            convicts = self.report.run(path, lambda: _after((task,), check_evidence, *arguments))
            if convicts is None:
                self.report.ignore(path, "no evidence")
            else:
                self.report.lines[-1] = (path, "refused", convicts)

    def agreement(self, task, manifest, aggregate):
        """As many trustees as the task demands have acknowledged this manifest."""
        agreed = list(self.folder("acks", (task, manifest, aggregate),
                                  lambda data, name: check_acknowledgement(data, task, manifest, aggregate, name)))
        if aggregate is not None and len(agreed) < task.agreement:
            self.report.lines.append(("acks", "refused", "%d of %d needed" % (len(agreed), task.agreement)))

    def ignore_strangers(self, manifest):
        """Anybody may drop a file on a board: once there is a manifest, only what it lists counts."""
        listed = manifest and {place(entry.sender, entry.sequence) for entry in manifest.entries}
        for path in sorted(self.files):
            folder, _, entry = path.partition("/")
            if path in FOLDERS:
                self.report.lines.append((path, "ignored", "a file where a folder belongs: as good as an empty one"))
            elif path not in FILES and folder not in FOLDERS:
                self.report.ignore(path, "not part of a board")
            elif folder == "contributions" and manifest and entry not in listed:
                self.report.ignore(path, "not in the manifest")
            elif folder in ("acks", "partials") and entry not in TRUSTEES:
                self.report.ignore(path, "not the name of a trustee")
            elif folder == "completions" and self.report.refuses(path):
                self.report.ignore(path, "the result stands without it")

    def run(self):
        key = self.single("key", (), lambda data: KeyRecord(data, self.min_bits))
        task = self.single("task", (key,), lambda data: Task(Message(data, "task"), key))
        found = self.folder("contributions", (task,), lambda data, name: Contribution(data, task, name))
        contributions = {(contribution.sender, contribution.sequence): contribution for contribution in found}
        manifest = self.single("manifest", (task,), lambda data: Manifest(data, task, contributions))
        aggregate = self.single("aggregate", (task, manifest), lambda data: Aggregate(data, task, manifest))
        self.receipts(task, manifest)
        self.evidence(task)
        self.agreement(task, manifest, aggregate)
        partials = set(self.folder("partials", (task, aggregate),
                                   lambda data, name: check_partial(data, task, aggregate, name)))
        for _ in self.folder("completions", (task, aggregate),
                             lambda data, name: check_completion(data, task, aggregate, name)):
            pass
        columns = self.single("result", (task, manifest, aggregate),
                              lambda data: check_result(data, task, manifest, aggregate, partials))
        self.ignore_strangers(manifest)
        if columns is not None and self.report.good:
            self.report.totals = _totals(task, manifest, columns)
        return self.report


def _entry(path):
    return path.partition("/")[2]


def _after(needs, check, *arguments):
    require(None not in needs, "not checked: what it builds on is missing or refused")
    require(arguments[0] is not IRREGULAR, "not a regular file")
    return check(*arguments)


def _totals(task, manifest, columns):
    fields = [{"name": field[0], "scale": field[4], "reduce": field[7], "totals": totals}
              for field, totals in zip(task.header[12], columns)]
    return {"cohort": manifest.cohort, "fields": fields, "weight": columns[-1][0] if task.header[13] else None}


def check(files, min_bits=2048):
    """min_bits below 2048 is for tests with small moduli."""
    return _Walk(files, min_bits).run()
