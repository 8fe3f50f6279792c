"""Reading a model file without trusting it: raw configuration, safety check, migration of old configurations."""
