"""What the desk and the API share over HTTP: calls, routes with what they need, one app for each thread, safety.

It holds no rule of procedures and writes no page.
"""
