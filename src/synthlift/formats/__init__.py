"""How exported samples lie on the disk: one format per file, and what describes them."""
