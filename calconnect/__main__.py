"""``python -m calconnect``: the same as the command ``calconnect``."""

from __future__ import annotations

import sys

from calconnect.cli import main

if __name__ == "__main__":
    sys.exit(main())
