"""A running sandbox: the site over HTTP, its worker, and a Medusa behind it."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from werkzeug.serving import make_server

import sandbox.setup
from sandbox.story import Stage

# isort: split
import frappe
from frappe.app import Application
from frappe.utils.background_jobs import work_off

from medusa_integration.tests.fake_medusa import PUBLISHABLE_KEY, FakeMedusa, QuietHandler, served

STOREFRONT_USER = "storefront@example.com"
DESK_USER = "clerk@example.com"
CUSTOMER = "Harbour Cafe"  # an existing Customer of the ERP that no shop account is linked to
ITEMS = [
	("COFFEE-1KG", "variant_coffee", 42.0, "Coffee beans, 1 kg"),
	("TEA-100", "variant_tea", 18.5, "Tea, 100 bags"),
]


@dataclass
class Running:
	"""What is needed to talk to a running sandbox."""

	url: str
	site: Path
	storefront_token: str
	desk_token: str
	medusa: FakeMedusa | None


@contextmanager
def running(site: Path, port: int = 0) -> Iterator[Running]:
	"""Make a fresh site in the file `site` and serve it on 127.0.0.1; port 0 is any free one.

	MEDUSA_URL and MEDUSA_PUBLISHABLE_KEY in the environment put a real Medusa in the stand-in's place.
	"""
	with ExitStack() as stack:
		url = stack.enter_context(served_site(site, port))
		sandbox.setup.make_site(site)
		medusa = None if os.environ.get("MEDUSA_URL") else FakeMedusa()
		if medusa:
			stack.enter_context(connected(medusa))
		else:
			use_medusa(os.environ["MEDUSA_URL"], os.environ.get("MEDUSA_PUBLISHABLE_KEY", ""))
		yield Running(url, site, *make_users_and_records(), medusa)


@contextmanager
def served_site(site: Path, port: int = 0) -> Iterator[str]:
	"""Serve the site in the file `site`, and work off its jobs, while the block runs; yields the URL."""
	application = Application(str(site))
	server = make_server("127.0.0.1", port, application, threaded=True, request_handler=QuietHandler)
	stopped = threading.Event()
	with in_thread(server.serve_forever, server.shutdown), in_thread(lambda: work(stopped), stopped.set):
		yield f"http://127.0.0.1:{server.server_port}"
	server.server_close()


@contextmanager
def connected(medusa: FakeMedusa) -> Iterator[None]:
	"""Serve a stand-in Medusa and let the site use it."""
	with served(medusa) as url:
		use_medusa(url, PUBLISHABLE_KEY)
		yield


def use_medusa(url: str, publishable_key: str) -> None:
	"""Enter a Medusa server in the settings."""
	values = {"medusa_url": url, "publishable_key": publishable_key}
	frappe.db.set_single_value("Medusa Settings", values)
	frappe.db.commit()


def make_users_and_records() -> tuple[str, str]:
	"""Make a storefront user, a clerk, a few Items and a Customer; return the two users' tokens."""
	storefront = sandbox.setup.make_user(STOREFRONT_USER, "Medusa Integration")
	clerk = sandbox.setup.make_user(DESK_USER, "Sales User", "Sales Manager")
	for item in ITEMS:
		sandbox.setup.make_item(*item)
	customer = frappe.new_doc("Customer")
	customer.update({"customer_name": CUSTOMER, "customer_type": "Company", "customer_group": "Commercial"})
	customer.insert()
	frappe.db.commit()
	return storefront, clerk


def stage(site: Running) -> Stage:
	"""Where the story plays: this site, with its Items and its Customer."""
	return Stage(
		url=site.url,
		storefront_token=site.storefront_token,
		desk_token=site.desk_token,
		find=find,
		customer=CUSTOMER,
		lines=[{"variant_id": "variant_coffee", "quantity": 3}, {"sku": "TEA-100", "quantity": 2}],
		total=3 * 42.0 + 2 * 18.5,
	)


def find(doctype: str, filters: Any, fields: list[str]) -> list[dict[str, Any]]:
	"""Rows as the server has committed them by now."""
	frappe.db.rollback()
	return frappe.get_all(doctype, filters, fields)


@contextmanager
def in_thread(target, stop) -> Iterator[None]:
	"""Run `target` in a thread while the block runs; `stop` ends it."""
	thread = threading.Thread(target=target, daemon=True)
	thread.start()
	try:
		yield
	finally:
		stop()
		thread.join()


def work(stopped: threading.Event) -> None:
	"""The worker: take what waits in the queues, until stopped."""
	while not stopped.wait(0.1):
		with suppress(redis.exceptions.ConnectionError):  # a worker waits for Redis to come back
			work_off()
