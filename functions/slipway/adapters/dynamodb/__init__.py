"""Slipway's memory: one table, keys pk and sk, every change of state one conditional write or one transaction.

DELIVERY#guid / META          a webhook delivery, kept for a while
REF#repository / name, BASELINE  what a branch or tag pointed at when it was last seen
RUN#id / META, EVENT#n, TOLD  a run, its timeline, and what chat was told of it
STATUS#service#commit / TOLD  what was told last beside a commit
RELEASE#service / commit      a release
WAITING#service#commit / RUN#id  a run that waits for the build of that commit
DEPLOYMENT#id / META, EVENT#n, TOLD  a deployment, its timeline, and what was told of it
APPROVAL#id / META, VOTE#person   a question to people, with the task token that waits for the answer
ENV#service#environment /
    STATE, LEASE                what runs there, and who may change it
    QUEUE#rank#time#deployment  who waits for the lease, or has to be told that it doesn't any more
    HEALTHY#commit              a release that was healthy there
    DEPLOYMENT#time#id          a deployment to it
    APPROVAL                    the question that was asked last
UNFINISHED / RUN#id, DEPLOYMENT#id, BUILD#service#commit   what `sweep` looks at
BUDGET#code-host / MINUTE#, HOUR#, PAUSE   how often the code host was called lately
AUDIT#day / time#id             who decided what
"""
