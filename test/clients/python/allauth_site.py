"""A Django website whose people sign in through django-allauth with a custom provider."""

from conversation import settings
from django_site import configure, serve, show_user

configure(
    apps=["allauth", "allauth.account", "allauth.socialaccount", "latchkey_provider"],
    middleware=["allauth.account.middleware.AccountMiddleware"],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    ACCOUNT_EMAIL_VERIFICATION="none",
    SOCIALACCOUNT_PROVIDERS={
        "latchkey": {
            "APPS": [{"client_id": settings["client_id"], "secret": settings["client_secret"]}],
            "OAUTH_PKCE_ENABLED": settings["pkce"],
        }
    },
)

from django.urls import include, path  # noqa: E402 (once the settings are there)

urlpatterns = [path("accounts/", include("allauth.urls")), path("me/", show_user)]

serve()
