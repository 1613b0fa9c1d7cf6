"""Checkpoints that survive a kill: one file, its own sha256 in front, replaced by a single rename.

Lightning's own writer stages the file in the temporary directory, which may lie on another
filesystem, and loads a damaged file without noticing. Plugged into the trainer as its CheckpointIO.
"""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import CheckpointIO

from synthlift.core.manifest import sync


class VerifiedCheckpointIO(CheckpointIO):
    """Writes `<64 hex digits><torch file>`.

    `load_checkpoint` refuses a file whose digest is another.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        payload = buffer.getvalue()
        target = Path(path)
        temporary = target.with_suffix(".tmp")
        try:
            temporary.write_bytes(hashlib.sha256(payload).hexdigest().encode() + payload)
            sync(temporary)
            os.replace(temporary, target)
        except OSError:
            temporary.unlink(missing_ok=True)  # a full disk gets its room back
            raise
        sync(target.parent)

    def load_checkpoint(
        self, path: Any, map_location: Any = None, weights_only: bool | None = True
    ) -> dict[str, Any]:
        content = Path(path).read_bytes()
        if hashlib.sha256(content[64:]).hexdigest().encode() != content[:64]:
            raise ValueError(f"{path} is damaged: its sha256 is not the one it was written with")
        loaded: dict[str, Any] = torch.load(
            io.BytesIO(content[64:]), map_location=map_location, weights_only=True
        )
        return loaded

    def remove_checkpoint(self, path: Any) -> None:
        Path(path).unlink(missing_ok=True)


def usable(path: Path) -> bool:
    """Whether a whole checkpoint lies there.

    A damaged one is deleted, so that training starts afresh.
    """
    if not path.exists():
        return False
    content = path.read_bytes()
    if hashlib.sha256(content[64:]).hexdigest().encode() == content[:64]:
        return True
    path.unlink()
    return False
