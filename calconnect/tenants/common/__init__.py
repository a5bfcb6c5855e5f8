"""What every tenant needs: the way to a server, its failures as codes, SOAP, observations, the journal of test events.

Nothing here knows exchangelib or msal, or asks anything by itself.
"""
