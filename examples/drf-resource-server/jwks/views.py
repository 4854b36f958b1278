from rest_framework.response import Response
from rest_framework.views import APIView

notes = []


class Notes(APIView):
    def get(self, request):
        return Response({"username": request.auth.get("username"), "notes": notes})

    def post(self, request):
        notes.append(request.data["text"])
        return Response({"notes": notes}, status=201)


class Groups(APIView):
    required_scopes = ["groups"]

    def get(self, request):
        return Response({"groups": request.auth["groups"]})
