"""SES: identities that mail can be sent from."""

from twin.aws.provision.account import Account, Created, Wanted


def email_identity(account: Account, wanted: Wanted) -> Created:
    """`AWS::SES::EmailIdentity`. Verified as soon as it is there; on AWS the address's owner, or the domain's DNS, has to confirm it first."""
    wanted.without_effect("DkimAttributes", "DkimSigningAttributes", "FeedbackAttributes", "MailFromAttributes", "Tags")
    name = wanted.properties["EmailIdentity"]
    account.client("sesv2").create_email_identity(EmailIdentity=name)
    return Created(ref=name)
