"""An embedded site to try and test the app where there is no bench. README.md, "The sandbox", says what it is
and is not.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SITE_PACKAGES = Path(__file__).parent / "site"

if str(SITE_PACKAGES) not in sys.path:
	sys.path.insert(0, str(SITE_PACKAGES))
