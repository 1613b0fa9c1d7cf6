"""A disk that fails: what it said, how much room there is and what to do, in one message."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from safetensors import SafetensorError

from synthlift.core.errors import StoreError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def disk_explained(root: Path) -> Iterator[None]:
    """Raise a StoreError where the store's own folder or disk fails; other errors stay as is."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        where = Path(str(getattr(error, "filename", None) or root))
        if not _is_of(root, error, where):
            raise
        cause = getattr(error, "strerror", None) or error
        full = getattr(error, "errno", None) in (None, *FULL)  # safetensors gives no number
        room = f" ({_free_bytes(root):,} bytes are free there); make room, or" if full else ";"
        raise StoreError(
            f"can't read or write {where}: {cause}{room} give another folder with store=PATH"
        ) from error


def _is_of(root: Path, error: Exception, where: Path) -> bool:
    """Whether the folder or its disk failed, not a file or network that a stage reads."""
    if getattr(error, "filename", None):
        return where.is_relative_to(root) or root.is_relative_to(where)
    return type(error) is OSError or "I/O error" in str(error)  # a full disk has no file name


def _free_bytes(path: Path) -> int:
    while not os.path.exists(path):  # unlike Path.exists, False where reading is not permitted
        path = path.parent
    return shutil.disk_usage(path).free
