"""The back end of a single-page app with dj-rest-auth: the app posts the code, and gets a JWT in cookies."""

import os

from bare_django.settings import *

# Connect, in the developer portal, shows what follows.
LATCHKEY_URL = os.environ["LATCHKEY_URL"]
SITE_URL = os.environ["SITE_URL"]

INSTALLED_APPS += [
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "latchkey_provider",
    "rest_framework",
    "dj_rest_auth",
]
MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SOCIALACCOUNT_PROVIDERS = {
    "latchkey": {"APP": {"client_id": os.environ["CLIENT_ID"], "secret": os.environ["CLIENT_SECRET"]}}
}
# Latchkey asks people to confirm their addresses; the site need not.
ACCOUNT_EMAIL_VERIFICATION = "none"
REST_AUTH = {
    "USE_JWT": True,
    "TOKEN_MODEL": None,
    "SESSION_LOGIN": False,
    "JWT_AUTH_COOKIE": "access",
    "JWT_AUTH_REFRESH_COOKIE": "refresh",
    "JWT_AUTH_SECURE": SITE_URL.startswith("https:"),
}
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["dj_rest_auth.jwt_auth.JWTCookieAuthentication"]}
