"""One file per EWS operation, each with an ``OPERATION``; found by ``ews.registry``."""
