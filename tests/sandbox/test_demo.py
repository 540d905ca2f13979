"""`make demo` and `make serve`: the first that a newcomer runs."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import requests

from medusa_integration.tests.fake_medusa import EVENT_SECRET
from sandbox import ROOT, __main__, server

COMMAND = [sys.executable, "-m", "sandbox"]
pytestmark = pytest.mark.usefixtures("disconnected")


def free_port() -> int:
	with socket.socket() as one:
		one.bind(("127.0.0.1", 0))
		return one.getsockname()[1]


@pytest.fixture
def played(monkeypatch, capsys):
	"""What `python -m sandbox demo` ends with and prints."""
	monkeypatch.setattr(sys, "argv", ["sandbox", "demo"])

	def play() -> tuple[int, str]:
		return __main__.main(), capsys.readouterr().out

	return play


def test_demo(played):
	code, text = played()
	assert (code, text.splitlines()[-1]) == (0, "Every step did what it says.")
	assert re.findall(r"^(\d+)\. ", text, re.MULTILINE) == [str(number) for number in range(1, 11)]
	methods = re.findall(r"^   POST (\w+)", text, re.MULTILINE)
	assert methods[:3] == ["sign_up", "create_quotation", "update_quotation"]
	assert methods[3:6] == ["update_quotation", "update_address", "sign_up"]
	assert methods[6:] == ["fetch_all_customers", "link_medusa_lead", "fetch_all_customers"]
	statuses = re.findall(r"^     (\d{3}) ", text, re.MULTILINE)
	assert statuses == ["200", "200", "409", "200", "200", "200", "200", "200", "200"]


def test_demo_shows_the_loop(played):
	_code, text = played()
	told = text.split("quotation.changed")[1].split("\n\n")[0]
	assert '"status": "offered"' in told
	assert '"type": "OfferChangedError"' in text.split("\n4. ")[1].split("\n5. ")[0]


def test_demo_shows_no_password(played):
	_code, text = played()
	assert "a long pass phrase" not in text


def test_demo_stops_at_the_first_step_that_fails(played, monkeypatch):
	monkeypatch.setattr(
		server, "ITEMS", [(code, variant, 1.0, text) for code, variant, _, text in server.ITEMS]
	)
	code, text = played()
	assert code == 1
	assert text.endswith("Step 2: it should be so that prices are ERPNext's, and it is not.\n")


@pytest.mark.parametrize("version", ["15", "16"])
def test_demo_on_the_recording_of(version):
	environment = {**os.environ, "SANDBOX_VERSION": version}
	ended = subprocess.run(
		[*COMMAND, "demo"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
	)
	assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "Every step did what it says.")


@contextmanager
def serving(
	*arguments: str, last: str = "/hooks/erpnext"
) -> Iterator[tuple[subprocess.Popen, int, list[str]]]:
	"""`python -m sandbox serve` until it has printed a line with `last`: process, port, lines."""
	port = free_port()
	command = [*COMMAND, "serve", "--port", str(port), *arguments]
	process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
	lines = [""]
	while last not in lines[-1]:
		lines.append(process.stdout.readline())
		assert lines[-1], "it has ended"
	yield process, port, lines[1:]
	process.kill()
	process.wait()
	process.stdout.close()
	for path in (ROOT / ".sandbox").glob(f"site-{port}.db*"):
		path.unlink()


def unlinked(port: int, token: str) -> list[str]:
	"""The Customers that a storefront with this token finds."""
	url = f"http://127.0.0.1:{port}/api/method/medusa_integration.api.fetch_all_customers"
	response = requests.get(url, headers={"Authorization": f"token {token}"}, timeout=10)
	return [row["name"] for row in response.json()["message"]]


def test_serve_prints_a_token_that_works():
	with serving() as (_process, port, lines):
		line = next(line for line in lines if line.strip().startswith("TOKEN="))
		assert unlinked(port, line.strip().removeprefix("TOKEN=")) == [server.CUSTOMER]


def test_serve_says_first_that_it_is_ready():
	with serving() as (_process, port, lines):
		assert lines[0] == f"The sandbox is up at http://127.0.0.1:{port}; Ctrl+C ends it.\n"


def test_serve_takes_tokens_and_prints_json():
	tokens = ["--token", "shop:secret", "--desk-token", "clerk:secret"]
	with serving(*tokens, "--json", last="{") as (_process, port, lines):
		about = json.loads(lines[0])
		assert (about["token"], about["desk_token"]) == ("shop:secret", "clerk:secret")
		assert (about["url"], about["event_secret"]) == (f"http://127.0.0.1:{port}", EVENT_SECRET)
		assert unlinked(port, "shop:secret") == [server.CUSTOMER]
		assert requests.post(f"{about['control_url']}/reset", timeout=10).status_code == 200
		assert unlinked(port, "shop:secret") == [server.CUSTOMER]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_by(number):
	with serving() as (process, _port, _lines):
		process.send_signal(number)
		assert process.wait(timeout=20) == 0


def test_make_serve_passes_its_variables_on():
	command = ["make", "-n", "serve", "PORT=8001", "TOKEN=a:b", "DESK_TOKEN=c:d", "JSON=1"]
	printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60).stdout
	assert 'sandbox serve --port 8001 --token "a:b" --desk-token "c:d" --json' in printed


def test_make_serve_ends_with_make():
	port = free_port()
	command = ["make", "-s", "serve", f"PORT={port}", "JSON=1"]
	options: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "start_new_session": True}
	process = subprocess.Popen(command, cwd=ROOT, text=True, **options)
	try:
		assert process.stdout.readline().startswith("{")
		process.terminate()
		process.communicate(timeout=20)  # until all processes have ended that could write
	finally:
		with suppress(ProcessLookupError):
			os.killpg(process.pid, signal.SIGKILL)
	for path in (ROOT / ".sandbox").glob(f"site-{port}.db*"):
		path.unlink()


def test_serve_shows_every_call_of_the_storefront_with_its_token():
	with serving() as (_process, _port, lines):
		text = "".join(lines)
	token = next(line for line in lines if line.startswith("  TOKEN=")).strip().removeprefix("TOKEN=")
	calls = re.findall(r"^curl \S+/api/method/.*", text, re.MULTILINE)
	assert len(calls) == 3 and all(f"Authorization: token {token}" in call for call in calls)


@pytest.mark.parametrize("token", ["secret", "key:", "key:se cret"])
def test_serve_refuses_what_is_no_token(token):
	command = [*COMMAND, "serve", "--token", token]
	ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
	assert (ended.returncode, "a token is key:secret" in ended.stderr) == (2, True)


def test_serve_says_that_the_port_is_in_use():
	with socket.socket() as taken:
		taken.bind(("127.0.0.1", 0))
		taken.listen()
		port = taken.getsockname()[1]
		command = [*COMMAND, "serve", "--port", str(port)]
		ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
	assert ended.returncode == 1
	assert f"port {port} is in use" in ended.stdout
