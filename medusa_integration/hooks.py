"""Where the app is wired into Frappe. Nothing is decided here."""

app_name = "medusa_integration"
app_title = "Medusa Integration"
app_publisher = "Medusa Integration contributors"
app_description = "Ties a Medusa storefront to ERPNext"
app_email = ""
app_license = "mit"
# with the owner: for a bare "erpnext" Frappe 15 asks GitHub whose it is, and cannot install without the
# internet
required_apps = ["frappe/erpnext"]
export_python_type_annotations = True

after_install = "medusa_integration.setup.install.after_install"
after_migrate = ["medusa_integration.setup.install.after_migrate"]
before_uninstall = "medusa_integration.setup.uninstall.before_uninstall"
setup_wizard_success = "medusa_integration.setup.masters.after_setup_wizard"

before_request = [
	"medusa_integration.access.keep_tracebacks_inside",
	"medusa_integration.access.keep_to_arguments",
]
after_request = [
	"medusa_integration.access.mend_early_refusals",
	"medusa_integration.access.say_when_to_retry",
]

doctype_js = {"Customer": "public/js/customer.js"}

doc_events = {
	"Customer": {
		"autoname": "medusa_integration.saving.name_safely",
		"before_insert": [
			"medusa_integration.own_fields.check",
			"medusa_integration.customers.take_medusa_id_from_lead",
		],
		"validate": "medusa_integration.own_fields.check_change",
		"after_insert": "medusa_integration.customers.move_draft_quotations",
		"before_rename": "medusa_integration.merging.keep_account",
		"on_trash": "medusa_integration.parties.check_unused",
	},
	"Lead": {
		"before_insert": "medusa_integration.own_fields.check",
		"before_validate": "medusa_integration.saving.leave_out_picture",
		"validate": [
			"medusa_integration.saving.end_leaving_out_picture",
			"medusa_integration.own_fields.check_change",
		],
		"before_rename": "medusa_integration.merging.keep_account",
		"on_trash": "medusa_integration.parties.check_unused",
	},
	"Quotation": {
		"before_insert": "medusa_integration.own_fields.check",
		"validate": "medusa_integration.own_fields.check_change",
	},
	"Sales Order": {
		# before it has a name: a call of the shop locks the Quotation before the naming series, too
		"before_insert": [
			"medusa_integration.own_fields.check",
			"medusa_integration.approvals.check_ordered_once",
		],
		"validate": "medusa_integration.own_fields.check_change",
		"before_submit": "medusa_integration.approvals.check_ordered_once",
	},
	"Address": {"autoname": "medusa_integration.saving.name_safely"},
	"Contact": {
		"autoname": "medusa_integration.saving.name_safely",
		"before_validate": "medusa_integration.saving.leave_out_picture",
		"validate": "medusa_integration.saving.end_leaving_out_picture",
	},
}

# a row of the log must not keep a clerk from deleting the Lead it speaks of
ignore_links_on_delete = ["Medusa Sync Log"]

scheduler_events = {
	"all": ["medusa_integration.retries.take_up_due_work"],
	"daily": ["medusa_integration.retries.mail_failures"],
}

default_log_clearing_doctypes = {"Medusa Sync Log": 90}
