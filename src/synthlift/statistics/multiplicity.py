"""Many questions at once: Holm's step-down adjustment (Holm 1979, Scand. J. Statistics 6)."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p: Sequence[float | None]) -> tuple[float | None, ...]:
    """Adjusted p-values, in the order given; None stays None and does not count as a question.

    >>> holm([0.01, None, 0.04])
    (0.02, None, 0.04)
    """
    asked = sorted((value, i) for i, value in enumerate(p) if value is not None)
    adjusted: list[float | None] = [None] * len(p)
    largest = 0.0
    for rank, (value, i) in enumerate(asked):
        largest = max(largest, min(1.0, (len(asked) - rank) * value))
        adjusted[i] = largest
    return tuple(adjusted)
