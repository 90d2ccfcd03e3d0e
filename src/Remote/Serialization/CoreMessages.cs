using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>
/// The messages of Proto.Actor's core that travel between nodes. They are written and read by hand, because the PIDs in them are translated
/// like senders, and because no other message may become a system message where it arrives.
/// </summary>
internal static class CoreMessages
{
    private static readonly Touch Touch = new();

    private static readonly (string Name, Type Type, Make Make)[] All =
    [
        ("actor.Watch", typeof(Watch), (pid, _, _) => pid is null ? null : new Watch(pid)),
        ("actor.Unwatch", typeof(Unwatch), (pid, _, _) => pid is null ? null : new Unwatch { Watcher = pid }),
        ("actor.Terminated", typeof(Terminated), (pid, why, _) => pid is null ? null : Terminated.From(pid, ReasonOf(why))),
        ("actor.Stop", typeof(Stop), (_, _, _) => Stop.Instance),
        ("actor.PoisonPill", typeof(PoisonPill), (_, _, _) => PoisonPill.Instance),
        ("actor.Touch", typeof(Touch), (_, _, _) => Touch),
        ("actor.Touched", typeof(Touched), (pid, _, _) => pid is null ? null : new Touched { Who = pid }),
        ("actor.DeadLetterResponse", typeof(DeadLetterResponse), (pid, _, reason) =>
            pid is null ? null : DeadLetterResponseExtensions.Make(pid, reason)),
    ];

    // Not frozen: each type is looked up once per link, and freezing costs a short-lived process milliseconds.
    private static readonly Dictionary<string, InboundType> Inbound =
        All.ToDictionary(core => core.Name, core => new InboundType { Core = core.Make });

    private static readonly Dictionary<Type, OutboundType> Outbound = All.ToDictionary(
        core => core.Type,
        core => new OutboundType(core.Name, OutboundForm.Core, Proto.Remote.Serialization.SERIALIZER_ID_PROTOBUF)
        {
            IsSystem = typeof(SystemMessage).IsAssignableFrom(core.Type),
        });

    /// <summary>Makes a core message of its fields; <see langword="null"/> when a PID is missing that it needs.</summary>
    internal delegate object? Make(PID? pid, uint why, DeadLetterReason reason);

    /// <summary>Whether the name belongs to the core, so that no application message may travel under it.</summary>
    internal static bool IsCoreName(string name) => Inbound.ContainsKey(name);

    internal static InboundType? FindInbound(string name) => Inbound.GetValueOrDefault(name);

    internal static OutboundType? FindOutbound(object message) => Outbound.GetValueOrDefault(message.GetType());

    /// <summary>The payload of a core message, as a peer reads it.</summary>
    internal static CorePayload PayloadOf(object message, OutboundTranslation translation) => message switch
    {
        Watch { Watcher: var pid } => Of(pid, translation),
        Unwatch { Watcher: var pid } => Of(pid, translation),
        Terminated { Who: var pid, Why: var why } => Of(pid, translation) with { Why = (uint)why },
        Touched { Who: var pid } => Of(pid, translation),
        DeadLetterResponse response => Of(response.Target, translation) with
        {
            Reason = translation.SaysReasons ? DeadLetterReasonNames.OnWire(response.GetReason()) : null,
        },
        _ => default,
    };

    // A message of these that an application made itself may lack its PID; the peer will refuse it.
    private static CorePayload Of(PID? pid, OutboundTranslation translation) =>
        pid is null ? default : new CorePayload(pid, translation.Payload(pid.Address, pid.Id));

    // A reason of a later version is still an end.
    private static TerminatedReason ReasonOf(uint why) =>
        why <= (uint)TerminatedReason.NotFound ? (TerminatedReason)why : TerminatedReason.Stopped;
}
