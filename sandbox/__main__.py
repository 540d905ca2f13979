"""`python -m sandbox demo` plays the story; `python -m sandbox serve` keeps a site running for curl."""

import argparse
import signal
import sys
import tempfile
import threading
from pathlib import Path

from sandbox import ROOT
from sandbox.server import DESK_USER, STOREFRONT_USER, running, stage
from sandbox.story import Story, StoryBroken

DEFAULT_PORT = 8000


def demo() -> int:
	"""Play the story on a fresh site; 0 if every step did what it says."""
	with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "site.db") as site:
		try:
			Story(stage(site)).play()
		except StoryBroken as broken:
			print(f"\n{broken}")
			return 1
	print("\nEvery step did what it says.")
	return 0


def serve(port: int) -> int:
	"""Serve a fresh site until interrupted, and say how to call it."""
	signal.signal(signal.SIGINT, signal.default_int_handler)  # also if a shell's background job ignores it
	folder = ROOT / ".sandbox"
	folder.mkdir(exist_ok=True)
	with running(folder / f"site-{port}.db", port) as site:
		try:
			call = f"{site.url}/api/method/medusa_integration.api"
			print(f"The sandbox is up at {site.url}; Ctrl+C ends it.\n")
			print(f"{STOREFRONT_USER} (role Medusa Integration)\n  TOKEN={site.storefront_token}")
			print(f"{DESK_USER} (a clerk, for link_medusa_lead)\n  DESK_TOKEN={site.desk_token}\n\nTry:\n")
			token = f'-H "Authorization: token {site.storefront_token}"'
			print(f"curl {call}.sign_up -d email=buyer@example.com \\")
			print("  -d first_name=Demo -d last_name=Buyer -d 'password=a long pass phrase'\n")
			print(f"curl {call}.insert_lead {token} \\")
			print("""  -d 'data={"id": "cus_1", "email": "one@example.com", "first_name": "One"}'\n""")
			print(f"curl {call}.fetch_all_customers {token}", flush=True)
			threading.Event().wait()
		except KeyboardInterrupt:
			print()
	return 0


def port_number(word: str) -> int:
	"""A port, from the command line."""
	if not word.isdecimal() or not 0 < int(word) < 65536:
		raise argparse.ArgumentTypeError(f"{word} is no port: 1 to 65535")
	return int(word)


def main() -> int:
	"""Run a command; trouble with the port is one clear line."""
	parser = argparse.ArgumentParser(prog="sandbox")
	parser.add_argument("command", choices=["demo", "serve"])
	parser.add_argument("--port", type=port_number, default=DEFAULT_PORT, help="for serve")
	arguments = parser.parse_args()
	try:
		return demo() if arguments.command == "demo" else serve(arguments.port)
	except (OSError, SystemExit):
		print(f"The sandbox could not be started: port {arguments.port} is in use, or not allowed.")
		print("Choose another: make serve PORT=8001")
		return 1


if __name__ == "__main__":
	sys.exit(main())
