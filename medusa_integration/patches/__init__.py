"""What sites that ran an earlier version need once."""
