"""Review -> text. Renderings only: nothing here does I/O. The table is in formats.py."""
