"""A custom django-allauth provider, the four files that websites in front of Django OAuth Toolkit have."""
