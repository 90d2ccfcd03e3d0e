namespace Remote;

/// <summary>Why a handshake is refused, or has failed.</summary>
/// <param name="Reason">
/// As a sentence without its end. It may be told to the peer: it has nothing of this machine in it, no path and no option.
/// </param>
/// <param name="WayOut">What to do about it here, as whole sentences.</param>
internal sealed record TlsFault(string Reason, string WayOut)
{
    /// <summary>What holds until somebody has looked at the certificate: no way past that leads to a connection.</summary>
    public static TlsFault NotJudged { get; } = new("its certificate was not judged", "This is a fault of Remote: please report it.");

    public override string ToString() => $"{Reason}. {WayOut}";
}
