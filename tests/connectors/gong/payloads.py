"""What Gong sends, after its documentation.

That is https://help.gong.io/docs/payload-sent-to-webhooks and its API's documentation.
"""

import json
from typing import Any

CALL, ANN, BOB = "5599332235511222779", "7744111777663220493", "8144111777663220111"


def party(
    name: str | None,
    email: str | None = None,
    *,
    user: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Return somebody in a call, of our company if they have an account."""
    return {
        "id": f"p{name}",
        "emailAddress": email,
        "name": name,
        "title": "Manager",
        "userId": user,
        "speakerId": f"s{name}",
        "context": [],
        "affiliation": "Internal" if user else "External",
        "methods": ["Invitee", "Attendee"],
        **fields,
    }


ANN_LEE = party("Ann Lee", "Ann@hub.example", user=ANN)
BOB_RAY = party("Bob Ray", "bob@hub.example", user=BOB)
ZOE_FOX = party("Zoe Fox", "zoe@acme-corp.com")


def account(name: object) -> list[dict[str, Any]]:
    """Return what the CRM knows: an opportunity, and the account it is of."""
    return [
        {
            "system": "Salesforce",
            "objects": [
                {
                    "objectType": "Opportunity",
                    "objectId": "0061Q00000mkU1fQAE",
                    "fields": [
                        {"name": "Name", "value": "Acme - Renewal (28)"},
                        {"name": "Amount", "value": 50000},
                    ],
                },
                {
                    "objectType": "Account",
                    "objectId": "0011630000vmLBaEEN",
                    "fields": [
                        {"name": "Industry", "value": "Internet"},
                        {"name": "Name", "value": name},
                    ],
                },
            ],
        }
    ]


def tracker(name: str, count: int, *phrases: str) -> dict[str, Any]:
    """Return how often something was heard, and in which words."""
    return {
        "id": f"t{name}",
        "name": name,
        "count": count,
        "type": "KEYWORD",
        "occurrences": [],
        "phrases": [
            {"count": 1, "phrase": each, "occurrences": []} for each in phrases
        ],
    }


def chapter(title: str, *texts: str) -> dict[str, Any]:
    """Return highlights under a heading."""
    return {"title": title, "items": [{"text": each} for each in texts]}


def call(*parties: dict[str, Any], **meta: Any) -> dict[str, Any]:
    """Return a call of which nothing but the circumstances are known."""
    return {
        "metaData": {
            "id": CALL,
            "url": f"https://app.gong.io/call?id={CALL}",
            "title": "Renewal",
            "scheduled": "2026-06-01T14:00:00+02:00",
            "started": "2026-06-01T14:03:37.041977+02:00",
            "duration": 2159,
            "primaryUserId": ANN,
            "direction": "Conference",
            "system": "Zoom",
            "scope": "External",
            "media": "Video",
            "language": "eng",
            "workspaceId": "623457276584334",
            **meta,
        },
        "context": [],
        "parties": list(parties or (ANN_LEE, BOB_RAY, ZOE_FOX)),
        "content": {"structure": [], "topics": [], "trackers": []},
        "interaction": {"speakers": [], "questions": {"companyCount": 0}},
        "media": {},
    }


def notice(one: Any, **fields: Any) -> dict[str, Any]:
    """A rule's webhook fired."""
    return {"callData": one, "isTest": False, "isPrivate": False} | fields


def whole_call(**meta: Any) -> dict[str, Any]:
    """Return a call of which Gong knows all that it can."""
    one = call(**meta)
    one["context"] = account("Acme")
    one["content"] = {
        "topics": [
            {"name": "Pricing", "duration": 86},
            {"name": "Small Talk", "duration": 0},
        ],
        "trackers": [
            tracker("Churn risk", 2, "thinking about leaving"),
            tracker("Competitors", 0),
        ],
        "brief": "Zoe is unhappy with the price and threatens to cancel.",
        "keyPoints": [{"text": "The discount was lost without a word."}],
        "highlights": [
            chapter("Next steps", "Send Zoe an offer by Friday"),
            chapter("Recap", "The upgrade went badly."),
        ],
        "outline": [{"section": "Start", "items": [{"text": "Greetings"}]}],
        "pointsOfInterest": {
            "actionItems": [
                {"snippet": "I will call the board", "speakerID": "sZoe Fox"}
            ]
        },
    }
    return one


def user(id_: str, first: str, last: str, email: str) -> dict[str, Any]:
    """Return an account as the API's users have it."""
    return {
        "id": id_,
        "emailAddress": email,
        "firstName": first,
        "lastName": last,
        "active": True,
        "emailAliases": [],
    }


def as_json(payload: object) -> bytes:
    """Return a body as Gong sends it."""
    return json.dumps(payload).encode()
