"""Web Push as RFC 8291's own example has it, and as a browser would undo it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tocsin.delivery.webpush import Device, authorization, channel_of, device_of, encrypted, public_octets, sender_key
from tocsin.errors import BadInput

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(octets(text), "big"), ec.SECP256R1())


def opened(body: bytes, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Undo a push as a browser does, written from RFC 8188 and 8291 on the receiver's side."""
    salt, length = body[:16], body[20]
    theirs, sealed = body[21 : 21 + length], body[21 + length :]
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
    mine = public_octets(key)
    keyed = HKDF(hashes.SHA256(), 32, auth, b"WebPush: info\0" + mine + theirs).derive(shared)
    content = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(keyed)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(keyed)
    plain = AESGCM(content).decrypt(nonce, sealed, None)
    assert plain.endswith(b"\x02")
    return plain[:-1]


def verified(header: str) -> dict[str, object]:
    """Return the claims of a VAPID header whose signature is its key's."""
    fields = dict(part.strip().split("=", 1) for part in header.removeprefix("vapid ").split(","))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets(fields["k"]))
    head, claims, signature = fields["t"].split(".")
    raw = octets(signature)
    numbers = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(encode_dss_signature(*numbers), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    found: dict[str, object] = json.loads(octets(claims))
    return found


def test_the_rfcs_example_gives_the_rfcs_octets() -> None:
    device = Device(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        octets("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        octets("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    body = encrypted(
        b"When I grow up, I want to be a watermelon",
        device,
        private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        octets("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert text(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
        "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_only_the_browser_can_open_it() -> None:
    browser, other, auth = ec.generate_private_key(ec.SECP256R1()), private("AQ"), b"0123456789abcdef"
    device = device_of(channel_of("https://push.example/x", text(public_octets(browser)), text(auth)))
    body = encrypted("Обвал мосту".encode(), device, private("Ag"), b"f" * 16)
    assert opened(body, browser, auth).decode() == "Обвал мосту"
    with pytest.raises(InvalidTag):
        opened(body, other, auth)


def test_the_push_service_knows_who_sends() -> None:
    key = sender_key(b"secret" * 8)
    device = Device("https://push.example:8443/x/y", b"", b"")
    claims = verified(authorization(device, key, "mailto:desk@daily.example", NOW))
    assert claims["aud"] == "https://push.example:8443"
    assert claims["sub"] == "mailto:desk@daily.example"
    assert 0 < datetime.fromtimestamp(float(str(claims["exp"])), UTC).timestamp() - NOW.timestamp() <= 86_400
    assert public_octets(sender_key(b"secret" * 8)) == public_octets(key)
    assert public_octets(sender_key(b"other!" * 8)) != public_octets(key)


KEY = text(public_octets(ec.generate_private_key(ec.SECP256R1())))


@pytest.mark.parametrize(
    "channel",
    [
        "webpush+https://push.example/x",
        f"webpush+https://push.example/x#p256dh={KEY}",
        f"webpush+https://push.example/x#p256dh={KEY}&auth=short",
        f"webpush+https://push.example/x#p256dh={KEY[:-4]}AAAA&auth={'A' * 22}",
        f"webpush+ftp://push.example/x#p256dh={KEY}&auth={'A' * 22}",
        f"webpush+https://#p256dh={KEY}&auth={'A' * 22}",
        "webpush+https://[#p256dh=1&auth=2",
    ],
)
def test_what_is_no_subscription_is_refused(channel: str) -> None:
    with pytest.raises(BadInput):
        device_of(channel)


def test_a_message_too_long_for_a_push_is_refused() -> None:
    device = Device("https://push.example/x", octets(KEY), b"0" * 16)
    with pytest.raises(BadInput):
        encrypted(b"x" * 3001, device, private("Ag"), b"f" * 16)
