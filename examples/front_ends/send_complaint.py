"""Sends a complaint, and then that it was withdrawn. Only the standard library is needed."""

import json
import os
import time
import urllib.error
import urllib.request

INTAKE = os.environ.get("REDRESS_INTAKE", "http://127.0.0.1:8080")
KEY = os.environ.get("REDRESS_KEY")
TRIES = 8


def send(path: str, body: dict[str, object]) -> object:
    """Until it is kept. The same body again is the same event, so sending again does no harm."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {KEY}"} if KEY else {})
    # What stays the same when it is sent again: of an event without it, a second try would be a second event.
    headers["Idempotency-Key"] = f"{path} {body.get('type', 'complaint')}"
    request = urllib.request.Request(INTAKE + path, json.dumps(body).encode(), headers)
    for tries_left in reversed(range(TRIES)):
        wait = 1.0
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if error.code not in (429, 503) or not tries_left:
                faults = [f"{fault.get('pointer')}: {fault['detail']}" for fault in problem["errors"]]
                raise SystemExit("\n".join([problem["detail"], *faults])) from None
            wait = float(error.headers["Retry-After"])
        except (urllib.error.URLError, TimeoutError):  # nobody answered: it may have been kept
            if not tries_left:
                raise
        time.sleep(wait)
    raise AssertionError("not reached")


complaint: dict[str, object] = {
    "channel": "web",
    "external_ref": "order-4712",
    "customer": {"id": "c-42"},
    "category": "delivery",
    "subject": "Parcel",
    "body": "It came broken.",
}
print(json.dumps(send("/v1/complaints", complaint)))
print(json.dumps(send("/v1/channels/web/complaints/order-4712/events", {"type": "complaint_withdrawn"})))
