"""A stand-in for stock Medusa 2: the routes that the app uses, with the answers of a real one; and the route
of a shop that ERPNext tells about its changes.

`FakeMedusa` is a WSGI application that keeps identities and customers in memory. Faults are injected by
setting `fault`, for all calls or for those to one path only. The tests in tests/medusa compare it with a real
server.
"""

import base64
import hashlib
import hmac
import json
import operator
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

PUBLISHABLE_KEY = "pk_test"
SECRET_KEY = "sk_test"
EVENT_SECRET = "event_secret_test"
REGISTER = "/auth/customer/emailpass/register"
LOGIN = "/auth/customer/emailpass"
CUSTOMERS = "/store/customers"
OWN_SIGN_UP = "/store/signup"
ADMIN_CUSTOMERS = "/admin/customers"
ADMIN_KEYS = "/admin/api-keys"
REGIONS = "/store/regions"
HEALTH = "/health"
EVENTS = "/hooks/erpnext"
SIGNATURE = "Medusa-Integration-Signature"
MAX_AGE = 300  # seconds that a signature is accepted
LARGEST_BODY = 100 * 1024  # bytes
ID_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# verb, path, and the method that answers
ROUTES = (
	("POST", REGISTER, "register"),
	("POST", LOGIN, "log_in"),
	("POST", CUSTOMERS, "create_customer"),
	("POST", OWN_SIGN_UP, "sign_up"),
	("POST", EVENTS, "accept_event"),
	("GET", EVENTS, "list_events"),
	("GET", HEALTH, "say_ok"),
	("GET", REGIONS, "list_regions"),
	("GET", ADMIN_KEYS, "list_keys"),
	("GET", ADMIN_CUSTOMERS, "list_customers"),
	("POST", ADMIN_CUSTOMERS, "create_guest"),
	("GET", f"{ADMIN_CUSTOMERS}/([^/]+)", "read_customer"),
	("POST", f"{ADMIN_CUSTOMERS}/([^/]+)", "update_customer"),
	("DELETE", f"{ADMIN_CUSTOMERS}/([^/]+)", "remove_customer"),
	("POST", f"{ADMIN_CUSTOMERS}/([^/]+)/addresses", "create_address"),
	("POST", f"{ADMIN_CUSTOMERS}/([^/]+)/addresses/([^/]+)", "update_address"),
	("DELETE", f"{ADMIN_CUSTOMERS}/([^/]+)/addresses/([^/]+)", "remove_address"),
)
# of a customer, as the list of the admin API has them
FIELDS = (
	*("id", "company_name", "first_name", "last_name", "email", "phone", "metadata", "has_account"),
	*("created_by", "created_at", "updated_at", "deleted_at"),
)
# what a shop, or an admin, may write
WRITABLE = ("email", "company_name", "first_name", "last_name", "phone", "metadata")
ADDRESS_FIELDS = (
	*("address_name", "company", "first_name", "last_name", "address_1", "address_2", "city"),
	*("country_code", "province", "postal_code", "phone", "metadata"),
)
DEFAULTS = ("is_default_shipping", "is_default_billing")
COMPARISONS = {"$gt": operator.gt, "$gte": operator.ge, "$lt": operator.lt, "$lte": operator.le}
FILTERS = re.compile(r"(id|email|has_account|created_at|updated_at)(?:\[(\$?\w*)\])?")
PAGING = ("limit", "offset", "order", "fields")
FAULTS = ("hang", "late", "500", "html", "half", "lost", "database", "list", "refuse", "redirect")


class Refusal(Exception):
	"""An answer that is an error: its status, type and message."""

	def __init__(self, status: int, kind: str, message: str, **more: str) -> None:
		self.status, self.body = status, {**more, "type": kind, "message": message}
		if not kind:
			del self.body["type"]


class QuietHandler(WSGIRequestHandler):
	"""A request handler that prints no line for each call."""

	def log_request(self, *_args: Any) -> None:
		"""Say nothing."""


class FakeMedusa:
	"""The server's state and its answers."""

	signature = "signature"  # of the tokens
	event_secret = EVENT_SECRET

	def __init__(self) -> None:
		self.lock = threading.RLock()
		self.woken = threading.Event()
		self.reset()

	def reset(self) -> None:
		"""Forget everybody, and every fault."""
		self.passwords: dict[str, str] = {}
		self.admins: set[str] = set()  # the e-mails of identities that are those of admins
		self.actors: dict[str, str] = {}  # e-mail of an identity -> id of its customer
		self.customers: dict[str, dict[str, Any]] = {}  # those with an account, by e-mail
		self.guests: dict[str, dict[str, Any]] = {}  # those without one, by e-mail
		self.clock: Callable[[], float] = time.time
		self.last_moment = 0
		self.events: list[dict[str, Any]] = []  # as they were accepted, the oldest first
		self.told: dict[str, dict[str, Any]] = {}  # by quotation_id, or by the Sales Order's name
		self.fault = ""
		self.fault_path = ""
		self.before_answer: dict[str, Callable[[], Any]] = {}  # path -> what happens before it is answered
		self.while_registering: Callable[[], Any] = bool  # what happens between looking and writing
		self.calls: list[tuple[str, dict[str, Any]]] = []
		self.woken.set()
		self.woken = threading.Event()

	def set_fault(self, fault: str, path: str = "") -> None:
		"""Answer calls (to `path` only, where given) as one of FAULTS would; "" ends it.

		"hang" does the work and does not answer; "late" does it when the fault has ended, as with a database
		that is down.
		"""
		assert fault in ("", *FAULTS)
		self.fault, self.fault_path = fault, path
		self.woken.set()
		self.woken = threading.Event()

	@Request.application
	def __call__(self, request: Request) -> Response:
		body = request.get_json(silent=True) or {}
		with self.lock:
			self.calls.append((request.path, {**body, "key": request.headers.get("x-publishable-api-key")}))
			fault = self.fault if self.fault_path in ("", request.path) else ""
			if (request.method, request.path) == ("GET", EVENTS) or (fault, request.path) == ("late", HEALTH):
				fault = ""
			woken = self.woken
		if fault == "late":
			woken.wait(60)
			fault = ""
		if fault in ("", "half", "lost", "hang"):
			status, answer = self.answer(request, body)
			if request.path in self.before_answer:
				self.before_answer[request.path]()
			if not fault and isinstance(answer, str):
				return Response(answer, status, mimetype="text/html")
			if not fault:
				return Response(json.dumps(answer), status, mimetype="application/json")
		return self.fail(fault, locals().get("answer"))

	def answer(self, request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		"""Status and body for a call that no fault disturbs."""
		try:
			self.check_request(request)
			for verb, path, method in ROUTES:
				found = re.fullmatch(path, request.path)
				if found and verb == request.method:
					return getattr(self, method)(request, body, *found.groups())
		except Refusal as refusal:
			return refusal.status, refusal.body
		return 404, f"<pre>Cannot {request.method} {request.path}</pre>"

	def check_request(self, request: Request) -> None:
		"""Check what Medusa checks before it looks for the route."""
		if (request.content_length or 0) > LARGEST_BODY:
			raise Refusal(413, "unknown_error", "request entity too large")
		if request.path.startswith("/admin/") and not (
			request.authorization and request.authorization.username == SECRET_KEY
		):
			raise Refusal(401, "", "Unauthorized")
		if request.path.startswith("/store/") and request.path != OWN_SIGN_UP:
			check_publishable_key(request.headers.get("x-publishable-api-key"))

	def register(self, _request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		email, password = read_credentials(body)
		known = self.passwords.get(email)
		if known is None:
			self.while_registering()
			return self.add_identity(email, password)
		if known != password or email in self.actors or email in self.admins:
			raise Refusal(401, "unauthorized", "Identity with email already exists")
		return 200, {"token": self.token(email)}

	def add_identity(self, email: str, password: str) -> tuple[int, Any]:
		"""Enter an identity that was not there a moment ago."""
		with self.lock:
			if email in self.passwords:
				message = f"Provider identity with entity_id: {email}, provider: emailpass, already exists."
				raise Refusal(401, "unauthorized", message)
			self.passwords[email] = password
		return 200, {"token": self.token(email)}

	def log_in(self, _request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		email, password = read_credentials(body)
		if self.passwords.get(email) != password:
			raise Refusal(401, "unauthorized", "Invalid email or password")
		return 200, {"token": self.token(email)}

	def create_customer(self, request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		claims = read_token(request.headers.get("Authorization", "").removeprefix("Bearer "))
		if not claims:
			raise Refusal(401, "", "Unauthorized")
		check_customer(body)
		if not body.get("email"):
			raise Refusal(400, "invalid_data", "Email is required to create a customer")
		if claims["actor_id"]:
			raise Refusal(400, "invalid_data", "Request already authenticated as a customer.")
		with self.lock:
			if body["email"] in self.customers:
				message = "Customer with this email already has an account"
				raise Refusal(422, "duplicate_error", message, code="invalid_request_error")
			customer = self.add_customer(body["email"], body)
			self.actors[claims.get("auth_identity_id", "")] = customer["id"]
			return 200, {"customer": view(customer, "*addresses", left_out=("created_by",))}

	def say_ok(self, _request: Request, _body: dict[str, Any]) -> tuple[int, Any]:
		"""Say that the server is up."""
		return 200, "OK"

	def list_regions(self, _request: Request, _body: dict[str, Any]) -> tuple[int, Any]:
		"""The store's regions, for who has a publishable key."""
		return 200, {"regions": [], "count": 0, "offset": 0, "limit": 1}

	def list_keys(self, request: Request, _body: dict[str, Any]) -> tuple[int, Any]:
		"""The admin API's list of publishable keys."""
		channels = [{"id": "sc_1", "name": "Default Sales Channel"}]
		key = {"id": "apk_1", "sales_channels": channels}
		keys = [key] if request.args.get("token") == PUBLISHABLE_KEY else []
		return 200, {"api_keys": keys, "count": len(keys), "offset": 0, "limit": 20}

	def list_customers(self, request: Request, _body: dict[str, Any]) -> tuple[int, Any]:
		"""The admin API's list: a page of the customers that all filters leave."""
		limit, offset = (
			read_number(request, name, default) for name, default in (("limit", 50), ("offset", 0))
		)
		with self.lock:
			found = list(filtered(self.everybody(), request.args.lists()))
			order = request.args.get("order", "id")
			if order.lstrip("-") not in FIELDS:
				raise unknown_error()
			found.sort(key=lambda customer: customer[order.lstrip("-")] or "", reverse=order.startswith("-"))
			page = [view(one, request.args.get("fields", "")) for one in found[offset : offset + limit]]
		return 200, {"customers": page, "count": len(found), "offset": offset, "limit": limit}

	def create_guest(self, _request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		"""A customer without an account, as a checkout makes one too."""
		check_customer(body)
		with self.lock:
			return 200, {"customer": view(self.add_guest(body["email"], body))}

	def read_customer(self, request: Request, _body: dict[str, Any], name: str) -> tuple[int, Any]:
		"""The admin API's page of a customer."""
		return 200, {"customer": view(self.find(name), request.args.get("fields", ""))}

	def update_customer(self, _request: Request, body: dict[str, Any], name: str) -> tuple[int, Any]:
		check_customer(body)
		customer, email = self.find(name), body.get("email")
		known = self.customers if customer["has_account"] else self.guests
		if email and email != customer["email"] and email in known:
			message = f"Customer with email: {email}, has_account: true, already exists."
			raise Refusal(400, "invalid_data", message)
		return 200, {"customer": view(self.change_customer(name, **body))}

	def remove_customer(self, _request: Request, _body: dict[str, Any], name: str) -> tuple[int, Any]:
		self.delete_customer(name)
		return 200, {"id": name, "object": "customer", "deleted": True}

	def create_address(self, _request: Request, body: dict[str, Any], name: str) -> tuple[int, Any]:
		self.add_address(name, **body)
		return 200, {"customer": view(self.find(name), "*addresses")}

	def update_address(
		self, _request: Request, body: dict[str, Any], name: str, address: str
	) -> tuple[int, Any]:
		self.change_address(name, address, **body)
		return 200, {"customer": view(self.find(name), "*addresses")}

	def remove_address(
		self, _request: Request, _body: dict[str, Any], name: str, address: str
	) -> tuple[int, Any]:
		with self.lock:
			customer = self.find(name)
			customer["addresses"] = [one for one in customer["addresses"] if one["id"] != address]
		answer = {"id": address, "object": "customer_address", "deleted": True}
		return 200, {**answer, "parent": view(customer, "*addresses")}

	def sign_up(self, _request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		"""A shop's own route: one POST with all the fields."""
		with self.lock:
			if body.get("email") in self.customers:
				return 409, {"message": "exists"}
			return 200, {"customer_id": self.add_customer(body["email"], body)["id"]}

	def list_events(self, _request: Request, _body: dict[str, Any]) -> tuple[int, Any]:
		"""What the shop was told."""
		return 200, {"told": self.told, "events": self.events}

	def accept_event(self, request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		"""Remember what ERPNext tells: of each record the newest state, in whatever order they come."""
		signature = request.headers.get(SIGNATURE, "")
		if not is_signed(signature, request.get_data(), self.event_secret, time.time()):
			return 401, {"type": "unauthorized", "message": "The signature is wrong or too old"}
		data = body["data"]
		with self.lock:
			self.events.append(body)
			record = data.get("quotation_id") or data.get("name")
			if record and data.get("modified", "") >= self.told.get(record, {}).get("modified", ""):
				self.told[record] = data
		return 200, {"received": True}

	def add_customer(self, email: str, body: dict[str, Any]) -> dict[str, Any]:
		"""Enter a customer with an account, and return it."""
		self.customers[email] = self.make_customer(email, body, has_account=True)
		return self.customers[email]

	def add_guest(self, email: str, body: dict[str, Any]) -> dict[str, Any]:
		"""Enter a customer without an account, and return it."""
		self.guests[email] = self.make_customer(email, body, has_account=False)
		return self.guests[email]

	def make_customer(self, email: str, body: dict[str, Any], *, has_account: bool) -> dict[str, Any]:
		values = {name: body.get(name) for name in WRITABLE} | {"email": email}
		customer = {**dict.fromkeys(FIELDS), "id": self.make_id("cus_"), **values, "has_account": has_account}
		return {**customer, **self.moments(), "addresses": []}

	def everybody(self) -> list[dict[str, Any]]:
		"""Return all customers, those without an account too."""
		return [*self.customers.values(), *self.guests.values()]

	def find(self, name: str) -> dict[str, Any]:
		"""Return a customer by its id. Raises Refusal (404)."""
		for customer in self.everybody():
			if customer["id"] == name:
				return customer
		raise Refusal(404, "not_found", f"Customer with id: {name} not found")

	def change_customer(self, name: str, **values: Any) -> dict[str, Any]:
		"""Change a customer, and return it. With another e-mail they still log in with the old one."""
		with self.lock:
			customer = self.find(name)
			if all(customer[field] == value for field, value in values.items()):
				return customer
			known = self.customers if customer["has_account"] else self.guests
			del known[customer["email"]]
			customer.update(values, updated_at=self.moment())
			known[customer["email"]] = customer
		return customer

	def delete_customer(self, name: str) -> None:
		"""Delete a customer and the identity; nothing happens if there is none."""
		with self.lock:
			for known in (self.customers, self.guests):
				for email in [email for email, one in known.items() if one["id"] == name]:
					del known[email]
			for email in [email for email, actor in self.actors.items() if actor == name]:
				del self.actors[email], self.passwords[email]

	def add_address(self, customer: str, **values: Any) -> dict[str, Any]:
		"""Enter an address of a customer, and return it. The customer's `updated_at` does not change."""
		with self.lock:
			address = {"id": self.make_id("cuaddr_"), "customer_id": customer, "deleted_at": None}
			address |= {**dict.fromkeys(ADDRESS_FIELDS), **dict.fromkeys(DEFAULTS, False), **self.moments()}
			self.find(customer)["addresses"].append(address)
			return self.change_address(customer, address["id"], **values)

	def change_address(self, customer: str, name: str, **values: Any) -> dict[str, Any]:
		"""Change an address, and return it. The customer's `updated_at` does not change."""
		with self.lock:
			addresses = {one["id"]: one for one in self.find(customer)["addresses"]}
			for flag in DEFAULTS:
				for other in addresses.values():
					if values.get(flag) and other[flag]:
						other.update({flag: False, "updated_at": self.moment()})
			addresses[name].update(values, updated_at=self.moment())
			return addresses[name]

	def make_id(self, prefix: str) -> str:
		"""Return a new id (a ULID): ids sort by the time at which they were made."""
		self.last_moment = max(self.last_moment + 1, int(self.clock() * 1000))
		number = (self.last_moment << 80) + secrets.randbits(80)
		return prefix + "".join(ID_DIGITS[number >> 5 * place & 31] for place in reversed(range(26)))

	def moment(self) -> str:
		"""Return the time, as Medusa writes it."""
		now = datetime.fromtimestamp(self.clock(), timezone.utc)
		return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

	def moments(self) -> dict[str, str]:
		"""Return what a new record says about the time."""
		return dict.fromkeys(("created_at", "updated_at"), self.moment())

	def token(self, email: str) -> str:
		"""A JWT with the customer's id, or "" where the identity has no customer yet."""
		claims = {"actor_id": self.actors.get(email, ""), "actor_type": "customer", "auth_identity_id": email}
		parts = [json.dumps({"alg": "HS256"}), json.dumps(claims)]
		encoded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
		return ".".join([*encoded, self.signature])

	def fail(self, fault: str, answer: Any) -> Response:
		"""The answer that a fault makes of it; for "hang", "half" and "lost" the work has been done all the
		same.
		"""
		if fault == "hang":
			waiting = self.woken
			waiting.wait(60)
			return Response("", 503)
		if fault in ("half", "lost"):
			text = json.dumps(answer)
			response = Response(text[: len(text) // 2], 200, mimetype="application/json")
			if fault == "lost":
				response.headers["Content-Length"] = str(len(text))
			return response
		if fault == "database":
			message = "Knex: Timeout acquiring a connection. The pool is probably full."
			return Response(
				json.dumps({"type": "unauthorized", "message": message}), 401, mimetype="application/json"
			)
		if fault == "html":
			return Response("<html>Bad gateway at /srv/medusa</html>", 502, mimetype="text/html")
		if fault == "redirect":
			return Response("", 307, {"Location": "/elsewhere"})
		if fault == "list":
			return Response("[1]", 200, mimetype="application/json")
		status, kind = (400, "invalid_data") if fault == "refuse" else (500, "unknown_error")
		body = {"type": kind, "message": 'select "secret" from "customer"'}
		return Response(json.dumps(body), status, mimetype="application/json")


def is_signed(header: str, body: bytes, secret: str, now: float) -> bool:
	"""Return whether a signature (`t=<unix time>,v1=<hex>`, also with several v1) is of this body and new."""
	parts = [part.partition("=")[::2] for part in header.split(",")]
	moment = next((value for name, value in parts if name == "t"), "")
	if not moment.isdecimal() or abs(now - int(moment)) > MAX_AGE:
		return False
	expected = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
	sent = [value for name, value in parts if name == "v1"]
	return any(hmac.compare_digest(expected.encode(), value.encode()) for value in sent)


def unknown_error() -> Refusal:
	"""Return Medusa's answer to what it did not expect."""
	return Refusal(500, "unknown_error", "An unknown error occurred.", code="unknown_error")


def check_publishable_key(key: str | None) -> None:
	"""Raise Refusal if a call of the store API does not bring the publishable key."""
	if not key:
		message = "Publishable API key required in the request header: x-publishable-api-key."
		raise Refusal(400, "not_allowed", message)
	if key != PUBLISHABLE_KEY:
		message = "A valid publishable key is required to proceed with the request"
		raise Refusal(400, "not_allowed", message)


def read_credentials(body: dict[str, Any]) -> tuple[str, str]:
	"""Return e-mail and password. Raises Refusal if one is missing or no text."""
	for name in ("password", "email"):
		if not isinstance(body.get(name), str) or not body[name]:
			raise Refusal(401, "unauthorized", f"{name.capitalize()} should be a string")
	return body["email"], body["password"]


def check_customer(body: dict[str, Any]) -> None:
	"""Raise Refusal if Medusa would not accept these values of a customer."""
	unknown = [name for name in body if name not in WRITABLE]
	if unknown:
		fields = ", ".join(unknown)
		raise Refusal(400, "invalid_data", f"Invalid request: Unrecognized fields: '{fields}'")
	for name, value in body.items():
		if name != "metadata" and value is not None and not isinstance(value, str):
			raise Refusal(400, "invalid_data", f"Invalid request: Expected type: 'string' for field '{name}'")
		if "\0" in str(value):
			raise unknown_error()
	if body.get("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", body["email"]):
		raise Refusal(400, "invalid_data", "Invalid request: Invalid email")


def read_number(request: Request, name: str, default: int) -> int:
	"""Return a number of the query. Raises Refusal if it is none."""
	text = request.args.get(name, str(default))
	if not text.lstrip("-").isdecimal():
		message = f"Invalid request: Expected type: 'number' for field '{name}', got: '{text}'"
		raise Refusal(400, "invalid_data", message)
	if text.startswith("-"):
		raise unknown_error()
	return int(text)


def filtered(
	customers: Iterable[dict[str, Any]], query: Iterable[tuple[str, list[str]]]
) -> Iterable[dict[str, Any]]:
	"""Return the customers that all filters of a query leave. Raises Refusal if one is unknown."""
	for name, values in query:
		if name in PAGING:
			continue
		found = FILTERS.fullmatch(name)
		if not found:
			raise Refusal(400, "invalid_data", f"Invalid request: Unrecognized fields: '{name}'")
		field, comparison = found.groups()
		customers = compared(customers, field, comparison, values)
	return customers


def compared(
	customers: Iterable[dict[str, Any]], field: str, comparison: str | None, values: list[str]
) -> list[dict[str, Any]]:
	"""Return the customers that one filter leaves. As in Medusa, an unknown comparison leaves all."""
	if field == "has_account":
		if values[0] not in ("true", "false"):
			raise Refusal(400, "invalid_data", "Invalid request: Invalid input")
		return [one for one in customers if one[field] == (values[0] == "true")]
	if not comparison:
		return [one for one in customers if one[field] in values]
	if comparison not in COMPARISONS:
		return list(customers)
	compare, read = COMPARISONS[comparison], read_moment if field.endswith("_at") else str
	limit = read(values[0])
	return [one for one in customers if compare(read(one[field]), limit)]


def read_moment(text: str) -> datetime:
	"""Return a time. Raises Refusal, as Medusa fails, if it is none."""
	try:
		moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
	except ValueError:
		raise unknown_error() from None
	return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def view(customer: dict[str, Any], fields: str = "", *, left_out: tuple[str, ...] = ()) -> dict[str, Any]:
	"""Return a customer with the fields that were asked for. `*addresses` alone adds to the usual ones."""
	names = [name for name in fields.split(",") if name]
	own = [name for name in names if name in FIELDS] or [name for name in FIELDS if name not in left_out]
	shown = {name: customer[name] for name in own}
	if "*addresses" in names:
		shown["addresses"] = [dict(address) for address in customer["addresses"]]
	return shown


def read_token(token: str) -> dict[str, Any]:
	"""The claims of a token that this server made, or {}."""
	try:
		payload = token.split(".")[1]
		return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
	except (IndexError, ValueError):
		return {}


@contextmanager
def served(medusa: FakeMedusa, port: int = 0):
	"""Serve on 127.0.0.1 while the block runs; yields the URL. Port 0: any free one."""
	server = make_server("127.0.0.1", port, medusa, threaded=True, request_handler=QuietHandler)
	thread = threading.Thread(target=server.serve_forever, daemon=True)
	thread.start()
	try:
		yield f"http://127.0.0.1:{server.server_port}"
	finally:
		medusa.woken.set()
		server.shutdown()
		thread.join()
		server.server_close()
