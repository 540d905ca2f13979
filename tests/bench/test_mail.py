"""The daily mail to System Managers, sent through a mail server."""

import email
import secrets
import socket
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from helpers import medusa_customer


class Mailbox(Message):
	"""Keeps the mails that arrive."""

	def __init__(self) -> None:
		super().__init__()
		self.mails: list[email.message.EmailMessage] = []

	def handle_message(self, message: email.message.Message) -> None:
		self.mails.append(email.message_from_bytes(message.as_bytes(), policy=default))


@pytest.fixture
def mailbox(bench):
	"""What the site sends while it has this mail server."""
	box = Mailbox()
	with socket.create_server(("127.0.0.1", 0)) as free:
		port = free.getsockname()[1]
	server = Controller(box, hostname="127.0.0.1", port=port)
	server.start()
	values = {"email_id": "erp@example.com", "enable_outgoing": 1, "no_smtp_authentication": 1, "use_tls": 0}
	values |= {"smtp_server": "127.0.0.1", "smtp_port": port, "default_outgoing": 1}
	account = bench.make("Email Account", email_account_name=f"Test {port}", **values)
	yield box
	bench.method("frappe.client.delete", doctype="Email Account", name=account["name"])
	server.stop()


def test_names_what_waits_for_a_person(bench, machine, mailbox):
	manager = f"{secrets.token_hex(5)}@example.com"
	rows = [{"role": "System Manager"}]
	bench.make("User", email=manager, first_name="Manager", send_welcome_email=0, roles=rows)
	taken = bench.shop("insert_lead", data=medusa_customer(email=f"{secrets.token_hex(5)}@example.com"))
	(lead,) = bench.find("Lead", {"name": taken}, "email_id")
	conflict = medusa_customer(email=lead["email_id"])
	assert bench.call("insert_lead", bench.storefront, data=conflict)[0] == 409
	query = "UPDATE `tabMedusa Sync Log` SET creation = '2020-01-01', error = %s WHERE medusa_id = %s"
	machine.ask(query, "<b>bold</b>", conflict["id"])
	machine.run("execute", "medusa_integration.jobs.mail.mail_open_rows")
	machine.run("execute", "frappe.email.queue.flush")
	mail = next(mail for mail in mailbox.mails if mail["To"] == manager)
	text = mail.get_body(("html",)).get_content()
	assert conflict["email"] in text
	assert "&lt;b&gt;bold" in text
	assert "<b>bold" not in text
