"""A Django site that knows nothing of Latchkey yet; each example adds what connects it."""
