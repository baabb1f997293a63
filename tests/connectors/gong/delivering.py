"""Deliveries through the real endpoint, signed as Gong does."""

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.api_jws import PyJWS

from tests.connectors.delivering import post
from tests.connectors.gong.payloads import as_json

PATH, URL = "/webhooks/gong", "https://testserver/webhooks/gong"
KEY, OTHER_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(2))


def pem(key: rsa.RSAPrivateKey) -> str:
    """Return the public half of a key, in PEM."""
    spki = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, spki).decode()


def bare(key: rsa.RSAPrivateKey) -> str:
    """Return the public half of a key as Gong shows it."""
    spki = PublicFormat.SubjectPublicKeyInfo
    whole = key.public_key().public_bytes(Encoding.DER, spki)
    return base64.b64encode(whole).decode()


def token(body: bytes, *, key: rsa.RSAPrivateKey = KEY, **claims: Any) -> str:
    """Sign a body; a claim that is None is left out."""
    digest = hashlib.sha256(body).hexdigest()
    said = {"webhook_url": URL, "body_sha256": digest} | claims
    kept = {name: claim for name, claim in said.items() if claim is not None}
    return PyJWS().encode(json.dumps(kept).encode(), key, algorithm="RS256")


def deliver(*payloads: dict[str, Any]) -> None:
    """Deliver calls one after the other, and see that each is taken."""
    for payload in payloads:
        body = as_json(payload)
        answer = post(body, {"Authorization": token(body)}, PATH)
        assert answer.status_code == 200
