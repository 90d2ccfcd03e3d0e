using System.Reflection;
using System.Runtime.CompilerServices;
using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>Every member of Proto.Actor that Remote needs and that is not public. There is no other place that reaches for one.</summary>
/// <remarks>
/// A new version of the package that has moved one of them fails at the first start, with the name of the member: <see cref="Verify"/>.
/// </remarks>
internal static class ProtoActorInternals
{
    private static readonly Action<Process, PID, SystemMessage> SystemMessageSender =
        Open<Action<Process, PID, SystemMessage>>("SendSystemMessage");

    private static readonly Action<Process, PID, object> UserMessageSender = Open<Action<Process, PID, object>>("SendUserMessage");

    private static readonly PropertyInfo ConfigureProps = typeof(ActorSystemConfig).GetProperty(nameof(ActorSystemConfig.ConfigureProps))
        ?? throw new MissingMemberException(nameof(ActorSystemConfig), nameof(ActorSystemConfig.ConfigureProps));

    /// <summary>Touches each member once.</summary>
    /// <exception cref="InvalidOperationException">This version of Proto.Actor does not have the member that the message names.</exception>
    public static void Verify(ActorSystem system)
    {
        try
        {
            _ = SystemMessageSender;
            _ = UserMessageSender;
            _ = ConfigureProps;
            _ = MailboxOf(new ActorProcess(system, new RemoteMailbox()));
        }
        catch (Exception exception) when (exception is MissingMemberException or TypeInitializationException or InvalidOperationException)
        {
            throw new InvalidOperationException(
                $"Remote does not know this version of Proto.Actor ({typeof(ActorSystem).Assembly.GetName().Version}): {exception.Message} "
                + "Use the version that Remote was built with.",
                exception);
        }
    }

    /// <summary>Posts a system message to a process: Proto.Actor has no public way but <see cref="Process.Stop"/>.</summary>
    public static void SendSystemMessage(Process process, PID target, SystemMessage message) => SystemMessageSender(process, target, message);

    /// <summary>Posts a user message to a process without asking the registry for it again.</summary>
    public static void SendUserMessage(Process process, PID target, object message) => UserMessageSender(process, target, message);

    /// <summary>The mailbox of an actor, so that what comes with credit needs no envelope.</summary>
    public static IMailbox MailboxOf(ActorProcess process) => GetMailbox(process);

    /// <summary>Sets what is done to the props of every actor that is spawned from now on. The property is for construction only, the value is read at each spawn.</summary>
    public static void SetConfigureProps(ActorSystemConfig config, Func<Props, Props> configure) => ConfigureProps.SetValue(config, configure);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Mailbox")]
    private static extern IMailbox GetMailbox(ActorProcess process);

    // An open delegate: called like any virtual method, and resolved once.
    private static TDelegate Open<TDelegate>(string name)
        where TDelegate : Delegate
    {
        var method = typeof(Process).GetMethod(name, BindingFlags.Instance | BindingFlags.NonPublic)
            ?? throw new MissingMethodException(typeof(Process).FullName, name);
        return method.CreateDelegate<TDelegate>();
    }
}
