from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider


class LatchkeyProvider(OAuth2Provider):
    id = "latchkey"
    name = "Latchkey"
    account_class = ProviderAccount

    def get_oauth2_adapter(self, request):
        # Not at the top: old releases of allauth read this file before their models.
        from .views import LatchkeyAdapter

        return LatchkeyAdapter(request)

    def get_default_scope(self):
        return ["read"]

    def extract_uid(self, data):
        return str(data["id"])

    def extract_common_fields(self, data):
        return {name: data[name] for name in ("username", "email", "first_name", "last_name")}


provider_classes = [LatchkeyProvider]
