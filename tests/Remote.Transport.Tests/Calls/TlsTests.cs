using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Remote.Testing;

namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-05")]
public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task Call_OverTls_Answers()
    {
        await using Loopback loopback = await StartAsync();
        byte[] message = new byte[1_000_000];
        new Random(3).NextBytes(message);

        Assert.Equal(message, await loopback.Client.UnaryBytesAsync("/t.S/Echo", message).Within("the answer"));
    }

    [Fact]
    public async Task Call_OverMutualTls_HandlerSeesTheClientsCertificate()
    {
        await using Loopback loopback = await StartAsync(requireClient: true, client: _certificates.Issue("somebody"));

        Assert.Equal("CN=somebody"u8.ToArray(), await loopback.Client.UnaryBytesAsync("/t.S/WhoAmI", []).Within("the answer"));
    }

    [Fact]
    public async Task MutualTls_NoCertificate_IsUnavailable()
    {
        await using Loopback loopback = await StartAsync(requireClient: true);

        await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Echo", []).Within("the refusal"), GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task MutualTls_CertificateOfAnotherAuthority_IsUnavailable()
    {
        using var others = new TestCertificates();
        await using Loopback loopback = await StartAsync(requireClient: true, client: others.Issue("stranger"));

        await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Echo", []).Within("the refusal"), GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task Tls_ServerOfAnotherAuthority_IsUnavailable()
    {
        using var others = new TestCertificates();
        await using Loopback loopback = await StartAsync(trust: others);

        GrpcException exception = await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Echo", []).Within("the refusal"), GrpcStatusCode.Unavailable);

        Assert.Contains("TLS", exception.Status.Detail);
    }

    [Fact]
    public async Task Tls_ClientSpeaksPlainText_IsUnavailableAndHarmless()
    {
        await using Loopback loopback = await StartAsync();
        await using var plain = new GrpcClient("http://" + loopback.Server.Addresses[0]);

        await Frames.FailsAsync(() => plain.UnaryBytesAsync("/t.S/Echo", []).Within("the refusal"), GrpcStatusCode.Unavailable);
        Assert.Equal([1], await loopback.Client.UnaryBytesAsync("/t.S/Echo", [1]).Within("the answer"));
    }

    [Fact]
    public async Task PlainServer_ClientSpeaksTls_IsUnavailable()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        await using var tls = new GrpcClient("https://" + loopback.Server.Addresses[0]);

        await Frames.FailsAsync(() => tls.UnaryBytesAsync("/t.S/Echo", []).Within("the refusal"), GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task Tls_ClientThatNeverShakesHands_IsClosedAfterTheTimeout()
    {
        var time = new ManualTimeProvider();
        await using Loopback loopback = await StartAsync(time: time);
        using var silent = new TcpClient();
        await silent.ConnectAsync((IPEndPoint)loopback.Server.EndPoints[0]).Within("the connection");
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(10)).Within("the timer of the handshake");

        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(0, await silent.GetStream().ReadAsync(new byte[1]).Within("the close"));
    }

    private Task<Loopback> StartAsync(bool requireClient = false, X509Certificate2? client = null, TestCertificates? trust = null, TimeProvider? time = null) =>
        Loopback.StartAsync(
            methods => methods
                .Add("/t.S/Echo", Frames.EchoAsync)
                .Add("/t.S/WhoAmI", stream => stream.WriteAsync(Frames.Message(stream.HttpContext.Connection.ClientCertificate!.Subject)).AsTask()),
            server =>
            {
                server.TimeProvider = time ?? TimeProvider.System;
                server.Tls = new SslServerAuthenticationOptions
                {
                    ServerCertificate = _certificates.Issue("server"),
                    ClientCertificateRequired = requireClient,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => !requireClient || _certificates.Trusts(certificate),
                };
            },
            options => options.Tls = new SslClientAuthenticationOptions
            {
                ClientCertificates = client is null ? null : [client],
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                    (trust ?? _certificates).Trusts(certificate) && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch),
            });
}
