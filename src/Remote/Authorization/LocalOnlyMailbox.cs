using System.Runtime.CompilerServices;
using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>
/// The mark of actors that are local only: made around the producer of their mailbox, taken off by <see cref="MailboxInstallation"/>, which sets it on the
/// mailbox of ours that it puts there. Where there is no remoting yet, it is remembered here.
/// </summary>
internal sealed class LocalOnlyMailbox
{
    private static readonly ConditionalWeakTable<IMailbox, object> Early = [];

    private readonly MailboxProducer _inner;

    private LocalOnlyMailbox(MailboxProducer inner) => _inner = inner;

    public static Props Mark(Props props) => props.WithMailbox(new LocalOnlyMailbox(props.MailboxProducer).Create);

    /// <summary>Takes the mark off, if there is one.</summary>
    public static bool TryUnwrap(ref Props props)
    {
        if (props.MailboxProducer.Target is not LocalOnlyMailbox mark)
        {
            return false;
        }

        props = props.WithMailbox(mark._inner);
        return true;
    }

    /// <summary>Whether a mailbox has the mark.</summary>
    public static bool IsMarked(IMailbox mailbox) => mailbox is ICreditedMailbox ours ? ours.IsLocalOnly : Early.TryGetValue(mailbox, out _);

    private IMailbox Create()
    {
        var mailbox = _inner();
        if (mailbox is ICreditedMailbox ours)
        {
            ours.IsLocalOnly = true;
        }
        else
        {
            Early.AddOrUpdate(mailbox, Early);
        }

        return mailbox;
    }
}
