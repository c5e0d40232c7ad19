"""A server of the built program with accounts, users, assets and sensors, and Python packages for
clients of it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PASSWORD = "correct-horse-9"
# Not available here: the same as in Tests/Browser/walk.py.
SKIPPED = 77
# Name, account, roles; numbers from 1. The last four are there to be changed.
USERS = [
    ("admin", 1, "admin"), ("ada", 2, "account-admin"), ("bob", 2, ""),
    ("spare1", 2, ""), ("spare2", 2, ""), ("spare3", 3, ""), ("spare4", 3, ""),
]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environment(name, *packages):
    """The Python of a virtual environment with packages, which is kept for the next time; ends the
    program if they cannot be had."""
    folder = os.path.join(os.path.dirname(__file__), "../../.build/clients", name)
    folder = os.path.abspath(folder)
    python, stamp = f"{folder}/bin/python", f"{folder}/packages"
    wanted = "\n".join(packages)
    if os.path.exists(stamp) and open(stamp).read() == wanted:
        return python
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, stdout=subprocess.DEVNULL)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]
        subprocess.run([*install, *packages], check=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"skipped: no {', '.join(packages)}: {error}")
        sys.exit(SKIPPED)
    with open(stamp, "w") as file:
        file.write(wanted)
    return python


class Stand:
    """The server, on a data directory of its own; to be used with `with`."""

    def __init__(self, program, **settings):
        self.program, self.settings = os.path.abspath(program), settings
        # Where the database's own user may go as well.
        self.folder = tempfile.mkdtemp(prefix="penstock-clients-")
        os.chmod(self.folder, 0o755)
        self.data, self.port = f"{self.folder}/data", free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = f"{self.folder}/log"
        self.process = None

    def __enter__(self):
        try:
            self.start()
            self.make_structure()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        serve = [self.program, "serve", "--data-dir", self.data, "--insecure-http", f"127.0.0.1:{self.port}"]
        variables = {**os.environ, "LOG_LEVEL": "error", **self.settings}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(serve, env=variables, stdout=log, stderr=log)
        for _ in range(600):
            assert self.process.poll() is None, f"the server has ended: {self.printed()}"
            try:
                return self.request("GET", "/api/v3_0/health/ready")
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def printed(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def make_structure(self):
        for name in ("Penstock", "Household", "Neighbours"):
            self.command("add", "account", "--name", name)
        for name, account, roles in USERS:
            user = ("--email", f"{name}@example.com", "--username", name, "--account", str(account))
            self.command("add", "user", *user, *(["--roles", roles] if roles else []), "--password-stdin",
                         input=PASSWORD + "\n")
        for number, account in enumerate((2, 2, 3), 1):
            self.command("add", "asset", "--name", f"site {number}", "--asset-type", "building",
                         "--account", str(account))
            self.command("add", "sensor", "--name", "power", "--unit", "kW", "--event-resolution", "PT15M",
                         "--timezone", "Europe/Amsterdam", "--asset", str(number))

    def command(self, *words, input=None):
        arguments = [self.program, *words, "--data-dir", self.data, "--json"]
        subprocess.run(arguments, input=input, text=True, check=True, stdout=subprocess.DEVNULL)

    def request(self, method, path, body=None, token=None):
        """Status and JSON of an answer."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = token
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"null")

    def token(self, name):
        body = {"email": f"{name}@example.com", "password": PASSWORD}
        status, answer = self.request("POST", "/api/requestAuthToken", body)
        assert status == 200, answer
        return answer["auth_token"]
