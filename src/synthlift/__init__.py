"""Does synthetic data lift my classifier, by how much, and can I trust that number?

From Python: `Augmenter` adds synthetic samples to a training set, `VirtualDataset` draws them on
access. Both are imported when they are first used, because torch takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthlift.augmenter import Augmenter
    from synthlift.virtual import VirtualDataset

__all__ = ["Augmenter", "VirtualDataset"]


def __getattr__(name: str) -> Any:
    if name == "Augmenter":
        from synthlift.augmenter import Augmenter

        return Augmenter
    if name == "VirtualDataset":
        from synthlift.virtual import VirtualDataset

        return VirtualDataset
    raise AttributeError(f"module 'synthlift' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
