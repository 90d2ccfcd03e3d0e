using System.Globalization;

namespace Remote;

/// <summary>Puts the events of a node into words for those that watch them.</summary>
internal static class EventDescription
{
    /// <summary>The names of the events that there are.</summary>
    public static IReadOnlyList<string> Types { get; } =
    [
        nameof(EndpointConnected), nameof(EndpointReconnecting), nameof(EndpointReconnected), nameof(EndpointReconnectFailed), nameof(EndpointTerminated),
        nameof(EndpointBlocked), nameof(EndpointUnblocked), nameof(EndpointUnconfirmed), nameof(EndpointThrottled), nameof(RemoteDeadLetterEvent),
    ];

    /// <summary>The name of an event; <see langword="null"/> for what is none of Remote's.</summary>
    public static string? TypeOf(object fact) => fact is
        EndpointConnected or EndpointReconnecting or EndpointReconnected or EndpointReconnectFailed or EndpointTerminated
        or EndpointBlocked or EndpointUnblocked or EndpointUnconfirmed or EndpointThrottled or RemoteDeadLetterEvent
        ? fact.GetType().Name
        : null;

    /// <summary>What is told of an event that has a name.</summary>
    public static EventRecord Of(object fact, DateTimeOffset now) => fact switch
    {
        EndpointConnected one => new(nameof(EndpointConnected), one.Address, now, ("system_id", one.SystemId)),
        EndpointReconnecting one => new(
            nameof(EndpointReconnecting), one.Address, now, ("attempt", Text(one.Attempt)), ("delay", Text(one.Delay)), ("error", one.Error.Message)),
        EndpointReconnected one => new(
            nameof(EndpointReconnected), one.Address, now,
            ("system_id", one.SystemId), ("attempts", Text(one.Attempts)), ("outage", Text(one.Outage))),
        EndpointReconnectFailed one => new(
            nameof(EndpointReconnectFailed), one.Address, now, ("attempts", Text(one.Attempts)), ("error", one.Error.Message)),
        EndpointTerminated one => new(nameof(EndpointTerminated), one.Address, now, ("reason", one.Reason.ToString())),
        EndpointBlocked one => new(
            nameof(EndpointBlocked), one.Address ?? "", now, ("system_id", one.SystemId), ("by", one.By.ToString()), ("reason", one.Reason)),
        EndpointUnblocked one => new(nameof(EndpointUnblocked), one.Address ?? "", now, ("system_id", one.SystemId), ("by", one.By.ToString())),
        EndpointUnconfirmed one => new(nameof(EndpointUnconfirmed), one.Address, now, ("count", Text(one.Count))),
        EndpointThrottled one => new(
            nameof(EndpointThrottled), one.Address, one.Time,
            ("level", one.Level.ToString()), ("previous", one.Previous.ToString()), ("length", Text(one.Length)), ("capacity", Text(one.Capacity))),
        RemoteDeadLetterEvent one => new(
            nameof(RemoteDeadLetterEvent), one.Pid.Address, now,
            ("target", one.Pid.Id), ("message_type", one.Message?.GetType().FullName), ("reason", one.Reason.Name), ("sender", one.Sender?.ToString())),
        _ => throw new ArgumentException($"A {fact.GetType().Name} is no event of Remote.", nameof(fact)),
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Seconds.</summary>
    private static string Text(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
