#!/usr/bin/env python3
"""A token service and an API behind it, for tests of auth profiles.

POST /token   client_credentials and refresh_token (which rotates), for the client bridge / CLIENT_SECRET
GET  /api     answers the newest token with what it was asked, token included, as talkative servers do
fault("expired")   the API forgets the token once
"""
import json
import urllib.parse

from web import Answer, Fake, run_alone

CLIENT_SECRET = "invented-client-secret"


class OAuth(Fake):
    def __init__(self):
        super().__init__()
        self.given = 0
        self.refresh = "invented-refresh-token-0"

    def token(self):
        return f"invented-access-token-{self.given}"

    def answer(self, request):
        return self.answer_with(request, {})

    def answer_with(self, request, faults):
        if request.path == "/token":
            return self.give(dict(urllib.parse.parse_qsl(request.body.decode())), request)
        if "expired" in faults:
            self.given += 1
        if request.bearer() != self.token():
            return Answer(401, {"error": f"not {request.bearer()}"}, {"WWW-Authenticate": f"Bearer {request.bearer()}"})
        return Answer(200, {"ok": True, "you sent": request.headers}, {"Set-Cookie": "session=1", "X-Echo": request.bearer()})

    def give(self, form, request):
        known = request.basic() == f"bridge:{CLIENT_SECRET}" or form.get("client_secret") == CLIENT_SECRET
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") != self.refresh:
                return Answer(400, {"error": "invalid_grant", "error_description": json.dumps(form)})
            self.refresh = f"invented-refresh-token-{self.given + 1}"
        elif not known:
            return Answer(401, {"error": "invalid_client", "error_description": request.headers.get("authorization", "")})
        self.given += 1
        return Answer(200, {"access_token": self.token(), "token_type": "Bearer", "expires_in": 3600, "refresh_token": self.refresh})


if __name__ == "__main__":
    run_alone(OAuth())
