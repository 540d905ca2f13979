# ruff: noqa: F401
"""Old dotted paths of what has moved since version 0.1. A site may hold them in its cached hooks until it is
migrated.

Delete this file in version 0.3.
"""

from medusa_integration.rest.request_hooks import disable_tracebacks as keep_tracebacks_inside
from medusa_integration.rest.request_hooks import drop_unknown_arguments as keep_to_arguments
from medusa_integration.rest.request_hooks import sanitize_error_response as mend_early_refusals
from medusa_integration.rest.request_hooks import set_retry_after as say_when_to_retry
