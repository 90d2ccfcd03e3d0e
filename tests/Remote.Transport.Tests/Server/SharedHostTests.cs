using System.Net;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Remote.Transport.Tests;

public sealed class SharedHostTests
{
    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task MapGrpc_BesideOtherEndpoints_BothAnswer()
    {
        await using WebApplication app = await StartAsync(
            new GrpcMethods().AddUnary("/t.S/Hello", StringValue.Parser, (StringValue request, GrpcServerStream _) => Task.FromResult(new StringValue { Value = "hello " + request.Value })),
            configure: host => host.MapGet("/plain", () => "plain"));
        string address = new Uri(app.Urls.First()).Authority;
        await using var client = new GrpcClient(address);
        using var http = new RawHttp2(address);

        Assert.Equal("hello you", (await client.UnaryAsync("/t.S/Hello", new StringValue { Value = "you" }, StringValue.Parser).Within("the answer")).Value);
        using HttpResponseMessage plain = await http.SendAsync("GET", "/plain", [], null).Within("the other answer");
        Assert.Equal("plain", await plain.Content.ReadAsStringAsync().Within("its body"));
        await Frames.FailsAsync(() => client.UnaryBytesAsync("/t.S/Missing", []).Within("the status"), GrpcStatusCode.Unimplemented);
    }

    [Theory]
    [InlineData(GrpcMethodKind.Duplex, false)]
    [InlineData(GrpcMethodKind.ClientStreaming, false)]
    [InlineData(GrpcMethodKind.ServerStreaming, false)]
    [InlineData(GrpcMethodKind.Unary, true)]
    public async Task MapGrpc_StreamingMethods_AreFreeOfTheLimitsOnRequests(GrpcMethodKind kind, bool limited)
    {
        var limits = new Limits();
        await using WebApplication app = await StartAsync(new GrpcMethods().Add("/t.S/Look", _ => Task.CompletedTask, kind), before: host => host.Use(next => context =>
        {
            // Kestrel's own feature for the rate cannot be read back in HTTP/2.
            context.Features.Set<IHttpMaxRequestBodySizeFeature>(limits);
            context.Features.Set<IHttpMinRequestBodyDataRateFeature>(limits);
            context.Features.Set<IHttpRequestTimeoutFeature>(limits);
            return next(context);
        }));
        await using var client = new GrpcClient(new Uri(app.Urls.First()).Authority);
        await using GrpcDuplexCall call = await client.DuplexAsync("/t.S/Look").Within("the call to open");
        Assert.False(await call.Reader.ReadAsync().Within("the end"));

        Assert.Null(limits.MaxRequestBodySize);
        Assert.Equal(limited, limits.MinDataRate is not null);
        Assert.Equal(limited, !limits.TimeoutIsOff);
    }

    [Fact]
    public async Task MapGrpc_Conventions_HoldForEveryMethod()
    {
        await using WebApplication app = await StartAsync(
            new GrpcMethods().Add("/t.S/One", Frames.EchoAsync).Add("/t.S/Two", Frames.EchoAsync), convention: builder => builder.Add(endpoint =>
            {
                RequestDelegate inner = endpoint.RequestDelegate!;
                endpoint.RequestDelegate = context =>
                {
                    context.Response.Headers["x-convention"] = "yes";
                    return inner(context);
                };
            }));
        await using var client = new GrpcClient(new Uri(app.Urls.First()).Authority);

        foreach (string path in new[] { "/t.S/One", "/t.S/Two" })
        {
            await using GrpcDuplexCall call = await client.DuplexAsync(path).Within("the call to open");
            Assert.Equal("yes", (await call.GetResponseHeadersAsync().Within("the headers")).GetText("x-convention"));
        }
    }

    [Fact]
    [Trait("Behaviour", "T-02")]
    public async Task MapGrpc_CallerResets_TheHandlerLearnsOfIt()
    {
        var ended = new TaskCompletionSource<GrpcException>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication app = await StartAsync(new GrpcMethods().Add("/t.S/Wait", async stream =>
        {
            await stream.StartAsync();
            try
            {
                await stream.Reader.ReadAsync();
            }
            catch (GrpcException exception)
            {
                ended.SetResult(exception);
            }
        }));
        await using var client = new GrpcClient(new Uri(app.Urls.First()).Authority);
        GrpcDuplexCall call = await client.DuplexAsync("/t.S/Wait").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");

        call.Abort();

        Assert.Equal(GrpcStatusCode.Cancelled, (await ended.Task.Within("the handler's read")).Status.Code);
    }

    private static async Task<WebApplication> StartAsync(
        GrpcMethods methods, Action<WebApplication>? configure = null, Action<IApplicationBuilder>? before = null, Action<IEndpointConventionBuilder>? convention = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication app = builder.Build();
        before?.Invoke(app);
        app.UseRouting();
        configure?.Invoke(app);
        IEndpointConventionBuilder mapped = app.MapGrpc(methods);
        convention?.Invoke(mapped);
        await app.StartAsync().Within("the host to start");
        return app;
    }

    private sealed class Limits : IHttpMaxRequestBodySizeFeature, IHttpMinRequestBodyDataRateFeature, IHttpRequestTimeoutFeature
    {
        public bool IsReadOnly => false;

        public long? MaxRequestBodySize { get; set; } = 1;

        public MinDataRate? MinDataRate { get; set; } = new(1, TimeSpan.FromSeconds(2));

        public bool TimeoutIsOff { get; private set; }

        public CancellationToken RequestTimeoutToken => default;

        public void DisableTimeout() => TimeoutIsOff = true;
    }
}
