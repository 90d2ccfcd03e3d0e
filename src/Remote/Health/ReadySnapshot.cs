namespace Remote;

/// <summary>Where a node is in its life.</summary>
internal enum NodePhase
{
    /// <summary>It has not started, or the web server that carries it does not listen yet.</summary>
    BeforeStart,

    /// <summary>It has its address.</summary>
    Running,

    /// <summary>It shuts down, or has.</summary>
    Over,
}

/// <summary>What a node is ready by, at one moment.</summary>
/// <param name="Phase">Where it is in its life.</param>
internal sealed record ReadySnapshot(NodePhase Phase)
{
    /// <summary>Whether its listener accepts connections; also when it has none, or not one of its own.</summary>
    public bool IsListening { get; init; } = true;

    /// <summary>Whether its cluster has it as a member; <see langword="null"/> where there is none to ask.</summary>
    public bool? IsMember { get; init; }

    /// <summary>The ways to its peers.</summary>
    public IReadOnlyCollection<PeerCondition> Peers { get; init; } = [];
}
