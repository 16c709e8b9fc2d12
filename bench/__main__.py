"""`python -m bench [inputs|engine|suite|desk|all]`: the measurements, one after the other."""

from __future__ import annotations

import argparse
import sys

from bench import desk, engine, inputs, suite

MEASUREMENTS = {"inputs": inputs.main, "engine": engine.main, "suite": suite.main,
                "desk": desk.main}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=(*MEASUREMENTS, "all"))
    chosen = parser.parse_args().what
    return max(run() for name, run in MEASUREMENTS.items() if chosen in (name, "all"))


if __name__ == "__main__":
    sys.exit(main())
