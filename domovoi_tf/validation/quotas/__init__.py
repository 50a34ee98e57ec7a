"""Compares an app with the quotas of AWS that many handlers and functions reach.

The kinds of event sources declare what their triggers use; what functions and state machines use is here.
"""
