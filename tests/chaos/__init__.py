"""The promise under fire: nodes struck at every step, and a ledger that tells what came of it."""
