from bare_django.urls import *

# Connect, in the developer portal, shows what follows.
from django.urls import include, path

urlpatterns += [path("accounts/", include("allauth.urls"))]
