using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Remote.Cli.Tests;

/// <summary>
/// A gRPC server that answers as one of Go does: no administration service, nobody whom it knows, and no answer to the handshake of a client. It takes down
/// what it was called.
/// </summary>
internal sealed class ForeignServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly bool _endsHandshake;

    private ForeignServer(WebApplication app, bool endsHandshake) => (_app, _endsHandshake) = (app, endsHandshake);

    public ConcurrentQueue<string> Calls { get; } = new();

    public string Address { get; private set; } = "";

    /// <param name="endsHandshake">Whether it ends the stream of a client, or leaves it open for ever.</param>
    public static async Task<ForeignServer> StartAsync(bool endsHandshake)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var server = new ForeignServer(builder.Build(), endsHandshake);
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        server.Address = new Uri(server._app.Urls.Single()).Authority;
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Calls.Enqueue(context.Request.Path);
        context.Response.ContentType = "application/grpc";
        if (context.Request.Path.Value!.EndsWith("/Receive", StringComparison.Ordinal) && !_endsHandshake)
        {
            await context.Response.StartAsync();
            await context.Response.Body.FlushAsync();
            await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        }

        context.Response.Headers["grpc-status"] = "12";
        context.Response.Headers["grpc-message"] = $"unknown service {context.Request.Path.Value.Split('/')[1]}";
    }
}
