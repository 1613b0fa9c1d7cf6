"""Floor 1: how to build a training set; one recipe per file."""
