"""Images: built, fetched, and stored so that every node has them at once."""
