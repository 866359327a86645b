"""Sets up everything that is missing or has changed: `make setup`, and before `make run`."""

from __future__ import annotations

import argparse
import sys

from python_env import ensure_packages
from steps import SetupError, alone
from web_env import ensure_pds, ensure_web


def main() -> None:
    """What `make` calls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what `make test` needs")
    wanted = parser.parse_args()
    try:
        with alone():
            ensure_packages(dev=wanted.tests)
            ensure_web()
            if wanted.tests:
                ensure_pds()
    except SetupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
