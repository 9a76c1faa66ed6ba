# SPDX-License-Identifier: Apache-2.0
"""The slot layout of a task and how totals are read from plaintexts (wire-format.md section 4)."""
import math

from message import from_natural
from refusal import require

KNOWLEDGE, BALLOT, NORM = 0, 1, 2       # proof levels
FIRST, LAST = 0, 1                      # which contribution of one contributor counts
MAX_TOTAL = 2 ** 62
MAX_VALUES = 2 ** 26
MAX_NORM_VALUES = 2 ** 20
MAX_NORM_SQUARED = 2 ** 62
MAX_OPTIONS = 2 ** 16


class Column:
    """One field, or the weight: `count` neighbouring values with the same slot width."""

    def __init__(self, name, count, largest, factor, max_cohort, guard_bits):
        """largest is X_1; factor is W."""
        self.name, self.count, self.per_contributor = name, count, factor * largest
        x_max = max_cohort * self.per_contributor
        require(x_max <= MAX_TOTAL, "the total of %s could exceed 2^62" % name)
        self.beta = (2 * x_max).bit_length() + guard_bits   # ceil(log2(2 X_max + 1)), as X_max > 0


class Choice:
    """Where a field of options lies: one plaintext for all of them (packed), or one an option."""

    def __init__(self, field, column, first, packed):
        self.count, self.least, self.most = field[1], field[8], field[9]
        self.beta, self.first, self.packed = column.beta, first, packed


def norm_bound(header):
    """B, the largest length of a vector and so the largest size of a value; None at other levels."""
    return math.isqrt(from_natural(header[19])) if header[18] == NORM else None


def largest_value(header, field):
    if header[18] == NORM:
        return norm_bound(header)
    limit = 1 << field[2] - 1 if field[3] else (1 << field[2]) - 1
    return field[5] if 0 < field[5] < limit else limit


def check_fields(header):
    fields = header[12]
    names = [f[0] for f in fields]
    require(len(set(names)) == len(names), "two fields have one name")
    require(all(f[7] == 0 or f[1] == 1 for f in fields), "a reduced field has more than one value")
    require(sum(f[1] for f in fields) <= MAX_VALUES, "more than 2^26 values")
    require(sum(len(f[10]) for f in fields) <= MAX_OPTIONS, "more than 65536 options")
    for f in fields:
        (_check_choice if header[18] == BALLOT else _check_no_choice)(f)


def _check_no_choice(field):
    require(field[8] == field[9] == 0 and not field[10], "a choice outside a ballot")


def _check_choice(field):
    require(field[10], "a field without options in a ballot")
    require(len(set(field[10])) == len(field[10]), "two options have one name")
    require(field[1] == len(field[10]), "the number of values is not that of the options")
    require([field[i] for i in (2, 3, 4, 5, 7)] == [1, 0, 1, 0, 0], "an option is more than a bit")
    require(field[8] <= field[9] <= field[1] and field[9] >= 1, "no such number of options may be chosen")


def check_level(header):
    """What the proof level asks of the task as a whole."""
    level, bound = header[18], from_natural(header[19])
    require(level == KNOWLEDGE or header[13] == 0, "weights at a level that proves values")
    require(1 <= bound < MAX_NORM_SQUARED if level == NORM else not header[19], "no such norm bound")
    require(level != NORM or sum(f[1] for f in header[12]) <= MAX_NORM_VALUES, "more than 2^20 values in a norm")


class Plan:
    """columns, and for each plaintext its runs: (column index, how many values). choices: one a field of options."""

    def __init__(self, header, plaintext_modulus):
        check_fields(header)
        check_level(header)
        weight_bits, max_cohort, guard = header[13], header[15], header[16]
        w = (1 << weight_bits) - 1 if weight_bits else 1
        self.modulus, self.choices = plaintext_modulus, []
        self.columns = [Column(f[0], f[1], largest_value(header, f), w, max_cohort, guard) for f in header[12]]
        if weight_bits:
            self.columns.append(Column("weight", 1, w, 1, max_cohort, guard))
        room = plaintext_modulus.bit_length() - 1
        for column in self.columns:
            require(column.beta <= room, "a slot of %s does not fit a plaintext" % column.name)
        self.plaintexts = self._lay_out_choices(header[12], room) if header[18] == BALLOT else self._lay_out(room)

    def _lay_out(self, room):
        out, used = [[]], 0
        for index, column in enumerate(self.columns):
            left = column.count
            while left:
                if used + column.beta > room:
                    out.append([])
                    used = 0
                run = min(left, (room - used) // column.beta)
                out[-1].append((index, run))
                used += run * column.beta
                left -= run
        return out

    def _lay_out_choices(self, fields, room):
        """Every field starts a plaintext."""
        out = []
        for index, (field, column) in enumerate(zip(fields, self.columns)):
            packed = field[9] == 1 and column.count * column.beta <= room
            self.choices.append(Choice(field, column, len(out), packed))
            out += [[(index, column.count)]] if packed else [[(index, 1)]] * column.count
        return out

    def pack(self, values):
        """Plaintexts of one list of values a column; the inverse of read() for makeboard.py."""
        queues, out = [iter(column) for column in values], []
        for runs in self.plaintexts:
            x = offset = 0
            for index, run in runs:
                for _ in range(run):
                    x += next(queues[index]) << offset
                    offset += self.columns[index].beta
            out.append(x % self.modulus)
        return out

    def read(self, plaintexts, cohort):
        """Totals, one list a column; refuses a total that this cohort cannot reach."""
        totals = [[] for _ in self.columns]
        for k, (m, runs) in enumerate(zip(plaintexts, self.plaintexts)):
            x = m - self.modulus if 2 * m > self.modulus else m
            for index, run in runs:
                x = self._read_run(totals[index], x, self.columns[index], run, cohort)
            require(x == 0, "plaintext %d overflows its slots" % k)
        return totals

    @staticmethod
    def _read_run(out, x, column, run, cohort):
        half, mask = 1 << column.beta - 1, (1 << column.beta) - 1
        for _ in range(run):
            value = (x + half & mask) - half
            require(abs(value) <= cohort * column.per_contributor,
                    "a total of %s is more than %d contributors can reach" % (column.name, cohort))
            out.append(value)
            x = x - value >> column.beta
        return x
