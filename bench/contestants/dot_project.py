"""
Django OAuth Toolkit as its tutorial sets it up, in one file, for contestants/dot.ts.
`python dot_project.py seed OPTIONS` makes tables and rows and prints the client as JSON; gunicorn serves `application`.
"""

import json
import os
import sys
from urllib.parse import urlparse

import django
from django.conf import settings

database = urlparse(os.environ["BENCH_DATABASE_URL"])

settings.configure(
    DEBUG=False,
    SECRET_KEY=os.environ["BENCH_SECRET_KEY"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ],
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [
                            (
                                "django.template.loaders.locmem.Loader",
                                {
                                    "registration/login.html": '<form method="post">{% csrf_token %}{{ form }}'
                                    "<button>Sign in</button></form>"
                                },
                            ),
                            "django.template.loaders.app_directories.Loader",
                        ],
                    )
                ],
            },
        }
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database.path[1:],
            "USER": database.username,
            "PASSWORD": database.password,
            "HOST": database.hostname,
            "PORT": database.port,
            # Connections are kept, as they are by a pool.
            "CONN_MAX_AGE": None,
        }
    },
    LOGIN_REDIRECT_URL="/ready",
    OAUTH2_PROVIDER={
        "SCOPES": {"read": "Read"},
        "PKCE_REQUIRED": False,
        "ACCESS_TOKEN_EXPIRE_SECONDS": 7 * 86400,
    },
)
django.setup()

from django.contrib.auth import views as auth_views  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.decorators import protected_resource  # noqa: E402


@protected_resource(scopes=["read"])
def profile(request):
    user = request.resource_owner
    return JsonResponse(
        {
            "id": user.id,
            "username": user.username,
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
        }
    )


urlpatterns = [
    path("ready", lambda request: HttpResponse("ready")),
    path("profile", profile),
    path("accounts/login/", auth_views.LoginView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]

application = get_wsgi_application()

FILL = """
INSERT INTO oauth2_provider_accesstoken ({columns}, user_id, application_id, expires, scope, created, updated)
SELECT {values}, {user}, {application}, now() + interval '{lifetime}', 'read', now(), now()
FROM generate_series(1, {count}) n
"""


def fill_tables(user, application, count, lifetime, kind):
    """Django OAuth Toolkit 2 and later look tokens up by a checksum beside the token."""
    from django.db import connection
    from oauth2_provider.models import AccessToken

    token = f"'bench {kind} ' || n"
    columns, values = "token", token
    if any(field.name == "token_checksum" for field in AccessToken._meta.get_fields()):
        columns, values = "token, token_checksum", f"{token}, encode(sha256(convert_to({token}, 'UTF8')), 'hex')"
    with connection.cursor() as cursor:
        cursor.execute(
            FILL.format(
                columns=columns,
                values=values,
                user=user.pk,
                application=application.pk,
                lifetime=lifetime,
                count=count,
            )
        )


def seed(people, password, redirect_uri, tokens, expired):
    import django as django_package
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from oauth2_provider.models import Application

    try:
        from importlib.metadata import version
    except ImportError:
        version = lambda name: "?"  # noqa: E731

    call_command("migrate", verbosity=0)
    users = [User.objects.create_user(f"person-{i}", f"person-{i}@example.com", password) for i in range(1, people + 1)]
    applications = {}
    for grant in ["authorization-code", "client-credentials", "password"]:
        application = Application(
            name=grant,
            user=users[0],
            client_type="confidential",
            authorization_grant_type=grant,
            redirect_uris=redirect_uri,
        )
        secret = application.client_secret
        # Hashed, it would cost Django OAuth Toolkit a PBKDF2 for each request.
        if hasattr(application, "hash_client_secret"):
            application.hash_client_secret = False
        application.save()
        applications[grant] = {"id": application.client_id, "secret": secret, "redirectUri": redirect_uri}
    if tokens:
        fill_tables(users[0], application, tokens, "7 days", "live")
    if expired:
        fill_tables(users[0], application, expired, "-1 hour", "expired")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    versions = f"django-oauth-toolkit {version('django-oauth-toolkit')}, Django {django_package.__version__}"
    print(json.dumps({"applications": applications, "versions": versions}))


if __name__ == "__main__" and sys.argv[1] == "seed":
    seed(**json.loads(sys.argv[2]))
