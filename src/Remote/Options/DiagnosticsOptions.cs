namespace Remote;

/// <summary>The diagnostic RPCs <c>ListProcesses</c> and <c>GetProcessDiagnostics</c>. Not thread-safe.</summary>
public sealed class DiagnosticsOptions
{
    /// <summary>
    /// Whether the diagnostic RPCs answer. Default <see langword="null"/>: to callers whose connection comes over loopback or a Unix
    /// socket, because the list of processes tells a stranger a lot about an application.
    /// </summary>
    public bool? Enabled { get; set; }

    /// <summary>
    /// How many PIDs <c>ListProcesses</c> returns at the most, 1 to 1,000,000. Default 10,000; the answer says when it was cut.
    /// </summary>
    public int MaxProcesses { get; set; } = 10_000;

    /// <summary>How long one <c>ListProcesses</c> scan may take before it is cut, greater than zero. Default 500 ms.</summary>
    public TimeSpan ScanBudget { get; set; } = TimeSpan.FromMilliseconds(500);
}
