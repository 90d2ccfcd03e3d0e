namespace Remote;

/// <summary>Who may connect to a node, and what it shows to those that it dials. Not thread-safe.</summary>
/// <example>
/// <code>
/// options.Access = AccessOptions.SharedSecret("/run/secrets/remote");
/// options.Access = AccessOptions.MutualTls("*.shop.example.com", "spiffe://example.com/shop/*");
/// </code>
/// </example>
public sealed class AccessOptions
{
    /// <summary>In <see cref="AllowedNames"/>: whatever a certificate is called.</summary>
    internal const string AnyName = "*";

    /// <summary>Who may connect. Default <see cref="AccessPolicy.AllowAll"/>.</summary>
    public AccessPolicy Policy { get; set; } = AccessPolicy.AllowAll;

    /// <summary>
    /// For <see cref="AccessPolicy.MutualTls"/>, which needs at least one: names that a client certificate may have, each written as in
    /// <see cref="TlsOptions.PeerNames"/>, or <c>*</c> for every certificate. Default: none.
    /// </summary>
    public IList<string> AllowedNames { get; set; } = [];

    /// <summary>
    /// For <see cref="AccessPolicy.SharedSecret"/>, which needs it: a file whose first line is what this node sends, and each of whose lines is taken
    /// from others, so that a secret can be replaced node by node. A secret has 16 to 1,024 visible ASCII characters; lines that begin with <c>#</c> and
    /// empty ones do not count. Read again for each connection. Default <see langword="null"/>.
    /// </summary>
    public string? SecretFile { get; set; }

    /// <summary>Everybody may connect.</summary>
    public static AccessOptions AllowAll() => new();

    /// <summary>Only callers over loopback or a Unix socket may connect.</summary>
    public static AccessOptions LoopbackOnly() => new() { Policy = AccessPolicy.LoopbackOnly };

    /// <summary>Whoever has a certificate with one of these names may connect.</summary>
    /// <param name="allowedNames">See <see cref="AllowedNames"/>.</param>
    public static AccessOptions MutualTls(params string[] allowedNames)
    {
        ArgumentNullException.ThrowIfNull(allowedNames);
        return new() { Policy = AccessPolicy.MutualTls, AllowedNames = [.. allowedNames] };
    }

    /// <summary>Whoever knows the secret may connect.</summary>
    /// <param name="secretFile">See <see cref="SecretFile"/>.</param>
    public static AccessOptions SharedSecret(string secretFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(secretFile);
        return new() { Policy = AccessPolicy.SharedSecret, SecretFile = secretFile };
    }
}
