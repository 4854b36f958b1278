"""An API that asks Latchkey about each token, with the resource server of Django OAuth Toolkit."""

import os

from bare_django.settings import *

# Connect, in the developer portal, shows what follows.
LATCHKEY_URL = os.environ["LATCHKEY_URL"]

INSTALLED_APPS += ["rest_framework", "oauth2_provider"]
OAUTH2_PROVIDER = {
    "RESOURCE_SERVER_INTROSPECTION_URL": f"{LATCHKEY_URL}/o/introspect",
    "RESOURCE_SERVER_INTROSPECTION_CREDENTIALS": (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]),
    # For so long a token is accepted that was revoked meanwhile.
    "RESOURCE_SERVER_TOKEN_CACHING_SECONDS": 5,
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["oauth2_provider.contrib.rest_framework.OAuth2Authentication"],
    # Reading needs the scope `read`, everything else `write`; a view may name more as `required_scopes`.
    "DEFAULT_PERMISSION_CLASSES": ["oauth2_provider.contrib.rest_framework.TokenHasReadWriteScope"],
}
