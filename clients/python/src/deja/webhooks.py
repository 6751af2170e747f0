"""Verifies Deja's webhooks: Standard Webhooks (https://www.standardwebhooks.com), version ``v1``."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any, Dict, Iterable, Mapping, Optional, Union

from .errors import WebhookError

_PREFIX = "whsec_"


def verify(
    body: Union[bytes, str],
    headers: Mapping[str, Any],
    secrets: Union[str, Iterable[str]],
    *,
    tolerance_s: float = 300,
    now: Optional[float] = None,
) -> Dict[str, Any]:
    """The event ``{"type", "timestamp", "data"}`` of a webhook, if it comes from the server.

    :param body: The bytes as they arrived: JSON that was parsed and written again has another signature.
    :param headers: ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``, in any case.
    :param secrets: The server's ``whsec_…``; several while secrets are changed.
    :param tolerance_s: How far the timestamp may lie from this clock, in seconds. It stops replays.
    :param now: Seconds since 1970. Default: the clock.
    :raises WebhookError: The webhook is not to be trusted.

    A webhook arrives at least once: remember ``webhook-id`` to recognise a repetition.
    """
    keys = [_key(secret) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    if not keys:
        raise ValueError("verify needs at least one secret")
    given = {str(name).lower(): str(value) for name, value in headers.items()}
    try:
        identity = given["webhook-id"]
        timestamp = given["webhook-timestamp"]
        signatures = given["webhook-signature"]
    except KeyError as missing:
        raise WebhookError(f"the header {missing} is missing") from None
    # Digits alone: int() would also take "1_0", and float() "nan".
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise WebhookError("the timestamp is no number of seconds")
    if abs((time.time() if now is None else now) - int(timestamp)) > tolerance_s:
        raise WebhookError(f"the timestamp is more than {tolerance_s:g} s from this clock")
    payload = body.encode() if isinstance(body, str) else bytes(body)
    signed = f"{identity}.{timestamp}.".encode() + payload
    expected = [
        b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()) for key in keys
    ]
    # Every pair is compared, so that the time tells nothing.
    matches = [
        hmac.compare_digest(signature.encode(), one)
        for signature in signatures.split(" ")
        for one in expected
    ]
    if not any(matches):
        raise WebhookError("no signature matches")
    try:
        event: Dict[str, Any] = json.loads(payload)
    except ValueError:
        raise WebhookError("the body is not JSON") from None
    return event


def _key(secret: str) -> bytes:
    text = secret[len(_PREFIX) :] if secret.startswith(_PREFIX) else secret
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("a webhook secret looks like whsec_… (base64)")
    return key
