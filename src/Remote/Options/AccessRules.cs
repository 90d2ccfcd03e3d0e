namespace Remote;

/// <summary>What can be wrong with the options that say who may do what.</summary>
internal static class AccessRules
{
    // A pattern is compared with the id of every actor that a peer sends to.
    private const int MaxPatternLength = 512;
    private const int MaxPatterns = 1_000;

    /// <summary>What is wrong, each with its name and what is right.</summary>
    public static IEnumerable<string?> Faults(RemoteOptions options)
    {
        var access = options.Access;
        yield return Unless(
            Enum.IsDefined(access.Policy), $"RemoteOptions.Access.Policy is {access.Policy}; it must be AllowAll, LoopbackOnly, MutualTls or SharedSecret");
        yield return Unless(
            access.Policy != AccessPolicy.MutualTls || access.AllowedNames.Count > 0,
            "RemoteOptions.Access.AllowedNames is empty; it must name who may connect, or have '*' for everybody with a certificate");
        foreach (var name in access.AllowedNames.Where(static name => name != AccessOptions.AnyName && !CertificateNames.IsName(name)))
        {
            yield return $"RemoteOptions.Access.AllowedNames has '{name}'; each must be a host name, an IP address or a URI as in "
                + "RemoteOptions.Tls.PeerNames, or '*'";
        }

        yield return Patterns(options.LocalOnly, "RemoteOptions.LocalOnly");
        if (access.Policy == AccessPolicy.SharedSecret)
        {
            yield return string.IsNullOrEmpty(access.SecretFile)
                ? "RemoteOptions.Access.SecretFile is empty; it must be a file with the secret"
                : SharedSecretFile.FaultOf(access.SecretFile) is { } fault ? $"RemoteOptions.Access.SecretFile '{Path.GetFullPath(access.SecretFile)}' {fault}" : null;
        }
    }

    private static string? Patterns(IList<string> patterns, string name) =>
        patterns.Count > MaxPatterns ? $"{name} has {patterns.Count} entries; it must be 0 to {MaxPatterns}"
        : patterns.Any(static pattern => pattern is not { Length: > 0 and <= MaxPatternLength })
            ? $"{name} has an entry that is empty or too long; each must have 1 to {MaxPatternLength} characters"
            : null;

    private static string? Unless(bool isValid, string fault) => isValid ? null : fault;
}
