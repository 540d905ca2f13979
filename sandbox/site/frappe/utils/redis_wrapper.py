"""Frappe's cache, and the queue's Redis: both in memory, shared by all threads of the process."""

import pickle
from typing import Any

import fakeredis
import redis

from frappe.context import local

_servers = {"queue": fakeredis.FakeServer(), "cache": fakeredis.FakeServer()}


class Cache(fakeredis.FakeStrictRedis):
	"""Keys of one site; values also stay in `frappe.local.cache` for the rest of the request."""

	def make_key(self, key: str) -> str:
		return f"{local.site}|{key}"

	def get_value(self, key: str, *, expires: bool = False) -> Any:
		"""Return a value or None; `expires` says that the value is not kept in `frappe.local.cache`."""
		key = self.make_key(key)
		if key in local.cache:
			return local.cache[key]
		stored = self.get(key)
		if stored is None:
			return None
		value = pickle.loads(stored)
		if not expires:
			local.cache[key] = value
		return value

	def set_value(self, key: str, value: Any, *, expires_in_sec: int | None = None) -> None:
		"""Store a value; one that expires is not kept in `frappe.local.cache`."""
		key = self.make_key(key)
		if not expires_in_sec:
			local.cache[key] = value
		self.set(key, pickle.dumps(value), ex=expires_in_sec)

	# of lists Frappe makes the keys of these two, and not of `lrem`

	def rpush(self, key: str, value: Any) -> Any:
		return super().rpush(self.make_key(key), value)

	def lrange(self, key: str, start: int, stop: int) -> Any:
		return super().lrange(self.make_key(key), start, stop)

	def delete_value(self, key: str) -> None:
		local.cache.pop(self.make_key(key), None)
		self.delete(self.make_key(key))

	def delete_keys(self, start: str) -> None:
		"""Forget all keys that begin with `start`."""
		start = self.make_key(start)
		for key in [key for key in local.cache if key.startswith(start)]:
			del local.cache[key]
		for key in [key for key in self.keys() if key.startswith(start.encode())]:
			self.delete(key)


cache = Cache(server=_servers["cache"])
queue_connection: redis.Redis = fakeredis.FakeStrictRedis(server=_servers["queue"])


def set_redis_down(is_down: bool) -> None:
	"""Inject a fault: the queue's Redis cannot be reached."""
	_servers["queue"].connected = not is_down
