"""Names that several modules share."""

APP = "medusa_integration"
API_VERSION = "1.0"  # of the description of the methods, docs/openapi.yaml
API = "medusa_integration.api"  # the module of the storefront's methods

# opens the door to the storefront's methods, and to nothing else
ROLE = "Medusa Integration"
# the role of the integration user, who does the storefront's work
WORKER_ROLE = "Medusa Integration Worker"
# permissions that ERPNext checks in spite of `ignore_permissions`, when it marks a Quotation as Lost and when
# it makes a Contact the primary one of its Customer
WORKER_PERMISSIONS = {"Quotation Lost Reason": [], "Contact": ["write"]}  # in addition to "read"
# `.invalid`, because nobody reads this user's mail (RFC 2606)
INTEGRATION_USER = "medusa.integration@app.invalid"

# the masters that install makes, named as in the first public app for this job
CUSTOMER_GROUP = "Ecommerce Customer"
SALES_PERSON = "Website Sales"
LEAD_SOURCE = "Alfarsi Website"
