"""The app's commands of `bench`."""

import json
from typing import Any

import click
import frappe
from frappe.commands import get_site, pass_context

from medusa_integration.setup.take_over import take_over


@click.command("medusa-take-over")
@click.option("--apply", is_flag=True, help="Do it. Without this, nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="Print the steps as JSON.")
@pass_context
def medusa_take_over(context: Any, apply: bool, as_json: bool) -> None:
	"""Take the site over from the first public Medusa app: say what is to do, or do it."""
	with frappe.init_site(get_site(context)):
		frappe.connect()
		try:
			report = take_over(apply=apply)
		except frappe.ValidationError as error:
			raise click.ClickException(str(error)) from error
	click.echo(json.dumps(report, indent=1) if as_json else as_text(report))


def as_text(report: list[dict[str, Any]]) -> str:
	"""Return the report of `take_over` as lines to read."""
	if not report:
		return "Nothing is left of an earlier Medusa app on this site."
	lines = [line for number, step in enumerate(report, start=1) for line in lines_of(number, step)]
	open_steps = [step for step in report if step["total"]]
	if not open_steps:
		return "\n".join([*lines, "Nothing is left to do."])
	records = sum(step["total"] for step in open_steps)
	done = "Done" if open_steps[0]["applied"] else "To do, with --apply"
	return "\n".join([*lines, f"{done}: {len(open_steps)} steps, {records} records."])


def lines_of(number: int, step: dict[str, Any]) -> list[str]:
	"""Return the lines about one step."""
	total = step["total"] or "nothing"
	lines = [f"{number:2}. {step['title']}: {total} {'done' if step['applied'] else 'to do'}"]
	examples = ", ".join(step["examples"])
	if examples:
		more = ", ..." if step["total"] > len(step["examples"]) else ""
		lines.append(f"    {examples}{more}")
	return lines + [f"    ! {note}" for note in step["notes"]]


commands = [medusa_take_over]
