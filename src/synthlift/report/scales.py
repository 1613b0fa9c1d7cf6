"""Where numbers lie on an axis: round ticks, and places as percent of the axis."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, in the unit that is plotted."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Percent of the way from low to high, never outside 0 to 100.

        >>> Axis(-1, 3).place(0.0), Axis(-1, 3).place(99.0)
        (25.0, 100.0)
        """
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def ticks(self, n: int = 5) -> list[float]:
        """About n round numbers, 1, 2 or 5 times a power of ten apart.

        >>> Axis(-0.7, 10.2).ticks()
        [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
        """
        step = round_step((self.high - self.low) / max(1, n))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [i * step for i in range(first, last + 1)]


@dataclass(frozen=True)
class LogAxis:
    """From `low` to `high`, both above 0, equal factors equally far apart."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Percent of the way from low to high, never outside 0 to 100.

        >>> LogAxis(10, 1000).place(100), LogAxis(10, 1000).place(0)
        (50.0, 0.0)
        """
        if value <= self.low:
            return 0.0
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return round(100 * min(1.0, share), 2)

    def ticks(self, n: int = 6) -> list[float]:
        """1, 2 and 5 times the powers of ten; where those are more than n, the powers alone.

        On an axis too short for two of them, round numbers as on an even one.

        >>> LogAxis(25, 450).ticks(), LogAxis(1, 10_000).ticks(), LogAxis(21, 45).ticks()
        ([50.0, 100.0, 200.0], [1.0, 10.0, 100.0, 1000.0, 10000.0], [30.0, 40.0])
        """
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        powers = [10.0**k for k in range(first, last + 1)]
        rounds = [m * power for power in powers for m in (1.0, 2.0, 5.0)]
        inside = [x for x in rounds if self.low <= x <= self.high]
        if len(inside) < 2:
            return Axis(self.low, self.high).ticks(3)
        return inside if len(inside) <= n else [x for x in inside if x in powers]


def round_step(raw: float) -> float:
    """The round number next to `raw`: 1, 2 or 5 times a power of ten.

    >>> round_step(0.17), round_step(3.0), round_step(8.0)
    (0.2, 2.0, 10.0)
    """
    power = 10.0 ** math.floor(math.log10(raw))
    step = min((1.0, 2.0, 5.0, 10.0), key=lambda m: abs(math.log(m * power / raw)))
    return step * power if power >= 1 else step / round(1 / power)


def tick_text(value: float) -> str:
    """A tick as short as it can be, with the true minus sign.

    >>> tick_text(-0.5), tick_text(20000.0), tick_text(0.0)
    ('−0.5', '20k', '0')
    """
    if abs(value) >= 10_000:
        return f"{value / 1000:.6g}k".replace("-", "\N{MINUS SIGN}")
    return f"{value:.6g}".replace("-", "\N{MINUS SIGN}") if value else "0"
