using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remote.Cluster.Tests.Servers;

/// <summary>An authority of its own, with a certificate for a server on this machine and one for clients, in PEM files in a folder of their own.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("remote-certificates-").FullName;
    private readonly DateTimeOffset _from = DateTimeOffset.UtcNow.AddDays(-1);
    private readonly string _serverName;

    public TestCertificates(string serverName = "127.0.0.1")
    {
        _serverName = serverName;
        Renew();
    }

    public X509Certificate2 Root { get; private set; } = null!;

    public X509Certificate2 Client { get; private set; } = null!;

    public string RootFile => Path.Combine(_folder, "root.pem");

    public string ClientFile => Path.Combine(_folder, "client.pem");

    public string ClientKeyFile => Path.Combine(_folder, "client.key");

    public IEnumerable<string> EtcdArguments =>
    [
        "--cert-file", Path.Combine(_folder, "server.pem"),
        "--key-file", Path.Combine(_folder, "server.key"),
        "--trusted-ca-file", RootFile,
        "--client-cert-auth",
    ];

    /// <summary>Writes another authority and what it has issued into the same files: nothing of before is good any more.</summary>
    public void Renew()
    {
        Root?.Dispose();
        Client?.Dispose();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        Root = request.CreateSelfSigned(_from, _from.AddYears(1));
        File.WriteAllText(RootFile, Root.ExportCertificatePem());
        Issue("server", _serverName).Dispose();
        Client = Issue("client", "client");
    }

    public void Dispose()
    {
        Root.Dispose();
        Client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private X509Certificate2 Issue(string file, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());

        // Both uses: etcd also dials itself with its own certificate.
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var certificate = request.Create(Root, _from, _from.AddMonths(6), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Path.Combine(_folder, file + ".pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, file + ".key"), key.ExportPkcs8PrivateKeyPem());
        return certificate.CopyWithPrivateKey(key);
    }
}
