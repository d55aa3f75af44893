"""Stands in for the get-pip script that ansible-test downloads: pip comes from Python itself, then from the index.

In a process of its own, since ensurepip switches the settings of pip off for the rest of the process.
"""

from __future__ import annotations

import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
options = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--quiet", *options]))
