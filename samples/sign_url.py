"""Signs the URL of a template's picture: what `workers-server sign` does, for shops written in Python. See SECURITY.md."""

import base64
import hashlib
import hmac
import os
import sys
from urllib.parse import quote


def signed_path(key_id, secret, template, parameters, extension="png", version=None, expires=None):
    """The path of the URL. `parameters` are texts by name (a colour without its #), `expires` is in Unix seconds."""
    if expires is not None:
        parameters = {**parameters, "expires": str(expires)}
    written = ",".join(f"{name}={quote(value, safe='')}" for name, value in sorted(parameters.items())) or "_"
    target = template if version is None else f"{template}@{version}"
    signed = f"/{key_id}/{target}/{written}.{extension}"
    signature = base64.urlsafe_b64encode(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)).rstrip(b"=").decode()
    return f"/i/{signature}{signed}"


if __name__ == "__main__":
    # URL_SECRET=… sign_url.py k1 chair fabric=red
    key, name, *pairs = sys.argv[1:]
    print(signed_path(key, os.environ["URL_SECRET"], name, dict(pair.split("=", 1) for pair in pairs)))
