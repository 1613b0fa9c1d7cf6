"""`python -m synthlift` is the command `synthlift`."""

import sys

from synthlift.cli import main

if __name__ == "__main__":
    sys.exit(main())
