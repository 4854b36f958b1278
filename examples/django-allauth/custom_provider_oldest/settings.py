"""The same site with the oldest releases, which have no middleware of allauth's and no PKCE."""

from custom_provider.settings import *

MIDDLEWARE.remove("allauth.account.middleware.AccountMiddleware")
ROOT_URLCONF = "custom_provider.urls"
TEMPLATES[0]["DIRS"] = ["../custom_provider/templates"]
