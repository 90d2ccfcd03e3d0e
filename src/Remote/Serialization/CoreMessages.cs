using Remote.Actors;

namespace Remote;

/// <summary>
/// The messages of the actor core that travel between nodes, and their names. They are mapped by hand: the core knows no
/// protobuf, and the PIDs in them are translated like senders.
/// </summary>
internal static class CoreMessages
{
    // Not frozen: each type is looked for once per link, and freezing costs a short-lived process milliseconds.
    private static readonly Dictionary<string, InboundType> Inbound = new[]
    {
        InboundType.ForCore("actor.Watch", InboundKind.Watch),
        InboundType.ForCore("actor.Unwatch", InboundKind.Unwatch),
        InboundType.ForCore("actor.Terminated", InboundKind.Terminated),
        InboundType.ForCore("actor.Stop", InboundKind.Stop),
        InboundType.ForCore("actor.PoisonPill", InboundKind.PoisonPill),
        InboundType.ForCore("actor.Touch", InboundKind.Touch),
        InboundType.ForCore("actor.Touched", InboundKind.Touched),
        InboundType.ForCore("actor.DeadLetterResponse", InboundKind.DeadLetterResponse),
    }.ToDictionary(type => type.Name);

    private static readonly Dictionary<Type, OutboundType> Outbound = new()
    {
        [typeof(Watch)] = OutboundType.ForCore("actor.Watch", isSystem: true),
        [typeof(Unwatch)] = OutboundType.ForCore("actor.Unwatch", isSystem: true),
        [typeof(Terminated)] = OutboundType.ForCore("actor.Terminated", isSystem: true),
        [typeof(Stop)] = OutboundType.ForCore("actor.Stop", isSystem: true),
        [typeof(PoisonPill)] = OutboundType.ForCore("actor.PoisonPill", isSystem: false),
        [typeof(Touch)] = OutboundType.ForCore("actor.Touch", isSystem: false),
        [typeof(Touched)] = OutboundType.ForCore("actor.Touched", isSystem: false),
        [typeof(DeadLetterResponse)] = OutboundType.ForCore("actor.DeadLetterResponse", isSystem: false),
    };

    /// <summary>Whether the name belongs to the core, so that no application message may travel under it.</summary>
    internal static bool IsCoreName(string name) => Inbound.ContainsKey(name);

    internal static InboundType? FindInbound(string name) => Inbound.GetValueOrDefault(name);

    internal static OutboundType? FindOutbound(object message) => Outbound.GetValueOrDefault(message.GetType());

    /// <summary>The one PID that a core message may hold, and why a process ended.</summary>
    internal static CorePayload PayloadOf(object message) => message switch
    {
        Watch watch => new CorePayload(watch.Watcher),
        Unwatch unwatch => new CorePayload(unwatch.Watcher),
        Terminated terminated => new CorePayload(terminated.Who, (uint)terminated.Why),
        Touched touched => new CorePayload(touched.Who),
        DeadLetterResponse response => new CorePayload(response.Target, Reason: DeadLetterReasonNames.OnWire(response.Reason)),
        _ => default,
    };

    /// <summary>Makes the message; null when a PID is missing that it cannot do without.</summary>
    internal static object? Make(InboundKind kind, PID? pid, uint why, DeadLetterReason reason) => kind switch
    {
        InboundKind.Stop => Stop.Instance,
        InboundKind.PoisonPill => PoisonPill.Instance,
        InboundKind.Touch => Touch.Instance,
        _ when pid is null => null,
        InboundKind.Watch => new Watch(pid),
        InboundKind.Unwatch => new Unwatch(pid),
        InboundKind.Touched => new Touched(pid),

        // A reason of a later version is still an end.
        InboundKind.Terminated => new Terminated(pid, why <= (uint)TerminatedReason.NotFound
            ? (TerminatedReason)why
            : TerminatedReason.Stopped),
        InboundKind.DeadLetterResponse => new DeadLetterResponse(pid, reason),
        _ => null,
    };
}

/// <summary>The fields of a core message: 1 a PID, 2 why a process ended, 100 why a message was not delivered.</summary>
internal readonly record struct CorePayload(PID? Pid, uint Why = 0, string? Reason = null);
