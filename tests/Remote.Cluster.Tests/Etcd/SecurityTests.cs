using Remote.Cluster.Etcd;
using Remote.Cluster.Tests.Servers;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>Users, passwords and certificates: the right ones form a cluster, and each wrong one is said to be what it is.</summary>
[Trait("Behaviour", "K-06")]
[Trait("Needs", "Servers")]
public sealed class SecurityTests
{
    private const string Cluster = "cluster";

    [Fact]
    public async Task User_WithItsPassword_FormsAClusterAndGoesOnWhenTokensAreLost()
    {
        await using var etcd = await WithUsersAsync();
        await using var a = new TestMember(Cluster, "a", [etcd.Endpoint], AsApp);
        await using var b = new TestMember(Cluster, "b", [etcd.Endpoint], AsApp);
        await Task.WhenAll(a.StartAsync(), b.StartAsync());
        await a.SeesAsync("ab");

        // Its tokens are in its memory.
        await etcd.KillAsync();
        await etcd.StartAgainAsync();

        await a.Log.NextAsync("EtcdReconnected");
        await using var c = new TestMember(Cluster, "c", [etcd.Endpoint], AsApp);
        await c.StartAsync();
        await a.SeesAsync("abc");
        await c.StopAsync();
        await a.SeesAsync("ab");
        Assert.False(a.EverLostSince("ab"));
    }

    [Fact]
    public async Task User_ThatIsWrong_IsRefusedAtOnceAndSaidToBe()
    {
        await using var etcd = await WithUsersAsync();

        var password = await FailAsync(etcd, options => (options.User, options.Password) = ("app", "wrong-password"));
        Assert.Equal(EtcdFailure.UserRefused, password.Failure);
        Assert.Contains("EtcdClusterOptions.User 'app'", password.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-password", password.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 round", password.Message, StringComparison.Ordinal);

        var unknown = await FailAsync(etcd, options => (options.User, options.Password) = ("nobody", "app-password"));
        Assert.Equal(EtcdFailure.UserRefused, unknown.Failure);

        var none = await FailAsync(etcd, _ => { });
        Assert.Equal(EtcdFailure.UserMissing, none.Failure);
        Assert.Contains("set EtcdClusterOptions.User", none.Message, StringComparison.Ordinal);

        var guest = await FailAsync(etcd, options => (options.User, options.Password) = ("guest", "guest-password"));
        Assert.Equal(EtcdFailure.PermissionDenied, guest.Failure);
        Assert.Contains($"--prefix=true readwrite {EtcdAccess.KeysOf(Cluster).Prefix}", guest.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_WhereEtcdHasNone_IsSaidAndNotNeeded()
    {
        await using var etcd = await EtcdServer.StartAsync();
        await using var a = new TestMember(Cluster, "a", [etcd.Endpoint], AsApp);

        await a.StartAsync();

        await a.Log.NextAsync("EtcdAuthenticationOff");
        await a.SeesAsync("a");
    }

    [Fact]
    public async Task Tls_WithRootsAndClientCertificate_FormsAClusterAndWithoutThemSaysWhy()
    {
        using var certificates = new TestCertificates();
        using var others = new TestCertificates();
        await using var etcd = await EtcdServer.StartAsync(new EtcdServerSettings { Certificates = certificates });
        var hooks = new EtcdClusterHooks { RootCertificates = [certificates.Root], ClientCertificate = certificates.Client };
        await using var files = new TestMember(Cluster, "a", [etcd.Endpoint], options => Use(options, certificates));
        await using var objects = new TestMember(Cluster, "b", [etcd.Endpoint], hooks: hooks);
        await Task.WhenAll(files.StartAsync(), objects.StartAsync());
        await files.SeesAsync("ab");

        // The system's authorities, others, no client certificate, one of somebody else, and no TLS at all.
        await FailsByTlsAsync(etcd, options =>
        {
            Use(options, certificates);
            options.Tls.RootCertificatesFile = null;
        });
        await FailsByTlsAsync(etcd, options => Use(options, others));
        await FailsByTlsAsync(etcd, options => options.Tls.RootCertificatesFile = certificates.RootFile);
        await FailsByTlsAsync(etcd, options =>
        {
            Use(options, others);
            options.Tls.RootCertificatesFile = certificates.RootFile;
        });
        var plain = await FailAsync(etcd, _ => { }, endpoint => endpoint.Replace("https", "http", StringComparison.Ordinal));
        Assert.Contains("https://", plain.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_FilesAreRenewedWithEtcdsOwn_TheMemberGoesOnWithTheNewOnes()
    {
        using var certificates = new TestCertificates();
        await using var etcd = await EtcdServer.StartAsync(new EtcdServerSettings { Certificates = certificates });
        await using var a = new TestMember(Cluster, "a", [etcd.Endpoint], options => Use(options, certificates));
        await a.StartAsync();
        await etcd.KillAsync();
        certificates.Renew();

        await etcd.StartAgainAsync();

        await a.Log.NextAsync("EtcdReconnected");
        await using var b = new TestMember(Cluster, "b", [etcd.Endpoint], options => Use(options, certificates));
        await b.StartAsync();
        await a.SeesAsync("ab");
        Assert.False(a.EverLostSince("a"));
    }

    [Fact]
    public async Task Tls_NameThatIsNotInTheCertificate_IsRefused()
    {
        using var certificates = new TestCertificates("etcd.example");
        await using var etcd = await EtcdServer.StartAsync(new EtcdServerSettings { Certificates = certificates });

        await FailsByTlsAsync(etcd, options => Use(options, certificates));
    }

    [Fact]
    public async Task Tls_WhereEtcdSpeaksNone_IsSaid()
    {
        await using var etcd = await EtcdServer.StartAsync();

        var exception = await FailAsync(etcd, _ => { }, endpoint => endpoint.Replace("http", "https", StringComparison.Ordinal));

        Assert.True(exception.Failure == EtcdFailure.TlsFailed, exception.ToString());
    }

    private static void AsApp(EtcdClusterOptions options) => (options.User, options.Password) = ("app", "app-password");

    private static void Use(EtcdClusterOptions options, TestCertificates certificates)
    {
        options.Tls.RootCertificatesFile = certificates.RootFile;
        options.Tls.ClientCertificateFile = certificates.ClientFile;
        options.Tls.ClientKeyFile = certificates.ClientKeyFile;
    }

    private static async Task<EtcdServer> WithUsersAsync()
    {
        var etcd = await EtcdServer.StartAsync();
        using var access = new EtcdAccess(etcd.Endpoint);
        await access.EnableAuthenticationAsync(Cluster);
        return etcd;
    }

    private static async Task FailsByTlsAsync(EtcdServer etcd, Action<EtcdClusterOptions> change)
    {
        var exception = await FailAsync(etcd, change);
        Assert.True(exception.Failure == EtcdFailure.TlsFailed, exception.ToString());
        Assert.Contains("Tls.RootCertificatesFile", exception.Message, StringComparison.Ordinal);
        Assert.Contains(etcd.Endpoint, exception.Message, StringComparison.Ordinal);
    }

    private static async Task<EtcdClusterException> FailAsync(EtcdServer etcd, Action<EtcdClusterOptions> change, Func<string, string>? rewrite = null)
    {
        var endpoint = rewrite?.Invoke(etcd.Endpoint) ?? etcd.Endpoint;
        await using var member = new TestMember(
            Cluster,
            "z",
            [endpoint],
            options =>
            {
                // What a busy machine does not answer in time must not be the last word: a round that the start cuts off says nothing.
                (options.StartTimeout, options.CallTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
                (options.LeaseTimeToLive, options.OutageGrace) = (TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(3));
                change(options);
            });
        return await Assert.ThrowsAsync<EtcdClusterException>(member.StartAsync);
    }
}
