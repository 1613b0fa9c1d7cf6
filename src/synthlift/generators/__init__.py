"""Floor 1: conditional GANs; the recipes import torch only when they run."""
