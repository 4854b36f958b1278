from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from dj_rest_auth.registration.views import SocialLoginView
from django.conf import settings
from latchkey_provider.views import LatchkeyAdapter


class LatchkeyLogin(SocialLoginView):
    """Takes {"code": ...} of the single-page app."""

    adapter_class = LatchkeyAdapter
    client_class = OAuth2Client
    callback_url = f"{settings.SITE_URL}/callback"
