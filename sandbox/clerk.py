"""The clerk's side of a running sandbox, `POST /sandbox/<action>`: a shop's tests can play both sides.

An action does to the site's documents what a clerk or an administrator does on the desk: by the documents'
own save, submit and cancel, and with their permissions. `GET /sandbox` lists all actions.
"""

import inspect
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import sandbox  # noqa: F401  (puts the sandbox's frappe on the path)

# isort: split
import frappe
from erpnext.selling.doctype.quotation.quotation import make_sales_order, set_expired_status
from frappe.app import Application
from frappe.database import Database
from frappe.model.meta import VERSION
from frappe.utils import add_days, background_jobs, flt, now_datetime, nowdate, strip_html
from werkzeug.exceptions import MethodNotAllowed, UnsupportedMediaType
from werkzeug.wrappers import Request, Response

from medusa_integration import desk
from medusa_integration.jobs import events, retries
from medusa_integration.tests.fake_medusa import FakeMedusa
from sandbox.story import until

CLERK, ADMINISTRATOR = "clerk@example.com", "Administrator"
PATH = "/sandbox"
DEADLINE = 30  # seconds, for `wait`
ATTEMPTS = 20  # at an action that a call or job comes before: SQLite has one writer at a time
OWN_ACTIONS = ("reset", "wait", "medusa_down", "medusa_up")  # of the running site, and not of its documents
ACTIONS: dict[str, tuple[str, Callable[..., Any]]] = {}  # name -> user, function


def action(user: str) -> Callable:
	"""Make a function an action, which `user` takes; its arguments are the keys of the JSON that is sent."""

	def register(function: Callable) -> Callable:
		ACTIONS[function.__name__] = user, function
		return function

	return register


# Quotations


def find_quotation(quotation_id: str) -> Any:
	"""Return the newest Quotation with a Medusa quotation id (or this name) that is not cancelled, else the
	newest.
	"""
	names = frappe.get_all("Quotation", {"medusa_quotation_id": quotation_id}, order_by="creation desc")
	found = [frappe.get_doc("Quotation", row.name) for row in names]
	found = found or [frappe.get_doc("Quotation", quotation_id)]
	return next((quotation for quotation in found if quotation.docstatus < 2), found[0])


@action(CLERK)
def price(quotation_id: str, rate: float, sku: str = "", variant_id: str = "") -> Any:
	"""Change the price of a line of a draft: of the first one with this Item, else of the first."""
	quotation = find_quotation(quotation_id)
	code = sku or (variant_id and frappe.db.get_value("Item", {"medusa_variant_id": variant_id}, "name"))
	rows = [row for row in quotation.items if not (sku or variant_id) or row.item_code == code]
	if not rows:
		frappe.throw(f"Quotation {quotation.name} has no line of {sku or variant_id}.")
	rows[0].rate = flt(rate)
	return quotation.save()


@action(CLERK)
def offer(quotation_id: str) -> Any:
	"""Press the button Offer to Customer of a draft."""
	quotation = find_quotation(quotation_id)
	desk.offer_quotation(quotation=quotation.name, modified=str(quotation.modified))
	return quotation


@action(CLERK)
def submit(quotation_id: str) -> Any:
	"""Submit a draft."""
	return find_quotation(quotation_id).submit()


@action(CLERK)
def lose(quotation_id: str, text: str = "", reason: str = "") -> Any:
	"""Submit a draft, and set the Quotation as Lost; `reason` is the name of a Quotation Lost Reason."""
	quotation = submitted(find_quotation(quotation_id))
	quotation.declare_enquiry_lost([{"lost_reason": reason}] if reason else [], [], text or None)
	return quotation


@action(CLERK)
def cancel(quotation_id: str) -> Any:
	"""Submit a draft, and cancel the Quotation."""
	return submitted(find_quotation(quotation_id)).cancel()


@action(CLERK)
def amend(quotation_id: str) -> Any:
	"""Cancel the Quotation, unless it is cancelled, and amend it: the amendment is a draft."""
	quotation = find_quotation(quotation_id)
	if quotation.docstatus < 2:
		submitted(quotation).cancel()
	amended = frappe.copy_doc(quotation, ignore_no_copy=False)
	amended.update({"amended_from": quotation.name, "docstatus": 0, "transaction_date": nowdate()})
	return amended.insert()


@action(CLERK)
def delete(quotation_id: str) -> Any:
	"""Delete a draft."""
	quotation = find_quotation(quotation_id)
	frappe.delete_doc("Quotation", quotation.name)
	return quotation


@action(ADMINISTRATOR)
def expire(quotation_id: str) -> Any:
	"""Let the validity of a Quotation end yesterday, and run the daily jobs."""
	quotation = find_quotation(quotation_id)
	yesterday = add_days(nowdate(), -1)
	frappe.db.set_value("Quotation", quotation.name, {"transaction_date": yesterday, "valid_till": yesterday})
	set_expired_status()
	events.tell_expired()
	return quotation.reload() or quotation


# Sales Orders


def find_order(quotation_id: str) -> Any:
	"""Return the Sales Order of a Quotation."""
	filters = {"prevdoc_docname": find_quotation(quotation_id).name, "docstatus": ("<", 2)}
	name = frappe.db.get_value("Sales Order Item", filters, "parent", order_by="creation desc")
	if not name:
		frappe.throw(f"{quotation_id} has no Sales Order.", frappe.DoesNotExistError)
	return frappe.get_doc("Sales Order", name)


@action(CLERK)
def order(quotation_id: str) -> Any:
	"""Submit a draft, and order what is quoted."""
	sales_order = make_sales_order(submitted(find_quotation(quotation_id)).name)
	sales_order.delivery_date = nowdate()
	return sales_order.insert().submit()


@action(CLERK)
def deliver(quotation_id: str, percent: float = 100) -> Any:
	"""Deliver a part of the Quotation's order, or all of it, as a Delivery Note does."""
	return fulfil(find_order(quotation_id), percent, "per_delivered", "delivery_status", "Delivered")


@action(CLERK)
def bill(quotation_id: str, percent: float = 100) -> Any:
	"""Bill a part of the Quotation's order, or all of it, as a Sales Invoice does."""
	return fulfil(find_order(quotation_id), percent, "per_billed", "billing_status", "Billed")


@action(CLERK)
def close(quotation_id: str) -> Any:
	"""Close the Quotation's order."""
	sales_order = find_order(quotation_id)
	sales_order.update_status("Closed")
	return sales_order


@action(CLERK)
def cancel_order(quotation_id: str) -> Any:
	"""Cancel the Quotation's order."""
	return find_order(quotation_id).cancel()


def submitted(quotation: Any) -> Any:
	"""Return a Quotation, submitted."""
	return quotation if quotation.docstatus else quotation.submit()


def fulfil(sales_order: Any, percent: float, field: str, status_field: str, word: str) -> Any:
	"""Set how much of an order is done as ERPNext's status_updater.py does."""
	part = "Fully" if flt(percent) >= 100 else "Partly" if flt(percent) > 0 else "Not"
	values = {field: flt(percent), status_field: f"{part} {word}"}
	if VERSION == "15":  # by a statement of its own, and then the status
		frappe.db.set_value("Sales Order", sales_order.name, values)
		sales_order.reload()
		sales_order.set_status(update=True)
	else:
		sales_order.update(values)
		sales_order.db_set({**values, "status": sales_order.get_status()})
	return sales_order


# Leads, settings and all other records


@action(CLERK)
def conflict(email: str, adoptable: bool = False) -> Any:
	"""Create a Lead with an e-mail, and its Customer: a sign-up conflicts with it. Or one to be adopted."""
	lead = frappe.new_doc("Lead").update({"first_name": "Desk", "email_id": email}).insert()
	if not adoptable:
		values = {"customer_name": email, "customer_type": "Individual", "lead_name": lead.name}
		frappe.new_doc("Customer").update({**values, "customer_group": "Commercial"}).insert()
	return lead


@action(ADMINISTRATOR)
def settings(**values: Any) -> Any:
	"""Change fields of Medusa Settings, sent by their names: {"clerk_offers": 1, "max_lines": 10}."""
	return record("Medusa Settings", "Medusa Settings", **values)


@action(ADMINISTRATOR)
def disable() -> Any:
	"""Switch the integration off."""
	return settings(enabled=0)


@action(ADMINISTRATOR)
def enable() -> Any:
	"""Switch the integration on."""
	return settings(enabled=1)


@action(ADMINISTRATOR)
def record(doctype: str, name: Any = None, /, **values: Any) -> Any:
	"""Change fields of any record, sent beside `doctype` and `name`: {"doctype": "Customer", "name": "Cafe",
	"disabled": 1}. `name` is its name, or an object of filters; without it a new record is created.
	"""
	doc = frappe.get_doc(doctype, name) if name else frappe.new_doc(doctype)
	unknown = [field for field in values if not doc.meta.has_field(field)]
	if unknown:
		frappe.throw(f"{doctype} has no {', '.join(unknown)}.")
	return doc.update(values).save()


@action(ADMINISTRATOR)
def remove(doctype: str, name: str) -> None:
	"""Delete any record."""
	frappe.delete_doc(doctype, name)


# jobs and faults


@action(ADMINISTRATOR)
def retry() -> None:
	"""Try what waits in Medusa Sync Log again now, as the scheduler would after the pauses."""
	frappe.cache.delete_value(events.PAUSE_KEY)
	for row in frappe.get_all("Medusa Sync Log", {"status": ("!=", "Success")}):
		frappe.db.set_value("Medusa Sync Log", row.name, "next_attempt", now_datetime())
	frappe.db.commit()
	retries.process_due_logs()


@action(ADMINISTRATOR)
def busy(on: bool = True) -> None:
	"""Let each call that locks a record lose against another, until it is switched off or the site reset."""
	Database.is_contended = on


class Gate:
	"""Lets requests in while it is open. Whoever closes it has the site to themselves."""

	def __init__(self) -> None:
		self.changed = threading.Condition()
		self.is_open = False
		self.inside = 0

	def __enter__(self) -> None:
		with self.changed:
			self.changed.wait_for(lambda: self.is_open)
			self.inside += 1

	def __exit__(self, *_args: object) -> None:
		with self.changed:
			self.inside -= 1
			self.changed.notify_all()

	def open(self) -> None:
		"""Let requests in."""
		with self.changed:
			self.is_open = True
			self.changed.notify_all()

	@contextmanager
	def closed(self) -> Iterator[None]:
		"""Let nobody in during the block, which begins when all are out."""
		with self.changed:
			self.changed.wait_for(lambda: self.is_open)
			self.is_open = False
			self.changed.wait_for(lambda: not self.inside)
		try:
			yield
		finally:
			self.open()


class Controls:
	"""The site over HTTP, with the clerk's side of it. Until `open` it lets all calls wait."""

	def __init__(self, application: Application):
		self.application = application
		self.gate = Gate()
		self.about: dict[str, Any] = {}
		self.medusa = FakeMedusa()
		self.fresh = sqlite3.connect(":memory:", check_same_thread=False)

	def open(self, about: dict[str, Any], medusa: FakeMedusa) -> None:
		"""Let calls in. The state of the site is the one that `reset` sets it back to."""
		self.about, self.medusa = about, medusa
		with closing(sqlite3.connect(self.application.site)) as site:
			site.backup(self.fresh)
		self.gate.open()

	def __call__(self, environ: dict[str, Any], start_response: Callable) -> Any:
		path = environ["PATH_INFO"].rstrip("/")
		if path != PATH and not path.startswith(f"{PATH}/"):
			with self.gate:
				return self.application(environ, start_response)
		name = path.removeprefix(PATH).lstrip("/")
		return self.answer(Request(environ), name)(environ, start_response)

	def answer(self, request: Request, name: str) -> Response:
		"""Take the action that a request names."""
		try:
			if not name:
				with self.gate:
					return as_response(200, {**self.about, "actions": describe_actions()})
			return as_response(200, {"message": self.act(name, read_json(request))})
		except Exception as error:
			status = getattr(error, "http_status_code", None) or getattr(error, "code", None) or 417
			kind, message = type(error).__name__, strip_html(str(error))
			return as_response(status, {"error": {"type": kind, "message": message}})

	def act(self, name: str, sent: dict[str, Any]) -> Any:
		"""Take one action; return what it says."""
		if name in OWN_ACTIONS:
			return getattr(self, name)(**sent)
		if name not in ACTIONS:
			raise frappe.DoesNotExistError(f"There is no action {name}.")
		user, function = ACTIONS[name]
		check_required(function, sent)
		arguments = [sent.pop(key, None) for key in ("doctype", "name")] if function is record else []
		for _attempt in range(ATTEMPTS):
			with suppress(frappe.QueryDeadlockError), self.gate, connection(self.application.site, user):
				return as_json(function(*arguments, **sent))
		raise frappe.QueryDeadlockError("Others are changing the same records.")

	def reset(self) -> None:
		"""Set the site and the stand-in Medusa back to the state that they had when they were started."""
		self.medusa.reset()  # wakes who waits for it
		with background_jobs.working, self.gate.closed():
			Database.is_contended = False
			for job in [job for queue in background_jobs.queues() for job in queue.jobs]:
				job.delete()
			with closing(sqlite3.connect(self.application.site, timeout=10)) as site:
				self.fresh.backup(site)
			with connection(self.application.site, ADMINISTRATOR):
				frappe.clear_cache()
				frappe.cache.delete_keys("")
			self.medusa.reset()

	def wait(self) -> None:
		"""Wait until all background jobs are done: Leads are created, and the shop is told."""
		if not until(background_jobs.is_idle, DEADLINE):
			raise frappe.ValidationError(f"Jobs are still running after {DEADLINE} seconds.")

	def medusa_down(self, fault: str = "500", path: str = "") -> None:
		"""Let the stand-in Medusa fail (500, hang, half, redirect, refuse ...), also for one path only."""
		self.medusa.set_fault(fault, path)

	def medusa_up(self) -> None:
		"""Let the stand-in Medusa work again."""
		self.medusa.set_fault("")


def read_json(request: Request) -> dict[str, Any]:
	"""Return the arguments of an action. A page of another site can send no JSON, so nothing else is read."""
	if request.method != "POST":
		raise MethodNotAllowed(["POST"], "Take an action by POST.")
	if not request.get_data():
		return {}
	if not request.is_json:
		raise UnsupportedMediaType("Send JSON, with the header Content-Type: application/json.")
	return request.get_json()


def check_required(function: Callable, sent: dict[str, Any]) -> None:
	"""Raise frappe.ValidationError that names an argument that is missing."""
	for argument in inspect.signature(function).parameters.values():
		is_required = argument.default is argument.empty and argument.kind is not argument.VAR_KEYWORD
		if is_required and sent.get(argument.name) in (None, ""):
			raise frappe.ValidationError(f"{argument.name} is required")


@contextmanager
def connection(site: str, user: str) -> Iterator[None]:
	"""Work in the site as a user; commit in the end."""
	frappe.init(site)
	frappe.connect()
	try:
		frappe.set_user(user)
		yield
		frappe.db.commit()
	finally:
		frappe.destroy()


def as_json(result: Any) -> Any:
	"""What an action says of the document that it changed."""
	if result is None:
		return None
	fields = ["doctype", "name", "docstatus", "status", "grand_total", "modified"]
	return {field: result.get(field) for field in fields if result.get(field) is not None}


def as_response(status: int, content: Any) -> Response:
	text = json.dumps(content, default=str, ensure_ascii=False)
	return Response(text, status, mimetype="application/json")


def describe_actions() -> dict[str, dict[str, Any]]:
	"""Name -> arguments and what it does."""
	found = {name: function for name, (_user, function) in ACTIONS.items()}
	found |= {name: getattr(Controls, name) for name in OWN_ACTIONS}
	return {
		name: {
			"arguments": [
				argument.name
				for argument in inspect.signature(function).parameters.values()
				if argument.name != "self" and argument.kind is not argument.VAR_KEYWORD
			],
			"does": " ".join((function.__doc__ or "").split()),
		}
		for name, function in sorted(found.items())
	}
