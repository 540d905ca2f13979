"""The slice of ERPNext 15 that the app and its tests touch."""

__version__ = "15.47.3"
