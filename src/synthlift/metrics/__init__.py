"""Floor 1: scores of predictions; fidelity, diversity, copying of synthetic samples; no torch."""
