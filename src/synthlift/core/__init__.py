"""Floor 0: the words that everybody shares; imports no torch."""
