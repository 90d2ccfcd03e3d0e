namespace OrderCluster;

/// <summary>The example cannot go on; the message says why and what to do.</summary>
internal sealed class OrderDeskException(string message, int code = ExitCode.Wrong) : Exception(message)
{
    /// <summary>The <see cref="ExitCode"/> of the program because of it.</summary>
    public int Code { get; } = code;
}
