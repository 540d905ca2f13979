"""The two shops that the tests of this folder run against: the stand-in, and a stock Medusa server.

Both have the same methods, and what they do to the shop is done over HTTP wherever Medusa has a route for it,
so that a test does not know which of the two it runs against.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from helpers import until
from stock_medusa import StockMedusa

from medusa_integration.tests.fake_medusa import (
	ADMIN_CUSTOMERS,
	CUSTOMERS,
	LOGIN,
	PUBLISHABLE_KEY,
	REGIONS,
	REGISTER,
	SECRET_KEY,
	FakeMedusa,
)

PASSWORD = "s3cret <&> pass phrase"


class Shop:
	"""What both have."""

	url: str
	publishable_key: str
	secret_key: str
	admin: dict[str, str]  # e-mail and password of an admin
	no_keys: dict[str, str]  # keys that Medusa does not accept: "publishable", "secret"

	def call(
		self,
		verb: str,
		path: str,
		body: Any = None,
		*,
		token: str = "",
		key: str | None = None,
		secret: str | None = None,
		**options: Any,
	) -> requests.Response:
		"""Call Medusa, with the key that the path needs, unless another one is named."""
		key = self.publishable_key if key is None else key
		secret = self.secret_key if secret is None else secret
		headers = {"x-publishable-api-key": key} if key and path.startswith("/store") else {}
		if token:
			headers["Authorization"] = f"Bearer {token}"
		if path.startswith("/admin") and secret:
			options["auth"] = (secret, "")
		return requests.request(
			verb, self.url + path, json=body, headers=headers, timeout=70, allow_redirects=False, **options
		)

	def register(self, email: str, password: str = PASSWORD) -> requests.Response:
		"""Create an identity."""
		return self.call("POST", REGISTER, {"email": email, "password": password})

	def log_in(self, email: str, password: str = PASSWORD) -> requests.Response:
		return self.call("POST", LOGIN, {"email": email, "password": password})

	def sign_up(self, email: str, **values: str) -> dict[str, Any]:
		"""Create an account, and return the customer."""
		token = self.register(email).json()["token"]
		return self.call("POST", CUSTOMERS, {"email": email, **values}, token=token).json()["customer"]

	def add_guest(self, email: str) -> dict[str, Any]:
		"""Create a customer without an account."""
		return self.call("POST", ADMIN_CUSTOMERS, {"email": email}).json()["customer"]

	def customers(self, email: str) -> list[dict[str, Any]]:
		"""Return all customers with an e-mail."""
		return self.list(email=email)["customers"]

	def list(self, **parameters: Any) -> dict[str, Any]:
		"""Return a page of the admin API's list of customers."""
		response = self.call("GET", ADMIN_CUSTOMERS, params=parameters)
		assert response.status_code == 200, response.text
		return response.json()

	@contextmanager
	def database_down(self) -> Iterator[None]:
		"""Let Medusa have no database while the block runs."""
		raise NotImplementedError
		yield

	@contextmanager
	def waiting(self, path: str) -> Iterator[None]:
		"""Let calls to REGISTER or CUSTOMERS do their work only when the block ends."""
		raise NotImplementedError
		yield


class StandIn(Shop):
	"""The stand-in."""

	def __init__(self, medusa: FakeMedusa, url: str) -> None:
		self.medusa, self.url = medusa, url
		self.publishable_key, self.secret_key = PUBLISHABLE_KEY, SECRET_KEY
		self.no_keys = {"publishable": "pk_revoked", "secret": "sk_revoked"}
		self.admin = {"email": "admin@example.com", "password": "password of an admin"}
		medusa.passwords[self.admin["email"]] = self.admin["password"]
		medusa.admins.add(self.admin["email"])

	@contextmanager
	def database_down(self) -> Iterator[None]:
		with self.waiting(""):
			yield

	@contextmanager
	def waiting(self, path: str) -> Iterator[None]:
		self.medusa.set_fault("late", path)
		try:
			yield
		finally:
			self.medusa.set_fault("")


class Stock(Shop):
	"""A stock Medusa server."""

	def __init__(self, medusa: StockMedusa) -> None:
		self.medusa, self.url = medusa, medusa.url
		keys = medusa.keys
		self.publishable_key, self.secret_key, self.admin = keys["publishable"], keys["secret"], keys["admin"]
		self.no_keys = {"publishable": keys["publishable_revoked"], "secret": keys["secret_revoked"]}

	@contextmanager
	def database_down(self) -> Iterator[None]:
		self.medusa.database.stop(signal.SIGQUIT)
		try:
			yield
		finally:
			self.medusa.database.start()
			until(lambda: self.call("GET", REGIONS).status_code == 200, seconds=120)

	@contextmanager
	def waiting(self, path: str) -> Iterator[None]:
		table = {REGISTER: "provider_identity", CUSTOMERS: "customer"}[path]
		with self.medusa.database.locked(table):
			yield
