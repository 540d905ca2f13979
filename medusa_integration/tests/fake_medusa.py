"""A stand-in for stock Medusa 2: the routes that a sign-up uses, and their answers as they were seen on a
real one; and the route of a shop that ERPNext tells about its changes.

`FakeMedusa` is a WSGI application that keeps identities and customers in memory. Faults are injected by
setting `fault`, for all calls or for those to one path only.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
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
# what is read by GET, and the method that answers
READ = {
	ADMIN_CUSTOMERS: "list_customers",
	ADMIN_KEYS: "list_keys",
	REGIONS: "list_regions",
	HEALTH: "say_ok",
}
FAULTS = ("hang", "late", "500", "html", "half", "lost", "database", "list", "refuse", "redirect")


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
		self.customers: dict[str, dict[str, Any]] = {}
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

		"hang" does the work and does not answer; "late" does it when the fault has ended.
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
			if (request.method, request.path) == ("GET", EVENTS):
				fault = ""
			woken = self.woken
		if fault == "late":
			woken.wait(60)
			fault = ""
		if fault in ("", "half", "lost", "hang"):
			status, answer = self.answer(request, body)
			if request.path in self.before_answer:
				self.before_answer[request.path]()
			if not fault:
				return Response(json.dumps(answer), status, mimetype="application/json")
		return self.fail(fault, locals().get("answer"))

	def answer(self, request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		"""Status and body for a call that no fault disturbs."""
		route = {
			REGISTER: self.register,
			LOGIN: self.log_in,
			CUSTOMERS: self.create_customer,
			OWN_SIGN_UP: self.sign_up,
			EVENTS: self.accept_event,
		}.get(request.path)
		if request.path in READ and request.method == "GET":
			return getattr(self, READ[request.path])(request)
		if request.path == EVENTS and request.method == "GET":
			return 200, {"told": self.told, "events": self.events}
		if not route or request.method != "POST":
			return 404, {"type": "not_found", "message": "Not found"}
		return route(request, body)

	def register(self, _request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		email, password = body.get("email"), body.get("password")
		if not isinstance(password, str) or not password:
			return 401, {"type": "unauthorized", "message": "Password should be a string"}
		if not isinstance(email, str) or not email:
			return 401, {"type": "unauthorized", "message": "Email should be a string"}
		known = self.passwords.get(email)
		if known is None:
			self.while_registering()
			return self.add_identity(email, password)
		if known != password or email in self.customers:
			return 401, {"type": "unauthorized", "message": "Identity with email already exists"}
		return 200, {"token": self.token(email)}

	def add_identity(self, email: str, password: str) -> tuple[int, Any]:
		"""Enter an identity that was not there a moment ago."""
		with self.lock:
			if email in self.passwords:
				message = f"Provider identity with entity_id: {email}, provider: emailpass, already exists."
				return 401, {"type": "unauthorized", "message": message}
			self.passwords[email] = password
		return 200, {"token": self.token(email)}

	def log_in(self, _request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		email = body.get("email", "")
		if self.passwords.get(email) is None or self.passwords[email] != body.get("password"):
			return 401, {"type": "unauthorized", "message": "Invalid email or password"}
		return 200, {"token": self.token(email)}

	def create_customer(self, request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		if request.headers.get("x-publishable-api-key") != PUBLISHABLE_KEY:
			return 400, {"type": "not_allowed", "message": "A valid publishable key is required to proceed"}
		claims = read_token(request.headers.get("Authorization", "").removeprefix("Bearer "))
		if not claims:
			return 401, {"message": "Unauthorized"}
		email = body.get("email")
		allowed = {"email", "first_name", "last_name", "phone", "company_name", "metadata"}
		if not email or set(body) - allowed:
			return 400, {"type": "invalid_data", "message": "Invalid request: unrecognized or missing fields"}
		if claims["actor_id"]:
			return 400, {"type": "invalid_data", "message": "Request already authenticated as a customer."}
		with self.lock:
			if email in self.customers:
				message = "Customer with this email already has an account"
				return 422, {"code": "invalid_request_error", "type": "duplicate_error", "message": message}
			return 200, {"customer": self.add_customer(email, body)}

	def say_ok(self, _request: Request) -> tuple[int, Any]:
		"""Say that the server is up."""
		return 200, "OK"

	def list_regions(self, request: Request) -> tuple[int, Any]:
		"""The store's regions, for who has a publishable key."""
		if request.headers.get("x-publishable-api-key") != PUBLISHABLE_KEY:
			message = "A valid publishable key is required to proceed with the request"
			return 400, {"type": "not_allowed", "message": message}
		return 200, {"regions": [], "count": 0, "offset": 0, "limit": 1}

	def list_keys(self, request: Request) -> tuple[int, Any]:
		"""The admin API's list of publishable keys."""
		if not request.authorization or request.authorization.username != SECRET_KEY:
			return 401, {"message": "Unauthorized"}
		channels = [{"id": "sc_1", "name": "Default Sales Channel"}]
		key = {"id": "apk_1", "sales_channels": channels}
		keys = [key] if request.args.get("token") == PUBLISHABLE_KEY else []
		return 200, {"api_keys": keys, "count": len(keys), "offset": 0, "limit": 20}

	def list_customers(self, request: Request) -> tuple[int, Any]:
		"""The admin API's list, by exact e-mail."""
		if not request.authorization or request.authorization.username != SECRET_KEY:
			return 401, {"message": "Unauthorized"}
		found = [c for email, c in self.customers.items() if email == request.args.get("email")]
		return 200, {"customers": found, "count": len(found), "offset": 0, "limit": 2}

	def sign_up(self, _request: Request, body: dict[str, Any]) -> tuple[int, Any]:
		"""A shop's own route: one POST with all the fields."""
		with self.lock:
			if body.get("email") in self.customers:
				return 409, {"message": "exists"}
			return 200, {"customer_id": self.add_customer(body["email"], body)["id"]}

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
		number = f"{len(self.customers):04d}{base64.b32encode(email.encode()).decode().strip('=')}"
		customer = {"id": f"cus_01{number}"[:60], "has_account": True, **body, "email": email}
		self.customers[email] = customer
		return customer

	def token(self, email: str) -> str:
		"""A JWT with the customer's id, or "" where the identity has no customer yet."""
		claims = {"actor_id": self.customers.get(email, {}).get("id", ""), "actor_type": "customer"}
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
