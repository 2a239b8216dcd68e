"""Slipway's memory: one table, keys pk and sk, every change of state one conditional write or one transaction.

DELIVERY#guid / META          a webhook delivery, kept for a while
RUN#id / META, EVENT#n        a run and its timeline
RELEASE#service / commit      a release
WAITING#service#commit / RUN#id  a run that waits for the build of that commit
DEPLOYMENT#id / META, EVENT#n a deployment and its timeline
APPROVAL#id / META, VOTE#person   a question to people, with the task token that waits for the answer
ENV#service#environment /
    STATE, LEASE                what runs there, and who may change it
    QUEUE#rank#time#deployment  who waits for the lease
    HEALTHY#commit              a release that was healthy there
    DEPLOYMENT#time#id          a deployment to it
    APPROVAL                    the question that was asked last
AUDIT#day / time#id             who decided what
"""
