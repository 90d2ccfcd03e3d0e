namespace Remote.Cli;

/// <summary>What became known of a connection while it was made: gRPC alone would only say that there is none. Thread-safe.</summary>
internal sealed class DialReport
{
    private volatile string? _certificate;
    private volatile TlsFault? _fault;
    private volatile string? _refusal;
    private volatile Exception? _error;
    private volatile bool _isConnected;

    /// <summary>What the dial is waiting for.</summary>
    public DialStep Step { get; } = new();

    /// <summary>Whether a connection was accepted, whatever became of it.</summary>
    public bool IsConnected
    {
        get => _isConnected;
        set => _isConnected = value;
    }

    /// <summary>Why none was accepted.</summary>
    public Exception? Error
    {
        get => _error;
        set => _error = value;
    }

    /// <summary>That the node shows.</summary>
    public string? Certificate
    {
        get => _certificate;
        set => _certificate = value;
    }

    public TlsFault? CertificateFault
    {
        get => _fault;
        set => _fault = value;
    }

    /// <summary>What the node says in its first bytes when it turns somebody away (docs/protocol.md).</summary>
    public string? Refusal
    {
        get => _refusal;
        set => _refusal = value;
    }
}
