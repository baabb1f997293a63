"""The way in for AI agents: tools, resources and prompts over MCP."""
