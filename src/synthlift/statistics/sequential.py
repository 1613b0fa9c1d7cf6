"""Three planned looks at a growing study, so that looking early costs no false verdicts.

O'Brien and Fleming 1979, A multiple testing procedure for clinical trials, Biometrics 35, two-sided
at 5 % for three looks. With crossed repeats and test rows all three together err in 3.9 to 5.7 % of
nulls (PROTOCOL section 3). For a fixed test set only: repeats of a small pool share their rows, so
that a later look brings hardly anything new.
"""

from __future__ import annotations

from synthlift.core.errors import ConfigError
from synthlift.statistics.intervals import MIN_REPEATS

LOOK_ALPHAS = (0.0005, 0.0141, 0.0451)


def look_sizes(cap: int) -> tuple[int, ...]:
    """Repeats at each look: a third, two thirds and all of the declared cap, rounded up.

    ConfigError where the first look would have too few repeats for an interval.

    >>> look_sizes(18), look_sizes(20)
    ((6, 12, 18), (7, 14, 20))
    """
    n_looks = len(LOOK_ALPHAS)
    sizes = tuple(-(-cap * look // n_looks) for look in range(1, n_looks + 1))
    if sizes[0] < MIN_REPEATS:
        least = n_looks * (MIN_REPEATS - 1) + 1
        raise ConfigError(
            f"a cap of {cap} leaves {max(0, sizes[0])} for the first of {n_looks} looks, "
            f"and an interval needs {MIN_REPEATS} repeats: take a cap of {least} or more"
        )
    return sizes


def look_alpha(look: int) -> float:
    """What the primary questions share at a look, 0 being the first.

    >>> [look_alpha(i) for i in range(3)]
    [0.0005, 0.0141, 0.0451]
    """
    return LOOK_ALPHAS[look]
