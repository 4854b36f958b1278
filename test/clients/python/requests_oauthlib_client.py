"""requests-oauthlib as its documentation shows it: the web application, legacy and backend flows."""

import time

import requests
from conversation import say, settings, visit
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient
from requests_oauthlib import OAuth2Session

SERVER = settings["server"]
CLIENT_ID = settings["client_id"]
CLIENT_SECRET = settings["client_secret"]
TOKEN_URL = f"{SERVER}/o/token/"
PROFILE_URL = f"{SERVER}/profile/"


def code():
    refreshed = []
    session = OAuth2Session(
        CLIENT_ID,
        redirect_uri=settings["redirect_uri"],
        scope=["read", "groups"],
        pkce="S256",
        auto_refresh_url=TOKEN_URL,
        auto_refresh_kwargs={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
        token_updater=refreshed.append,
    )
    url, _state = session.authorization_url(f"{SERVER}/o/authorize/")
    callback = visit(url)
    token = session.fetch_token(TOKEN_URL, authorization_response=callback, client_secret=CLIENT_SECRET)
    profile = session.get(PROFILE_URL).json()

    session.token = {**token, "expires_at": time.time() - 1}
    profile_after_refresh = session.get(PROFILE_URL).json()

    url, headers, body = session._client.prepare_token_revocation_request(
        f"{SERVER}/o/revoke_token/", refreshed[0]["refresh_token"], "refresh_token"
    )
    revocation = requests.post(url, headers=headers, data=body, auth=(CLIENT_ID, CLIENT_SECRET))
    return {
        "token": token,
        "profile": profile,
        "profile_after_refresh": profile_after_refresh,
        "refreshes": len(refreshed),
        "old_token": requests.get(PROFILE_URL, headers={"Authorization": f"Bearer {token['access_token']}"}).status_code,
        "revocation": revocation.status_code,
        "after_revocation": session.get(PROFILE_URL).status_code,
    }


def password():
    session = OAuth2Session(client=LegacyApplicationClient(client_id=CLIENT_ID))
    token = session.fetch_token(
        TOKEN_URL,
        username=settings["username"],
        password=settings["password"],
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        include_client_id=settings["include_client_id"],
    )
    return {"token": token, "profile": session.get(PROFILE_URL).json()}


def backend():
    session = OAuth2Session(client=BackendApplicationClient(client_id=CLIENT_ID))
    return {"token": session.fetch_token(TOKEN_URL, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)}


say(result={"code": code, "password": password, "backend": backend}[settings["flow"]]())
