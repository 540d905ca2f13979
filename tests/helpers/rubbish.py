"""What nobody should send, to the sandbox and to a live bench alike: name -> options for a request."""

import gzip
import json
from typing import Any

MEGABYTES = 10_000_000
JSON = {"Content-Type": "application/json"}
# a call that every method refuses, whatever it makes of it
NOTHING = {"customer_id": "cus_nobody", "quotation_id": "quo_none", "email": "x", "data": 1, "start": -1}

VERBS: dict[str, dict[str, Any]] = {
	verb: {"verb": verb, "json": NOTHING} for verb in ("PUT", "PATCH", "DELETE", "TRACE", "BREW")
}

CONTENT_TYPES: dict[str, dict[str, Any]] = {
	content_type or "none": {
		"data": json.dumps(NOTHING),
		"headers": {"Content-Type": content_type} if content_type else {},
	}
	for content_type in (
		"",
		"text/plain",
		"text/html",
		"application/xml",
		"application/octet-stream",
		"application/x-www-form-urlencoded",
		"multipart/form-data",
		"multipart/form-data; boundary=x",
		"application/json; charset=utf-16",
		"application/json; charset=no-such",
		"application/json-patch+json",
		"\u00e9".encode().decode("latin-1"),
	)
}

BODIES: dict[str, dict[str, Any]] = {
	"10 MB text": {"json": {**NOTHING, "organization_name": "x" * MEGABYTES}},
	"10 MB form": {"data": {**NOTHING, "organization_name": "x" * MEGABYTES}},
	"10 MB object": {"data": {**NOTHING, "data": '{"id":"' + "x" * MEGABYTES + '"}'}},
	"10 MB beside": {"json": {**NOTHING, "metadata": "x" * MEGABYTES}},
	"10,000 items": {"json": {**NOTHING, "items": [{"sku": f"X{i}", "quantity": 1} for i in range(10_000)]}},
	"10,000 bad items": {"json": {**NOTHING, "items": [{"sku": i} for i in range(10_000)]}},
	"10,000 keys": {"json": {**NOTHING, **{f"key{i}": i for i in range(10_000)}}},
	"900 form keys": {"data": {**NOTHING, **{f"key{i}": i for i in range(900)}}},
	"deep in an object": {"data": '{"data":' + '{"data":' * 200 + "1" + "}" * 201, "headers": JSON},
	"deep in a form": {"data": {**NOTHING, "data": "[" * 200_000, "items": '{"a":' * 200_000}},
	# not too deep for Python's parser, and deeper than its functions may call themselves
	"600 deep in a form": {"data": {**NOTHING, "items": "[" * 600 + "]" * 600}},
	"900 deep in a form": {"data": {**NOTHING, "items": "[" * 900 + "]" * 900}},
	"600 deep": {
		"data": '{"items":' + "[" * 600 + "]" * 600 + ',"data":1,"email":"x","start":-1}',
		"headers": JSON,
	},
	"deep in a form, whole": {"data": {**NOTHING, "items": "[" * 50_000 + "]" * 50_000}},
	"key twice": {
		"data": '{"customer_id":"a","customer_id":"b","data":1,"email":"x","start":-1}',
		"headers": JSON,
	},
	"form key twice": {"data": [("customer_id", "a"), ("customer_id", "b"), ("email", "x"), ("start", "-1")]},
	"text": {"data": '"x"', "headers": JSON},
	"number": {"data": "1", "headers": JSON},
	"null": {"data": "null", "headers": JSON},
	"true": {"data": "true", "headers": JSON},
	"list": {"data": '[{"email":"a@b.co"}]', "headers": JSON},
	"huge number": {"data": '{"start":' + "9" * 4000 + ',"data":1}', "headers": JSON},
	"huge exponent": {"data": '{"start":-1e999999,"data":1}', "headers": JSON},
	"names of Python's": {"json": {**NOTHING, "self": 1, "args": [1], "kwargs": {"a": 1}, "__class__": 1}},
	"names of Frappe's": {"json": {**NOTHING, "doctype": "User", "flags": {"a": 1}}},
	"NUL in a form": {"data": {**NOTHING, "customer_id": "a\0b", "quotation_id": "\0"}},
	"half of a pair": {
		"data": '{"customer_id":"\\ud800","email":"\\udfff","data":1,"start":-1}',
		"headers": JSON,
	},
	"bytes in a form": {"data": b"customer_id=%ff%fe&email=%80&start=-1&data=1"},
	"no Unicode": {"data": b'{"email":"\xff\xfe","start":-1}', "headers": JSON},
	"file": {"files": {"data": ("x.json", b"{}"), "items": ("y", b"\0")}, "data": {"start": "-1"}},
}

UNREADABLE: dict[str, dict[str, Any]] = {
	"malformed": {"data": "{", "headers": JSON},
	"10 MB malformed": {"data": "[" + "1," * (MEGABYTES // 2), "headers": JSON},
	"too deep": {"data": '{"data":' * 100_000 + "1" + "}" * 100_000, "headers": JSON},
	"number too long": {"data": '{"start":' + "9" * 10_000 + "}", "headers": JSON},
	"gzip": {
		"data": gzip.compress(json.dumps(NOTHING).encode()),
		"headers": {**JSON, "Content-Encoding": "gzip"},
	},
	"binary": {"data": bytes(range(256)) * 100, "headers": JSON},
}

CASES = {**VERBS, **CONTENT_TYPES, **BODIES, **UNREADABLE}


def check(response: Any, name: str) -> None:
	"""Refused for what is wrong with it, in words of a refusal; a list or a ping may come of nothing."""
	answer = response.json().get("message") if response.ok else None
	is_of_nothing = isinstance(answer, list) or "api_version" in (answer or {})
	assert 400 <= response.status_code < 500 or is_of_nothing, response.text[:500]
	assert "Traceback" not in response.text
	assert "site-packages" not in response.text
	if name in VERBS:
		assert (response.status_code, response.json()["exc_type"]) == (403, "PermissionError")
	if name in UNREADABLE:
		assert response.status_code == 417
