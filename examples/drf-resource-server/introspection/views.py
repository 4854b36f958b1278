import requests
from django.conf import settings
from rest_framework.response import Response
from rest_framework.views import APIView

notes = []


class Notes(APIView):
    def get(self, request):
        return Response({"username": request.user.username, "notes": notes})

    def post(self, request):
        notes.append(request.data["text"])
        return Response({"notes": notes}, status=201)


class Groups(APIView):
    required_scopes = ["groups"]

    def get(self, request):
        # The token is good for /profile as well, which knows them.
        bearer = {"Authorization": request.headers["Authorization"]}
        profile = requests.get(f"{settings.LATCHKEY_URL}/profile", headers=bearer, timeout=10)
        profile.raise_for_status()
        return Response({"groups": profile.json()["groups"]})
