"""Says at once that a script runs: PyTorch takes some seconds to load. Import it before everything else."""

import sys

print("Loading PyTorch; this takes a few seconds.", file=sys.stderr, flush=True)
