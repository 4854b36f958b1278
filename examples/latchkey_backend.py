"""A backend for python-social-auth: /profile tells who signed in."""

from django.conf import settings
from social_core.backends.oauth import BaseOAuth2


class LatchkeyOAuth2(BaseOAuth2):
    name = "latchkey"
    AUTHORIZATION_URL = f"{settings.LATCHKEY_URL}/o/authorize"
    ACCESS_TOKEN_URL = f"{settings.LATCHKEY_URL}/o/token"
    DEFAULT_SCOPE = ["read"]
    EXTRA_DATA = [("refresh_token", "refresh_token"), ("expires_in", "expires")]

    def get_user_details(self, response):
        return {name: response[name] for name in ("username", "email", "first_name", "last_name")}

    def user_data(self, access_token, *args, **kwargs):
        return self.get_json(f"{settings.LATCHKEY_URL}/profile", headers={"Authorization": f"Bearer {access_token}"})
