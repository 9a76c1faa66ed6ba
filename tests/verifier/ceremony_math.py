# SPDX-License-Identifier: Apache-2.0
"""What everybody concludes from the bodies of a ceremony's rounds: the numbers of generating a key and of handing one on."""
import math

from arith import is_probable_prime, jacobi, lagrange, powmod
from key import PublicKey
from refusal import Refused, require
from sharing import Opener, Ring, ceil_log2, wide_modulus
from sieve import Sieve, trial_divide
from transcript import expand, exponent, h256, h512, hash_to_z, join, proof_seed, u64

BASES = 64
SLACK = 128


class Widths:
    def __init__(self, sets, secret_bits, ring=None):
        self.secret_bits, self.mask_bits, self.ring = secret_bits, secret_bits + SLACK, ring
        most = sets.delta * (len(sets) + 1) + sets.weight_max()
        self.shift = (most << self.mask_bits).bit_length()
        self.share_bits = ((sets.members + 1) << self.shift).bit_length()


class Parts:
    """What a record says: public key, theta, widths, v_1..v_n."""

    def __init__(self, public, theta, widths, verify):
        self.public, self.theta, self.verify = public, theta, verify
        self.share_bits, self.secret_bits = widths.share_bits, widths.secret_bits


class Duties:
    """Who says what about candidate or set number `number`: the members in the cyclic order (number mod n) + 1, .."""

    def __init__(self, sets):
        self.sets, self.n = sets, sets.members

    def order(self, number):
        return [(number + m) % self.n + 1 for m in range(self.n)]

    def member(self, a, number):
        return next(i for i in self.order(number) if i in self.sets.sets[a])

    def witness(self, number):
        return self.order(number)[-1]


def test_base(ceremony, n, counter):
    """The first base from the counter on with Jacobi symbol +1, and the counter behind it."""
    width = (n.bit_length() + 7) // 8
    while True:
        seed = h512(join(b"quorsum/v1/ceremony-test", ceremony, n.to_bytes(width, "big"), u64(counter)))
        g = int.from_bytes(expand(seed, width + 16), "big") % n
        counter += 1
        if jacobi(g, n) == 1:
            return g, counter


def verify_keys(public, sets, widths, set_keys, delta):
    """v_1..v_n from V_A, or None when (v^delta prod V_A)^(N^s) is not v^theta: see key_holds."""
    n, v = public.n, hash_to_z(public.n, "v", 0) ** 2 % public.n
    out = []
    for i in range(1, sets.members + 1):
        value = powmod(v, sets.delta * delta + (i << widths.shift), n)
        for a in sets.own(i):
            value = value * powmod(set_keys[a], sets.weight(a, i), n) % n
        out.append(value)
    return out


def key_holds(public, set_keys, delta, theta):
    n, v = public.n, hash_to_z(public.n, "v", 0) ** 2 % public.n
    left = powmod(v, delta, n)
    for value in set_keys:
        left = left * value % n
    return powmod(left, public.ns, n) == powmod(v, theta, n)


class Generation:
    """hear_*: True to go on, False for a fault (test: no winner)."""

    def __init__(self, proposal):
        self.ceremony, self.sets, self.bits, self.s = proposal.digest, proposal.sets, proposal.bits, proposal.s
        self.randomiser, self.width, self.duties = proposal.randomiser, proposal.bits // 8, Duties(proposal.sets)
        self.sieve = Sieve(proposal.bits, proposal.sets, proposal.batch)
        self.ring = wide_modulus(self.bits + 2)
        secret_bits = self.bits + SLACK + ceil_log2(len(self.sets)) + self.s
        wide = (self.s + 1) * self.bits + 2 * SLACK + 2 * ceil_log2(len(self.sets)) + self.s + 4
        self.widths = Widths(self.sets, secret_bits, wide_modulus(wide))
        self.public = None

    def hear_sift(self, bodies):
        found = self.sieve.keep(bodies)
        self.opened, self.kept, self.candidates = found or (None, None, 0)
        return found is not None

    def product_bytes(self):
        return self.candidates * (self.ring.bit_length() // 8)

    def hear_product(self, bodies):
        size, opener = self.ring.bit_length() // 8, Opener(Ring(self.ring), self.sets)
        self.numbers = []
        for c in range(self.candidates):
            shares = [int.from_bytes(body[c * size:(c + 1) * size], "big") for body in bodies]
            opened = opener.open(shares) if max(shares) < self.ring else None
            if opened is None:
                return False
            self.numbers.append(opened if opened.bit_length() == self.bits and opened % 4 == 1 else 0)
        self.survivors = trial_divide(self.numbers, self.bits)
        self.bases = {c: test_base(self.ceremony, self.numbers[c], 0)[0] for c in self.survivors}
        return True

    def speaks(self, i, c):
        return any(self.duties.member(a, c) == i for a in self.sets.own(i)) or self.duties.witness(c) == i

    def test_bytes(self, i):
        return self.width * sum(self.speaks(i, c) for c in self.survivors)

    def hear_test(self, bodies):
        """Whether there is a winner; None: a word is out of range, which is a fault."""
        at = [0] * len(bodies)
        self.winner, fault = None, False
        for c in self.survivors:
            n, product, witness = self.numbers[c], 1, None
            for i, body in enumerate(bodies, 1):
                if not self.speaks(i, c):
                    continue
                word = int.from_bytes(body[at[i - 1]:at[i - 1] + self.width], "big")
                at[i - 1] += self.width
                fault = fault or word >= n
                if self.duties.witness(c) == i:
                    witness = word
                else:
                    product = product * word % n
            if self.winner is None and witness in (product, n - product):
                self.winner = c
        return None if fault else self.winner is not None

    def verify_bytes(self, i):
        return sum(BASES * self.width if self.duties.member(a, a) == i else 32 for a in self.sets.own(i))

    def hear_verify(self, bodies):
        n, words, hashes = self.numbers[self.winner], {}, {}
        for i, body in enumerate(bodies, 1):
            at = 0
            for a in self.sets.own(i):
                size = BASES * self.width if self.duties.member(a, a) == i else 32
                part, at = body[at:at + size], at + size
                if size != 32:
                    words[a] = [int.from_bytes(part[k:k + self.width], "big") for k in range(0, size, self.width)]
                    part = h256(part)
                hashes.setdefault(a, set()).add(part)
        if any(len(said) != 1 for said in hashes.values()):
            return False
        for k, g in enumerate(self.verify_bases()):
            product = math.prod(row[k] for row in words.values()) % n
            witness = powmod(g, (n + 1 - 2 * self.sieve.least) // 4, n)
            if any(row[k] >= n for row in words.values()) or witness not in (product, n - product):
                return False
        self.public = PublicKey(n, self.s, self.randomiser)
        return True

    def verify_bases(self):
        n, out = self.numbers[self.winner], []
        _, counter = test_base(self.ceremony, n, 0)
        for _ in range(BASES):
            g, counter = test_base(self.ceremony, n, counter)
            out.append(g)
        return out

    def derive_bytes(self):
        return self.width + self.widths.ring.bit_length() // 8

    def hear_derive(self, bodies):
        n, ring = self.public.n, self.widths.ring
        small = [int.from_bytes(body[:self.width], "big") for body in bodies]
        wide = [int.from_bytes(body[self.width:], "big") for body in bodies]
        if max(small) >= n or max(wide) >= ring:
            return False
        opened = Opener(Ring(n), self.sets).open(small)
        f = Opener(Ring(ring), self.sets).open(wide)
        if opened is None or f is None or math.gcd(opened, n) != 1:
            return False
        if f >= self.public.ns * (len(self.sets) + 1) << self.widths.mask_bits:
            return False
        self.delta, self.theta = -(f // self.public.ns), f % self.public.ns
        return math.gcd(self.theta, n) == 1

    def hear_keys(self, bodies):
        said = {}
        for i, body in enumerate(bodies, 1):
            for k, a in enumerate(self.sets.own(i)):
                said.setdefault(a, set()).add(body[k * self.width:(k + 1) * self.width])
        if any(len(words) != 1 for words in said.values()):
            return False
        self.set_keys = [int.from_bytes(min(said[a]), "big") for a in range(len(self.sets))]
        n = self.public.n
        if any(not 0 < x < n or math.gcd(x, n) != 1 for x in self.set_keys):
            return False
        if not key_holds(self.public, self.set_keys, self.delta, self.theta):
            return False
        self.verify = verify_keys(self.public, self.sets, self.widths, self.set_keys, self.delta)
        return True

    def parts(self):
        return Parts(self.public, self.theta, self.widths, self.verify)

    # ---- a batch whose keys are known ----
    def say_again(self, batch, said):
        """The bodies of all rounds that were said, by batch (a party.Batch of all keys)."""
        members = range(1, self.sets.members + 1)
        says = {
            "sift": lambda i: batch.sift(i),
            "product": lambda i: batch.product(i, self.ring, self.candidates, self.kept),
            "test": lambda i: batch.test(i, self.survivors, self.numbers, self.bases, self.duties, self.kept),
            "verify": lambda i: batch.verify(i, self.winner, self.numbers[self.winner], self.verify_bases(),
                                             self.duties, self.kept),
            "derive": lambda i: batch.derive(i, self.winner, self.public.n, self.s, self.widths, self.kept),
            "keys": lambda i: batch.set_keys(i, self.public.n, hash_to_z(self.public.n, "v", 0) ** 2 % self.public.n,
                                             self.widths.mask_bits),
        }
        return {name: [says[name](i) for i in members] for name in said}

    def factors(self, batch, c):
        """p and q of a candidate whose batch is open."""
        return tuple(self.sieve.least + 4 * sum(batch.piece(a, factor, c, self.kept) for a in range(len(self.sets)))
                     for factor in range(2))

    def sound(self, batch):
        """Whether a batch without a winner was one: what was opened is what the keys say, and no survivor is p q for two
        primes."""
        for factor in range(2):
            for at, prime in enumerate(self.sieve.primes):
                field = prime.field
                cofactor = self.sieve.product // prime.l
                for slot in range(prime.slots):
                    rows = [batch.residues[a][factor] for a in range(len(self.sets))]
                    p = (self.sieve.least + 4 * cofactor * sum(row.x[at][slot] for row in rows)) % prime.l
                    r = field.zero
                    for row in rows:
                        r = field.add(r, row.r[at][slot])
                    if field.mul(field.lift(p), r) != self.opened[factor][at][slot]:
                        return False
        for c in range(self.candidates):
            p, q = self.factors(batch, c)
            if self.numbers[c] != p * q:
                return False
            if c in self.survivors and is_probable_prime(p) and is_probable_prime(q):
                return False
        return True


# ---- the certificate ----

def check_proof(parts, task, prover, trustee, words, proof):
    """The share proof of the seven partials of the certificate's challenges."""
    public = parts.public
    n, word, vi = public.n, public.word, parts.verify[trustee - 1]
    v = hash_to_z(n, "v", 0) ** 2 % n
    for x in words:
        require(0 < x < n and math.gcd(x, n) == 1, "a partial is no unit")
    bases = [hash_to_z(n, "cert", k) for k in range(1, 8)]
    e, z = int.from_bytes(proof[:16], "big"), int.from_bytes(proof[16:], "big")
    require(z < 1 << parts.share_bits + 257, "share proof: z is out of range")

    def seed(name, *items):
        return proof_seed(name, task, "certificate", prover, public.digest, *items)

    batch = seed("share-batch", u64(trustee), word(v), word(vi), u64(7), b"".join(map(word, bases)),
                 b"".join(map(word, words)))
    weights = [exponent(batch, k) for k in range(7)]
    c = math.prod(powmod(x, w, n) for x, w in zip(bases, weights)) % n
    d = math.prod(powmod(x, w, n) for x, w in zip(words, weights)) % n
    a = powmod(c, 4 * z, n) * powmod(d, -2 * e, n) % n
    b = powmod(v, z, n) * powmod(vi, -e, n) % n
    again = seed("share", batch, u64(trustee), word(v), word(vi), word(c), word(d), word(a), word(b))[:16]
    require(again == proof[:16], "share proof: wrong")


def roots_from(parts, delta, rows):
    """rho_1..rho_7 from the partials of a quorum: the N^s-th roots of the challenges."""
    n, ns = parts.public.n, parts.public.ns
    lambdas = lagrange(list(rows), 0, delta)
    four = 4 * delta ** 2 * parts.theta
    a = pow(four, -1, ns)
    b = (1 - a * four) // ns
    out = []
    for k in range(7):
        y = hash_to_z(n, "cert", k + 1)
        w = math.prod(powmod(row[k], 2 * lambdas[i], n) for i, row in rows.items()) % n
        out.append(powmod(w, a, n) * powmod(y, b, n) % n)
        if powmod(out[-1], ns, n) != y:
            raise Refused("the certificate does not hold")
    return out


# ---- handing on ----

class Handover:
    def __init__(self, proposal):
        parent, self.sets = proposal.parent, proposal.sets
        self.parent, self.public, self.n = parent, parent.public, parent.public.n
        self.width, self.dealers, self.roster = parent.public.width, proposal.dealers, proposal.roster
        old = math.factorial(parent.trustees)
        self.kappa = old ** 2 if parent.secret_bits else old
        secret_bits = parent.secret_bits or parent.share_bits + 2 * parent.trustees
        self.widths = Widths(self.sets, secret_bits)
        self.mask_bits = parent.share_bits + SLACK
        weights = lagrange(self.dealers, 0, old)
        self.weights = [weights[d] for d in self.dealers]
        self.theta = parent.theta * old ** 2 // self.kappa
        self.rest, self.dealt = {}, {}
        self.v = hash_to_z(self.n, "v", 0) ** 2 % self.n
        self.rest_bound = len(self.sets) << self.mask_bits
        self.gap_bound = (sum(map(abs, self.weights)) << self.mask_bits) + (self.kappa << self.widths.mask_bits)

    def rest_bytes(self):
        return -(-self.rest_bound.bit_length() // 8)

    def dealt_bytes(self):
        return 1 + self.rest_bytes() + self.width * len(self.sets)

    def _unit(self, raw):
        x = int.from_bytes(raw, "big")
        return x if 0 < x < self.n and math.gcd(x, self.n) == 1 else None

    @staticmethod
    def _signed(raw):
        """sign byte, then the absolute value; None for another form."""
        value = int.from_bytes(raw[1:], "big")
        if raw[0] > 1 or raw[0] == 1 and value == 0:
            return None
        return -value if raw[0] else value

    def take(self, d, raw):
        size = 1 + self.rest_bytes()
        rest = self._signed(raw[:size])
        words = [self._unit(raw[size + k * self.width:size + (k + 1) * self.width]) for k in range(len(self.sets))]
        if rest is None or abs(rest) >= self.rest_bound or None in words:
            return False
        self.rest[d], self.dealt[d] = rest, words
        right = powmod(self.v, rest, self.n)
        for word in words:
            right = right * word % self.n
        return right == self.parent.shares[self.dealers[d] - 1]

    def gap_bytes(self):
        return -(-self.gap_bound.bit_length() // 8)

    def mask_bytes(self):
        return len(self.sets.own(1)) * (1 + self.gap_bytes() + self.width)

    def hear(self, bodies):
        """None, or (accused, certain, reason)."""
        size = 1 + self.gap_bytes()
        said, pairs = {}, []
        for i, body in enumerate(bodies, 1):
            for k, a in enumerate(self.sets.own(i)):
                part = body[k * (size + self.width):(k + 1) * (size + self.width)]
                first = said.setdefault(a, (i, part))
                if first[1] != part:
                    pairs += [first[0], i]
        if pairs:
            return pairs, 0, "masks differ inside a set"
        total, self.set_keys = 0, []
        for a in range(len(self.sets)):
            part = said[a][1]
            gap, word = self._signed(part[:size]), self._unit(part[size:])
            if gap is None or abs(gap) >= self.gap_bound or word is None:
                return list(self.sets.sets[a]), 1, "a mask out of range"
            word = word * word % self.n  # V' is the square of what is said
            if not self._fits(a, gap, word):
                return list(self.sets.sets[a]), 1, "a mask that does not fit"
            total += gap
            self.set_keys.append(word)
        total += sum(weight * self.rest[d] for d, weight in enumerate(self.weights))
        self.delta = total // self.kappa
        bound = (len(self.sets) + 1) << self.widths.mask_bits
        if total % self.kappa or abs(self.delta) >= bound \
                or not key_holds(self.public, self.set_keys, self.delta, self.theta):
            return list(range(1, self.sets.members + len(self.dealers) + 1)), 0, "the sum does not fit"
        self.verify = verify_keys(self.public, self.sets, self.widths, self.set_keys, self.delta)
        return None

    def _fits(self, a, gap, word):
        left = powmod(self.v, gap, self.n) * powmod(word, self.kappa, self.n) % self.n
        right = 1
        for d, weight in enumerate(self.weights):
            right = right * powmod(self.dealt[d][a], weight, self.n) % self.n
        return left == right

    def parts(self):
        return Parts(self.public, self.theta, self.widths, self.verify)
