#!/usr/bin/env python3
"""Installs and runs one of the Django examples, with everything it needs in a cache of its own:

    LATCHKEY_URL=http://localhost:8000 CLIENT_ID=... CLIENT_SECRET=... \\
        python3 examples/run_django.py examples/django-allauth/custom_provider

The site is at http://localhost:8001, or at the PORT that the environment names; its database is db.sqlite3 in the
example's folder, or the file DATABASE. Settings are read from the environment, see the example's settings.py.
"""

import argparse
import contextlib
import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "latchkey-examples"

# In one process: what Django takes to start is most of it.
START = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "migrate", "--verbosity=0"])
execute_from_command_line(["manage.py", "runserver", "--noreload", sys.argv[1]])
"""


@contextlib.contextmanager
def alone(environment):
    """Two runs may want the same environment at the same moment."""
    with open(f"{environment}.lock", "w") as lock:
        try:
            import fcntl
        except ImportError:  # Windows
            pass
        else:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(requirements):
    """An environment with these requirements, made unless it is there. Returns its Python."""
    environment = CACHE / hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = environment / "requirements.txt"
    CACHE.mkdir(parents=True, exist_ok=True)
    with alone(environment):
        if not done.exists():
            print(f"installing {requirements}", file=sys.stderr)
            venv.create(environment, clear=True, with_pip=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "-r", str(requirements)], check=True)
            done.write_bytes(requirements.read_bytes())
    return python


def find_requirements(example):
    for folder in (example, example.parent):
        if (folder / "requirements.txt").exists():
            return folder / "requirements.txt"
    sys.exit(f"{example} has no requirements.txt")


def run(example, requirements):
    python = install(requirements)
    os.chdir(example)
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, [example, example.parent, EXAMPLES]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    port = os.environ.get("PORT", "8001")
    os.environ["SITE_URL"] = f"http://localhost:{port}"
    # In a container, whose ports are reached from outside, HOST is 0.0.0.0.
    address = f"{os.environ.get('HOST', 'localhost')}:{port}"
    os.execv(python, [str(python), "-W", "ignore", "-c", START, address])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("example", type=Path, nargs="?", help="the folder of the example")
    parser.add_argument("--requirements", type=Path, help="others than its requirements.txt")
    parser.add_argument("--install", type=Path, nargs="+", metavar="REQUIREMENTS", help="install these and run nothing")
    options = parser.parse_args()
    for requirements in options.install or []:
        print(install(requirements))
    if options.example:
        example = options.example.resolve()
        run(example, options.requirements and options.requirements.resolve() or find_requirements(example))
