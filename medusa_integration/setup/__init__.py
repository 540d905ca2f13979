"""What install brings, migrate renews and uninstall takes away."""
