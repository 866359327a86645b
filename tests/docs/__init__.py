"""What is written is read: command line, make, links, folders, decisions."""
