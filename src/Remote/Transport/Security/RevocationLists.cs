using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>The lists of <see cref="TlsOptions.RevocationListPath"/>. Immutable, thread-safe.</summary>
internal sealed class RevocationLists
{
    private const string PemLabel = "X509 CRL";

    private readonly RevocationList[] _lists;

    private readonly string _source;

    private RevocationLists(RevocationList[] lists, string fingerprint, string source) => (_lists, Fingerprint, _source) = (lists, fingerprint, source);

    /// <summary>None are wanted.</summary>
    public static RevocationLists None { get; } = new([], "", "nowhere");

    /// <summary>Other lists have another one.</summary>
    public string Fingerprint { get; }

    /// <param name="file">PEM blocks, or one list in DER.</param>
    /// <param name="source">Which file it is and which option names it, for a message.</param>
    /// <exception cref="CryptographicException">It is neither.</exception>
    public static RevocationLists Read(byte[] file, string source)
    {
        try
        {
            var lists = Blocks(file).Select(static block => new RevocationList(block)).ToArray();
            return lists.Length > 0
                ? new RevocationLists(lists, Convert.ToHexString(SHA256.HashData(file)), source)
                : throw new CryptographicException($"it has no PEM block '{PemLabel}'");
        }
        catch (Exception exception) when (exception is AsnContentException or NotSupportedException)
        {
            throw new CryptographicException(exception.Message, exception);
        }
    }

    /// <summary>Looks for the certificates of a chain.</summary>
    /// <param name="chain">From that of the peer to the root.</param>
    /// <param name="now">For the age of the lists.</param>
    /// <returns><see langword="null"/> when none of them was revoked.</returns>
    public TlsFault? Judge(IReadOnlyList<X509Certificate2> chain, DateTimeOffset now)
    {
        for (var i = 0; i + 1 < chain.Count && _lists.Length > 0; i++)
        {
            var (certificate, issuer) = (chain[i], chain[i + 1]);
            var list = _lists.Where(list => list.IsOf(certificate.IssuerName) && list.IsSignedBy(issuer)).MaxBy(static list => list.Issued);
            if (list is null && i > 0)
            {
                // Roots seldom revoke, and many publish no list.
                continue;
            }

            if (FaultOf(list, certificate, now) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private TlsFault? FaultOf(RevocationList? list, X509Certificate2 certificate, DateTimeOffset now)
    {
        if (list is null)
        {
            return new TlsFault(
                $"whether the certificate {CertificateText.Of(certificate)} was revoked is not known: there is no list of its issuer",
                $"Add the list of {CertificateText.Issuer(certificate)}, signed by it, to {_source}.");
        }

        if (list.Contains(certificate))
        {
            return new TlsFault(
                $"the certificate {CertificateText.Of(certificate)} was revoked",
                "If that node should come in, give it a new certificate; if it should not, this is as it should be.");
        }

        return list.NextUpdate < now
            ? new TlsFault(
                $"whether the certificate {CertificateText.Of(certificate)} was revoked is not known: the list of its issuer was to be replaced until "
                + $"{CertificateText.At(list.NextUpdate.Value)}, and it is {CertificateText.At(now)} here",
                $"Put the present list into {_source}, or set the clock of this machine right.")
            : null;
    }

    private static IEnumerable<byte[]> Blocks(byte[] file)
    {
        if (file.Length > 0 && file[0] == 0x30)
        {
            return [file];
        }

        List<byte[]> blocks = [];
        var text = System.Text.Encoding.ASCII.GetString(file).AsSpan();
        while (PemEncoding.TryFind(text, out var fields))
        {
            if (text[fields.Label].SequenceEqual(PemLabel))
            {
                blocks.Add(Convert.FromBase64String(text[fields.Base64Data].ToString()));
            }

            text = text[fields.Location.End..];
        }

        return blocks;
    }
}
