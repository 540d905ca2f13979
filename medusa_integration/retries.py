# ruff: noqa: F401
"""Old dotted paths of what has moved since version 0.1. A site may hold them in queued and scheduled jobs,
and in pages that a browser has loaded.

Delete this file in version 0.3.
"""

from medusa_integration.desk import adopt_lead as adopt
from medusa_integration.desk import retry_log as retry
from medusa_integration.jobs.mail import mail_open_rows as mail_failures
from medusa_integration.jobs.retries import process_due_logs as take_up_due_work
from medusa_integration.jobs.retries import run_retry as repeat
