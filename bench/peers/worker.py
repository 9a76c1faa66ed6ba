# SPDX-License-Identifier: Apache-2.0
"""One peer as compare.py asks it: worker.py NAME BITS PRIMES.

Says on stdout, as JSON, one line each, what it is and offers, or why it cannot be had; then reads the name of an
operation a line and answers the seconds of processor time that one value took. Before it offers an operation it checks
that the results decrypt to what they should.
"""
import importlib.metadata
import json
import re
import sys
import time
import warnings

SAMPLE = 0.05  # seconds that a sample lasts at least
FACTOR = 1234567891  # as quorsum_peer.c has it; and so are the values
TRUSTEES, QUORUM = 5, 3
UNIFORM = "r^N, r uniform below N"


def value_at(i):
    return (i + 1) * 1000003 % 2147483647


def read_primes(path, bits):
    """The primes of tests/fixtures/primes.h whose product has so many bits."""
    number = r'((?:"[0-9a-f]+"\s*)+)'
    with open(path, encoding="ascii") as stream:
        found = re.search(r"\{%d,\s*%s,\s*%s\}" % (bits, number, number), stream.read())
    return tuple(int(re.sub(r'["\s]', "", text), 16) for text in found.groups())


# A peer: what it makes in __init__(bits, primes), and the operations it has, on lists of values or ciphertexts.
# `counts`: how many values a call takes where that is not 16. `notes`: what is done, where peers differ.

class Phe:
    package = "phe"
    counts = {}
    notes = {"encrypt": UNIFORM, "decrypt": "modulo p^2 and q^2"}

    def __init__(self, bits, primes):
        import gmpy2
        from phe import paillier
        self.public = paillier.PaillierPublicKey(primes[0] * primes[1])
        self.private = paillier.PaillierPrivateKey(self.public, *primes)
        self.extra = "gmpy2 " + gmpy2.version()

    def encrypt(self, values):
        return [self.public.encrypt(value) for value in values]

    def decrypt(self, a):
        return [self.private.decrypt(one) for one in a]

    def add(self, a, b):
        return [one + other for one, other in zip(a, b)]

    def scale(self, a, factor):
        return [one * factor for one in a]


class Pypaillier:
    package = "pypaillier"
    counts = dict.fromkeys(("encrypt", "decrypt", "add", "scale"), 64)

    def __init__(self, bits, primes):
        import paillier
        self.paillier = paillier
        self.public, self.private = paillier.generate_keypair(bits)
        self.extra = "RAYON_NUM_THREADS=1"
        self.notes = {"encrypt": f"h^alpha, alpha of {self.public.exponent_bits} bits",
                      "scale": "the factor is public"}

    def encrypt(self, values):
        return self.paillier.encrypt_integers(self.public, values)

    def decrypt(self, a):
        return self.paillier.decrypt_many(self.private, a)

    def add(self, a, b):
        blocks = [[i, len(a) + i] for i in range(len(a))]
        return self.paillier.add_blocks(self.public, list(a) + list(b), blocks)

    def scale(self, a, factor):
        return self.paillier.multiply_integers_public(self.public, a, [factor] * len(a))


class Ipcl:
    """Written from the package's own documentation; it could not be installed where this was written."""
    package = "ipcl-python"
    counts = dict.fromkeys(("encrypt", "decrypt", "add", "scale"), 64)
    notes = {}
    extra = "default options"

    def __init__(self, bits, primes):
        from ipcl_python import PaillierKeypair
        self.public, self.private = PaillierKeypair.generate_keypair(bits)

    def encrypt(self, values):
        return self.public.encrypt(values)

    def decrypt(self, a):
        return self.private.decrypt(a)

    def add(self, a, b):
        return a + b

    def scale(self, a, factor):
        return a * factor


class DamgardJurik:
    package = "damgard-jurik"
    counts = {"partial": 4, "open": 1}
    notes = {"encrypt": UNIFORM,
             "partial": "c^(2 Delta s_i) mod N^2, without a proof",
             "open": "3 partials made and combined, without proofs"}

    def __init__(self, bits, primes):
        import gmpy2
        from damgard_jurik import crypto
        crypto.gen_safe_prime_pair = lambda n_bits: tuple(map(gmpy2.mpz, primes))  # its own search takes long
        self.public, self.ring = crypto.keygen(bits // 2, 1, QUORUM, TRUSTEES)
        self.extra = "gmpy2 " + gmpy2.version()

    def encrypt(self, values):
        return self.public.encrypt_list(values)

    def add(self, a, b):
        return [one + other for one, other in zip(a, b)]

    def scale(self, a, factor):
        return [one * factor for one in a]

    def partial(self, a):
        return [self.ring.private_key_shares[0].decrypt(one) for one in a]

    def open(self, a):
        return self.ring.decrypt_list(a)


class Tno:
    package = "tno-mpc-encryption-schemes-paillier"
    counts = {}
    notes = {"encrypt": UNIFORM, "decrypt": "c^lambda mod N^2"}

    def __init__(self, bits, primes):
        from tno.mpc.encryption_schemes.paillier import Paillier, PaillierPublicKey, PaillierSecretKey
        from tno.mpc.encryption_schemes.utils import USE_GMPY2
        warnings.simplefilter("ignore")  # it advises, at every sum, to add before the randomiser is put in
        n = primes[0] * primes[1]
        order = (primes[0] - 1) * (primes[1] - 1)
        self.scheme = Paillier(PaillierPublicKey(n, n + 1), PaillierSecretKey(order, pow(order, -1, n), n))
        self.extra = "with gmpy2" if USE_GMPY2 else "without gmpy2"

    def encrypt(self, values):
        return [self.scheme.encrypt(value) for value in values]

    def decrypt(self, a):
        return [self.scheme.decrypt(one) for one in a]

    def add(self, a, b):
        return [one + other for one, other in zip(a, b)]

    def scale(self, a, factor):
        return [one * factor for one in a]


PEERS = {peer.package: peer for peer in (Phe, Pypaillier, Ipcl, DamgardJurik, Tno)}


def prepare(peer):
    """The operations by name, as (values a call, call); ValueError if one gives a wrong result."""
    count = {name: peer.counts.get(name, 16) for name in ("encrypt", "decrypt", "add", "scale", "partial", "open")}
    values = {name: [value_at(i) for i in range(count[name])] for name in count}
    inputs = {name: peer.encrypt(values[name]) for name in count}
    calls = {
        "encrypt": lambda: peer.encrypt(values["encrypt"]),
        "decrypt": lambda: peer.decrypt(inputs["decrypt"]),
        "add": lambda: peer.add(inputs["add"], inputs["add"]),
        "scale": lambda: peer.scale(inputs["scale"], FACTOR),
        "partial": lambda: peer.partial(inputs["partial"]),
        "open": lambda: peer.open(inputs["open"]),
    }
    calls = {name: call for name, call in calls.items() if hasattr(peer, name)}
    read = getattr(peer, "decrypt", None) or peer.open
    multiples = {"encrypt": 1, "add": 2, "scale": FACTOR, "decrypt": 1, "open": 1}
    for name in calls.keys() & multiples.keys():
        result = calls[name]()
        if name in ("encrypt", "add", "scale"):
            result = read(result)
        if [int(one) for one in result] != [multiples[name] * value for value in values[name]]:
            raise ValueError(f"{name}: wrong result")
    return {name: (count[name], call) for name, call in calls.items()}


def sample(count, call):
    start = time.process_time()
    calls, seconds = 0, 0.0
    while seconds < SAMPLE:
        call()
        calls += 1
        seconds = time.process_time() - start
    return seconds / (calls * count)


def say(**message):
    print(json.dumps(message), flush=True)


def main(name, bits, primes):
    try:
        peer = PEERS[name](int(bits), read_primes(primes, int(bits)))
    except ImportError as error:
        return say(unavailable=f"not importable: {error}")
    try:
        operations = prepare(peer)
    except Exception as error:  # pylint: disable=broad-except  # whatever a peer does, the others go on
        return say(failed=f"{type(error).__name__}: {error}")
    say(ready=f"{name} {importlib.metadata.version(name)}, {peer.extra}",
        operations={op: {"values": count, "note": peer.notes.get(op, "")} for op, (count, _) in operations.items()})
    for line in sys.stdin:
        say(seconds=sample(*operations[line.strip()]))
    return None


if __name__ == "__main__":
    main(*sys.argv[1:])
