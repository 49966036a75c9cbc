"""Web Push: a message to one browser, encrypted so that the service between reads nothing (RFC 8291, 8188, 8292)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tocsin.errors import BadInput

SCHEME = "webpush+"
"""A browser's channel is written as its endpoint with this before it and its keys behind, in the fragment."""
MOST_OCTETS = 3000
"""Of a message; push services refuse more than 4096 after encryption."""
_RECORD = 4096
_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_VALID_FOR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that takes messages: its push service's address, its public key (65 octets) and its secret (16)."""

    endpoint: str
    key: bytes
    auth: bytes


def device_of(channel: str) -> Device:
    """Read a channel ``webpush+https://…#p256dh=…&auth=…``. Raises ``BadInput``."""
    try:
        parts = urlsplit(channel.removeprefix(SCHEME))
        keys = parse_qs(parts.fragment)
        device = Device(parts._replace(fragment="").geturl(), *(_octets(keys[name][0]) for name in ("p256dh", "auth")))
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, device.key)
    except (KeyError, ValueError) as error:
        raise BadInput("no browser's subscription") from error
    if len(device.auth) != 16 or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput("no browser's subscription")
    return device


def channel_of(endpoint: str, p256dh: str, auth: str) -> str:
    """Return the channel of a browser's subscription, as the browser gives its parts."""
    return f"{SCHEME}{endpoint}#{urlencode({'p256dh': p256dh, 'auth': auth})}"


def sender_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the key by which push services know an installation, derived from its secret."""
    number = int.from_bytes(_hkdf(b"tocsin web push", secret, b"sender", 48), "big")
    return ec.derive_private_key(number % (_ORDER - 1) + 1, _CURVE)


def public_octets(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key's public point, uncompressed."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypted(message: bytes, device: Device, once: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """Return the body of a push (``aes128gcm``): one record. ``once`` and ``salt`` (16 octets) are for it alone."""
    if len(message) > MOST_OCTETS:
        raise BadInput(f"a push of {len(message)} octets")
    ours = public_octets(once)
    shared = once.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, device.key))
    keyed = _hkdf(device.auth, shared, b"WebPush: info\0" + device.key + ours, 32)
    content_key = _hkdf(salt, keyed, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, keyed, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(content_key).encrypt(nonce, message + b"\x02", None)
    return salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours + sealed


def authorization(device: Device, key: ec.EllipticCurvePrivateKey, contact: str, now: datetime) -> str:
    """Return the header by which a push service knows who sends (VAPID); ``contact`` is an address for complaints."""
    service = urlsplit(device.endpoint)
    claims = {"aud": f"{service.scheme}://{service.netloc}", "exp": int((now + _VALID_FOR).timestamp())}
    token = b".".join(
        _text(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims | {"sub": contact})
    )
    r, s = decode_dss_signature(key.sign(token, ec.ECDSA(hashes.SHA256())))
    signed = token + b"." + _text(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed.decode()}, k={_text(public_octets(key)).decode()}"


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _text(octets: bytes) -> bytes:
    return urlsafe_b64encode(octets).rstrip(b"=")


def _octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
