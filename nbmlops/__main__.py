"""``python -m nbmlops``: the same command as ``nbmlops``."""

import sys

from nbmlops.cli import main

sys.exit(main())
