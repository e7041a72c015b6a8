"""Who somebody is: local users with passwords, their logins, tokens of programs, and logins at an OpenID provider.

It says who asks, never what they may: that is `core.policy`. It must not know pages or routes.
"""
