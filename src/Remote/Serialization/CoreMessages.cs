using Remote.Actors;

namespace Remote;

/// <summary>
/// The messages of the actor core that travel between nodes, and their names. They are mapped by hand: the core knows no protobuf, and the
/// PIDs in them are translated like senders.
/// </summary>
internal static class CoreMessages
{
    private static readonly (string Name, Type Type, Make Make)[] All =
    [
        ("actor.Watch", typeof(Watch), (pid, _, _) => pid is null ? null : new Watch(pid)),
        ("actor.Unwatch", typeof(Unwatch), (pid, _, _) => pid is null ? null : new Unwatch(pid)),
        ("actor.Terminated", typeof(Terminated), (pid, why, _) => pid is null ? null : new Terminated(pid, ReasonOf(why))),
        ("actor.Stop", typeof(Stop), (_, _, _) => Stop.Instance),
        ("actor.PoisonPill", typeof(PoisonPill), (_, _, _) => PoisonPill.Instance),
        ("actor.Touch", typeof(Touch), (_, _, _) => Touch.Instance),
        ("actor.Touched", typeof(Touched), (pid, _, _) => pid is null ? null : new Touched(pid)),
        ("actor.DeadLetterResponse", typeof(DeadLetterResponse), (pid, _, reason) =>
            pid is null ? null : new DeadLetterResponse(pid, reason)),
    ];

    // Not frozen: each type is looked up once per link, and freezing costs a short-lived process milliseconds.
    private static readonly Dictionary<string, InboundType> Inbound =
        All.ToDictionary(core => core.Name, core => new InboundType { Core = core.Make });

    private static readonly Dictionary<Type, OutboundType> Outbound = All.ToDictionary(
        core => core.Type,
        core => new OutboundType(core.Name, ProtobufMessageSerializer.SerializerId)
        {
            IsCore = true,
            IsSystem = core.Type.IsSubclassOf(typeof(SystemMessage)),
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
        Watch { Watcher: var pid } => new CorePayload(pid, translation.Payload(pid)),
        Unwatch { Watcher: var pid } => new CorePayload(pid, translation.Payload(pid)),
        Terminated { Who: var pid, Why: var why } => new CorePayload(pid, translation.Payload(pid), (uint)why),
        Touched { Who: var pid } => new CorePayload(pid, translation.Payload(pid)),
        DeadLetterResponse { Target: var pid, Reason: var reason } => new CorePayload(
            pid, translation.Payload(pid), Reason: translation.SaysReasons ? DeadLetterReasonNames.OnWire(reason) : null),
        _ => default,
    };

    // A reason of a later version is still an end.
    private static TerminatedReason ReasonOf(uint why) =>
        why <= (uint)TerminatedReason.NotFound ? (TerminatedReason)why : TerminatedReason.Stopped;
}
