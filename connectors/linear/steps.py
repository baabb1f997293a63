"""What is to be done at Linear, with the events by name."""

from connectors.base import Step

STEPS = (
    Step(
        title="Make a webhook",
        text="As an admin, Settings, Administration, API, New webhook, with the URL "
        "{url}. Data change events: Project updates, Cycles and Users; Issues where "
        "the rules pick states, Comments where they want comments. All public teams, "
        "or one.",
    ),
    Step(
        title="Hand over its secret",
        text="LINEAR_WEBHOOK_SECRET is the Signing secret on the webhook's page. Start "
        "the hub again.",
    ),
    Step(
        title="Make an API key",
        text="Settings, Account, Security & access, New API key, with the permission "
        "Read. What a key reads is remembered, private teams too: choose the teams it "
        "may read. LINEAR_API_KEY is the key, which begins with lin_api_.",
    ),
    Step(
        title="Choose what else is remembered",
        text="The rules pick the states whose issues are remembered as they come and "
        "go, and whether comments are.",
    ),
    Step(
        title="Catch up",
        text="Run manage.py backfill linear --since, with the day to begin with. It "
        "brings people, teams and states by their names, too.",
    ),
)
