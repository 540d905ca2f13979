"""Ties a Medusa storefront to ERPNext."""

__version__ = "0.1.0"
