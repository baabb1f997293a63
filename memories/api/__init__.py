"""The REST API: each view parses, calls one verb of the mediator, and renders."""
