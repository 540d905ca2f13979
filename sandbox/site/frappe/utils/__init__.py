"""frappe.utils: this file only gathers names, as Frappe's does. Nothing in frappe imports it."""

from frappe.utils.data import *  # noqa: F403
