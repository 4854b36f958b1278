"""An API with Django REST framework and SimpleJWT, with the settings and permissions of docs/resource-servers.md."""

from conversation import settings

# Both are Python as it stands in the document, for another issuer.
documented = {}
exec(settings["configuration"], documented)

from django_site import configure, serve  # noqa: E402

configure(["rest_framework"], REST_FRAMEWORK=documented["REST_FRAMEWORK"], SIMPLE_JWT=documented["SIMPLE_JWT"])

from django.urls import path  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

exec(settings["permissions"], documented)


class Articles(APIView):
    permission_classes = [documented["ReadOrWriteScope"]]

    def answer(self, request):
        return Response({"id": request.user.id, "username": request.user.username})

    get = post = answer


class StaffRoom(Articles):
    permission_classes = [documented["IsStaff"]]


urlpatterns = [path("articles/", Articles.as_view()), path("staff-room/", StaffRoom.as_view())]

serve()
