"""What is to be done at Slack, with the scopes and events by name."""

from connectors.base import Step

STEPS = (
    Step(
        title="Make an app",
        text="At https://api.slack.com/apps choose Create New App, From scratch, and "
        "your workspace.",
    ),
    Step(
        title="Give it its scopes",
        text="OAuth & Permissions, Bot Token Scopes: channels:history, channels:read, "
        "reactions:read, users:read, users:read.email, team:read and commands; "
        "groups:history and groups:read for private channels that the rules name. "
        "Then choose Install to Workspace.",
    ),
    Step(
        title="Hand over its secrets",
        text="SLACK_SIGNING_SECRET is the Signing Secret under Basic Information, "
        "SLACK_BOT_TOKEN the token that begins with xoxb- under OAuth & Permissions. "
        "Start the hub again.",
    ),
    Step(
        title="Subscribe to events",
        text="Event Subscriptions: turn them on, with the Request URL {url}. Bot "
        "events: message.channels, reaction_added, reaction_removed, channel_created, "
        "channel_rename, team_join, user_change, team_domain_change; message.groups "
        "for private channels.",
    ),
    Step(
        title="Add the shortcut",
        text="Interactivity & Shortcuts: turn it on, with the same Request URL {url}. "
        "Create New Shortcut, On messages, named Remember as decision, with the "
        "callback id decision.",
    ),
    Step(
        title="Invite it",
        text="In each channel that is to be remembered: /invite and the app's name. "
        "Then run manage.py backfill slack --since, with the day to begin with.",
    ),
)
