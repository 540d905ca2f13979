"""Changes that a site with an earlier version of the app needs once."""
