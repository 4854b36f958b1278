"""The back end of a single-page app with rest-social-auth; its own pages sign in through python-social-auth as well."""

import os

from bare_django.settings import *

# Connect, in the developer portal, shows what follows.
LATCHKEY_URL = os.environ["LATCHKEY_URL"]
SITE_URL = os.environ["SITE_URL"]

INSTALLED_APPS += ["rest_framework", "rest_framework.authtoken", "social_django", "rest_social_auth"]
AUTHENTICATION_BACKENDS = ["latchkey_backend.LatchkeyOAuth2", "django.contrib.auth.backends.ModelBackend"]
SOCIAL_AUTH_LATCHKEY_KEY = os.environ["CLIENT_ID"]
SOCIAL_AUTH_LATCHKEY_SECRET = os.environ["CLIENT_SECRET"]
# Where the single-page app takes the code, unless it says otherwise when it posts it.
REST_SOCIAL_OAUTH_ABSOLUTE_REDIRECT_URI = f"{SITE_URL}/callback"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework_simplejwt.authentication.JWTAuthentication",
    ]
}
