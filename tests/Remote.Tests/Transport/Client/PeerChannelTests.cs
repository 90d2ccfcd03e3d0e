using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Dials that fail say what they were about; those with TLS are as the configuration has it.</summary>
[Trait("Behaviour", "T-18")]
public sealed class PeerChannelTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public void Prepare_Twice_LeavesNothingBehindAndThrowsNothing()
    {
        PeerChannel.Prepare();
        PeerChannel.Prepare();
    }

    [Fact]
    public async Task NobodyListens_TheErrorNamesTheAddress()
    {
        await using var channel = Loopback.ChannelTo("127.0.0.1:1");

        var failure = await channel.Receive().ReadFailsAsync(StatusCode.Unavailable);

        Assert.Equal("No connection to 127.0.0.1:1: 127.0.0.1:1 (ConnectionRefused).", failure.Status.Detail);
    }

    [Fact]
    public async Task ConnectTimeout_OfTheInjectedClock_NamesAddressTimeAndPhase()
    {
        var time = new ManualTimeProvider();
        await using var channel = Loopback.ChannelTo("127.0.0.1:1", dial: settings => settings with
        {
            Time = time,
            ConnectTimeout = TimeSpan.FromMinutes(10),
            Connect = async (_, cancellationToken) =>
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return Stream.Null;
            },
        });
        var read = channel.Receive().Reader.ReadAsync().AsTask();
        await time.WaitForTimerAsync(TimeSpan.FromMinutes(10));

        time.Advance(TimeSpan.FromMinutes(10));

        var failure = await LoopbackCalls.FailsAsync(() => read.Within("the timeout"), StatusCode.Unavailable);
        Assert.Equal("No connection to 127.0.0.1:1 within 00:10:00: the connection was not accepted.", failure.Status.Detail);
    }

    [Fact]
    public async Task PeerThatTakesTheConnectionAndNoMore_IsNamedWithThePhase()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = silent.LocalEndpoint.ToString()!;
        var time = new ManualTimeProvider();
        await using var node = await TestNode.StartAsync(time: time);
        node.Root.Send(new Proto.PID(address, "x"), new Google.Protobuf.WellKnownTypes.Empty());
        using var taken = await silent.AcceptSocketAsync().Within("the connection");
        await taken.ReceiveAsync(new byte[1]).Within("the first byte");
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(5));

        time.Advance(TimeSpan.FromSeconds(5));

        await node.Events.NextAsync<EndpointReconnecting>();
        Assert.Equal($"{address} did not answer the handshake within 00:00:05.", node.Remote.GetEndpointStatistics(address)!.LastError);
    }

    [Fact]
    public async Task HandlerOfTheApplicationThatHangs_IsNamed()
    {
        using var handler = new HangingHandler();
        var time = new ManualTimeProvider();
        await using var node = await TestNode.StartAsync(
            setup: setup => setup.Change(config => config with { ChannelOptions = new GrpcChannelOptions { HttpHandler = handler } }), time: time);
        node.Root.Send(new Proto.PID("node.example:8000", "x"), new Google.Protobuf.WellKnownTypes.Empty());
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(10));

        time.Advance(TimeSpan.FromSeconds(10));

        await node.Events.NextAsync<EndpointReconnecting>();
        Assert.Equal(
            "node.example:8000 could not be connected to (the HTTP client of RemoteConfig.ChannelOptions did not open the stream) within 00:00:10.",
            node.Remote.GetEndpointStatistics("node.example:8000")!.LastError);
    }

    [Fact]
    public async Task TlsHandshakeThatDoesNotEnd_IsNamed()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = silent.LocalEndpoint.ToString()!;
        await using var channel = Loopback.ChannelTo(address, dial: settings => settings with { UseHttps = true, ConnectTimeout = TimeSpan.FromSeconds(1) });

        var failure = await channel.Receive().ReadFailsAsync(StatusCode.Unavailable);

        Assert.Equal($"No connection to {address} within 00:00:01: its TLS handshake did not end.", failure.Status.Detail);
    }

    [Fact]
    public async Task UseHttps_WithACertificateOfItsOwnAuthority_Connects()
    {
        var certificate = _certificates.Issue("server");
        await using var host = await TestNode.StartAsync(setup: setup => setup.Change(config => config with { ConfigureKestrel = listen => listen.UseHttps(certificate) }));
        host.SpawnEcho();
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, presented, _, _) => _certificates.Trusts(presented) },
        };

        // A client has one stream for both directions: the host could not dial back with the certificate of a test.
        await using var client = await TestNode.StartClientAsync(
            setup: setup => setup.Change(config => config with { UseHttps = true, ChannelOptions = new GrpcChannelOptions { HttpHandler = handler } }));

        Assert.Equal("re:hello", await client.AskAsync(host.Pid("echo"), "hello"));
    }

    [Fact]
    public async Task UseHttps_CertificateOfAnAuthorityNobodyKnows_IsNamed()
    {
        await using var loopback = await Loopback.StartAsync(
            LoopbackCalls.EchoAsync,
            listen: settings => settings with { Configure = listen => listen.UseHttps(_certificates.Issue("server")) },
            dial: settings => settings with { UseHttps = true });

        var failure = await loopback.Channel.Receive().ReadFailsAsync(StatusCode.Unavailable);

        Assert.StartsWith("The TLS handshake failed: ", failure.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("certificate", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneSideSpeaksTlsOnly_IsUnavailableAndHarmless(bool server)
    {
        await using var loopback = await Loopback.StartAsync(
            LoopbackCalls.EchoAsync,
            listen: settings => server ? settings with { Configure = listen => listen.UseHttps(_certificates.Issue("server")) } : settings,
            dial: settings => settings with { UseHttps = !server });

        await loopback.Channel.Receive().ReadFailsAsync(StatusCode.Unavailable);
    }

    private sealed class HangingHandler : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("It hangs.");
        }
    }
}
