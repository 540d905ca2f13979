"""The report of a rehearsal: its steps, and what became of each."""

from dataclasses import dataclass, field
from typing import Any, Literal

import frappe
from frappe import _

from medusa_integration import transaction
from medusa_integration.rehearsal.reasons import NO_REASON, Reason, explain

State = Literal["ok", "warning", "refused", "not_tried"]
OK: State = "ok"
WARNING: State = "warning"
REFUSED: State = "refused"
NOT_TRIED: State = "not_tried"


@dataclass
class Step:
	"""A step: `state` is for programs, `label` says the same for people. The texts contain no markup.

	`reason`, `advice` (what to do about it) and `link` (where, see `reasons.Link`) may be empty.
	"""

	title: str
	state: State
	label: str
	reason: str
	advice: str
	link: dict[str, Any] | None


@dataclass
class Report:
	"""The steps so far. `has_collided` says that a step failed because another transaction was faster."""

	steps: list[Step] = field(default_factory=list)
	has_collided: bool = False

	def add(self, title: str, state: State, reason: Reason = NO_REASON) -> None:
		"""Add a step."""
		link = reason.link._asdict() if reason.link else None
		self.steps.append(Step(title, state, label_of(state), reason.text, reason.advice, link))

	def refuse(self, title: str, error: Exception) -> None:
		"""Add a step that the site refuses with `error`."""
		# a second time-out would take another 50 s
		can_repeat = not isinstance(error, frappe.QueryTimeoutError)
		self.has_collided |= can_repeat and transaction.is_collision(error)
		self.add(title, REFUSED, explain(error))

	def skip(self, *titles: str, because: str) -> None:
		"""Add steps that were not tried."""
		for title in titles:
			self.add(title, NOT_TRIED, Reason(because))


def label_of(state: State) -> str:
	"""Return a state in the user's language."""
	labels = {OK: _("OK"), WARNING: _("Warning"), REFUSED: _("Refused"), NOT_TRIED: _("Not tried")}
	return labels[state]
