"""An embedded site to try and test the app where there is no bench: sandbox/README.md says what it is."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SITE_PACKAGES = Path(__file__).parent / "site"

if str(SITE_PACKAGES) not in sys.path:
	sys.path.insert(0, str(SITE_PACKAGES))
