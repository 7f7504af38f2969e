"""People that a local run plays: they open what they are sent, in a browser of their own, and decide.

They share nothing with deskshift or the sandbox but what a browser sees.
"""
