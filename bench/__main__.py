"""`python -m bench`: every measurement, one after the other."""

from __future__ import annotations

import sys

from bench import inputs

if __name__ == "__main__":
    sys.exit(inputs.main())
