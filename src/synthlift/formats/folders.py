"""Class names as folder names: inside their parent on every filesystem, and no two alike."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from synthlift.core.errors import DataError

LONGEST = 48
DEVICES = {"con", "prn", "aux", "nul"} | {f"{d}{i}" for d in ("com", "lpt") for i in range(10)}
# Hugging Face's loader takes a folder for a split if one of these words stands in it by itself.
SPLITS = re.compile(
    r"(?<![a-z])(train|training|validation|valid|dev|val|test|testing|eval|evaluation)(?![a-z])",
    re.IGNORECASE,
)


def class_folders(names: Sequence[str]) -> tuple[str, ...]:
    """A folder name per class: the name itself where it is harmless, else a slug and a short hash.

    A DataError if that leaves two classes with one folder (the same name twice).

    >>> class_folders(["cat", "../etc", "Tom & Jerry"])
    ('cat', 'etc-f7f9121fdb53', 'Tom_Jerry-24f8d5b84df1')
    """
    slugs = [slug(name) for name in names]
    harmless = [made == name for made, name in zip(slugs, names, strict=True)]
    alike = Counter(made.casefold() for made, as_is in zip(slugs, harmless, strict=True) if as_is)
    hashed = [f"{made}-{_short_hash(name)}" for made, name in zip(slugs, names, strict=True)]
    imitated = {made.casefold() for made in hashed}
    folders = tuple(
        made if as_is and alike[made.casefold()] == 1 and made.casefold() not in imitated else other
        for made, other, as_is in zip(slugs, hashed, harmless, strict=True)
    )
    for folder, count in Counter(folder.casefold() for folder in folders).items():
        if count > 1:
            raise DataError(f"{count} classes would share the folder {folder!r}; rename one")
    return folders


def slug(name: str) -> str:
    """Letters, digits, `-`, `_` and `.` of a name, at most 48, first and last a letter or digit."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    made = re.sub(r"[^A-Za-z0-9._-]+", "_", folded)
    made = SPLITS.sub(r"x\1", made)
    made = made.strip("._-")[:LONGEST].rstrip("._-") or "class"
    return f"x{made}" if made.split(".")[0].casefold() in DEVICES else made


def _short_hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
