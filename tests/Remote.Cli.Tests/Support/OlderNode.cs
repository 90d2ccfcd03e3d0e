using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wire = Remote.Protocol;

namespace Remote.Cli.Tests;

/// <summary>A node whose administration service has only its first method, as one of a version before the others.</summary>
internal sealed class OlderNode(WebApplication app) : IAsyncDisposable
{
    public const string Version = "0.9.1";

    public string Address => new Uri(app.Urls.Single()).Authority;

    public static async Task<OlderNode> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<Service>();
        await app.StartAsync();
        return new OlderNode(app);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private sealed class Service : Wire.Admin.AdminBase
    {
        public override Task<Wire.GetEndpointsResponse> GetEndpoints(Wire.GetEndpointsRequest request, ServerCallContext context) =>
            Task.FromResult(new Wire.GetEndpointsResponse { Node = new Wire.NodeInfo { Address = "old:1", SystemId = "old", Version = Version } });
    }
}
