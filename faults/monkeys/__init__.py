"""Random procedures of every feature of the language, and people who do at the command line whatever comes to their mind.

`grammar` has the words that a procedure may be made of, `growing` makes procedures of them, `desk` is a workspace with
its clock and its commands, `people` do things in it, `comparing` looks whether two ways come to the same.
"""
