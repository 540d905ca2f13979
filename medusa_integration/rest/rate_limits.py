"""How often a method may be called, and how many sign-ups may wait for Medusa at once.

Frappe's own `rate_limit` has no limit for a whole site and does not say how long to wait.
"""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import time
from typing import Any

import frappe
from frappe import _
from redis.exceptions import RedisError

from medusa_integration.exceptions import OverloadedError, TooManyCallsError
from medusa_integration.rest.permissions import is_storefront
from medusa_integration.settings import get_settings

GUEST_WINDOW = 60  # seconds
SIGN_UP_WINDOW = 3600  # seconds
SLOT_TIME = 300  # seconds: longer than a sign-up waits for Medusa with the default Time-out
RETRY_OVERLOADED = 5  # seconds
SLOTS = "medusa_integration:sign_ups_waiting"


def limit_guests(method: str) -> None:
	"""Count a call of a guest, and raise TooManyCallsError beyond the limits of the settings."""
	settings = get_settings()
	check_rate_limit(f"guest:{method}:{network()}", settings.guest_calls_per_minute, GUEST_WINDOW)
	check_rate_limit(f"guest:{method}", settings.guest_calls_per_site, GUEST_WINDOW)


def limit_sign_ups_of_network() -> None:
	"""Count a sign-up from the caller's network, and raise TooManyCallsError beyond the limit.

	The server of a shop has only one address, so a caller with the storefront's token is not limited here.
	"""
	if not is_storefront():
		check_rate_limit(f"sign_up:ip:{network()}", get_settings().sign_ups_per_ip, SIGN_UP_WINDOW)


def limit_sign_ups_of_email(email: str) -> None:
	"""Count a sign-up for its e-mail and for the site; raise TooManyCallsError beyond a limit.

	Sign-ups with the storefront's token are counted separately, so that strangers cannot use up the limits of
	the shop. Call this after the arguments are checked, so that calls with wrong arguments do not count.
	"""
	settings, caller = get_settings(), "shop" if is_storefront() else "guest"
	check_rate_limit(f"sign_up:email:{caller}:{email}", settings.sign_ups_per_email, SIGN_UP_WINDOW)
	check_rate_limit(f"sign_up:site:{caller}", settings.sign_ups_per_site, SIGN_UP_WINDOW)


def check_rate_limit(what: str, most: int, window: int) -> None:
	"""Count one call of `what`; raise TooManyCallsError beyond `most` in a window of `window` seconds.

	0 means no limit.
	"""
	if not most:
		return
	try:
		calls, wait = count_call(f"medusa_integration:{what}", window)
	except RedisError:
		# calls without a limit are better than no calls at all
		frappe.logger("medusa_integration").error("Calls are not counted: Redis cannot be reached")
		return
	if calls > most:
		frappe.flags.medusa_retry_after = wait
		frappe.throw(_("Too many calls. Please try again later."), TooManyCallsError)


def count_call(what: str, window: int) -> tuple[int, int]:
	"""Count one call. Returns the number of calls in this window, and the seconds until it ends."""
	key = frappe.cache.make_key(what)
	calls = frappe.cache.incrby(key, 1)
	if calls == 1 or frappe.cache.ttl(key) < 0:  # if a process died in between, there is no expiry
		frappe.cache.expire(key, window)
	return calls, max(1, frappe.cache.ttl(key))


def network() -> str:
	"""Return the caller's network: an IPv4 address, or the /64 network of an IPv6 address.

	Internet providers usually give each customer a /64 network of their own.
	"""
	address = frappe.local.request_ip or ""
	try:
		if ipaddress.ip_address(address).version == 6:
			return str(ipaddress.ip_network(f"{address}/64", strict=False))
	except ValueError:
		return address  # a name in a forged header is counted as it is
	return address


@contextmanager
def sign_up_slot() -> Iterator[None]:
	"""Limit how many sign-ups wait for Medusa at once, as Medusa Settings say.

	Each one occupies a thread of the web server. Raises OverloadedError (503). The slot of a process that
	died is free after SLOT_TIME seconds.
	"""
	most = get_settings().sign_ups_at_once
	if not most or not frappe.request:
		yield
		return
	slot, slots = frappe.generate_hash(length=12), frappe.cache.make_key(SLOTS)
	if not try_to_take_slot(slots, slot, most):
		frappe.flags.medusa_retry_after = RETRY_OVERLOADED
		frappe.throw(_("Too many sign-ups at this moment. Please try again."), OverloadedError)
	try:
		yield
	finally:
		with suppress(RedisError):
			frappe.cache.zrem(slots, slot)


def try_to_take_slot(slots: str, slot: str, most: int) -> bool:
	"""Take a slot. Returns whether there was a free one, or True if Redis cannot be reached."""
	try:
		return take_slot(slots, slot, most)
	except RedisError:
		frappe.logger("medusa_integration").error("Sign-ups are not counted: Redis cannot be reached")
		return True


def take_slot(slots: str, slot: str, most: int) -> bool:
	"""Take one of `most` slots. Returns whether there was a free one.

	The slots are a sorted set in Redis, ordered by the time when they were taken.
	"""
	now = time()
	frappe.cache.zremrangebyscore(slots, 0, now - SLOT_TIME)
	frappe.cache.zadd(slots, {slot: now})
	frappe.cache.expire(slots, SLOT_TIME)
	rank: Any = frappe.cache.zrank(slots, slot)
	if rank is not None and rank < most:
		return True
	frappe.cache.zrem(slots, slot)
	return False
