"""The sign-up of a customer: a row of the sync log, the account in Medusa, the job for the Lead."""

import frappe

from medusa_integration import transaction
from medusa_integration.arguments import Arguments
from medusa_integration.jobs.leads import enqueue_insert_lead
from medusa_integration.medusa import registration
from medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log import (
	MedusaSyncLog,
	close_logs_of,
	create_log,
)
from medusa_integration.rest.rate_limits import limit_sign_ups_of_email, sign_up_slot
from medusa_integration.selling.leads import find_lead, read_customer
from medusa_integration.session import work_as
from medusa_integration.settings import get_integration_user, get_settings
from medusa_integration.types import MedusaCustomer


def read_sign_up(args: Arguments) -> tuple[MedusaCustomer, str]:
	"""Return the customer and the password of a sign-up.

	The password is not part of the customer's data, because the data are stored. Raises InvalidArgumentsError
	(417).
	"""
	customer = read_customer(args, names_required=True)
	needs_password = get_settings().sign_up_flow != registration.OWN_ROUTE
	password = args.password("password", required=needs_password)
	args.check()
	return customer, password


def sign_up(customer: MedusaCustomer, password: str) -> str:
	"""Register a customer with Medusa and queue the job that creates the Lead; return Medusa's id.

	Raises TooManyCallsError (429), OverloadedError (503), and what `registration.register` raises.
	"""
	with sign_up_slot():
		if frappe.request:
			limit_sign_ups_of_email(customer["email"])
		with work_as(get_integration_user()):
			return register(customer, password)


def register(customer: MedusaCustomer, password: str) -> str:
	"""Create a row of the sync log, register with Medusa, and queue the job for the Lead; return Medusa's id.

	No database lock is held during the requests to Medusa.
	"""
	row = transaction.run(lambda: create_log("sign_up", {**customer}, email=customer["email"]))
	# the row must exist if this process dies before Medusa answers
	frappe.db.commit()  # nosemgrep: frappe-manual-commit
	medusa_id, failure = "", None
	try:
		medusa_id = registration.register(customer, password)
	except Exception as error:
		failure = error
	if failure:
		note_failure(row, failure)
		# without its traceback: Frappe would log the local variables there, which contain tokens
		failure.__context__ = failure.__cause__ = None
		raise failure.with_traceback(None)
	transaction.run(lambda: follow_up(row, {**customer, "id": medusa_id}))
	return medusa_id


def note_failure(row: MedusaSyncLog, failure: Exception) -> None:
	"""Mark the row as failed. If Medusa did not answer, `jobs.retries` looks up the result later."""
	transaction.run(lambda: row.mark_failed(failure))
	# Frappe rolls back a request that fails; the row must be kept
	frappe.db.commit()  # nosemgrep: frappe-manual-commit


def follow_up(row: MedusaSyncLog, customer: MedusaCustomer) -> None:
	"""Set Medusa's id in the row of the sync log. Then close the row if the Lead exists, or queue its job."""
	row.set_medusa_id(customer["id"])
	lead = find_lead(customer["id"])
	if lead:
		close_logs_of(customer["id"], "Lead", lead)
	else:
		enqueue_insert_lead(customer)
