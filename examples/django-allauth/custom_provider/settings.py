"""The site with django-allauth and a provider of its own, latchkey_provider."""

import os

from bare_django.settings import *

# Connect, in the developer portal, shows what follows.
LATCHKEY_URL = os.environ["LATCHKEY_URL"]

INSTALLED_APPS += ["allauth", "allauth.account", "allauth.socialaccount", "latchkey_provider"]
MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SOCIALACCOUNT_PROVIDERS = {
    "latchkey": {
        "APP": {"client_id": os.environ["CLIENT_ID"], "secret": os.environ["CLIENT_SECRET"]},
        "OAUTH_PKCE_ENABLED": True,
    }
}
# Latchkey asks people to confirm their addresses; the site need not.
ACCOUNT_EMAIL_VERIFICATION = "none"
