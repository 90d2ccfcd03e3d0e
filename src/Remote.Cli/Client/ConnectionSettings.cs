namespace Remote.Cli;

/// <summary>How nodes are connected to: what all commands have in common. Immutable.</summary>
internal sealed record ConnectionSettings
{
    /// <summary>For a connection, and for the answer to a call; not for what is watched.</summary>
    public required TimeSpan Timeout { get; init; }

    public bool UseTls { get; init; }

    /// <summary>The authorities that are believed; <see langword="null"/> for those of the operating system.</summary>
    public string? RootsPath { get; init; }

    public string? CertificatePath { get; init; }

    public string? KeyPath { get; init; }

    /// <summary>The name that the certificate of the node must have, in the place of the host that is dialled.</summary>
    public string? TlsName { get; init; }

    /// <summary>Whether whatever certificate there is counts as good.</summary>
    public bool IsInsecure { get; init; }

    public string? SecretPath { get; init; }

    public TlsOptions Tls => new()
    {
        CertificatePath = CertificatePath,
        KeyPath = KeyPath,
        TrustedRootsPath = RootsPath,
        PeerNames = TlsName is null ? [] : [TlsName],
    };
}
