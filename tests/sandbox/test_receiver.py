"""The stand-in Medusa as a shop that ERPNext tells about its changes."""

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from medusa_integration.tests.fake_medusa import EVENT_SECRET, EVENTS, SIGNATURE, FakeMedusa

NOON, ONE = "2026-11-24T12:00:00.000000Z", "2026-11-24T13:00:00.000000Z"


@pytest.fixture
def medusa() -> FakeMedusa:
	return FakeMedusa()


def event(**data: Any) -> bytes:
	content = {"quotation_id": "quo_1", "modified": NOON, **data}
	return json.dumps({"id": "row", "event": "quotation.changed", "data": content}).encode()


def sign(body: bytes, secret: str = EVENT_SECRET, age: int = 0) -> str:
	moment = str(int(time.time()) - age)
	digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
	return f"t={moment},v1={digest}"


def post(medusa: FakeMedusa, body: bytes, signature: str | None = None) -> TestResponse:
	headers = {SIGNATURE: sign(body) if signature is None else signature}
	return Client(medusa).post(EVENTS, data=body, headers=headers, content_type="application/json")


def told(medusa: FakeMedusa) -> dict[str, Any]:
	return Client(medusa).get(EVENTS).json["told"]


def test_signed_event_is_remembered(medusa):
	assert post(medusa, event(status="offered")).status_code == 200
	assert told(medusa) == {"quo_1": {"quotation_id": "quo_1", "modified": NOON, "status": "offered"}}


def test_order_is_remembered_by_its_name(medusa):
	post(medusa, event(quotation_id=None, name="SAL-ORD-1"))
	assert list(told(medusa)) == ["SAL-ORD-1"]


@pytest.mark.parametrize("moments", [(NOON, ONE), (ONE, NOON)])
def test_newest_state_counts_in_whatever_order_they_come(medusa, moments):
	for moment in moments:
		post(medusa, event(modified=moment))
	assert told(medusa)["quo_1"]["modified"] == ONE


def test_all_events_are_listed_in_their_order(medusa):
	post(medusa, event(modified=ONE))
	post(medusa, event(modified=NOON))
	moments = [found["data"]["modified"] for found in Client(medusa).get(EVENTS).json["events"]]
	assert moments == [ONE, NOON]


def test_one_of_two_signatures_is_enough(medusa):
	other, right = sign(event(), "another secret"), sign(event()).partition(",")[2]
	assert post(medusa, event(), f"{other},{right}").status_code == 200


WRONG_SIGNATURES = {
	"none": lambda: "",
	"empty": lambda: "t=,v1=",
	"no time": lambda: "v1=00",
	"no number": lambda: "t=\u00b2,v1=00",
	"only the time": lambda: sign(event()).partition(",")[0],
	"another secret": lambda: sign(event(), "another secret"),
	"another body": lambda: sign(event(status="lost")),
	"old": lambda: sign(event(), age=301),
	"in the future": lambda: sign(event(), age=-310),
}


@pytest.mark.parametrize("name", WRONG_SIGNATURES)
def test_wrong_signature_is_refused(medusa, name):
	assert (post(medusa, event(), WRONG_SIGNATURES[name]()).status_code, told(medusa)) == (401, {})


@pytest.mark.parametrize(
	("fault", "status", "remembered"), [("500", 500, 0), ("redirect", 307, 0), ("half", 200, 1)]
)
def test_faults(medusa, fault, status, remembered):
	medusa.set_fault(fault, EVENTS)
	assert (post(medusa, event()).status_code, len(told(medusa))) == (status, remembered)


def test_reset_forgets(medusa):
	post(medusa, event())
	medusa.reset()
	assert told(medusa) == {}
