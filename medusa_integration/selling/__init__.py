"""ERPNext's documents, and the rules for them."""
