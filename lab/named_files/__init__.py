"""Files that a person names: opened, read and parsed here alone, so that none can hang, exhaust or crash a run."""
