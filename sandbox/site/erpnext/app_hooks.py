"""ERPNext's DocTypes and the classes of their documents."""

override_doctype_class = {
	"Customer": "erpnext.controllers.Customer",
	"Item": "erpnext.controllers.Item",
	"Item Price": "erpnext.controllers.ItemPrice",
	"Lead": "erpnext.controllers.Lead",
	"Quotation": "erpnext.controllers.Quotation",
	"Sales Order": "erpnext.controllers.SalesOrder",
}
