"""The search of the desk."""


def search_bar(page):
	"""The field in the bar of Frappe 15, or in the dialog that Frappe 16 opens for it."""
	page.locator("#navbar-search, #navbar-modal-search").first.wait_for(state="attached")
	if page.locator("#navbar-modal-search").count():
		page.locator("#navbar-modal-search").first.click()
	return page.locator("#navbar-search:visible")
