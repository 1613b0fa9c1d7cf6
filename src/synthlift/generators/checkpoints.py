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
            temporary.write_bytes(_digest(payload) + payload)
            sync(temporary)
            os.replace(temporary, target)
        except OSError:
            temporary.unlink(missing_ok=True)  # a full disk gets its room back
            raise
        sync(target.parent)

    def load_checkpoint(
        self, path: Any, map_location: Any = None, weights_only: bool | None = True
    ) -> dict[str, Any]:
        payload = _payload(Path(path))
        if payload is None:
            raise ValueError(f"{path} is damaged: its sha256 is not the one it was written with")
        loaded: dict[str, Any] = torch.load(
            io.BytesIO(payload), map_location=map_location, weights_only=True
        )
        return loaded

    def remove_checkpoint(self, path: Any) -> None:
        Path(path).unlink(missing_ok=True)


def last_checkpoint(scratch: Path, device: torch.device) -> Path:
    """Where the training resumes; a random state of one kind of device is of no use on another."""
    return scratch / f"last_{device.type}.ckpt"


def usable(path: Path) -> bool:
    """Whether a whole checkpoint lies there.

    A damaged one is deleted, so that training starts afresh.
    """
    if not path.exists():
        return False
    if _payload(path) is not None:
        return True
    path.unlink()
    return False


def _digest(payload: bytes) -> bytes:
    return hashlib.sha256(payload).hexdigest().encode()


def _payload(path: Path) -> bytes | None:
    """What was saved there; None where its digest is another."""
    content = path.read_bytes()
    return content[64:] if _digest(content[64:]) == content[:64] else None
