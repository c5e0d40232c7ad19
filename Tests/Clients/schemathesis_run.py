#!/usr/bin/env python3
"""Sends what schemathesis makes of the API's document to a server: good requests and bad ones, by an
admin and by a user without roles.

    schemathesis_run.py PENSTOCK

Fails on any answer that the document does not have: its status, its media type, its members; and on
any 5xx that is not written down. Ends with 77 if schemathesis cannot be had.
"""

import json
import os
import subprocess
import sys

from stand import Stand, environment

CHECKS = ",".join([
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "ignored_auth",
])
EXAMPLES = os.environ.get("EXAMPLES", "4")
SEED = os.environ.get("SEED", "20260101")


def check_reach(file, name):
    """The requests came as far as they should: they were let in, and many were carried out."""
    with open(file) as counts:
        counts = json.load(counts)
    statuses, operations, carried_out = {}, set(), set()
    for key, count in counts.items():
        method, path, status = key.split(" ")
        statuses[status] = statuses.get(status, 0) + count
        # Methods that are not in the document are tried as well.
        if method in ("GET", "POST", "PATCH", "DELETE") and status != "405":
            operations.add(f"{method} {path}")
            if status.startswith("2"):
                carried_out.add(f"{method} {path}")
    print(f"as {name}: {sum(statuses.values())} requests, by status {dict(sorted(statuses.items()))};"
          f" {len(carried_out)} of {len(operations)} operations carried out")
    wanted = 0.7 if name == "admin" else 0.4
    assert len(carried_out) >= wanted * len(operations), sorted(operations - carried_out)


def main():
    python = environment("schemathesis", "schemathesis==4.32.5")
    folder = os.path.dirname(os.path.abspath(__file__))
    # No limits: they would hide what is behind them.
    with Stand(sys.argv[1], RATELIMIT_ENABLED="False", PENSTOCK_LOGIN_LIMITS="False") as stand:
        failed = []
        for name, phases in (("admin", "examples,coverage,fuzzing"), ("bob", "examples,fuzzing")):
            print(f"schemathesis as {name}", flush=True)
            command = [
                os.path.join(os.path.dirname(python), "schemathesis"), "run", f"{stand.base}/openapi.json",
                "--header", f"Authorization: {stand.token(name)}", "--checks", CHECKS,
                "--phases", phases, "--max-examples", EXAMPLES, "--seed", SEED,
                # It would end the token of all that follows.
                "--exclude-path", "/api/penstock/v1/logout-everywhere",
                # 501 always, which is written down.
                "--exclude-path", "/api/v2/query",
                "--continue-on-failure", "--no-shrink", "--warnings", "off", "--request-timeout", "30",
                "--suppress-health-check", "all", "--no-color", "--workers", "2",
            ]
            counts = f"{stand.folder}/counts"
            hooks = {"SCHEMATHESIS_HOOKS": os.path.join(folder, "schemathesis_hooks.py"), "COUNTS": counts}
            done = subprocess.run(command, env={**os.environ, **hooks}, cwd=stand.folder)
            if done.returncode != 0:
                failed.append(name)
            check_reach(counts, name)
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
