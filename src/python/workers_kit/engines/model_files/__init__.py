"""The files that come with a call: what kind they are, how they lie beside each other, and what they refer to.

Needs no renderer. Whatever a file names, only files of the same call are ever found for it: see `bundle.py`.
"""
