# ruff: noqa: F401
"""Old dotted paths of what has moved since version 0.1. A site may hold them in its cached hooks until it is
migrated.

Delete this file in version 0.3.
"""

from medusa_integration.selling.approvals import check_ordered_once
