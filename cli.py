"""`python cli.py ...` in a checkout is the `ml-genn` command of an installation."""

from __future__ import annotations

import sys

from ml_genn.commands import main

if __name__ == "__main__":
    sys.exit(main())
