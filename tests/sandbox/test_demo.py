"""`make demo` and `make serve`: the first that a newcomer runs."""

import os
import re
import signal
import socket
import subprocess
import sys

import pytest
import requests

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
	assert re.findall(r"^(\d)\. ", text, re.MULTILINE) == list("12345678")
	methods = re.findall(r"^   POST (\w+)", text, re.MULTILINE)
	assert methods[:4] == ["sign_up", "create_quotation", "update_quotation", "update_address"]
	assert methods[4:] == ["sign_up", "fetch_all_customers", "link_medusa_lead", "fetch_all_customers"]
	assert set(re.findall(r"^     (\d{3}) ", text, re.MULTILINE)) == {"200"}


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


@pytest.fixture
def serving():
	"""`python -m sandbox serve` on a free port, until it has printed its last line: process, port, lines."""
	port = free_port()
	process = subprocess.Popen(
		[*COMMAND, "serve", "--port", str(port)], cwd=ROOT, stdout=subprocess.PIPE, text=True
	)
	lines = [process.stdout.readline() for _line in range(16)]
	yield process, port, lines
	process.kill()
	process.wait()
	process.stdout.close()
	for path in (ROOT / ".sandbox").glob(f"site-{port}.db*"):
		path.unlink()


def test_serve_prints_a_token_that_works(serving):
	_process, port, lines = serving
	token = next(line for line in lines if line.strip().startswith("TOKEN=")).strip().removeprefix("TOKEN=")
	url = f"http://127.0.0.1:{port}/api/method/medusa_integration.api.fetch_all_customers"
	response = requests.get(url, headers={"Authorization": f"token {token}"}, timeout=10)
	assert [row["name"] for row in response.json()["message"]] == [server.CUSTOMER]


def test_serve_ends_by_an_interrupt(serving):
	process, _port, _lines = serving
	process.send_signal(signal.SIGINT)
	assert process.wait(timeout=20) == 0


def test_serve_says_that_the_port_is_in_use():
	with socket.socket() as taken:
		taken.bind(("127.0.0.1", 0))
		taken.listen()
		port = taken.getsockname()[1]
		command = [*COMMAND, "serve", "--port", str(port)]
		ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
	assert ended.returncode == 1
	assert f"port {port} is in use" in ended.stdout
