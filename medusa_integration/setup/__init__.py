"""What install creates, migrate updates and uninstall removes."""
