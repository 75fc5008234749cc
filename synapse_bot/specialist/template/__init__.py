"""HTML templates: what they print past escaping, where escaping does not help, and their forms.

A template is read by its marks and by HTML's own states, once and in linear time. Nothing of it
is rendered.
"""
