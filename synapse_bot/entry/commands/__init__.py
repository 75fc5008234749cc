"""One file per verb; each exports ``command``."""
