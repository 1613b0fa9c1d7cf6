"""Floor 1: intervals, multiplicity and verdicts as pure functions over arrays; no torch."""
