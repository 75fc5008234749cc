"""Settings -> concrete Forge, Roster, Store, Engine: the only package that names classes."""
