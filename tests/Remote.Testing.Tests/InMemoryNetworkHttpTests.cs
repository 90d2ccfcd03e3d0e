using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Remote.Testing.Tests;

/// <summary>The platform's own HTTP/2, client and server, over the in-memory network.</summary>
public sealed class InMemoryNetworkHttpTests : IAsyncLifetime
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);
    private readonly InMemoryNetwork _network = new();
    private readonly TaskCompletionSource _serverSawTheEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;
    private HttpClient _client = null!;
    private string _address = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IConnectionListenerFactory>(_network);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapPost("/echo", EchoAsync);
        await _app.StartAsync().WaitAsync(Ceiling);
        _address = new Uri(_app.Urls.Single()).Authority;
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellation) =>
                _network.ConnectAsync($"{context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}", cancellation),
        })
        {
            BaseAddress = new Uri($"http://{_address}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync().WaitAsync(Ceiling);
        await _app.DisposeAsync();
        await _network.DisposeAsync().AsTask().WaitAsync(Ceiling);
    }

    [Fact]
    public async Task Post_LargerThanEveryBuffer_ComesBackOverOneConnection()
    {
        var body = new byte[4 * 1024 * 1024];
        new Random(1).NextBytes(body);

        for (var i = 0; i < 3; i++)
        {
            using var request = Post(new DuplexContent(body, endless: false));
            using var response = await _client.SendAsync(request).WaitAsync(Ceiling);
            Assert.Equal(body, await response.Content.ReadAsByteArrayAsync().WaitAsync(Ceiling));
        }

        Assert.Single(_network.Connections);
    }

    [Fact]
    public async Task Cut_RequestUnderWay_FailsOnBothSidesAndTheNextOneWorks()
    {
        using var request = Post(new DuplexContent([1, 2, 3, 4, 5], endless: true));
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Ceiling);
        var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[5]).AsTask().WaitAsync(Ceiling);

        _network.Cut(_address);

        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadAsync(new byte[1]).AsTask().WaitAsync(Ceiling));
        await _serverSawTheEnd.Task.WaitAsync(Ceiling);
        using var next = await _client.PostAsync("/echo", new ByteArrayContent([1, 2, 3])).WaitAsync(Ceiling);
        Assert.Equal([1, 2, 3], await next.Content.ReadAsByteArrayAsync().WaitAsync(Ceiling));
        Assert.Equal(2, _network.Connections.Count);
    }

    [Fact]
    public async Task StopAsync_Server_EndsTheConnectionAndFreesTheAddress()
    {
        using (await _client.PostAsync("/echo", new ByteArrayContent([1])).WaitAsync(Ceiling))
        {
        }

        await _app.StopAsync().WaitAsync(Ceiling);

        await _network.Connections[0].Closed.WaitAsync(Ceiling);
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.PostAsync("/echo", new ByteArrayContent([1])).WaitAsync(Ceiling));
    }

    private async Task EchoAsync(HttpContext context)
    {
        var (reader, writer) = (context.Request.BodyReader, context.Response.BodyWriter);
        try
        {
            await reader.CopyToAsync(writer, context.RequestAborted);
        }
        catch (Exception)
        {
            _serverSawTheEnd.TrySetResult();
            throw;
        }
    }

    private static HttpRequestMessage Post(HttpContent content) => new(HttpMethod.Post, "/echo")
    {
        Content = content,
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Unlike a byte array's content, lets the response begin before the request has ended.</summary>
    private sealed class DuplexContent(byte[] bytes, bool endless) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(bytes, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            if (endless)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
