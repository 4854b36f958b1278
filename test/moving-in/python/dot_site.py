"""
A Django OAuth Toolkit site with allauth: makes its tables by its own migrations and serves them. Told what to do by the
first argument (JSON): `database` is a Django DATABASES entry, `port` where to listen, `hash_tokens` whether tokens are
stored only as checksums (3.x). Then each line of stdin is Python to run within the site, answered by a line of JSON.
"""

import json
import os
import sys
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings as django_settings

settings = json.loads(sys.argv[1])
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

toolkit = {
    "SCOPES": {"read": "Read", "write": "Write", "groups": "Groups", "wikis": "Wikis"},
    "ACCESS_TOKEN_EXPIRE_SECONDS": 1200,
    "PKCE_REQUIRED": False,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["http", "https"],
}
if settings.get("hash_tokens"):
    toolkit["COMPLIANT_BCP_RFC9700_TOKEN_STORAGE"] = True

django_settings.configure(
    SECRET_KEY="for the tests alone",
    DEBUG=True,
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF="__main__",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "allauth",
        "allauth.account",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": ["django.template.context_processors.request"],
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {
                            "registration/login.html": '<form method="post">{% csrf_token %}{{ form }}'
                            '<input type="hidden" name="next" value="{{ next }}"></form>'
                        },
                    ),
                    "django.template.loaders.app_directories.Loader",
                ],
            },
        }
    ],
    DATABASES={"default": settings["database"]},
    LOGIN_URL="/accounts/login/",
    # What Django had as its default before, and what sites choose; those of one core second are made cheaper below.
    PASSWORD_HASHERS=[
        "__main__.Pbkdf2",
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "__main__.Bcrypt",
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ],
    OAUTH2_PROVIDER=toolkit,
)
django.setup()

from django.contrib.auth.hashers import BCryptSHA256PasswordHasher, PBKDF2PasswordHasher  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.views.generic import ScopedProtectedResourceView  # noqa: E402


class Pbkdf2(PBKDF2PasswordHasher):
    iterations = 30_000


class Bcrypt(BCryptSHA256PasswordHasher):
    rounds = 6


class Profile(ScopedProtectedResourceView):
    required_scopes = ["read"]

    def get(self, request):
        user = request.resource_owner
        return JsonResponse({"id": user.id, "username": user.username, "email": user.email})


urlpatterns = [
    path("accounts/login/", LoginView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("profile/", Profile.as_view()),
]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def say(message):
    print(json.dumps(message), flush=True)


call_command("migrate", verbosity=0)
server = make_server("localhost", settings.get("port", 0), get_wsgi_application(), Server, QuietHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
say({"ready": f"http://localhost:{server.server_port}"})

known = {}
for line in sys.stdin:
    known["answer"] = None
    exec(json.loads(line), known)
    say({"answer": known["answer"]})
