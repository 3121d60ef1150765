"""`python -m reasoning_gym_ccrl` is `ccrl`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
