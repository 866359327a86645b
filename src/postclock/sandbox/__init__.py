"""The pretend platforms that ship with Postclock: real HTTP, realistic limits and failures."""
