"""E-mail: what is sent through SES stays here, and a person reads it in the browser.

`sending` takes mails out of moto's SES · `mailbox` keeps them · `page` serves them over HTTP.
"""
