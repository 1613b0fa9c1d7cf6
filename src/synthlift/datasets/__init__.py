"""Floor 1: where real samples come from, one source per file."""
