"""`python -m sandbox demo` plays the story; `python -m sandbox serve` keeps a site running for curl."""

import argparse
import json
import re
import signal
import sys
import tempfile
import threading
from pathlib import Path

from sandbox import ROOT
from sandbox.clerk import PATH
from sandbox.server import DESK_USER, STOREFRONT_USER, Running, running, stage
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


def serve(arguments: argparse.Namespace) -> int:
	"""Serve a fresh site until interrupted, and say how to call it."""
	for number in (signal.SIGINT, signal.SIGTERM):  # also if a shell's background job ignores them
		signal.signal(number, signal.default_int_handler)
	folder = ROOT / ".sandbox"
	folder.mkdir(exist_ok=True)
	path = folder / f"site-{arguments.port}.db"
	with running(path, arguments.port, arguments.token, arguments.desk_token) as site:
		try:
			print(json.dumps(site.as_dict()) if arguments.json else welcome(site), flush=True)
			threading.Event().wait()
		except KeyboardInterrupt:
			print()
	return 0


def welcome(site: Running) -> str:
	"""Say how to call a running site; the first line says that it is ready."""
	call = f"{site.url}/api/method/medusa_integration.api"
	token = f'-H "Authorization: token {site.storefront_token}"'
	return f"""The sandbox is up at {site.url}; Ctrl+C ends it.

{STOREFRONT_USER} (role Medusa Integration)
  TOKEN={site.storefront_token}
{DESK_USER} (a clerk, for link_medusa_lead)
  DESK_TOKEN={site.desk_token}

Try:

curl {call}.sign_up {token} \\
  -d email=buyer@example.com -d first_name=Demo -d last_name=Buyer -d 'password=a long pass phrase'

curl {call}.insert_lead {token} \\
  -d 'data={{"id": "cus_1", "email": "one@example.com", "first_name": "One"}}'

curl {call}.fetch_all_customers {token}

The clerk's side, and what the shop was told: sandbox/README.md

curl {site.url}{PATH}
curl {site.event_url}"""


def port_number(word: str) -> int:
	"""A port, from the command line."""
	if not word.isdecimal() or not 0 < int(word) < 65536:
		raise argparse.ArgumentTypeError(f"{word} is no port: 1 to 65535")
	return int(word)


def key_and_secret(word: str) -> str:
	"""A token, from the command line; "" for a new one."""
	if word and not re.fullmatch(r"[\w-]+:[\w-]+", word, re.ASCII):
		raise argparse.ArgumentTypeError("a token is key:secret, of letters, digits, _ and -")
	return word


def main() -> int:
	"""Run a command; trouble with the port is one clear line."""
	parser = argparse.ArgumentParser(prog="sandbox")
	parser.add_argument("command", choices=["demo", "serve"])
	parser.add_argument("--port", type=port_number, default=DEFAULT_PORT, help="for serve")
	parser.add_argument("--token", type=key_and_secret, default="", help="the storefront's, for serve")
	parser.add_argument("--desk-token", type=key_and_secret, default="", help="the clerk's, for serve")
	parser.add_argument("--json", action="store_true", help="say as one JSON object how to call the site")
	arguments = parser.parse_args()
	try:
		return demo() if arguments.command == "demo" else serve(arguments)
	except (OSError, SystemExit):
		print(f"The sandbox could not be started: port {arguments.port} is in use, or not allowed.")
		print("Choose another: make serve PORT=8001")
		return 1


if __name__ == "__main__":
	sys.exit(main())
