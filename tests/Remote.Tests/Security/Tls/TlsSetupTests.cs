using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>What people get wrong when they set TLS up, and what they are told: the file or the option, and the way out.</summary>
[Trait("Behaviour", "O-07")]
public sealed class TlsSetupTests : IDisposable
{
    private readonly TlsWorld _world = new();

    private CertificateFiles Files => _world.Files;

    public void Dispose() => _world.Dispose();

    public static TheoryData<string, string> BrokenFiles => new()
    {
        { "no certificate file", "node.crt (RemoteOptions.Tls.CertificatePath) cannot be used: there is no such file." },
        { "no key file", "node.key (RemoteOptions.Tls.KeyPath) cannot be used: there is no such file." },
        { "key that may not be read", "may not read it. Give it to that user (chown), with the mode 0400." },
        { "key that is a directory", "node.key (RemoteOptions.Tls.KeyPath) cannot be used: it is a directory, and a file is wanted." },
        { "key of another certificate", "node.key (RemoteOptions.Tls.KeyPath) cannot be used: the private key does not belong to the certificate." },
        { "certificate in the place of the key", "node.key (RemoteOptions.Tls.KeyPath) cannot be used: it has no private key (a PEM block 'PRIVATE KEY')." },
        { "key in the place of the certificate", "node.crt (RemoteOptions.Tls.CertificatePath) cannot be used: it has no certificate (a PEM block 'CERTIFICATE')." },
        { "encrypted key without a password", "the key is encrypted, and RemoteOptions.Tls.KeyPassword is not set." },
        { "encrypted key with another password", "node.key (RemoteOptions.Tls.KeyPath) cannot be used: the key cannot be decrypted or read: is RemoteOptions.Tls.KeyPassword its password?" },
        { "PKCS#12 with another password", ".pfx (RemoteOptions.Tls.CertificatePath) cannot be used: it cannot be decrypted or read: is RemoteOptions.Tls.KeyPassword its password?" },
        { "PKCS#12 without a password", ".pfx (RemoteOptions.Tls.CertificatePath) cannot be used: it cannot be decrypted or read: RemoteOptions.Tls.KeyPassword is not set" },
        { "empty roots", "ca.crt (RemoteOptions.Tls.TrustedRootsPath) cannot be used: it has no certificate" },
        { "no list", "revoked.crl (RemoteOptions.Tls.RevocationListPath) cannot be used: there is no such file." },
        { "list that is none", "revoked.crl (RemoteOptions.Tls.RevocationListPath) cannot be used: it has no PEM block 'X509 CRL'." },
    };

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public async Task FileThatIsWrong_StopsTheStartAndIsNamed(string what, string message)
    {
        Files.Write(_world.Ours.Issue(), _world.Ours.Certificate);
        var (certificate, key) = (Files.Certificate, (string?)Files.Key);
        string? password = null;
        string? list = null;
        switch (what)
        {
            case "no certificate file":
                File.Delete(Files.Certificate);
                break;
            case "no key file":
                File.Delete(Files.Key);
                break;
            case "key that may not be read":
                // Tests may run as a user who may read everything, but not what the kernel gives nobody to read.
                File.Delete(Files.Key);
                File.CreateSymbolicLink(Files.Key, "/proc/sys/vm/compact_memory");
                break;
            case "key that is a directory":
                File.Delete(Files.Key);
                Directory.CreateDirectory(Files.Key);
                break;
            case "key of another certificate":
                CertificateFiles.Write(Files.Key, TestAuthority.KeyOf(_world.Ours.Issue()));
                break;
            case "certificate in the place of the key":
                File.Copy(Files.Certificate, Files.Key, overwrite: true);
                break;
            case "key in the place of the certificate":
                File.Copy(Files.Key, Files.Certificate, overwrite: true);
                break;
            case "encrypted key without a password":
                Encrypt();
                break;
            case "encrypted key with another password":
                Encrypt();
                password = "wrong";
                break;
            case "PKCS#12 with another password" or "PKCS#12 without a password":
                certificate = Path.ChangeExtension(Files.Certificate, ".pfx");
                File.WriteAllBytes(certificate, _world.Ours.Issue().Export(X509ContentType.Pkcs12, "right"));
                (key, password) = (null, what.Contains("another", StringComparison.Ordinal) ? "wrong" : null);
                break;
            case "empty roots":
                CertificateFiles.Write(Files.Roots, "");
                break;
            case "no list":
                list = Files.Revoked;
                break;
            case "list that is none":
                CertificateFiles.Write(Files.Revoked, "nothing");
                list = Files.Revoked;
                break;
        }

        var failure = await Assert.ThrowsAsync<RemoteException>(() => TestNode.StartAsync(options =>
        {
            var tls = options.UseTls(certificate, key, Files.Roots);
            (tls.KeyPassword, tls.RevocationListPath) = (password, list);
        }));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", failure.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Nobody could ever connect: who writes it has forgotten half of it.</summary>
    [Fact]
    public async Task MutualTlsWithoutTls_StopsTheStart()
    {
        var failure = await Assert.ThrowsAsync<RemoteException>(() => TestNode.StartAsync(options => options.Access = AccessOptions.MutualTls("*")));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        Assert.Contains("RemoteOptions.Access.Policy is MutualTls", failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Doubts => new()
    {
        { "no names", "does not name 127.0.0.1, where they dial it; its names are: none. Make it anew with that in subjectAltName" },
        { "expired", "has expired at 2021-01-01 00:00:00Z, and it is " },
        { "clock off", "has expired at 2120-01-01 00:00:00Z, and it is 2130-01-01 00:00:00Z by the clock of this machine: put a new certificate there, which is taken up by itself, or set the clock of this machine right." },
        { "authority forgotten", "comes from none of the authorities that this node itself believes (the file /" },
        { "only for servers", "may not be used for clientAuth. Make it anew with extendedKeyUsage = serverAuth, clientAuth." },
    };

    [Theory]
    [MemberData(nameof(Doubts))]
    public async Task CertificateThatPeersWillNotLike_IsSaidAtTheStart(string what, string doubt)
    {
        var wish = what switch
        {
            "no names" => new CertificateWish { Hosts = [], Addresses = [] },
            "expired" => new CertificateWish { Until = TestAuthority.Begin.AddYears(1) },
            "only for servers" => new CertificateWish { Usages = [KeyUsage.Server] },
            _ => new CertificateWish(),
        };
        Files.Write(_world.Ours.Issue(wish), what == "authority forgotten" ? _world.Other.Certificate : _world.Ours.Certificate);
        var time = what == "clock off" ? new ManualTimeProvider(new DateTimeOffset(2130, 1, 1, 0, 0, 0, TimeSpan.Zero)) : null;

        await using var node = await TestNode.StartAsync(options => options.UseTls(Files.Certificate, Files.Key, Files.Roots), time: time);

        var warning = await node.Log.NextAsync("TlsCertificateDoubtful");
        Assert.Contains(doubt, warning.Text, StringComparison.Ordinal);
        Assert.Contains($"{Files.Certificate} (RemoteOptions.Tls.CertificatePath)", warning.Text, StringComparison.Ordinal);
        Assert.Equal(
            what == "authority forgotten",
            warning.Text.Contains($"(the file {Files.Roots} (RemoteOptions.Tls.TrustedRootsPath)). Add the certificate of 'CN=ours' there", StringComparison.Ordinal));
    }

    /// <summary>Whoever reads a log at night does not know where the process was started.</summary>
    [Fact]
    public async Task PathsThatAreRelative_AreNamedAbsolutely()
    {
        Files.Write(_world.Ours.Issue(), _world.Ours.Certificate);
        static string Relative(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);

        await using var node = await TestNode.StartAsync(options => options.UseTls(Relative(Files.Certificate), Relative(Files.Key), Relative(Files.Roots)));

        Assert.EndsWith(
            $", from {Files.Certificate} (RemoteOptions.Tls.CertificatePath), and believes 1 authority, from the file {Files.Roots} (RemoteOptions.Tls.TrustedRootsPath)",
            (await node.Log.NextAsync("TlsOn")).Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task GoodCertificate_IsNotDoubted()
    {
        Files.Write(_world.Ours.Issue(), _world.Ours.Certificate);

        await using var node = await TestNode.StartAsync(options => options.UseTls(Files.Certificate, Files.Key, Files.Roots));

        Assert.DoesNotContain(node.Log.Lines, line => line.Event.Name == "TlsCertificateDoubtful");
        Assert.Contains(
            $"this node shows the certificate 'CN=node' (issued by 'CN=ours', valid from 2020-01-01 00:00:00Z until 2120-01-01 00:00:00Z), from {Files.Certificate}",
            (await node.Log.NextAsync("TlsOn")).Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", false, 0)]
    [InlineData("0.0.0.0", false, 1)]
    [InlineData("0.0.0.0", true, 0)]
    public async Task ListenerOnTheNetwork_WithoutTls_IsWarnedOfOnce(string host, bool secure, int warnings)
    {
        await using var node = await TestNode.StartAsync(
            options =>
            {
                if (secure)
                {
                    options.UseTls(_world.Ours.Issue(), _world.Ours.Roots);
                }
            },
            setup => (setup.Host, setup.AdvertisedHost) = (host, "127.0.0.1"));

        Assert.Equal(warnings, node.Log.Lines.Count(line => line.Event.Name == "ListenerWithoutTls"));
    }

    [Theory]
    [InlineData(null, true, 1)]
    [InlineData("localhost", true, 0)]
    [InlineData(null, false, 0)]
    public async Task AuthoritiesOfTheOperatingSystem_AreWarnedOf(string? peer, bool required, int warnings)
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            var tls = options.UseTls(_world.Ours.Issue());
            tls.RequireClientCertificate = required;
            tls.PeerNames = peer is null ? [] : [peer];
        });

        Assert.Equal(warnings, node.Log.Lines.Count(line => line.Event.Name == "TlsBelievesEverybody"));
    }

    public static TheoryData<string, Action<RemoteOptions>, string> Faults => new()
    {
        { "settings and no certificate", options => options.Tls.PeerNames.Add("node"), "RemoteOptions.Tls has settings, and neither a certificate nor roots" },
        { "two certificates", options => (options.Tls.CertificatePath, options.Tls.StoreSubject) = ("a", "b"), "RemoteOptions.Tls has more than one certificate" },
        { "key alone", options => options.Tls.KeyPath = "a", "RemoteOptions.Tls.KeyPath or RemoteOptions.Tls.KeyPassword is set without RemoteOptions.Tls.CertificatePath" },
        { "empty path", options => options.Tls.CertificatePath = "", "RemoteOptions.Tls.CertificatePath is empty" },
        { "interval", options => options.UseTls("a", null).ReloadInterval = TimeSpan.FromMilliseconds(1), "RemoteOptions.Tls.ReloadInterval is 00:00:00.0010000; it must be a second to 49 days" },
        { "mode", options => options.UseTls("a", null).RevocationMode = (X509RevocationMode)9, "RemoteOptions.Tls.RevocationMode is 9" },
        { "host with a port", options => options.UseTls("a", null).PeerNames.Add("node1:8000"), "RemoteOptions.Tls.PeerNames[0] is 'node1:8000'; it must be a host name" },
        { "no name", options => options.UseTls("a", null).PeerNames.Add(""), "RemoteOptions.Tls.PeerNames[0] is ''" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Options_ThatCannotBe_AreNamed(string what, Action<RemoteOptions> change, string message)
    {
        var options = new RemoteOptions();
        change(options);

        Assert.Contains(RemoteOptionsValidator.Validate(options), fault => fault.StartsWith(message, StringComparison.Ordinal));
        Assert.NotEmpty(what);
    }

    [Theory]
    [InlineData(true, "RemoteConfig.ChannelOptions has a HttpHandler")]
    [InlineData(false, "RemoteConfig.ChannelOptions.Credentials is ChannelCredentials.Insecure")]
    public async Task ChannelOptions_ThatWouldGoPastIt_AreRefused(bool handler, string message)
    {
        using var sockets = new SocketsHttpHandler();
        var channel = handler ? new GrpcChannelOptions { HttpHandler = sockets } : new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure };

        var failure = await Assert.ThrowsAsync<RemoteException>(() => TestNode.StartAsync(
            options => options.UseTls(_world.Ours.Issue(), _world.Ours.Roots),
            setup => setup.Change(config => config with { ChannelOptions = channel })));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListenerWithoutACertificate_IsRefused()
    {
        var failure = await Assert.ThrowsAsync<RemoteException>(
            () => TestNode.StartAsync(options => options.Tls.TrustedRootsPath = Files.WriteRoots(_world.Ours.Certificate).Roots));

        Assert.Contains("set RemoteOptions.Tls.CertificatePath and RemoteOptions.Tls.KeyPath", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_AreBoundFromConfiguration()
    {
        var options = new RemoteOptions();
        new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Tls:CertificatePath"] = "node.crt",
                ["Tls:PeerNames:0"] = "node1.example",
                ["Tls:RevocationMode"] = "Online",
                ["Tls:StoreLocation"] = "LocalMachine",
                ["Tls:ReloadInterval"] = "00:00:30",
                ["Tls:RequireClientCertificate"] = "false",
            })
            .Build()
            .Bind(options);

        Assert.Equal(
            ("node.crt", "node1.example", X509RevocationMode.Online, StoreLocation.LocalMachine, TimeSpan.FromSeconds(30), false),
            (options.Tls.CertificatePath, options.Tls.PeerNames.Single(), options.Tls.RevocationMode, options.Tls.StoreLocation, options.Tls.ReloadInterval,
                options.Tls.RequireClientCertificate));
        Assert.True(TlsRules.IsOn(options));
    }

    private void Encrypt()
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Files.Key));
        CertificateFiles.Write(Files.Key, key.ExportEncryptedPkcs8PrivateKeyPem("right", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
    }
}
