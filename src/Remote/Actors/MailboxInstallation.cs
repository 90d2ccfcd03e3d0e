using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>Gives every actor that is spawned from now on a mailbox that returns credit.</summary>
/// <remarks>
/// Props that name no mailbox get a <see cref="RemoteMailbox"/>; any other mailbox is put into a <see cref="TrackedMailbox"/>. Proto.Actor's default
/// is recognized by its producer, one delegate that all props share.
/// </remarks>
internal static class MailboxInstallation
{
    private static readonly MailboxProducer Default = Props.Empty.MailboxProducer;
    private static readonly MailboxProducer Ours = () => new RemoteMailbox();
    private static readonly MailboxProducer OursLocalOnly = () => new RemoteMailbox { IsLocalOnly = true };

    /// <summary>To be called once per system. What the application configures for its props goes first.</summary>
    /// <returns>How many actors there are already: their mailboxes stay, and the credit of a message to them comes back when it is posted.</returns>
    public static int Install(ActorSystem system)
    {
        var configured = system.Config.ConfigureProps;
        ProtoActorInternals.SetConfigureProps(system.Config, props =>
        {
            // Before the application's own configuration, which may put another mailbox into the place of one with the mark.
            var isLocalOnly = LocalOnlyMailbox.TryUnwrap(ref props);
            return Apply(configured(props), isLocalOnly);
        });
        return system.ProcessRegistry.Find(_ => true)
            .Select(system.ProcessRegistry.Get)
            .OfType<ActorProcess>()
            .Count(process => ProtoActorInternals.MailboxOf(process) is not ICreditedMailbox);
    }

    private static Props Apply(Props props, bool isLocalOnly)
    {
        var producer = props.MailboxProducer;
        if (ReferenceEquals(producer, Default) || ReferenceEquals(producer, Ours))
        {
            return props.WithMailbox(isLocalOnly ? OursLocalOnly : Ours);
        }

        // A spawner of the application's own may have the props configured more than once.
        return ReferenceEquals(producer, OursLocalOnly) || (producer.Target is Tracked && !isLocalOnly)
            ? props
            : props.WithMailbox(new Tracked(producer, isLocalOnly).Create);
    }

    private sealed class Tracked(MailboxProducer inner, bool isLocalOnly)
    {
        public IMailbox Create()
        {
            var mailbox = inner();
            var ours = mailbox as ICreditedMailbox ?? new TrackedMailbox(mailbox);
            ours.IsLocalOnly |= isLocalOnly;
            return (IMailbox)ours;
        }
    }
}
