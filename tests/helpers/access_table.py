"""docs/access.md as the tests read it, on the sandbox and on a live bench."""

import re
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[2] / "docs" / "access.md"
GUESTS = ["guest", "guest, switch on"]
CALLERS = [*GUESTS, "user without role", "Medusa Integration", "Sales User", "System Manager"]
ARGUMENTS: dict[str, dict[str, Any]] = {
	"medusa_integration.desk.retry_log": {"name": "no such row"},
	"medusa_integration.desk.adopt_lead": {"name": "no such row"},
	"medusa_integration.desk.search_leads_to_link": {
		"doctype": "Lead",
		"txt": "x",
		"searchfield": "name",
		"start": 0,
		"page_len": 20,
	},
}


def rows() -> dict[str, list[int]]:
	"""Method -> the statuses of its row."""
	lines = re.findall(r"^\| `([\w.]+)` \|(.*)\|$", TABLE.read_text(), re.MULTILINE)
	return {method: [int(cell) for cell in cells.split("|")] for method, cells in lines}


def methods(storefront: bool = False) -> list[str]:
	"""Return the names of the methods of api.py, in the table's order; with `storefront`, only those that are
	the storefront's alone: a guest may call them while the settings admit guests.
	"""
	own = {path.rpartition(".")[2]: cells for path, cells in rows().items() if ".api." in path}
	return [
		name
		for name, (guest, admitted, *_others) in own.items()
		if not storefront or guest == 403 != admitted
	]
