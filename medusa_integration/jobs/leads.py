"""The background job that creates the Lead of a sign-up."""

from medusa_integration.constants import API
from medusa_integration.jobs import queue
from medusa_integration.types import MedusaCustomer

INSERT_LEAD = f"{API}.insert_lead"  # the job's dotted path is part of the API


def enqueue_insert_lead(data: MedusaCustomer) -> None:
	"""Queue the job after this transaction is committed."""
	queue.enqueue_after_commit(INSERT_LEAD, job_id(data["id"], 1), data=data)


def enqueue_again(data: MedusaCustomer, attempt: int) -> bool:
	"""Queue the job for another attempt now. Returns False if it could not be queued."""
	return queue.enqueue(INSERT_LEAD, job_id(data["id"], attempt), data=data)


def job_id(medusa_id: str, attempt: int) -> str:
	"""Return the id of the job for one attempt at a Lead.

	The id contains the attempt, because a job whose worker was killed counts as running for minutes. Until
	then, no job with the same id could be queued.
	"""
	return f"medusa_insert_lead_{medusa_id}_{attempt}"
