"""Rehearse: plays sign-up to order on this site for a made-up customer, and undoes it.

The report says step by step what the site would refuse, why, and what to do about it. Each step calls the
function that the storefront's method calls, as the integration user. Medusa is not called.
`undoing.py` describes how everything is undone.
"""

import sys
from dataclasses import asdict
from typing import Any

from medusa_integration.rehearsal import checks, story
from medusa_integration.rehearsal.report import REFUSED, Report
from medusa_integration.rehearsal.undoing import undone

REPETITIONS = 2


def rehearse() -> list[dict[str, Any]]:
	"""Rehearse on this site, and return the steps: see `report.Step`.

	It must be the first to write in this transaction, because it rolls back the whole transaction. If it
	collides with another user, it is repeated.
	"""
	visitor = story.make_up_visitor()
	report = play(visitor)
	for _repetition in range(REPETITIONS):
		if report.has_collided:
			report = play(visitor)
	story.check_nothing_stays(report, visitor)
	return [asdict(step) for step in report.steps]


def play(visitor: story.Visitor) -> Report:
	"""Check the settings, play the story, and undo it; return the report."""
	report = Report()
	with undone():
		item = checks.check_all(report)
		story.play(report, visitor, item)
	return report


def run() -> None:
	"""Rehearse, and print the report as text: for `bench --site SITE execute`, which prints what is returned.

	Ends the process with 1 if the site refuses a step.
	"""
	steps = rehearse()
	for step in steps:
		print(f"[{step['label']}] {step['title']}")
		where = step["link"] and step["link"]["label"]
		for line in filter(None, (step["reason"], step["advice"], where)):
			print(f"    {line}")
	if any(step["state"] == REFUSED for step in steps):
		sys.exit(1)
