"""ERPNext's documents, and the rules about them."""
