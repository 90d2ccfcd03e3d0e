namespace Remote;

/// <summary>The two ways in which Proto.Actor peers write the targets of a batch.</summary>
public enum WireDialect
{
    /// <summary>The form that the peer was seen to use; strings before any was seen.</summary>
    Auto = 0,

    /// <summary>Actor ids as strings: Proto.Actor for .NET since 1.0.0-rc3, Go since August 2025, and every Remote node.</summary>
    StringTargets = 1,

    /// <summary>Whole PIDs: Proto.Actor for .NET before 1.0.0-rc3, Go before August 2025.</summary>
    PidTargets = 2,
}
