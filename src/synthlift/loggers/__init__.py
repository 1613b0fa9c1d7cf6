"""Where the curves of a training go beside the store: one logger per file."""
