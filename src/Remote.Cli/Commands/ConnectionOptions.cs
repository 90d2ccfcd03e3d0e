using System.CommandLine;
using System.Globalization;

namespace Remote.Cli;

/// <summary>The options that all commands have.</summary>
internal sealed class ConnectionOptions
{
    private const double MaxTimeout = 3_600;

    private readonly Option<string> _timeout = new("--timeout")
    {
        Description = "How long a connection, and each answer, may take.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => "5",
        Recursive = true,
    };

    private readonly Option<bool> _tls = new("--tls") { Description = "Use TLS, with the authorities of this machine unless --ca says others.", Recursive = true };
    private readonly Option<string?> _roots = File("--ca", "The authorities of the nodes, PEM. Switches TLS on.");
    private readonly Option<string?> _certificate = File("--cert", "The certificate of the tool, PEM or PKCS#12. Switches TLS on.");
    private readonly Option<string?> _key = File("--key", "Its private key, PEM, if it is not in the same file.");

    private readonly Option<string?> _name = new("--tls-name")
    {
        Description = "The name that the certificate of the node must have, instead of the host of ADDRESS. Switches TLS on.",
        HelpName = "NAME",
        Recursive = true,
    };

    private readonly Option<bool> _insecure = new("--insecure")
    {
        Description = "Use TLS and believe every certificate. Says so each time.",
        Recursive = true,
    };

    private readonly Option<string?> _secret = File("--secret-file", "The shared secret of the nodes.");

    public Option<bool> Json { get; } = new("--json") { Description = "Write JSON, one object on each line.", Recursive = true };

    public IEnumerable<Option> All => [Json, _timeout, _tls, _roots, _certificate, _key, _name, _insecure, _secret];

    /// <exception cref="FailureException">Options contradict each other, or one is out of range.</exception>
    public ConnectionSettings Read(ParseResult result)
    {
        var settings = new ConnectionSettings
        {
            Timeout = Seconds("--timeout", result.GetRequiredValue(_timeout), 0.05, MaxTimeout),
            RootsPath = result.GetValue(_roots),
            CertificatePath = result.GetValue(_certificate),
            KeyPath = result.GetValue(_key),
            TlsName = result.GetValue(_name),
            IsInsecure = result.GetValue(_insecure),
            SecretPath = result.GetValue(_secret),
        };
        if (settings is { KeyPath: not null, CertificatePath: null })
        {
            throw new FailureException(Failure.Usage("--key is the key of a certificate, and there is no --cert."));
        }

        if (settings is { IsInsecure: true } and ({ RootsPath: not null } or { TlsName: not null }))
        {
            throw new FailureException(Failure.Usage("--insecure believes every certificate, and --ca and --tls-name say which to believe.", "Leave one out."));
        }

        return settings with
        {
            UseTls = result.GetValue(_tls) || settings.IsInsecure || (settings.RootsPath ?? settings.CertificatePath ?? settings.TlsName) is not null,
        };
    }

    /// <summary>Reads a number of seconds, with or without a unit behind it.</summary>
    /// <exception cref="FailureException">It is none, or out of range.</exception>
    public static TimeSpan Seconds(string option, string text, double least, double most)
    {
        var (digits, unit) = text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 0.001)
            : text.EndsWith('s') ? (text[..^1], 1)
            : text.EndsWith('m') ? (text[..^1], 60)
            : text.EndsWith('h') ? (text[..^1], 3_600)
            : (text, 1.0);
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * unit is var seconds && seconds >= least && seconds <= most
            ? TimeSpan.FromSeconds(seconds)
            : throw new FailureException(Failure.Usage(string.Create(
                CultureInfo.InvariantCulture, $"{option} is '{SafeText.Of(text)}'; it must be {least:0.###} to {most:0.###} seconds, as in 5, 0.5, 200ms, 2m or 1h.")));
    }

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE", Recursive = true };
}
