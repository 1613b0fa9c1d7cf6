"""Floor 3: a Report becomes files (JSON, CSV, Markdown, HTML), nothing else."""
