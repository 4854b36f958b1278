from bare_django.urls import *
from django.urls import include

urlpatterns += [path("social/", include("social_django.urls", namespace="social"))]

# Connect, in the developer portal, shows what follows.
from django.urls import include, path
from views import Me

urlpatterns += [
    path("api/login/", include("rest_social_auth.urls_session")),
    path("api/login/", include("rest_social_auth.urls_token")),
    path("api/login/", include("rest_social_auth.urls_jwt_pair")),
    path("api/me/", Me.as_view()),
]
