import os

from bare_django.urls import *
from django.views.generic import TemplateView

show_app = TemplateView.as_view(template_name="app.html")
known = {name: os.environ.get(name) for name in ("LATCHKEY_URL", "CLIENT_ID")}
show_script = TemplateView.as_view(template_name="sign-in.js", content_type="text/javascript", extra_context=known)

# The single-page app.
urlpatterns = [path("", show_app), path("callback", show_app), path("sign-in.js", show_script)]

# Connect, in the developer portal, shows what follows.
from django.urls import include, path
from views import LatchkeyLogin

urlpatterns += [
    path("auth/", include("dj_rest_auth.urls")),
    path("auth/latchkey/", LatchkeyLogin.as_view()),
    path("accounts/", include("allauth.urls")),
]
