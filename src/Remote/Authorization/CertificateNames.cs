using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>
/// The names of a certificate: its alternative names (DNS, URI, IP) or, if it has none of these, its common name, as older authorities write
/// it.
/// </summary>
internal static class CertificateNames
{
    private const string CommonName = "2.5.4.3";
    private const string AlternativeNames = "2.5.29.17";

    // Of a GeneralName, by RFC 5280.
    private const int DnsName = 2;
    private const int UriName = 6;
    private const int IpName = 7;

    /// <exception cref="CryptographicException">The certificate is broken.</exception>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        try
        {
            var names = certificate.Extensions
                .Where(static extension => extension.Oid?.Value == AlternativeNames)
                .SelectMany(static extension => Read(extension.RawData))
                .ToList();
            return names.Count > 0 ? names : CommonNames(certificate.SubjectName);
        }
        catch (AsnContentException exception)
        {
            throw new CryptographicException("The alternative names of the certificate cannot be read.", exception);
        }
    }

    private static List<string> Read(byte[] extension)
    {
        List<string> found = [];
        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            var tag = names.PeekTag();
            switch (tag.TagValue)
            {
                case DnsName or UriName:
                    found.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                    break;
                case IpName when names.ReadOctetString(tag) is { Length: 4 or 16 } address:
                    found.Add(new IPAddress(address).ToString());
                    break;
                case IpName:
                    break;
                default:
                    names.ReadEncodedValue();
                    break;
            }
        }

        return found;
    }

    private static List<string> CommonNames(X500DistinguishedName subject) =>
        [.. subject.EnumerateRelativeDistinguishedNames()
            .Where(static part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
            .Select(static part => part.GetSingleElementValue())
            .OfType<string>()];
}
