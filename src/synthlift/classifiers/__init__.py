"""Floor 1: downstream classifiers; the recipes import torch only when they run."""
