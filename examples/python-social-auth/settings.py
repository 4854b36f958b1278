"""The site with python-social-auth and a backend of its own, latchkey_backend."""

import os

from bare_django.settings import *

# Connect, in the developer portal, shows what follows.
LATCHKEY_URL = os.environ["LATCHKEY_URL"]

INSTALLED_APPS += ["social_django"]
AUTHENTICATION_BACKENDS = ["latchkey_backend.LatchkeyOAuth2", "django.contrib.auth.backends.ModelBackend"]
SOCIAL_AUTH_LATCHKEY_KEY = os.environ["CLIENT_ID"]
SOCIAL_AUTH_LATCHKEY_SECRET = os.environ["CLIENT_SECRET"]
