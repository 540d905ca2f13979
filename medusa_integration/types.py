"""Types that several modules share."""

from typing import TypedDict


class MedusaCustomer(TypedDict):
	"""What is known of a customer at sign-up. `id` is Medusa's (`cus_...`)."""

	id: str
	email: str
	first_name: str
	last_name: str
	mobile: str
	organization_name: str
	t_c_acceptance: bool
