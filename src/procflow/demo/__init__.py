"""A fortnight at the desk, played on real input in a throwaway workspace.

Real mails go through a real SMTP server and real text messages through a real HTTP gateway, both on loopback;
agents are real calls of the command line. It knows procflow only from outside, as a desk does.
"""
