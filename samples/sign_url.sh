#!/usr/bin/env bash
# Signs what stands behind the signature, which must be written in the one way there is (SECURITY.md): URL_SECRET=… sign_url.sh /k1/chair@3/fabric=red.png
# While it runs, other users of this machine can see the secret among openssl's arguments.
set -euo pipefail
signature=$(printf %s "$1" | openssl dgst -sha256 -mac HMAC -macopt "key:$URL_SECRET" -binary | openssl base64 -A | tr '+/' '-_' | tr -d '=')
printf '/i/%s%s\n' "$signature" "$1"
