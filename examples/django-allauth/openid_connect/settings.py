"""The site with django-allauth and its own provider for OpenID Connect."""

import os

from bare_django.settings import *

# Connect, in the developer portal, shows what follows.
INSTALLED_APPS += [
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "latchkey",
                "name": "Latchkey",
                "client_id": os.environ["CLIENT_ID"],
                "secret": os.environ["CLIENT_SECRET"],
                "settings": {"server_url": os.environ["LATCHKEY_URL"]},
            }
        ],
    }
}
# Latchkey asks people to confirm their addresses; the site need not.
ACCOUNT_EMAIL_VERIFICATION = "none"
