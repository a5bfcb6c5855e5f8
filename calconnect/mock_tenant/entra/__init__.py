"""Microsoft Entra as applications meet it: discovery, keys, and the token endpoint."""
