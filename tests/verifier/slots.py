# SPDX-License-Identifier: Apache-2.0
"""The slot layout of a task and how totals are read from plaintexts (wire-format.md section 4)."""
from refusal import require

MAX_TOTAL = 2 ** 62
MAX_VALUES = 2 ** 26


class Column:
    """One field, or the weight: `count` neighbouring values with the same slot width."""

    def __init__(self, name, count, largest, factor, max_cohort, guard_bits):
        """largest is X_1; factor is W."""
        self.name, self.count, self.per_contributor = name, count, factor * largest
        x_max = max_cohort * self.per_contributor
        require(x_max <= MAX_TOTAL, "the total of %s could exceed 2^62" % name)
        self.beta = (2 * x_max).bit_length() + guard_bits   # ceil(log2(2 X_max + 1)), as X_max > 0


def largest_value(field):
    limit = 1 << field[2] - 1 if field[3] else (1 << field[2]) - 1
    return field[5] if 0 < field[5] < limit else limit


class Plan:
    """columns, and for each plaintext its runs: (column index, how many values)."""

    def __init__(self, header, plaintext_modulus):
        weight_bits, max_cohort, guard = header[13], header[15], header[16]
        w = (1 << weight_bits) - 1 if weight_bits else 1
        names = [f[0] for f in header[12]]
        require(len(set(names)) == len(names), "two fields have one name")
        require(all(f[7] == 0 or f[1] == 1 for f in header[12]), "a reduced field has more than one value")
        require(all(f[8] == f[9] == 0 and not f[10] for f in header[12]), "a choice at level knowledge")
        require(sum(f[1] for f in header[12]) <= MAX_VALUES, "more than 2^26 values")
        self.modulus = plaintext_modulus
        self.columns = [Column(f[0], f[1], largest_value(f), w, max_cohort, guard) for f in header[12]]
        if weight_bits:
            self.columns.append(Column("weight", 1, w, 1, max_cohort, guard))
        self.plaintexts = self._lay_out(plaintext_modulus.bit_length() - 1)

    def _lay_out(self, room):
        out, used = [[]], 0
        for index, column in enumerate(self.columns):
            require(column.beta <= room, "a slot of %s does not fit a plaintext" % column.name)
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
