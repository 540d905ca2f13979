"""The scheduler, which the sandbox does not have."""


def is_scheduler_inactive(verbose: bool = True) -> bool:
	return True
