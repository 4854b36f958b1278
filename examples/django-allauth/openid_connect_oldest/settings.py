"""The same site with the oldest releases, in which each server of OpenID Connect was a provider."""

from openid_connect.settings import *

MIDDLEWARE.remove("allauth.account.middleware.AccountMiddleware")
ROOT_URLCONF = "openid_connect.urls"
TEMPLATES[0]["DIRS"] = ["../openid_connect/templates"]
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "SERVERS": [
            {
                "id": "latchkey",
                "name": "Latchkey",
                "server_url": os.environ["LATCHKEY_URL"],
                "APP": {"client_id": os.environ["CLIENT_ID"], "secret": os.environ["CLIENT_SECRET"]},
            }
        ]
    }
}
