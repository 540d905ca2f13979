"""What the tests share that look into the embedded site from inside."""

import threading
from collections.abc import Callable
from typing import Any

import frappe

from helpers import until


def eventually(look: Callable[[], Any]) -> Any:
	"""Return what `look` finds in the committed database: a job is about to make it."""

	def look_again() -> Any:
		frappe.db.rollback()
		return look()

	return until(look_again, seconds=20)


def run_in_thread(target: Callable[[], Any]) -> None:
	"""frappe.local is a thread's own: a job must not end the test's connection."""
	thread = threading.Thread(target=target)
	thread.start()
	thread.join()
