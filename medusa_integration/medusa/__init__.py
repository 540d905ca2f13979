"""All that talks to a Medusa server."""
