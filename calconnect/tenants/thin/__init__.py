"""The thin path: prepared requests over aiohttp, for probes that are put to every mailbox of an organisation.

The reference path (``exchange_server``, ``exchange_online``) asks anything, one mailbox at a time. What both can ask
they answer with the same observations and codes; a test holds them against each other.
"""
