using System.Security.Cryptography.X509Certificates;

namespace Remote.Tests;

/// <summary>One way in which a peer's certificate is wrong.</summary>
/// <param name="Name">Of the case.</param>
/// <param name="Make">The certificate of the peer that is judged; <see langword="null"/> for none.</param>
/// <param name="Reason">A part of what both sides log.</param>
/// <param name="WayOut">A part of what the side that judges says to do.</param>
internal sealed record TlsCase(string Name, Func<TlsWorld, X509Certificate2?> Make, string Reason, string WayOut)
{
    /// <summary>What the side that judges has set.</summary>
    public Action<TlsOptions, TlsWorld> Judge { get; init; } = static (_, _) => { };

    public override string ToString() => Name;
}

/// <summary>The authorities of a test.</summary>
internal sealed class TlsWorld : IDisposable
{
    public TestAuthority Ours { get; } = new("ours");

    public TestAuthority Other { get; } = new("other");

    /// <summary>Another key under the same name.</summary>
    public TestAuthority Impostor { get; } = new("ours");

    public CertificateFiles Files { get; } = new();

    /// <summary>Writes a list and has it looked at.</summary>
    public void Revoke(TlsOptions options, TestAuthority by, DateTimeOffset nextUpdate, params X509Certificate2[] certificates)
    {
        CertificateFiles.Write(Files.Revoked, by.Revoke(nextUpdate, certificates));
        options.RevocationListPath = Files.Revoked;
    }

    public void Dispose() => Files.Dispose();
}
