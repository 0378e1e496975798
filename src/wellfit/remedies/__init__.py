"""What is changed about a network that underfits or overfits, one list for the search and for the diagnosis.

`remedies` is the list; `drawn` are changes whose amounts the search draws, `steps` those that a diagnosis takes as a next step.
"""
