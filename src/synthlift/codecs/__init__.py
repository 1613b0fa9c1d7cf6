"""Floor 1: samples to and from the space that a generator works in, fitted on train rows only."""
