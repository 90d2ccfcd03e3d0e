using System.Security.Cryptography.X509Certificates;

namespace Remote.Tests;

/// <summary>The files of one node of a test: certificate, key, roots, list of the revoked. Each write has a later time than the one before.</summary>
internal sealed class CertificateFiles : IDisposable
{
    private static int s_writes;

    private readonly string _folder = Directory.CreateTempSubdirectory("remote-tls-").FullName;

    public string Certificate => Path.Combine(_folder, "node.crt");

    public string Key => Path.Combine(_folder, "node.key");

    public string Roots => Path.Combine(_folder, "ca.crt");

    public string Revoked => Path.Combine(_folder, "revoked.crl");

    public CertificateFiles Write(X509Certificate2 certificate, params X509Certificate2[] roots)
    {
        Write(Certificate, certificate.ExportCertificatePem());
        Write(Key, TestAuthority.KeyOf(certificate));
        return roots.Length > 0 ? WriteRoots(roots) : this;
    }

    public CertificateFiles WriteRoots(params X509Certificate2[] roots)
    {
        Write(Roots, string.Join('\n', roots.Select(root => root.ExportCertificatePem())));
        return this;
    }

    /// <summary>A test writes within the tick of the file system's clock; a person does not.</summary>
    public static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddYears(50).AddSeconds(Interlocked.Increment(ref s_writes)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
