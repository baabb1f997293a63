"""What is to be done at Gong, by a tech admin."""

from connectors.base import Step

STEPS = (
    Step(
        title="Add a rule",
        text="Admin center, Settings, Ecosystem, Automation rules: + Add Rule, and "
        "filter the calls that are to be remembered. Private calls never are.",
    ),
    Step(
        title="Have it fire a webhook",
        text="Action: Fire webhook, with the destination URL {url} and Signed JWT "
        "header as its authentication.",
    ),
    Step(
        title="Hand over its public key",
        text="Show public key, and copy it: that is GONG_WEBHOOK_PUBLIC_KEY. Start "
        "the hub again, then choose Test now. The test is kept as a delivery, and not "
        "remembered.",
    ),
    Step(
        title="Make an API key",
        text="Admin center, Settings, Ecosystem, API: Create, with the scopes "
        "api:calls:read:extensive and api:users:read. GONG_API_KEY is the access key "
        "and its secret with a colon between, GONG_API_URL the address beside them. "
        "Start the hub again.",
    ),
    Step(
        title="Get the past",
        text="Run manage.py backfill gong --since, with the day to begin with.",
    ),
)
