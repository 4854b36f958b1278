"""Authlib: OpenID Connect by discovery, with the ID token checked against the published keys."""

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from conversation import say, settings, visit
from joserfc import jwt
from joserfc.jwk import KeySet

metadata = requests.get(f"{settings['server']}/.well-known/openid-configuration").json()
nonce = generate_token()
verifier = generate_token(48)
session = OAuth2Session(
    settings["client_id"],
    settings["client_secret"],
    scope="openid profile email offline_access",
    redirect_uri=settings["redirect_uri"],
    code_challenge_method="S256",
    token_endpoint_auth_method=settings["auth_method"],
    revocation_endpoint_auth_method=settings["auth_method"],
)

url, state = session.create_authorization_url(
    metadata["authorization_endpoint"], nonce=nonce, code_verifier=verifier
)
token = session.fetch_token(
    metadata["token_endpoint"], authorization_response=visit(url), state=state, code_verifier=verifier
)
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"]).json())
claims = jwt.decode(token["id_token"], keys, algorithms=[settings["alg"]]).claims
jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": metadata["issuer"]},
    aud={"essential": True, "value": settings["client_id"]},
    nonce={"essential": True, "value": nonce},
).validate(claims)

userinfo = session.get(metadata["userinfo_endpoint"]).json()
refreshed = session.refresh_token(metadata["token_endpoint"])
introspected = session.introspect_token(metadata["introspection_endpoint"], refreshed["access_token"]).json()
revocation = session.revoke_token(metadata["revocation_endpoint"], refreshed["refresh_token"])
say(
    result={
        "claims": claims,
        "userinfo": userinfo,
        "refreshed": refreshed["access_token"] != token["access_token"],
        "introspected": introspected,
        "revocation": revocation.status_code,
        "after_revocation": session.get(metadata["userinfo_endpoint"]).status_code,
    }
)
