# SPDX-License-Identifier: Apache-2.0
"""The one exception of the verifier: a check said no, and this is why."""


class Refused(Exception):
    """The object is not what it claims to be; the text is the reason."""


def require(condition, reason):
    if not condition:
        raise Refused(reason)
