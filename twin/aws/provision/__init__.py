"""Translated resources made real: each type by API calls against the twin's own endpoint, one room per service.

`catalogue` says which type is made where and runs them in order · `account` what a room is given and gives back.
"""
