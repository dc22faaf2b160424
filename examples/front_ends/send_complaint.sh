#!/bin/sh
# Sends a complaint to Redress. Send the same again whenever you are not sure: the same reference is the same complaint.
# Environment: REDRESS_INTAKE (http://127.0.0.1:8080), REDRESS_KEY (an API key, where intake asks for one).
set -eu
# curl itself tries again after 429 and 503, and waits as long as Retry-After says.
exec curl --silent --show-error --fail-with-body --retry 8 --max-time 60 \
  "${REDRESS_INTAKE:-http://127.0.0.1:8080}/v1/complaints" \
  ${REDRESS_KEY:+--header "Authorization: Bearer $REDRESS_KEY"} \
  --header 'Content-Type: application/json' \
  --data '{
    "channel": "web",
    "external_ref": "order-4711",
    "customer": {"id": "c-42"},
    "category": "delivery",
    "subject": "Parcel",
    "body": "It came broken."
  }'
