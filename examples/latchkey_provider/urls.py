from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from .provider import LatchkeyProvider

urlpatterns = default_urlpatterns(LatchkeyProvider)
