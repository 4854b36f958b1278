import requests
from django.conf import settings
from django.http import JsonResponse
from social_django.utils import load_strategy


def show_fresh_profile(request):
    """What /profile says now, with an access token that the library gets for its refresh token."""
    social = request.user.social_auth.get(provider="latchkey")
    social.refresh_token(load_strategy(request))
    bearer = {"Authorization": f"Bearer {social.extra_data['access_token']}"}
    return JsonResponse(requests.get(f"{settings.LATCHKEY_URL}/profile", headers=bearer, timeout=10).json())
