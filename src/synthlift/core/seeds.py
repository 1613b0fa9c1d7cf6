"""One root seed, named children: every random draw has a stream of its own.

Adding an arm, a device or a worker changes no number elsewhere: no two consumers share a stream.
"""

from __future__ import annotations

import hashlib
import json


def derive(seed: int, *path: str | int) -> int:
    """Child seed in [0, 2**63) for a consumer named by its path; sha256, so the same everywhere.

    >>> derive(0, "repeat", 3) == derive(0, "repeat", 3) != derive(0, "repeat", 4)
    True
    >>> derive(0, "1") != derive(0, 1)
    True
    """
    digest = hashlib.sha256(json.dumps([seed, *path]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
