"""The queues people would otherwise pick, each in a file, each at its best documented settings."""
