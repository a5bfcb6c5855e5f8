"""The mock tenant: a real HTTPS server on loopback that any EWS client takes for Exchange Server.

A product in its own right: it imports nothing of calconnect but ``foundation``. State never sees HTTP; each EWS
operation is one file.
"""
