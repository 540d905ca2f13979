# ruff: noqa: F401
"""Old dotted paths of what has moved since version 0.1. A site may hold them in its cached hooks until it is
migrated.

Delete this file in version 0.3.
"""

from medusa_integration.selling.saving import set_unique_name as name_safely
from medusa_integration.selling.saving import skip_gravatar as leave_out_picture
from medusa_integration.selling.saving import stop_skipping_gravatar as end_leaving_out_picture
