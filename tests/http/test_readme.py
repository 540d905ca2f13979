"""README's curl lines, run in their order against a running sandbox, by a reader of curl's options."""

import re
import shlex
from pathlib import Path

import frappe
import pytest
import requests
from helpers.site import eventually

import sandbox.setup
from medusa_integration.tests.fake_medusa import FakeMedusa
from sandbox.server import connected, make_users_and_records, served_site

README = Path(__file__).parents[2] / "README.md"


def commands() -> list[str]:
	"""The shell commands of the section "Call it", one string each."""
	section = README.read_text().split("\n## Call it\n")[1].split("\n## ")[0]
	blocks = re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
	text = "".join(blocks).replace("\\\n", " ")
	return [" ".join(command) for command in split_commands(text)]


def split_commands(text: str) -> list[list[str]]:
	"""Commands, a quoted line break inside; each as words still quoted."""
	found, current = [], ""
	for line in text.splitlines():
		current = f"{current}\n{line}" if current else line
		try:
			shlex.split(current)
		except ValueError:  # a quotation goes on in the next line
			continue
		found.append([current])
		current = ""
	return found


def run_curl(words: list[str]) -> requests.Response:
	"""What curl would do with these options."""
	url, headers, data = "", {}, []
	arguments = iter(words[1:])
	for word in arguments:
		if word == "-H":
			name, _colon, value = next(arguments).partition(": ")
			headers[name] = value
		elif word == "-d":
			data.append(next(arguments))
		else:
			url = word
	if not data:
		return requests.get(url, headers=headers, timeout=30)
	headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
	return requests.post(url, data="&".join(data).encode(), headers=headers, timeout=30)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory, disconnected):
	"""A site of its own, as `make serve` makes it."""
	path = tmp_path_factory.mktemp("readme") / "site.db"
	with served_site(path) as url:
		sandbox.setup.make_site(path)
		with connected(FakeMedusa()):
			storefront, desk = make_users_and_records()
			yield {"TOKEN": storefront, "DESK_TOKEN": desk, "url": url}


def test_every_curl_line_works(fresh):
	variables, answers = {"TOKEN": fresh["TOKEN"], "DESK_TOKEN": fresh["DESK_TOKEN"]}, []
	for command in commands():
		name, equals, value = command.partition("=")
		if equals and name.isupper():
			variables[name] = value.split("#")[0].strip().replace("http://127.0.0.1:8000", fresh["url"])
			if name == "LEAD":
				assert re.fullmatch(r"CRM-LEAD-\d{4}-00003", answers[-1])
				variables[name] = answers[-1]
			continue
		for variable in sorted(variables, key=len, reverse=True):
			command = command.replace(f"${variable}", variables[variable])
		response = run_curl(shlex.split(command))
		assert response.status_code == 200, (command, response.text)
		answers.append(response.json()["message"])
		if ".sign_up" in command:
			filters = {"medusa_id": answers[-1]["customer_id"]}
			eventually(lambda filters=filters: frappe.db.get_value("Lead", filters, "name"))
	assert len(answers) == 14


def test_every_exception_is_in_the_table():
	from medusa_integration import exceptions

	table = README.read_text().split("\n## Errors\n")[1].split("\n## ")[0]
	own = [
		name
		for name, value in vars(exceptions).items()
		if isinstance(value, type) and issubclass(value, Exception) and name != "NotFoundError"
	]
	assert [name for name in own if f"`{name}`" not in table] == []


def test_status_of_each_exception_is_in_the_table():
	from medusa_integration import exceptions

	section = README.read_text().split("\n## Errors\n")[1].split("\n## ")[0]
	rows = re.findall(r"^\| (\d{3}) \| ([^|]*) \|", section, re.MULTILINE)
	expected = {name: int(status) for status, names in rows for name in re.findall(r"`(\w+)`", names)}
	own = {name: getattr(exceptions, name, None) for name in expected}
	actual = {name: error.http_status_code for name, error in own.items() if error}
	assert actual == {name: expected[name] for name in actual}


def test_every_setting_is_in_the_table():
	import json

	folder = Path(README).parent / "medusa_integration/medusa_integration/doctype/medusa_settings"
	fields = json.loads((folder / "medusa_settings.json").read_text())["fields"]
	table = README.read_text().split("\n## Configure it\n")[1].split("\n## ")[0].replace("-", " ").lower()
	for field in fields:
		label = field.get("label", "")
		if (
			not label
			or field.get("hidden")
			or field["fieldtype"].endswith("Break")
			or " per " in label.lower()
		):
			continue
		word = re.sub(r" \(.*", "", label).replace("-", " ").lower()
		assert word in table or "sign ups per hour" in word, label
