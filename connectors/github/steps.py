"""What is to be done at GitHub, with the permissions and events by name."""

from connectors.base import Step

STEPS = (
    Step(
        title="Add a webhook",
        text="In the organization, or in one repository: Settings, Webhooks, Add "
        "webhook, with the Payload URL {url} and the content type application/json. "
        "As the Secret enter a long random text, such as openssl rand -hex 32 prints; "
        "leave SSL verification on.",
    ),
    Step(
        title="Choose its events",
        text="Let me select individual events: Pull requests, Pull request reviews, "
        "Pull request review comments, Pull request review threads. Leave Pushes out.",
    ),
    Step(
        title="Make a token",
        text="For what deliveries miss: Settings, Developer settings, Fine-grained "
        "tokens, with the organization as its owner, its repositories, and the "
        "repository permissions Pull requests: Read-only and Metadata: Read-only. "
        "A classic token needs the scope repo, and an app's installation the same "
        "two permissions.",
    ),
    Step(
        title="Hand over its secrets",
        text="GITHUB_WEBHOOK_SECRET is the webhook's Secret, GITHUB_TOKEN the token. "
        "GITHUB_API_URL is needed only with GitHub Enterprise Server: "
        "https://HOST/api/v3. Start the hub again.",
    ),
    Step(
        title="See that it arrives",
        text="GitHub sends a ping by itself: Recent Deliveries shows it with 200. "
        "Then run manage.py backfill github --since, with the day to begin with.",
    ),
    Step(
        title="Say who is who",
        text="GitHub names people by login and shows the e-mail address only of those "
        "who want that. Enter the others' in the rules, login by login, so that what "
        "they wrote is theirs.",
    ),
)
