using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Proto;
using Proto.Context;
using Proto.Future;
using Proto.Mailbox;
using Proto.Remote;

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

    // By its name, so that programs in machine code keep what it has.
    private const string SlotType = "FutureHandle";

    private const string ParsersField = "TypeLookup";

    private static readonly FieldInfo SharedSlots = Field(typeof(SharedFutureProcess), "_slots");

    private static readonly PropertyInfo SlotRequest = Property(typeof(SharedFutureProcess).GetNestedType(SlotType, BindingFlags.NonPublic)!, "RequestId");

    private static readonly PropertyInfo SlotSource = Property(typeof(SharedFutureProcess).GetNestedType(SlotType, BindingFlags.NonPublic)!, "CompletionSource");

    private static readonly FieldInfo FutureSource = Field(typeof(FutureProcess), "_tcs");

    /// <summary>Touches each member once.</summary>
    /// <exception cref="InvalidOperationException">This version of Proto.Actor does not have the member that the message names.</exception>
    public static void Verify(ActorSystem system)
    {
        try
        {
            _ = SystemMessageSender;
            _ = UserMessageSender;
            _ = ConfigureProps;
            _ = SlotRequest;
            _ = SlotSource;
            _ = FutureSource;
            _ = Field(typeof(Serialization), ParsersField);
            _ = MailboxOf(new ActorProcess(system, new RemoteMailbox()));
            Forget(new BlockList(system), "");
            Touch(new UntouchedProcess(system));
            SetProcess(new PID(), new UntouchedProcess(system));
            _ = GetCurrentRef(new PID());
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

    /// <summary>
    /// Ends a request with an exception: Proto.Actor has a way for answers and one for time-outs, and <c>StopAsync</c> looks at neither.
    /// </summary>
    /// <param name="process">The request, or one that it shares with others.</param>
    /// <param name="request">Which one.</param>
    /// <param name="exception">What its task ends with.</param>
    public static void Fail(Process process, PID request, Exception exception)
    {
        SourceOf(process, request)?.TrySetException(exception);

        // Gives its place free as an answer does, which comes too late now.
        SendUserMessage(process, request, exception);
    }

    /// <summary>The mailbox of an actor, so that what comes with credit needs no envelope.</summary>
    public static IMailbox MailboxOf(ActorProcess process) => GetMailbox(process);

    /// <summary>Sets what is done to the props of every actor that is spawned from now on. The property is for construction only, the value is read at each spawn.</summary>
    public static void SetConfigureProps(ActorSystemConfig config, Func<Props, Props> configure) => ConfigureProps.SetValue(config, configure);

    /// <summary>A PID cache of Proto.Cluster keeps the process for now.</summary>
    public static void Touch(Proto.Remote.RemoteProcess process) => SetLastUsedTick(process, System.Diagnostics.Stopwatch.GetTimestamp());

    /// <summary>Gives a PID the process that it would otherwise look up when something is sent to it first.</summary>
    public static void SetProcess(PID pid, Process process) => SetCurrentRef(pid, process);

    /// <summary>The process that a PID has, or the one that the registry finds for it.</summary>
    public static Process ProcessOf(ActorSystem system, PID pid) => GetCurrentRef(pid) is RemoteProcess known ? known : system.ProcessRegistry.Get(pid);

    /// <summary>Sets an address that is not host and port, such as that of a Unix socket.</summary>
    public static void SetAddress(ActorSystem system, string address) => SetAddressOf(system, address);

    /// <summary>What an actor has besides its message; null when it has nothing of it yet.</summary>
    public static ActorContextExtras? ExtrasOf(ActorContext context) => ExtrasField(context);

    /// <summary>Puts a member into Proto.Remote's list until it is taken out: ours knows when its time is up.</summary>
    /// <returns>Whether it was not blocked there.</returns>
    public static bool Remember(BlockList list, string memberId)
    {
        lock (GateOf(list))
        {
            var isNew = !list.IsBlocked(memberId);
            ref var members = ref MembersOf(list);
            members = members.SetItem(memberId, DateTime.MaxValue);
            return isNew;
        }
    }

    /// <summary>Takes a member out of Proto.Remote's list, which has no way to do that.</summary>
    public static void Forget(BlockList list, string memberId)
    {
        lock (GateOf(list))
        {
            ref var members = ref MembersOf(list);
            members = members.Remove(memberId);
        }
    }

    /// <summary>
    /// Whether a protobuf message of this name is registered. Proto.Remote answers only by an exception, of which a batch of a peer could
    /// cost hundreds of thousands.
    /// </summary>
    public static bool IsRegistered(Serialization serialization, string name) => ParsersOf(serialization).ContainsKey(name);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = ParsersField)]
    private static extern ref Dictionary<string, MessageParser> ParsersOf(Serialization serialization);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_CurrentRef")]
    private static extern void SetCurrentRef(PID pid, Process process);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_CurrentRef")]
    private static extern Process? GetCurrentRef(PID pid);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_lock")]
    private static extern ref object GateOf(BlockList list);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_blockedMembers")]
    private static extern ref ImmutableDictionary<string, DateTime> MembersOf(BlockList list);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_extras")]
    private static extern ref ActorContextExtras? ExtrasField(ActorContext context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_LastUsedTick")]
    private static extern void SetLastUsedTick(Proto.Remote.RemoteProcess process, long tick);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Address")]
    private static extern void SetAddressOf(ActorSystem system, string address);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Mailbox")]
    private static extern IMailbox GetMailbox(ActorProcess process);

    /// <summary>There is nothing to it but its type.</summary>
    private sealed class UntouchedProcess(ActorSystem system) : Proto.Remote.RemoteProcess(system, null!, new PID(ActorSystem.NoHost, "?"));

    private static TaskCompletionSource<object>? SourceOf(Process process, PID request)
    {
        switch (process)
        {
            case FutureProcess:
                return (TaskCompletionSource<object>?)FutureSource.GetValue(process);
            case SharedFutureProcess:
                foreach (var slot in (Array)SharedSlots.GetValue(process)!)
                {
                    if ((uint)SlotRequest.GetValue(slot)! == request.RequestId)
                    {
                        return (TaskCompletionSource<object>?)SlotSource.GetValue(slot);
                    }
                }

                return null;
            default:
                return null;
        }
    }

    private static FieldInfo Field([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.NonPublicFields)] Type type, string name) =>
        type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic) ?? throw new MissingFieldException(type.FullName, name);

    private static PropertyInfo Property([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type, string name) =>
        type.GetProperty(name, BindingFlags.Instance | BindingFlags.Public) ?? throw new MissingMemberException(type.FullName, name);

    // An open delegate: called like any virtual method, and resolved once.
    private static TDelegate Open<TDelegate>(string name)
        where TDelegate : Delegate
    {
        var method = typeof(Process).GetMethod(name, BindingFlags.Instance | BindingFlags.NonPublic)
            ?? throw new MissingMethodException(typeof(Process).FullName, name);
        return method.CreateDelegate<TDelegate>();
    }
}
