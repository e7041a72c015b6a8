"""What a procedure can do, explored whole: promises proved or broken, dead ends found, each with a way to get there.

Data are abstract: a yes/no, a word of an enum and a counter are exact; of everything else is known whether it is set,
and how it compares with other values as far as that was asked. A way that breaks a promise is made concrete and run in
the real engine (`rehearsal.witness`) before anybody is told. It must not know the command line.
"""
