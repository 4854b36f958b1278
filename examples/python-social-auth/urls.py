from bare_django.urls import *
from views import show_fresh_profile

urlpatterns += [path("fresh-profile/", show_fresh_profile)]

# Connect, in the developer portal, shows what follows.
from django.urls import include, path

urlpatterns += [path("social/", include("social_django.urls", namespace="social"))]
