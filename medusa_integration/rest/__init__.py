"""What every call of a storefront or of the desk passes through."""
