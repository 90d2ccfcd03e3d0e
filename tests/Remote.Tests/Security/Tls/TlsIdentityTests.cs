using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Remote.Tests;

/// <summary>Nodes that accept each other: by names that are no host names, for one life, over a Unix socket, on the web server of an application.</summary>
[Trait("Behaviour", "O-07")]
[Trait("Behaviour", "T-15")]
public sealed class TlsIdentityTests : IDisposable
{
    private readonly TlsWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task BothDial_WithMutualTls()
    {
        await using var one = await TestNode.StartAsync(Use);
        await using var two = await TestNode.StartAsync(Use);
        one.SpawnEcho();
        two.SpawnEcho();

        Assert.Equal("re:there", await one.AskAsync(two.Pid("echo"), "there"));
        Assert.Equal("re:here", await two.AskAsync(one.Pid("echo"), "here"));
    }

    [Fact]
    public async Task SpiffeNames_StandInForHosts()
    {
        var wish = new CertificateWish { Hosts = [], Addresses = [], Uris = ["spiffe://shop.example/node/1"] };
        void Named(RemoteOptions options) => options.UseTls(_world.Ours.Issue(wish), _world.Ours.Roots).PeerNames.Add("spiffe://shop.example/node/*");
        await using var host = await TestNode.StartAsync(Named);
        await using var dialler = await TestNode.StartClientAsync(Named);
        host.SpawnEcho();

        Assert.Equal("re:hello", await dialler.AskAsync(host.Pid("echo"), "hello"));
        Assert.DoesNotContain(host.Log.Lines, line => line.Event.Name == "TlsCertificateDoubtful");
    }

    [Fact]
    public async Task NoClientCertificate_IsEnoughWhereNoneIsRequired()
    {
        await using var host = await TestNode.StartAsync(options =>
        {
            Use(options);
            options.Tls.RequireClientCertificate = false;
        });
        await using var dialler = await TestNode.StartClientAsync(options => options.Tls.TrustedRootsPath = _world.Files.WriteRoots(_world.Ours.Certificate).Roots);
        host.SpawnEcho();

        Assert.Equal("re:hello", await dialler.AskAsync(host.Pid("echo"), "hello"));
    }

    [Fact]
    public async Task CertificateMadeForAnotherLife_IsRefusedOnBothSides()
    {
        var wish = new CertificateWish { Uris = ["remote:another"] };
        await using var host = await TestNode.StartAsync(Use);
        await using var dialler = await TestNode.StartClientAsync(options => options.UseTls(_world.Ours.Issue(wish), _world.Ours.Roots));

        var atAcceptor = await TlsMatrixTests.FailAsync(dialler, host);

        Assert.Contains("was made for the system 'another'", atAcceptor, StringComparison.Ordinal);

        await using var impostor = await TestNode.StartAsync(options => options.UseTls(_world.Ours.Issue(wish), _world.Ours.Roots));
        await using var other = await TestNode.StartClientAsync(Use);

        Assert.Contains("was made for the system 'another'", await TlsMatrixTests.FailAsync(other, impostor), StringComparison.Ordinal);
    }

    [Fact]
    public void CertificateMadeForThisLife_IsItsOwn()
    {
        using var certificate = _world.Ours.Issue(new CertificateWish { Uris = ["remote:this"] });

        SystemIdClaim.ThrowIfFalse(certificate, "this");
        SystemIdClaim.ThrowIfFalse(null, "this");
        Assert.Equal(StatusCode.PermissionDenied, Assert.Throws<RpcException>(() => SystemIdClaim.ThrowIfFalse(certificate, "that")).StatusCode);
    }

    [Fact]
    public async Task UnixSocket_SpeaksTlsToo()
    {
        using var folder = new CertificateFiles();
        var path = Path.Combine(Path.GetDirectoryName(folder.Roots)!, "node.sock");
        await using var host = await TestNode.StartAsync(options =>
        {
            Use(options);
            options.UnixSocketPath = path;
        });
        await using var dialler = await TestNode.StartClientAsync(Use);
        host.SpawnEcho();

        Assert.Equal("re:hello", await dialler.AskAsync(host.Pid("echo"), "hello"));
        Assert.NotNull(dialler.Remote.GetEndpointStatistics(host.Address));
    }

    /// <summary>The application's web server speaks TLS by itself; the node advertises that address of it, and dials with ours.</summary>
    [Fact]
    public async Task NodeOnTheWebServerOfAnApplication_AdvertisesItsHttpsAddress()
    {
        using var certificate = _world.Ours.Issue();
        await using var hosted = await HostedNode.StartAsync(services => services
            .Configure<RemoteOptions>(Use)
            .Configure<KestrelServerOptions>(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(certificate))));
        await using var dialler = await TestNode.StartClientAsync(Use);

        await hosted.AssertAnswersAsync(dialler);
    }

    /// <summary>A listener of ours passes over a UseHttps of the application's.</summary>
    [Fact]
    public async Task ConfigureKestrel_WithUseHttps_GoesOnWorking()
    {
        using var certificate = _world.Other.Issue();
        await using var host = await TestNode.StartAsync(Use, setup => setup.Change(config => config with { ConfigureKestrel = listen => listen.UseHttps(certificate) }));
        await using var dialler = await TestNode.StartClientAsync(Use);
        host.SpawnEcho();

        Assert.Equal("re:hello", await dialler.AskAsync(host.Pid("echo"), "hello"));
    }

    /// <summary>Whoever authorizes sees who is there.</summary>
    [Fact]
    public async Task Certificates_OfBothSidesAreKnown()
    {
        await using var host = await TestNode.StartAsync(Use);
        var settings = new ChannelSettings(4096, TestTime.Ceiling, new TransportOptions(), TimeProvider.System) { Tls = Started() };
        await using var channel = new PeerChannel(host.Address, settings);
        Assert.Null(channel.RemoteCertificate);

        var call = channel.Receive();
        await call.WriteAsync(Handshake.Request("someone", null, [])).AsTask().Within("the handshake");
        Assert.True(await call.Reader.ReadAsync().AsTask().Within("its answer"));

        Assert.Equal("CN=node", channel.RemoteCertificate!.Subject);
        Assert.Equal(1, channel.TlsGeneration);
        call.Abort();
    }

    private NodeTls Started()
    {
        var options = new RemoteOptions();
        Use(options);
        var tls = NodeTls.For(options)!;
        tls.Start(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        return tls;
    }

    private void Use(RemoteOptions options)
    {
        TestPeers.GiveUpQuickly(options);
        options.UseTls(_world.Ours.Issue(), _world.Ours.Roots);
    }
}
