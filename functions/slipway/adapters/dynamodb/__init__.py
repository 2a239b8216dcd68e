"""Slipway's memory: one table, keys pk and sk, every change of state one conditional write or one transaction.

DELIVERY#guid / META          a webhook delivery, kept for a while
RUN#id / META, EVENT#n        a run and its timeline
RELEASE#service / commit      a release
WAITING#service#commit / RUN#id  a run that waits for the build of that commit
DEPLOYMENT#id / META, EVENT#n a deployment and its timeline
ENV#service#environment / STATE, LEASE, QUEUE#time#deployment
"""
