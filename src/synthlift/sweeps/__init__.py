"""Sweeps: many studies, one report; what is chosen among is chosen on validation rows alone."""
