"""A running sandbox: the site over HTTP, its worker, and a Medusa behind it."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import requests
from werkzeug.serving import make_server

import sandbox.setup
from sandbox.story import Stage

# isort: split
import frappe
from frappe.app import Application
from frappe.utils.background_jobs import work_off

from medusa_integration.tests.fake_medusa import (
	EVENT_SECRET,
	EVENTS,
	PUBLISHABLE_KEY,
	FakeMedusa,
	QuietHandler,
	served,
)
from sandbox.clerk import CLERK as DESK_USER
from sandbox.clerk import PATH, Controls

STOREFRONT_USER = "storefront@example.com"
CUSTOMER = "Harbour Cafe"  # an existing Customer of the ERP that no shop account is linked to
ITEMS = [
	("COFFEE-1KG", "variant_coffee", 42.0, "Coffee beans, 1 kg"),
	("TEA-100", "variant_tea", 18.5, "Tea, 100 bags"),
	("MACHINE", "variant_machine", None, "Coffee machine"),  # a clerk sets the price
]


@dataclass
class Running:
	"""What is needed to talk to a running sandbox."""

	url: str
	site: Path
	storefront_token: str
	desk_token: str
	event_url: str  # where the shop is told of changes, and says what it was told
	medusa: FakeMedusa

	def as_dict(self) -> dict[str, Any]:
		"""What a shop's tests need to know, as `make serve JSON=1` prints it."""
		return {
			"url": self.url,
			"token": self.storefront_token,
			"desk_token": self.desk_token,
			"control_url": self.url + PATH,
			"event_url": self.event_url,
			"event_secret": EVENT_SECRET,
		}


@contextmanager
def running(site: Path, port: int = 0, token: str = "", desk_token: str = "") -> Iterator[Running]:
	"""Make a fresh site in the file `site` and serve it on 127.0.0.1; port 0 is any free one.

	Calls wait until the site is made. MEDUSA_URL and MEDUSA_PUBLISHABLE_KEY in the environment put a real
	Medusa in the stand-in's place, which then is only told of changes.
	"""
	controls = Controls(Application(str(site)))
	with ExitStack() as stack:
		url = stack.enter_context(served_site(site, port, controls))
		sandbox.setup.make_site(site)
		medusa = FakeMedusa()
		event_url = stack.enter_context(connected(medusa)) + EVENTS
		if os.environ.get("MEDUSA_URL"):
			use_medusa(os.environ["MEDUSA_URL"], os.environ.get("MEDUSA_PUBLISHABLE_KEY", ""), event_url)
		tokens = make_users_and_records(token, desk_token)
		site_running = Running(url, site, *tokens, event_url, medusa)
		controls.open(site_running.as_dict(), medusa)
		yield site_running


@contextmanager
def served_site(site: Path, port: int = 0, application: Any = None) -> Iterator[str]:
	"""Serve the site in the file `site`, and work off its jobs, while the block runs; yields the URL."""
	application = application or Application(str(site))
	server = make_server("127.0.0.1", port, application, threaded=True, request_handler=QuietHandler)
	stopped = threading.Event()
	with in_thread(server.serve_forever, server.shutdown), in_thread(lambda: work(stopped), stopped.set):
		yield f"http://127.0.0.1:{server.server_port}"
	server.server_close()


@contextmanager
def connected(medusa: FakeMedusa) -> Iterator[str]:
	"""Serve a stand-in Medusa, let the site use it and tell it of changes; yields its URL."""
	with served(medusa) as url:
		use_medusa(url, PUBLISHABLE_KEY, url + EVENTS)
		yield url


def use_medusa(url: str, publishable_key: str, event_url: str) -> None:
	"""Enter a Medusa server in the settings, and the URL that is told of changes."""
	values = {"medusa_url": url, "publishable_key": publishable_key}
	values |= {"event_url": event_url, "event_secret": EVENT_SECRET}
	frappe.db.set_single_value("Medusa Settings", values)
	frappe.db.commit()


def make_users_and_records(token: str = "", desk_token: str = "") -> tuple[str, str]:
	"""Make a storefront user, a clerk, a few Items and a Customer; return the two users' tokens."""
	storefront = sandbox.setup.make_user(STOREFRONT_USER, "Medusa Integration", token=token)
	clerk = sandbox.setup.make_user(DESK_USER, "Sales User", "Sales Manager", token=desk_token)
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
		raise_price=lambda quotation: raise_price(site, quotation),
		told=site.medusa.told.get,
	)


def raise_price(site: Running, quotation: str) -> None:
	"""Raise the price of the first line of a draft as the clerk."""
	arguments = {"quotation_id": quotation, "rate": 50}
	requests.post(f"{site.url}{PATH}/price", json=arguments, timeout=60).raise_for_status()


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
