#!/usr/bin/env python3
"""Walks through the account pages in headless Chromium, as a user would.

    walk.py PENSTOCK [SCREENSHOT-FOLDER]

PENSTOCK is the built program; the walk starts it on a data directory of its own. It needs Chromium and
chromedriver, speaks WebDriver by itself, and ends with 77 if they are missing. No page may load
anything from elsewhere, run a script, break the content security policy or be wider than its window.
"""

import base64
import email
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PASSWORD, CHANGED, RESET = "correct-horse-9", "tr0mbone-Quartz-7", "lantern-Mosaic-42"
# Names that would be scripts if they were not escaped; the last one hides its quotation mark.
NAME = "Ada \"><script>alert(1)</script><img src=x onerror=alert(2)> \"\u0301 onfocus=alert(3) x=\""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def fetch(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {url}: {error.read().decode()[:500]}") from None


class Browser:
    ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

    def __init__(self, port):
        options = {
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                # Proves that nothing else is needed.
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            ]
        }
        capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        driver = f"http://127.0.0.1:{port}"
        answer = fetch("POST", f"{driver}/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"{driver}/session/{answer['value']['sessionId']}"

    def call(self, method, path, body=None):
        return fetch(method, self.session + path, {} if body is None and method == "POST" else body)["value"]

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def script(self, text):
        return self.call("POST", "/execute/sync", {"script": text, "args": []})

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def find(self, selector):
        # A click does not always wait for the page that it leads to.
        for _ in range(100):
            found = self.call("POST", "/elements", {"using": "css selector", "value": selector})
            if found:
                return f"/element/{found[0][self.ELEMENT]}"
            time.sleep(0.05)
        raise AssertionError(f"nothing is {selector} at {self.path}: {self.text()}")

    def click(self, selector):
        self.call("POST", self.find(selector) + "/click")

    def type(self, selector, text):
        self.call("POST", self.find(selector) + "/value", {"text": text})

    def text(self, selector="main"):
        return self.call("GET", self.find(selector) + "/text")

    @property
    def path(self):
        return re.sub(r"^https?://[^/]+", "", self.call("GET", "/url"))


class Walk:
    def __init__(self, browser, base, outbox, shots):
        self.browser, self.base, self.outbox, self.shots = browser, base, outbox, shots
        self.read = set()

    def go(self, path):
        self.browser.open(self.base + path)

    def send(self, fields, button="main form button[type=submit]"):
        for selector, text in fields.items():
            self.browser.type(selector, text)
        self.browser.click(button)

    def at(self, path, *texts):
        """The page is this one, says this, and is clean."""
        # A click does not always wait for the page that it leads to.
        for _ in range(100):
            here, said = self.browser.path, self.browser.script("return document.body?.innerText ?? ''")
            if here == path and all(text in said for text in texts):
                break
            time.sleep(0.05)
        else:
            raise AssertionError(f"at {here}, not {path} saying {texts}: {said}")
        assert self.browser.script("return document.scripts.length") == 0, "a script"
        foreign = self.browser.script(
            "return performance.getEntriesByType('resource').map(e => e.name)"
            ".filter(n => !n.startsWith(location.origin))"
        )
        assert not foreign, f"{path} loads {foreign}"
        styled = self.browser.script("return getComputedStyle(document.body).backgroundColor")
        assert styled != "rgba(0, 0, 0, 0)", f"{path} has no style"

    def shoot(self, name):
        """Pictures of the page, narrow and wide, light and dark."""
        for width in (390, 1280):
            self.browser.devtools(
                "Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=width < 600
            )
            wide = self.browser.script(
                f"return document.documentElement.scrollWidth <= {width} ? [] : [...document.querySelectorAll('*')]"
                f".filter(e => e.getBoundingClientRect().right > {width}).map(e => e.outerHTML.slice(0, 80))"
            )
            assert not wide, f"{name} is wider than {width} px: {wide}"
            for scheme in ("light", "dark"):
                feature = {"name": "prefers-color-scheme", "value": scheme}
                self.browser.devtools("Emulation.setEmulatedMedia", features=[feature])
                if self.shots:
                    shot = self.browser.devtools("Page.captureScreenshot", captureBeyondViewport=True)
                    with open(f"{self.shots}/{name}-{width}-{scheme}.png", "wb") as file:
                        file.write(base64.b64decode(shot["data"]))
        self.browser.devtools("Emulation.clearDeviceMetricsOverride")

    def mail(self, pattern):
        """What the next mail that fits says, which may take a moment."""
        for _ in range(200):
            for name in sorted(os.listdir(self.outbox)) if os.path.isdir(self.outbox) else []:
                if name in self.read or not name.endswith(".eml"):
                    continue
                with open(f"{self.outbox}/{name}", "rb") as file:
                    body = email.message_from_binary_file(file).get_payload(decode=True).decode()
                self.read.add(name)
                found = re.search(pattern, body)
                if found:
                    return found.group(1)
            time.sleep(0.05)
        raise AssertionError(f"no mail with {pattern}")

    def log_in(self, password, code=None, remember=False):
        self.send({"#email": "ada@example.com", "#password": password})
        if code is None:
            return
        if remember:
            self.browser.click("input[name=remember]")
        self.send({"#code": code() if callable(code) else code})

    def run(self):
        browser = self.browser
        self.go("/tokens")
        self.at("/login?next=/tokens", "Log in")
        self.shoot("login")
        self.log_in("wrong-password")
        self.at("/login", "wrong")
        self.shoot("login-wrong")

        self.log_in(PASSWORD)
        self.at("/tf-validate?next=/tokens", "e-mailed you six digits")
        self.shoot("code")
        code = self.mail(r"code is (\d{6})")
        self.send({"#code": "000000" if code != "000000" else "111111"})
        self.at("/tf-validate", "4 tries are left")
        self.shoot("code-wrong")
        self.send({"#code": code})
        self.at("/tokens", "No tokens yet")
        self.go("/")
        self.at("/logged-in-user", NAME, "Windy Hill Energy", "this browser")
        self.shoot("account")

        self.go("/tf-setup")
        self.at("/tf-setup", "0 left")
        self.shoot("factors")
        self.send({"#app-password": "not-this-one"}, "form[action='/tf-setup/app'] button")
        self.at("/tf-setup/app", "The password is wrong")
        self.send({"#app-password": PASSWORD}, "form[action='/tf-setup/app'] button")
        self.at("/tf-setup/app", "Scan this picture")
        self.shoot("app")
        self.send({"#code": totp(browser.text(".secret"))})
        self.at("/tf-setup/app/confirm", "The authenticator app is on")
        recovery = browser.text(".codes").split()
        assert len(recovery) == 10, recovery
        self.shoot("recovery")

        self.go("/tokens")
        self.at("/tokens", "No tokens yet")
        browser.click("input[value=write]")
        self.send({"#name": "gate <b>way</b>", "#assets": "3, 7", "#password": PASSWORD}, ".submit button")
        self.at("/tokens", "shown this once", "gate <b>way</b>")
        assert browser.text(".secret").startswith("penstock_")
        self.shoot("token")
        self.go("/tokens")
        self.at("/tokens", "assets 3, 7", "read, write")
        self.shoot("tokens")

        self.go("/change")
        fields = {"#password": PASSWORD, "#new_password": "password1", "#new_password_confirm": "password1"}
        self.send(fields)
        self.at("/change", "most common")
        self.shoot("change")
        self.send({"#password": PASSWORD, "#new_password": CHANGED, "#new_password_confirm": CHANGED})
        self.at("/logged-in-user?notice=password", "Your password was changed")
        self.mail(r"(password was changed)")

        browser.click(".logout button")
        self.at("/login?notice=out", "logged out")
        self.log_in(CHANGED, recovery[0], remember=True)
        self.at("/logged-in-user", "9")
        browser.click(".logout button")
        self.at("/login?notice=out", "logged out")
        self.log_in(CHANGED)
        self.at("/logged-in-user")
        browser.click(".danger")
        self.at("/login?notice=everywhere", "logged out everywhere")

        self.go("/reset")
        self.shoot("forgotten")
        self.send({"#email": "ada@example.com"})
        self.at("/reset", "on its way")
        self.go("/reset/" + self.mail(r"/reset/(\S+)"))
        self.shoot("reset")
        self.send({"#password": RESET, "#password_confirm": RESET})
        self.at("/login?notice=reset", "was changed")
        # The second factor is still asked for, here too: the browser is no longer remembered.
        self.log_in(RESET, recovery[1])
        self.at("/logged-in-user")

        self.go("/docs")
        self.at("/api/v3_0/docs/", "The API", "/api/v3_0/sensors/{id}/data")
        self.shoot("docs")
        browser.script("document.querySelectorAll('details').forEach(e => e.open = true)")
        self.at("/api/v3_0/docs/", "Stored, or stored already.")
        self.shoot("docs-open")

        self.go("/nowhere")
        self.at("/nowhere", "Not found", "404")
        self.shoot("not-found")
        # A page that was not found is no mistake of the pages; nor is a form that is shown again, or
        # that a link's form does not tell whose password it is.
        problems = [
            entry["message"]
            for entry in browser.call("POST", "/se/log", {"type": "browser"})
            if not re.search(r"status of 4\d\d|/reset/\S+ - \[DOM\] Password forms", entry["message"])
        ]
        assert not problems, problems


def totp(text):
    secret = base64.b32decode(text.replace(" ", ""))
    digest = hmac.new(secret, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def command(program, folder, *words, input=None):
    arguments = [program, *words, "--data-dir", folder, "--json"]
    subprocess.run(arguments, input=input, text=True, check=True, stdout=subprocess.DEVNULL)


def wait_for(url, process):
    for _ in range(600):
        assert process.poll() is None, f"{process.args[0]} has ended"
        try:
            return fetch("GET", url)
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def main():
    program = os.path.abspath(sys.argv[1])
    shots = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
    if shots:
        os.makedirs(shots, exist_ok=True)
    if not (shutil.which("chromedriver") and shutil.which("chromium")):
        print("skipped: chromium and chromedriver are not installed")
        return 77
    # Where the database's own user may go as well.
    folder = tempfile.mkdtemp(prefix="penstock-walk-")
    os.chmod(folder, 0o755)
    data, ports = f"{folder}/data", (free_port(), free_port())
    processes = []
    try:
        serve = [program, "serve", "--data-dir", data, "--insecure-http", f"127.0.0.1:{ports[0]}"]
        environment = {**os.environ, "LOG_LEVEL": "warning"}
        processes.append(subprocess.Popen(serve, env=environment))
        wait_for(f"http://127.0.0.1:{ports[0]}/api/v3_0/health/ready", processes[-1])
        command(program, data, "add", "account", "--name", "Windy Hill Energy")
        user = ("--email", "ada@example.com", "--username", NAME, "--account", "1")
        command(program, data, "add", "user", *user, "--password-stdin", input=PASSWORD + "\n")
        processes.append(subprocess.Popen(["chromedriver", f"--port={ports[1]}"], stdout=subprocess.DEVNULL))
        wait_for(f"http://127.0.0.1:{ports[1]}/status", processes[-1])
        browser = Browser(ports[1])
        try:
            Walk(browser, f"http://127.0.0.1:{ports[0]}", f"{data}/outbox", shots).run()
        finally:
            browser.call("DELETE", "")
        print("the walk through the account pages is done")
        return 0
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
