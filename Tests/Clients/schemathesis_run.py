#!/usr/bin/env python3
"""Sends what schemathesis makes of the API's document to a server: good requests and bad ones, by an
admin and by a user without roles.

    schemathesis_run.py PENSTOCK

Fails on any answer that the document does not have: its status, its media type, its members; and on
any 5xx that is not written down. Ends with 77 if schemathesis cannot be had.
"""

import os
import subprocess
import sys

from stand import Stand, environment

CHECKS = ",".join([
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "ignored_auth", "unsupported_method",
])
EXAMPLES = os.environ.get("EXAMPLES", "12")
SEED = os.environ.get("SEED", "20260101")


def main():
    python = environment("schemathesis", "schemathesis==4.32.5")
    folder = os.path.dirname(os.path.abspath(__file__))
    # No limits: they would hide what is behind them.
    with Stand(sys.argv[1], RATELIMIT_ENABLED="False", PENSTOCK_LOGIN_LIMITS="False") as stand:
        failed = []
        for name in ("admin", "bob"):
            print(f"schemathesis as {name}", flush=True)
            command = [
                os.path.join(os.path.dirname(python), "schemathesis"), "run", f"{stand.base}/openapi.json",
                "--header", f"Authorization: {stand.token(name)}", "--checks", CHECKS,
                "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", SEED,
                # It would end the token of all that follows.
                "--exclude-path", "/api/penstock/v1/logout-everywhere",
                "--continue-on-failure", "--no-shrink", "--warnings", "off", "--request-timeout", "30",
                "--suppress-health-check", "all", "--no-color", "--workers", "2",
            ]
            hooks = {"SCHEMATHESIS_HOOKS": os.path.join(folder, "schemathesis_hooks.py")}
            done = subprocess.run(command, env={**os.environ, **hooks}, cwd=stand.folder)
            if done.returncode != 0:
                failed.append(name)
            # The token still counts: the answers were about more than a 401.
            status, _ = stand.request("GET", "/api/v3_0/users", token=stand.token(name))
            assert status == 200, f"{name} may not log in any more: {status}"
        status, _ = stand.request("POST", "/api/penstock/v1/logout-everywhere", token=stand.token("bob"))
        assert status == 204, status
        printed = stand.printed()
        if failed or "request failed" in printed:
            print(printed[-4000:])
            print(f"schemathesis found something as {', '.join(failed) or 'nobody, but see the log'}")
            return 1
    print("schemathesis found nothing")
    return 0


if __name__ == "__main__":
    sys.exit(main())
