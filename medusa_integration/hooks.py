"""How the app is wired into Frappe. Nothing is decided here."""

from medusa_integration.compat import DESK

app_name = "medusa_integration"
app_title = "Medusa Integration"
app_publisher = "Medusa Integration contributors"
app_description = "Ties a Medusa storefront to ERPNext"
app_email = ""
app_license = "mit"
# with the owner: for a bare "erpnext" Frappe 15 asks GitHub for the owner, and cannot install without the
# internet
required_apps = ["frappe/erpnext"]
export_python_type_annotations = True

after_install = "medusa_integration.setup.install.after_install"
after_migrate = ["medusa_integration.setup.install.after_migrate"]
before_uninstall = "medusa_integration.setup.uninstall.before_uninstall"
setup_wizard_success = "medusa_integration.setup.masters.after_setup_wizard"

before_request = [
	"medusa_integration.rest.request_hooks.disable_tracebacks",
	"medusa_integration.rest.request_hooks.drop_unknown_arguments",
]
after_request = [
	"medusa_integration.rest.request_hooks.complete_error_response",
	"medusa_integration.rest.request_hooks.set_retry_after",
]

# all scripts of a form are evaluated together, in this order
_party_js = ["public/js/shop_accounts.js", "public/js/find_party.js", "public/js/conflicts.js"]
doctype_js = {
	"Customer": [*_party_js, "public/js/customer.js"],
	"Lead": [*_party_js, "public/js/lead.js"],
	"Medusa Settings": "public/js/rehearsal.js",
	"Quotation": ["public/js/quotation.js", "public/js/shop_told.js", "public/js/quotation_headline.js"],
	"Sales Order": ["public/js/shop_told.js", "public/js/sales_order.js"],
}
doctype_list_js = {
	"Lead": ["public/js/shop_list.js", "public/js/lead_list.js"],
	"Customer": ["public/js/shop_list.js", "public/js/customer_list.js"],
	"Quotation": ["public/js/shop_list.js", "public/js/quotation_list.js"],
	"Sales Order": ["public/js/shop_list.js", "public/js/sales_order_list.js"],
}

add_to_apps_screen = [
	{
		"name": app_name,
		"logo": "/assets/medusa_integration/images/medusa.svg",
		"title": "Medusa",
		"route": f"{DESK}/medusa",
		"has_permission": "medusa_integration.rest.permissions.may_open_workspace",
	}
]

doc_events = {
	"Customer": {
		"autoname": "medusa_integration.selling.saving.set_unique_name",
		"before_insert": [
			"medusa_integration.selling.own_fields.check",
			"medusa_integration.selling.customers.take_medusa_id_from_lead",
		],
		"validate": [
			"medusa_integration.selling.own_fields.check_change",
			"medusa_integration.selling.keys.renew",
		],
		"after_insert": "medusa_integration.selling.customers.move_draft_quotations",
		"before_rename": "medusa_integration.selling.merging.keep_account",
		"on_trash": "medusa_integration.selling.parties.check_unused",
	},
	"Lead": {
		"before_insert": "medusa_integration.selling.own_fields.check",
		"before_validate": "medusa_integration.selling.saving.skip_gravatar",
		"validate": [
			"medusa_integration.selling.saving.stop_skipping_gravatar",
			"medusa_integration.selling.own_fields.check_change",
			"medusa_integration.selling.keys.renew",
		],
		"before_rename": "medusa_integration.selling.merging.keep_account",
		"on_trash": "medusa_integration.selling.parties.check_unused",
	},
	"Quotation": {
		"on_change": "medusa_integration.jobs.events.tell_quotation",
		"on_trash": "medusa_integration.jobs.events.tell_quotation",
		"before_insert": [
			"medusa_integration.selling.own_fields.check",
			"medusa_integration.selling.offers.forget_decision",
		],
		"validate": [
			"medusa_integration.selling.own_fields.check_change",
			"medusa_integration.selling.offers.take_back_if_changed",
		],
	},
	"Sales Order": {
		"on_change": "medusa_integration.jobs.events.tell_order",
		"on_trash": "medusa_integration.jobs.events.tell_order",
		# before it has a name: a storefront's call locks the Quotation before the naming series, too
		"before_insert": [
			"medusa_integration.selling.own_fields.check",
			"medusa_integration.selling.approvals.check_ordered_once",
		],
		"validate": "medusa_integration.selling.own_fields.check_change",
		"before_submit": "medusa_integration.selling.approvals.check_ordered_once",
	},
	"System Settings": {"on_update": "medusa_integration.setup.scheduler.keep_jobs_due"},
	"Address": {
		"autoname": "medusa_integration.selling.saving.set_unique_name",
		"before_insert": "medusa_integration.selling.own_fields.check",
		"validate": "medusa_integration.selling.own_fields.check_change",
		"on_change": "medusa_integration.jobs.events.tell_address",
	},
	"Contact": {
		"before_rename": "medusa_integration.selling.merging.keep_account",
		"autoname": "medusa_integration.selling.saving.set_unique_name",
		"before_insert": "medusa_integration.selling.own_fields.check",
		"before_validate": "medusa_integration.selling.saving.skip_gravatar",
		"validate": [
			"medusa_integration.selling.saving.stop_skipping_gravatar",
			"medusa_integration.selling.own_fields.check_change",
			"medusa_integration.selling.keys.renew",
		],
	},
}

permission_query_conditions = {
	"Medusa Sync Log": (
		"medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log.condition_of_user"
	)
}
has_permission = {
	"Medusa Sync Log": (
		"medusa_integration.medusa_integration.doctype.medusa_sync_log.medusa_sync_log.has_permission"
	)
}
override_doctype_dashboards = {
	"Lead": ["medusa_integration.dashboards.of_lead"],
	"Customer": ["medusa_integration.dashboards.of_customer"],
	"Quotation": ["medusa_integration.dashboards.of_quotation"],
	"Sales Order": ["medusa_integration.dashboards.of_sales_order"],
}

# a row of the log must not keep a clerk from deleting the Lead that it links to
ignore_links_on_delete = ["Medusa Sync Log"]

scheduler_events = {
	"all": [
		"medusa_integration.jobs.retries.process_due_logs",
		"medusa_integration.jobs.customers.continue_readings",
	],
	"daily": ["medusa_integration.jobs.events.tell_expired"],
	"cron": {
		"0 7 * * *": ["medusa_integration.jobs.mail.mail_open_rows"],
		"*/15 * * * *": ["medusa_integration.jobs.customers.fetch_changes"],
		"30 3 * * *": ["medusa_integration.jobs.customers.fetch_known"],
	},
}

# Frappe's own download and deletion of personal data
user_data_fields = [
	{
		"doctype": "Medusa Sync Log",
		"filter_by": "email",
		"redact_fields": ["title", "request", "error"],
	}
]

default_log_clearing_doctypes = {"Medusa Sync Log": 90}
