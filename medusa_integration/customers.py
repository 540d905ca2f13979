# ruff: noqa: F401
"""Old dotted paths of what has moved since version 0.1. A site may hold them in its cached hooks and in pages
that a browser has loaded.

Delete this file in version 0.3.
"""

from medusa_integration.desk import search_leads_to_link
from medusa_integration.selling.customers import move_draft_quotations, take_medusa_id_from_lead
