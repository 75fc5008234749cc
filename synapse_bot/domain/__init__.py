"""The words of the product as frozen values. Standard library only; nothing here does I/O."""
