using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Remote.Tests;

/// <summary>Lists of revoked certificates, also one that OpenSSL has made (by the commands of docs/security.md).</summary>
[Trait("Behaviour", "O-07")]
public sealed class RevocationListTests
{
    private const string OpenSslAuthority = """
        -----BEGIN CERTIFICATE-----
        MIIBiDCCAS+gAwIBAgIUUPKpGxrX0lYvxBIT09wCmvpP+PswCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHU2hvcCBDQTAeFw0yNjExMzAwMTQxMDZaFw0zNjExMjcwMTQx
        MDZaMBIxEDAOBgNVBAMMB1Nob3AgQ0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AASFZmp/pjWdk8YNVlG0oBU5dUWtNS2Wa3SjcjnA2s1rZ/UMCpIVrHnTuFKZISlL
        QeAl60/6RBJoeJOTQVo0K+Xko2MwYTAdBgNVHQ4EFgQUQ7ZlVRbGqLHTbcHiTAF+
        QH1gH/gwHwYDVR0jBBgwFoAUQ7ZlVRbGqLHTbcHiTAF+QH1gH/gwDwYDVR0TAQH/
        BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDRwAwRAIgIfY/zQLh
        5FO4flC4eijMQaQN+6pv+LBu7im0/61bBzcCIGHIADg/E2T4al5vhkgXBOhNHJm2
        x+TeLQAoSeWR4ONY
        -----END CERTIFICATE-----
        """;

    private const string OpenSslCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIB1TCCAXqgAwIBAgIUcCqKKnH4csyTgbti7zId4InjmoQwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHU2hvcCBDQTAeFw0yNjExMzAwMTQxMDZaFw0yNzAyMjgwMTQx
        MDZaMB0xGzAZBgNVBAMMEm5vZGUxLnNob3AuZXhhbXBsZTBZMBMGByqGSM49AgEG
        CCqGSM49AwEHA0IABGLIlYvJXH/8mXVyMq6TZpXKr+y2irSgjNzC58hNlka7YuMh
        wPU4Srh//WsjsZkeZ0FRuWbuduI/njidS0F6R+mjgaIwgZ8wLgYDVR0RBCcwJYIS
        bm9kZTEuc2hvcC5leGFtcGxlgglsb2NhbGhvc3SHBH8AAAEwHQYDVR0lBBYwFAYI
        KwYBBQUHAwEGCCsGAQUFBwMCMA4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQUKzu1
        vGVQjPfrbIqov224mQCWOHQwHwYDVR0jBBgwFoAUQ7ZlVRbGqLHTbcHiTAF+QH1g
        H/gwCgYIKoZIzj0EAwIDSQAwRgIhAOtV1l06I//S3CK2ueA5Zr9ZONUFJOjnBAsV
        ssnZ1FKWAiEAoLd0EO2DWTzQC4hag8TD4NCA5S/ppOOywwN7nwtgmAE=
        -----END CERTIFICATE-----
        """;

    private const string OpenSslList = """
        -----BEGIN X509 CRL-----
        MIHTMHoCAQEwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHU2hvcCBDQRcNMjYxMTMw
        MDE0MTA2WhcNMjYxMjMwMDE0MTA2WjAnMCUCFHAqiipx+HLMk4G7Yu8yHeCJ45qE
        Fw0yNjExMzAwMTQxMDZaoA4wDDAKBgNVHRQEAwIBATAKBggqhkjOPQQDAgNJADBG
        AiEA27U7wveHVVyXvapnJqzM9Dkme+83V0+iML5a/GUcZykCIQCQXOjSccWn9z2D
        zdpLi6Dac2rhaWA6iZJp2pvgXi560Q==
        -----END X509 CRL-----
        """;

    private const string Source = "the file revoked.crl";

    private static readonly DateTimeOffset Now = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void ListOfOpenSsl_IsRead()
    {
        using var authority = X509Certificate2.CreateFromPem(OpenSslAuthority);
        using var revoked = X509Certificate2.CreateFromPem(OpenSslCertificate);
        var lists = RevocationLists.Read(Encoding.ASCII.GetBytes(OpenSslList), Source);

        Assert.Contains("was revoked", lists.Judge([revoked, authority], Now)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_LooksAtEachCertificateBelowTheRoot()
    {
        var root = new TestAuthority("root");
        var between = new TestAuthority("between", root);
        using var good = between.Issue();
        using var bad = between.Issue();
        X509Certificate2[] chain = [good, between.Certificate, root.Certificate];

        Assert.Null(Read(between.Revoke(Later, bad)).Judge(chain, Now));
        Assert.Contains("'CN=node'", Read(between.Revoke(Later, bad)).Judge([bad, between.Certificate, root.Certificate], Now)!.Reason, StringComparison.Ordinal);
        Assert.Contains("'CN=between'", Read(between.Revoke(Later, bad) + "\n" + root.Revoke(Later, between.Certificate)).Judge(chain, Now)!.Reason, StringComparison.Ordinal);
        Assert.Contains("no list of its issuer", Read(root.Revoke(Later)).Judge(chain, Now)!.Reason, StringComparison.Ordinal);
        Assert.Null(RevocationLists.None.Judge(chain, Now));
    }

    [Fact]
    public void Judge_TakesTheNewestList()
    {
        var root = new TestAuthority("root");
        using var certificate = root.Issue();
        var both = Read(root.Revoke(Later) + "\n" + root.Revoke(Later, TestAuthority.Begin.AddYears(1), certificate));

        Assert.Contains("was revoked", both.Judge([certificate, root.Certificate], Now)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void List_ThatWasChanged_IsNotOfItsIssuer()
    {
        var root = new TestAuthority("root");
        using var certificate = root.Issue();
        var encoded = Der(root.Revoke(Later, certificate));

        // The serial number of the one certificate, which stands before the signature.
        var serial = certificate.SerialNumberBytes.Span.TrimStart((byte)0);
        encoded[encoded.AsSpan().IndexOf(serial) + serial.Length - 1] ^= 1;

        Assert.Contains("no list of its issuer", RevocationLists.Read(encoded, Source).Judge([certificate, root.Certificate], Now)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnythingElse_IsAFaultOfTheFile()
    {
        var encoded = Der(new TestAuthority("root").Revoke(Later));
        var random = new Random(1);
        for (var i = 0; i < TestScale.Count(2000); i++)
        {
            var broken = encoded.ToArray();
            broken[random.Next(broken.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                RevocationLists.Read(i % 2 == 0 ? broken : broken[..random.Next(broken.Length)], Source);
            }
            catch (CryptographicException)
            {
                // What a file with a fault is said to have.
            }
        }

        Assert.Throws<CryptographicException>(() => RevocationLists.Read([], Source));
        Assert.Throws<CryptographicException>(() => RevocationLists.Read([0x30, 0x80], Source));
    }

    private static RevocationLists Read(string pem) => RevocationLists.Read(Encoding.ASCII.GetBytes(pem), Source);

    private static byte[] Der(string pem)
    {
        var fields = PemEncoding.Find(pem);
        return Convert.FromBase64String(pem[fields.Base64Data]);
    }
}
