namespace Remote;

/// <summary>What a peer may want beyond sending messages.</summary>
public enum RemoteOperationKind
{
    /// <summary>To spawn an actor of a kind that is registered here.</summary>
    Spawn = 0,

    /// <summary>To stop an actor, at once or after the messages before (PoisonPill).</summary>
    Stop = 1,

    /// <summary>To be told when an actor ends, or to be told no longer.</summary>
    Watch = 2,

    /// <summary>To call <c>ListProcesses</c> or <c>GetProcessDiagnostics</c>.</summary>
    Diagnostics = 3,

    /// <summary>To call a method of <c>remote.admin.Admin</c>.</summary>
    Administration = 4,
}
