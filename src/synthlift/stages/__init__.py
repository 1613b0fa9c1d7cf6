"""Floor 2: the verbs of the pipeline."""
