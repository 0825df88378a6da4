"""AWS's services as far as the adapters use them, in memory, each with the errors of its client.

A call that no adapter makes today is an AssertionError: whoever adds one says here what it does.
"""
