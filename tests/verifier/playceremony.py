# SPDX-License-Identifier: Apache-2.0
"""Whole ceremonies of a new key among parties that this file plays, written from the specification alone: what
test_ceremony.py reads, and what the library's messages are compared with. A party may be made to lie."""
import math

from arith import powmod
from ceremony import Ceremony
from message import confirmation_bytes, signed_bytes, NO_TASK
from party import Batch, Stream, batch_key, keyed
from sharing import Sets
from signers import Signers
from transcript import exponent, h256, hash_to_z, join, proof_seed, u64
import cbor

OPENED = ("sift", "product", "derive")


class Play(Ceremony):
    """lie(round name, member, body) -> body, called for everything that is said; messages: what was said, in order."""

    def __init__(self, seed, bits, members, quorum, s=1, batch=16, lie=None):
        self.signers = Signers(seed)
        self.lie = lie or (lambda name, member, body: body)
        roster = [self.signers.identity("member %d" % i) for i in range(1, members + 1)]
        header = {0: "proposal", 1: 1, 2: self.signers.identity("convener"), 10: "a test",
                  11: h256(str(seed).encode())[:16],
                  12: bits, 13: s, 14: 0, 15: members, 16: quorum, 17: roster, 18: batch, 19: b"", 20: [], 21: 0}
        self.proposal_data = self.signers.message(header, b"")
        self.seeds = {i: h256(b"seed %d of %s" % (i, str(seed).encode())) for i in range(1, members + 1)}
        self.messages, self.play_batch, self.committed = [], 0, {}
        sets = Sets(members, quorum - 1)
        self.contribution = {(i, a): keyed(self.seeds[i], b"quorsum/v1/ceremony-secret", b"contribution", u64(a))
                             for i in range(1, members + 1) for a in sets.own(i)}
        super().__init__(self.proposal_data, [])

    # ---- keys ----
    def set_key(self, a):
        return h256(join(b"quorsum/v1/ceremony-key", self.proposal.digest, u64(a),
                         *(self.contribution[i, a] for i in self.sets.sets[a])))

    def pledge(self, a, batch):
        key = batch_key(self.set_key(a), batch)
        return h256(join(b"quorsum/v1/ceremony-pledge", self.proposal.digest, u64(batch), u64(a), key))

    def all_keys(self):
        return {a: batch_key(self.set_key(a), self.play_batch) for a in range(len(self.sets))}

    # ---- saying ----
    def _hear(self, name, lengths):
        raise AssertionError

    def _run(self):
        flow, bodies = self._generate(), None
        while True:
            try:
                name, lengths = flow.send(bodies)
            except StopIteration:
                self.phase = "done"
                return
            self.step, self.round = self.step + 1, name
            for slot in lengths:
                self._speak(name, slot)
            bodies = super()._hear(name, lengths)

    def _speak(self, name, i):
        body = self._body(name, i)
        seen = b"".join(self.before)
        header = {0: "ceremony", 1: 1, 2: self.proposal.roster[i - 1], 10: self.proposal.digest, 11: self.step,
                  12: name, 13: i, 14: seen, 15: len(body)}
        data = self.signers.message(header, body)
        self.messages.append(data)
        self._take(data)

    def _body(self, name, i):
        if name.endswith("-commit"):
            body = self.lie(name[:-7], i, getattr(self, "_say_" + name[:-7])(i))
            nonce = keyed(self.seeds[i], b"quorsum/v1/ceremony-secret", b"nonce", u64(self.step + 1))
            self.committed[i] = nonce + body
            return self.lie(name, i, h256(join(b"quorsum/v1/ceremony-commitment", self.proposal.digest,
                                               u64(self.step + 1), u64(i), nonce, body)))
        if name in OPENED:
            return self.committed[i]
        return self.lie(name, i, getattr(self, "_say_" + name)(i))

    def _say_commit(self, i):
        out = keyed(self.seeds[i], b"quorsum/v1/ceremony-secret", b"exchange", u64(i))  # opaque here: no box is opened
        for a in self.sets.own(i):
            out += h256(join(b"quorsum/v1/ceremony-contribution", self.proposal.digest, u64(a), u64(i),
                             self.contribution[i, a]))
        return out

    def _say_deliver(self, i):
        return b"".join(bytes(80 + 32 * len(self.sets.shared(i, j))) for j in range(1, self.n + 1) if j != i)

    def _say_confirm(self, i):
        out = bytes(2)
        for a in self.sets.own(i):
            out += h256(join(b"quorsum/v1/ceremony-check", self.proposal.digest, u64(a), self.set_key(a)))
            out += self.pledge(a, 0)
        return out

    def _say_sift(self, i):
        self.mine = Batch(self.generation.sieve, self.all_keys())
        return self.mine.sift(i)

    def _say_product(self, i):
        g = self.generation
        return self.mine.product(i, g.ring, g.candidates, g.kept)

    def _say_test(self, i):
        g = self.generation
        return self.mine.test(i, g.survivors, g.numbers, g.bases, g.duties, g.kept)

    def _say_verify(self, i):
        g = self.generation
        return self.mine.verify(i, g.winner, g.numbers[g.winner], g.verify_bases(), g.duties, g.kept)

    def _say_derive(self, i):
        g = self.generation
        return self.mine.derive(i, g.winner, g.public.n, g.s, g.widths, g.kept)

    def _say_keys(self, i):
        n = self.generation.public.n
        return self.mine.set_keys(i, n, hash_to_z(n, "v", 0) ** 2 % n, self.generation.widths.mask_bits)

    def _say_reveal(self, i):
        out = b"".join(batch_key(self.set_key(a), self.play_batch) + self.pledge(a, self.play_batch + 1)
                       for a in self.sets.own(i))
        if i == self.n:
            self.play_batch += 1
        return out

    def _say_certificate(self, i):
        parts, public = self.generation.parts(), self.generation.public
        n, word, share = public.n, public.word, self.mine.share(i, self.generation.widths, self.generation.delta)
        assert 0 < share < 1 << parts.share_bits
        bases = [hash_to_z(n, "cert", k) for k in range(1, 8)]
        words = [powmod(y, 2 * share, n) for y in bases]
        v, vi = hash_to_z(n, "v", 0) ** 2 % n, parts.verify[i - 1]
        assert powmod(v, share, n) == vi

        def seed(name, *items):
            return proof_seed(name, self.transcript, "certificate", self.proposal.roster[i - 1], public.digest, *items)

        batch = seed("share-batch", u64(i), word(v), word(vi), u64(7), b"".join(map(word, bases)),
                     b"".join(map(word, words)))
        weights = [exponent(batch, k) for k in range(7)]
        c = math.prod(powmod(x, w, n) for x, w in zip(bases, weights)) % n
        d = math.prod(powmod(x, w, n) for x, w in zip(words, weights)) % n
        x = Stream(self.seeds[i], "mask").integer(parts.share_bits + 256)
        e = seed("share", batch, u64(i), word(v), word(vi), word(c), word(d), word(powmod(c, 4 * x, n)),
                 word(powmod(v, x, n)))[:16]
        z = x + int.from_bytes(e, "big") * share
        return b"".join(map(word, words)) + e + z.to_bytes((parts.share_bits + 257 + 7) // 8, "big")

    def _say_sign(self, i):
        digest = h256(cbor.encode(self.signing[0]) + self.signing[1])
        roster = self.proposal.roster
        out = self.signers.sign(roster[i - 1], confirmation_bytes(digest, i))
        return out + (self.signers.sign(roster[0], signed_bytes("key", NO_TASK, digest)) if i == 1 else b"")

    def _record(self, parts, roots):
        self.signing = super()._record(parts, roots)
        return self.signing
