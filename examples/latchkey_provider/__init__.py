"""A provider for django-allauth: /profile tells who signed in."""
