using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>
/// The names in a certificate, that is, in its subject alternative name: hosts, addresses and URIs. The common name counts for nothing
/// (RFC 6125, section 6.4.4).
/// </summary>
internal sealed class CertificateNames
{
    /// <summary>Before the system id in a URI that names one life of a node.</summary>
    public const string SystemScheme = "remote:";

    private const string SubjectAlternativeName = "2.5.29.17";

    private static readonly Asn1Tag Dns = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag Address = new(TagClass.ContextSpecific, 7);

    private readonly X509Certificate2 _certificate;
    private readonly List<string> _hosts = [];
    private readonly List<string> _uris = [];
    private readonly List<IPAddress> _addresses = [];

    public CertificateNames(X509Certificate2 certificate)
    {
        _certificate = certificate;
        if (certificate.Extensions[SubjectAlternativeName] is not { } extension)
        {
            return;
        }

        try
        {
            Read(extension.RawData);
        }
        catch (AsnContentException)
        {
            // Names that cannot be read are none: half of a list may not open a door.
            _hosts.Clear();
            _uris.Clear();
            _addresses.Clear();
        }
    }

    public bool IsEmpty => _hosts.Count + _uris.Count + _addresses.Count == 0;

    /// <summary>The system id that the certificate was made for; <see langword="null"/> when it names none.</summary>
    public string? SystemId => _uris.Find(static uri => uri.StartsWith(SystemScheme, StringComparison.Ordinal))?[SystemScheme.Length..];

    /// <summary>Whether an entry of <see cref="TlsOptions.PeerNames"/> is one that a certificate can have.</summary>
    public static bool IsName(string? name) =>
        !string.IsNullOrEmpty(name)
        && (IPAddress.TryParse(name, out _)
            || IsUri(name)
            || System.Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) == UriHostNameType.Dns);

    /// <summary>Whether it names a host, by its name or its address.</summary>
    public bool Cover(string host)
    {
        if (IsEmpty)
        {
            return false;
        }

        try
        {
            return _certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false);
        }
        catch (ArgumentException)
        {
            // A host whose name no certificate may have, with an underscore for example.
            return false;
        }
    }

    /// <summary>Whether it has a name that an entry of <see cref="TlsOptions.PeerNames"/> stands for.</summary>
    public bool Match(string name)
    {
        if (IPAddress.TryParse(name, out var address))
        {
            return _addresses.Contains(address);
        }

        if (IsUri(name))
        {
            return name.EndsWith("/*", StringComparison.Ordinal)
                ? _uris.Exists(uri => uri.Length >= name.Length && uri.StartsWith(name[..^1], StringComparison.Ordinal))
                : _uris.Contains(name);
        }

        return name.StartsWith("*.", StringComparison.Ordinal) ? _hosts.Exists(host => IsBelow(host, name[1..])) : Cover(name);
    }

    /// <summary>All of them, for a message: as OpenSSL has them in subjectAltName, so that they can be copied there.</summary>
    public override string ToString() =>
        IsEmpty ? "none" : PrintableText.Of(string.Join(
            ", ",
            _hosts.Select(static host => $"DNS:{host}")
                .Concat(_addresses.Select(static address => $"IP:{address}"))
                .Concat(_uris.Select(static uri => $"URI:{uri}"))));

    // A host with its port, which people write by mistake, is none.
    private static bool IsUri(string name) =>
        (name.Contains("://", StringComparison.Ordinal)
            || name.StartsWith(SystemScheme, StringComparison.Ordinal)
            || name.StartsWith("urn:", StringComparison.Ordinal))
        && char.IsAsciiLetter(name[0]) && !name.AsSpan().ContainsAnyInRange('\0', ' ');

    /// <param name="host">Of the certificate, which may have a wildcard itself.</param>
    /// <param name="domain">With its dot in front.</param>
    private static bool IsBelow(string host, string domain) =>
        host.Length > domain.Length && host.EndsWith(domain, StringComparison.OrdinalIgnoreCase) && !host.AsSpan(0, host.Length - domain.Length).Contains('.');

    private void Read(byte[] extension)
    {
        var reader = new AsnReader(extension, AsnEncodingRules.DER);
        var names = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        while (names.HasData)
        {
            var tag = names.PeekTag();
            if (tag == Dns)
            {
                _hosts.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Dns));
            }
            else if (tag == Uri)
            {
                _uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Uri));
            }
            else if (tag == Address)
            {
                var bytes = names.ReadOctetString(Address);
                if (bytes.Length is 4 or 16)
                {
                    _addresses.Add(new IPAddress(bytes));
                }
            }
            else
            {
                names.ReadEncodedValue();
            }
        }
    }
}
