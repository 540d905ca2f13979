"""The receiver of events in the shop: a signed POST, and what came of it.

The secrets are in no exception and no traceback, because Frappe logs the local variables of a failed job. So
`post_event` returns what happened and raises nothing.
"""

import hashlib
import hmac
from queue import Empty, SimpleQueue
from threading import Thread
from time import time
from typing import NamedTuple

import requests
from frappe import _

from medusa_integration.settings import get_settings

SIGNATURE = "Medusa-Integration-Signature"
TIMEOUT = (5, 10)  # seconds to connect, and between two parts of the answer
DEADLINE = 20  # seconds for all of it: a server that sends a byte now and then reaches no time-out
READ_LENGTH = 500  # bytes of an answer that are read
REFUSALS = range(400, 500)
SECRETS = ("event_secret", "next_event_secret")


class Delivery(NamedTuple):
	"""What happened to an event.

	`status`: the HTTP status, 0 if there was no answer. `text`: the beginning of the answer. `problem`: why
	there was no answer.
	"""

	status: int
	text: str = ""
	problem: str = ""

	@property
	def is_accepted(self) -> bool:
		"""Return whether the shop has accepted the event."""
		return 200 <= self.status < 300


def post_event(body: bytes, *, reads_answer: bool = False) -> Delivery:
	"""POST an event, a JSON text, to the Event URL of Medusa Settings. Redirects are not followed.

	Unless `reads_answer`, only the status is read, and the beginning of a refusal. This ends after DEADLINE
	seconds, however slowly the shop answers.
	"""
	url = get_settings().event_url or ""
	headers = {"Content-Type": "application/json", SIGNATURE: sign(body)}
	answers: SimpleQueue[Delivery | requests.Timeout | None] = SimpleQueue()
	# nothing of Frappe's is used in the thread: it has no site, and may outlive the job
	Thread(target=lambda: answers.put(post(url, body, headers, reads_answer)), daemon=True).start()
	try:
		answer = answers.get(timeout=DEADLINE)
	except Empty:
		answer = requests.Timeout()
	if isinstance(answer, requests.Timeout):
		return Delivery(0, problem=_("The shop did not answer in time."))
	return answer or Delivery(0, problem=_("The shop cannot be reached."))


def post(
	url: str, body: bytes, headers: dict[str, str], reads_answer: bool
) -> Delivery | requests.Timeout | None:
	"""POST a text; return what came back, the time-out, or None if the server cannot be reached."""
	options = {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
	try:
		with requests.post(url, data=body, headers=headers, **options) as response:
			status = response.status_code
			reads_answer = reads_answer or status in REFUSALS
			return Delivery(status, read_beginning(response) if reads_answer else "")
	except requests.Timeout as timeout:
		return timeout
	except (requests.RequestException, UnicodeError):
		return None


def read_beginning(response: requests.Response) -> str:
	"""Return the first characters of an answer; the status counts, even if the rest never arrives."""
	try:
		return next(response.iter_content(READ_LENGTH), b"").decode(errors="replace")
	except requests.RequestException:
		return ""


def sign(body: bytes) -> str:
	"""Return the signature of an event: the time, and one HMAC for each secret."""
	now = int(time())
	settings = get_settings()
	secrets = [settings.get_password(field, raise_exception=False) for field in SECRETS]
	signed = str(now).encode() + b"." + body
	digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets if secret]
	return ",".join([f"t={now}", *(f"v1={digest}" for digest in digests)])
