"""`make test-medusa`: run the tests of this folder against a stock Medusa server, or say why not."""

import os
import signal
import sys
from pathlib import Path

import pytest
from stock_medusa import CannotRunError, check_machine

FOLDER = Path(__file__).parent


def main() -> int:
	"""Return the status of pytest, or 0 if the machine cannot run the tests."""
	try:
		check_machine()
	except CannotRunError as reason:
		print(f"test-medusa was skipped: {reason}")
		return 0
	# as Ctrl+C: what runs is stopped
	signal.signal(signal.SIGTERM, signal.default_int_handler)
	os.environ["STOCK_MEDUSA"] = "1"
	return pytest.main(["-q", str(FOLDER), *sys.argv[1:]])


if __name__ == "__main__":
	sys.exit(main())
