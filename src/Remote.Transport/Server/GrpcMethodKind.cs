namespace Remote.Transport;

/// <summary>Which side of a method may send more than one message.</summary>
public enum GrpcMethodKind
{
    /// <summary>One request, one response.</summary>
    Unary,

    /// <summary>Many requests, one response.</summary>
    ClientStreaming,

    /// <summary>One request, many responses.</summary>
    ServerStreaming,

    /// <summary>Both sides stream.</summary>
    Duplex,
}
