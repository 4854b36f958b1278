from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns
from latchkey_provider.provider import LatchkeyProvider

urlpatterns = default_urlpatterns(LatchkeyProvider)
