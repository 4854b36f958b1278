from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from latchkey_provider.views import LatchkeyAdapter


class LatchkeyProvider(OAuth2Provider):
    id = "latchkey"
    name = "Latchkey"
    account_class = ProviderAccount
    oauth2_adapter_class = LatchkeyAdapter

    def extract_uid(self, data):
        return str(data["id"])

    def extract_common_fields(self, data):
        return {name: data[name] for name in ("username", "email", "first_name", "last_name")}

    def get_default_scope(self):
        return ["read"]


provider_classes = [LatchkeyProvider]
