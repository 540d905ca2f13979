"""What the app's commands import. The sandbox has no bench, so they cannot be run."""

from typing import Any

import click

pass_context = click.pass_context


def get_site(context: Any) -> str:
	raise NotImplementedError("The sandbox has no bench")
