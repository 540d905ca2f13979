"""All calls to a Medusa server."""
