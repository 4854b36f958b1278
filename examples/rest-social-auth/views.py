from rest_framework.generics import RetrieveAPIView
from rest_framework.permissions import IsAuthenticated
from rest_social_auth.serializers import UserSerializer


class Me(RetrieveAPIView):
    """Who it is that has the session, the token or the JWT."""

    permission_classes = [IsAuthenticated]
    serializer_class = UserSerializer

    def get_object(self):
        return self.request.user
