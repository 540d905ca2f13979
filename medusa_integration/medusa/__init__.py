"""Everything that talks to a Medusa server."""
