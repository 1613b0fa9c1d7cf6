"""Floor 1: random changes of a sample that keep its label; handed to classifiers and critics."""
