"""A Django website in one process, with its database in memory: what the two sites under test have in common."""

from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from conversation import say, settings
from django.conf import settings as django_settings

DJANGO_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def configure(apps, middleware=(), **more):
    django_settings.configure(
        SECRET_KEY="for the tests alone",
        DEBUG=True,
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="__main__",
        INSTALLED_APPS=[*DJANGO_APPS, *apps],
        MIDDLEWARE=[*MIDDLEWARE, *middleware],
        TEMPLATES=TEMPLATES,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        LOGIN_REDIRECT_URL="/me/",
        OAUTH_SERVER_BASEURL=settings["server"],
        **more,
    )
    django.setup()


def show_user(request):
    """Who this website thinks is there, and under which names it keeps cookies of its own."""
    from django.http import JsonResponse

    user = request.user
    known = {name: getattr(user, name) for name in ("username", "email", "first_name", "last_name")} if user.is_authenticated else None
    return JsonResponse({"user": known, "cookies": sorted(request.COOKIES)})


def serve():
    """Until the process is ended."""
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    site = make_server("localhost", settings["port"], get_wsgi_application(), handler_class=QuietHandler)
    say(ready=f"http://localhost:{site.server_port}")
    site.serve_forever()
