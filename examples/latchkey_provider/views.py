import requests
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView, OAuth2LoginView
from django.conf import settings


class LatchkeyAdapter(OAuth2Adapter):
    provider_id = "latchkey"
    authorize_url = f"{settings.LATCHKEY_URL}/o/authorize"
    access_token_url = f"{settings.LATCHKEY_URL}/o/token"
    profile_url = f"{settings.LATCHKEY_URL}/profile"

    def complete_login(self, request, app, token, **kwargs):
        response = requests.get(self.profile_url, headers={"Authorization": f"Bearer {token.token}"}, timeout=10)
        response.raise_for_status()
        return self.get_provider().sociallogin_from_response(request, response.json())


oauth2_login = OAuth2LoginView.adapter_view(LatchkeyAdapter)
oauth2_callback = OAuth2CallbackView.adapter_view(LatchkeyAdapter)
