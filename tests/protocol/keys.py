# SPDX-License-Identifier: Apache-2.0
"""Keys for the tests of the command line: dealt, and confirmed by a quorum, as the manual says."""
import os


def deal(must, path, trustees, quorum, where="keys"):
    """A 2048-bit key in the directory `where`, its shares' passphrases beside them. Trustee i is the identity trustee-i, made
    here if it is not there, under the passphrase in the file `passphrase`; the file `trustees-N` lists the N of them."""
    names = [path("trustee-%d" % i) for i in range(1, trustees + 1)]
    for name in names:
        if not os.path.exists(name):
            must("identity", "new", "--out", name, "--passphrase-file", path("passphrase"))
    with open(path("trustees-%d" % trustees), "w", encoding="ascii") as roster:
        for name in names:
            with open(name + ".pub", encoding="ascii") as public:
                roster.write(public.read())
    must("keygen", "--trustees", trustees, "--quorum", quorum, "--bits", 2048, "--out", path(where), "--roster",
         path("trustees-%d" % trustees))
    for i in range(1, quorum + 1):
        confirm(must, path, i, where)


def confirm(run, path, trustee, where="keys", key=None):
    """Trustee `trustee` confirms the key, or another copy of it."""
    return run("confirm", "--key", key or path(where, "key"), "--share", path(where, "share-%d" % trustee),
               "--passphrase-file", path(where, "passphrase-%d" % trustee), "--identity", path("trustee-%d" % trustee),
               "--identity-passphrase-file", path("passphrase"))
