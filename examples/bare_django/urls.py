"""One page, which shows who is signed in, or the button of sign-in.html with which that begins."""

from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.generic import TemplateView

show_profile = TemplateView.as_view(template_name="profile.html")

urlpatterns = [
    path("", show_profile),
    path("accounts/profile/", show_profile),
    path("accounts/logout/", LogoutView.as_view()),
]
