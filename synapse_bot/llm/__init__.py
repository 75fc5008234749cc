"""Models: one port (base.py), its members, and what bounds them: price, budget, limits.

Nothing is imported here. A member imports its SDK when it is called for the first time.
"""
