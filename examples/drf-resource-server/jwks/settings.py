"""An API that checks the signature of each token by itself, with SimpleJWT and the keys that Latchkey publishes."""

import os

from bare_django.settings import *

# Connect, in the developer portal, shows what follows.
ISSUER = os.environ["LATCHKEY_URL"]

INSTALLED_APPS += ["rest_framework"]
SIMPLE_JWT = {
    "JWK_URL": f"{ISSUER}/.well-known/jwks.json",
    "ALGORITHM": os.environ.get("ALGORITHM", "RS256"),
    "ISSUER": ISSUER,
    # An ID token is for the application, and refused here.
    "AUDIENCE": ISSUER,
    "USER_ID_CLAIM": "sub",
    "TOKEN_TYPE_CLAIM": None,
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["permissions.HasScope"],
}
