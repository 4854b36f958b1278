"""A Django website whose people sign in through python-social-auth with a backend of its own."""

from conversation import settings
from django_site import configure, serve, show_user

configure(
    apps=["social_django"],
    AUTHENTICATION_BACKENDS=["latchkey_backend.LatchkeyOAuth2", "django.contrib.auth.backends.ModelBackend"],
    SOCIAL_AUTH_LATCHKEY_KEY=settings["client_id"],
    SOCIAL_AUTH_LATCHKEY_SECRET=settings["client_secret"],
)

from django.http import HttpResponse, JsonResponse  # noqa: E402 (once the settings are there)
from django.template import engines  # noqa: E402
from django.urls import include, path  # noqa: E402
from social_django.utils import load_strategy  # noqa: E402


def show_button(request):
    form = '<form method="post" action="{% url "social:begin" "latchkey" %}">{% csrf_token %}<button>Sign in</button></form>'
    return HttpResponse(engines["django"].from_string(form).render({}, request))


def show_tokens(request):
    """The access token before and after a refresh by the library."""
    social = request.user.social_auth.get(provider="latchkey")
    before = social.extra_data["access_token"]
    social.refresh_token(load_strategy(request))
    return JsonResponse({"before": before, "after": social.extra_data["access_token"]})


urlpatterns = [
    path("social/", include("social_django.urls", namespace="social")),
    path("button/", show_button),
    path("tokens/", show_tokens),
    path("me/", show_user),
]

serve()
