namespace Remote.Actors;

/// <summary>What can be said about a process at a glance. Read without stopping it, so the figures may be from slightly different moments.</summary>
public sealed record ProcessDiagnostics
{
    /// <summary>The id of the process.</summary>
    public required string Id { get; init; }

    /// <summary>What it is: <c>actor</c>, <c>future</c>, <c>guardian</c>, or <c>process</c> for others.</summary>
    public required string Kind { get; init; }

    /// <summary>The .NET type of the actor or process.</summary>
    public required string Type { get; init; }

    /// <summary><c>Alive</c>, <c>Suspended</c>, <c>Restarting</c>, <c>Stopping</c> or <c>Stopped</c>.</summary>
    public required string State { get; init; }

    /// <summary>User messages that wait; of the future process the requests that wait for an answer.</summary>
    public int UserMessages { get; init; }

    /// <summary>System messages that wait.</summary>
    public int SystemMessages { get; init; }

    /// <summary>The children.</summary>
    public IReadOnlyCollection<PID> Children { get; init; } = [];

    /// <summary>Who watches it.</summary>
    public IReadOnlyCollection<PID> Watchers { get; init; } = [];

    /// <summary>How often it was restarted.</summary>
    public int Restarts { get; init; }

    /// <summary>Its last failure, if any.</summary>
    public ActorFailure? LastFailure { get; init; }
}
