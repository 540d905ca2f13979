"""DocTypes and documents."""
