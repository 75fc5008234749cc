"""Readers of what tools print, behind one table: READERS in table.py."""
