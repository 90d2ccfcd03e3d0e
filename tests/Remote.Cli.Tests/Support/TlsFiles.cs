using Remote.Tests;

namespace Remote.Cli.Tests;

/// <summary>An authority and a certificate of a test, as the files that the options name. Deleted with it.</summary>
internal sealed class TlsFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remote-cli-tls-");

    public TestAuthority Authority { get; } = new();

    public string Roots => Write("ca.crt", Authority.Certificate.ExportCertificatePem());

    public string RootsOfAnother => Write("other.crt", new TestAuthority("another").Certificate.ExportCertificatePem());

    /// <summary>The certificate of the tool and its key.</summary>
    public (string Certificate, string Key) Tool()
    {
        using var certificate = Authority.Issue(new CertificateWish { Name = "tool" });
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)!;
        return (Write("tool.crt", certificate.ExportCertificatePem()), Write("tool.key", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>A node that shows a certificate of the authority.</summary>
    public Task<LiveNode> NodeAsync(CertificateWish? wish = null, bool wantsCertificate = false) => LiveNode.StartAsync(options =>
        options.UseTls(Authority.Issue(wish), Authority.Roots).RequireClientCertificate = wantsCertificate);

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
