"""Findings that make one claim become one severity, with the record of who said what."""
