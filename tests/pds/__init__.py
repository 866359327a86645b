"""The Bluesky client against the production server."""
