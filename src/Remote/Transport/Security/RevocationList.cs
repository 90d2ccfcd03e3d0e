using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>
/// A list of revoked certificates (RFC 5280, section 5) out of a file. The platform asks the authorities for such lists by itself and takes none
/// from a file, so it is read here, and its signature checked. Immutable, thread-safe.
/// </summary>
internal sealed class RevocationList
{
    private const string RsaEncryption = "1.2.840.113549.1.1.";
    private const string EcdsaWithSha2 = "1.2.840.10045.4.3.";

    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0);

    private readonly ReadOnlyMemory<byte> _signed;
    private readonly byte[] _issuer;
    private readonly string _algorithm;
    private readonly HashAlgorithmName _hash;
    private readonly byte[] _signature;
    private readonly HashSet<string> _serials = [];

    /// <summary>Reads a list; whether its signature is right turns out when its issuer is known.</summary>
    /// <param name="encoded">In DER.</param>
    /// <exception cref="AsnContentException">It is no list.</exception>
    /// <exception cref="NotSupportedException">It has something in it that must not be passed over, and is not known here.</exception>
    public RevocationList(byte[] encoded)
    {
        var outer = new AsnReader(encoded, AsnEncodingRules.DER);
        var list = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        _signed = list.PeekEncodedValue();
        var content = list.ReadSequence();
        if (content.PeekTag() == Asn1Tag.Integer)
        {
            content.ReadInteger();
        }

        content.ReadSequence();
        _issuer = content.ReadEncodedValue().ToArray();
        Issued = ReadTime(content);
        NextUpdate = content.HasData && IsTime(content.PeekTag()) ? ReadTime(content) : null;
        if (content.HasData && content.PeekTag() == Asn1Tag.Sequence)
        {
            ReadEntries(content.ReadSequence());
        }

        if (content.HasData)
        {
            var tagged = content.ReadSequence(Extensions);
            ThrowIfCritical(tagged.ReadSequence());
        }

        _algorithm = list.ReadSequence().ReadObjectIdentifier();
        _hash = HashOf(_algorithm);
        _signature = list.ReadBitString(out _);
    }

    public DateTimeOffset Issued { get; }

    /// <summary>When there is to be a newer one; <see langword="null"/> when it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; }

    public bool IsOf(X500DistinguishedName issuer) => issuer.RawData.AsSpan().SequenceEqual(_issuer);

    public bool Contains(X509Certificate2 certificate) => _serials.Contains(Serial(certificate.SerialNumberBytes.Span));

    /// <summary>Whether the holder of a certificate has made this list, and may make lists.</summary>
    public bool IsSignedBy(X509Certificate2 issuer)
    {
        if (issuer.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign))
        {
            return false;
        }

        if (_algorithm.StartsWith(EcdsaWithSha2, StringComparison.Ordinal))
        {
            using var curve = issuer.GetECDsaPublicKey();
            return curve is not null && curve.VerifyData(_signed.Span, _signature, _hash, DSASignatureFormat.Rfc3279DerSequence);
        }

        using var rsa = issuer.GetRSAPublicKey();
        return rsa is not null && rsa.VerifyData(_signed.Span, _signature, _hash, RSASignaturePadding.Pkcs1);
    }

    private void ReadEntries(AsnReader entries)
    {
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            _serials.Add(Serial(entry.ReadIntegerBytes().Span));
            ReadTime(entry);
            if (entry.HasData)
            {
                ThrowIfCritical(entry.ReadSequence());
            }
        }
    }

    /// <summary>A part of a list, changes to one, a list about another issuer's certificates: each says so by an extension that is critical.</summary>
    private static void ThrowIfCritical(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var kind = extension.ReadObjectIdentifier();
            if (extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean())
            {
                throw new NotSupportedException($"it has the critical extension {kind}; only whole lists of one issuer are read");
            }
        }
    }

    private static HashAlgorithmName HashOf(string algorithm) => algorithm switch
    {
        RsaEncryption + "11" or EcdsaWithSha2 + "2" => HashAlgorithmName.SHA256,
        RsaEncryption + "12" or EcdsaWithSha2 + "3" => HashAlgorithmName.SHA384,
        RsaEncryption + "13" or EcdsaWithSha2 + "4" => HashAlgorithmName.SHA512,
        _ => throw new NotSupportedException($"it is signed with the algorithm {algorithm}; RSA (PKCS#1) and ECDSA with SHA-2 are known"),
    };

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag() == Asn1Tag.UtcTime ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static bool IsTime(Asn1Tag tag) => tag == Asn1Tag.UtcTime || tag == Asn1Tag.GeneralizedTime;

    // One side may have a zero in front, so that the number is not negative.
    private static string Serial(ReadOnlySpan<byte> number) => Convert.ToHexString(number.TrimStart((byte)0));
}
