"""HTTP/1.1 on a connection: requests in, replies out. Knows nothing of Exchange.

A request is answered where its last byte arrives, with no task in between. Measured with the benchmark beside aiohttp's
low-level server, that halves what a request costs: most of it was rounds of the event loop.
"""
