using System.Threading.RateLimiting;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Proto.Remote;

namespace Remote.Tests;

/// <summary>A node in an application that has everything else an application has: streams live beside it, or are refused with a word about what refused them.</summary>
[Trait("Behaviour", "T-17")]
public sealed class BesideOtherServicesTests
{
    [Fact]
    public async Task Interceptors_OfTheServer_StandAroundTheStreams()
    {
        var seen = new SeenCalls();
        await using var host = await HostedNode.StartAsync(services =>
        {
            services.AddSingleton(seen);
            services.AddGrpc(options => options.Interceptors.Add<CallInterceptor>());
        });
        await using var peer = await TestNode.StartAsync();

        await host.AssertAnswersAsync(peer);

        Assert.Contains("/remote.Remoting/Receive", seen.Methods);
    }

    [Fact]
    public async Task Interceptor_ThatRefuses_IsNamedByWhatItSaid()
    {
        await using var host = await HostedNode.StartAsync(services =>
        {
            services.AddSingleton(new SeenCalls { Refusal = new Status(StatusCode.PermissionDenied, "Not in this house.") });
            services.AddGrpc(options => options.Interceptors.Add<CallInterceptor>());
        });
        await using var peer = await TestNode.StartAsync();

        Assert.Contains("Not in this house.", await host.RefusalOfAsync(peer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateLimit_ThatIsReached_IsNamed_AndStreamsThatAreOpenLive()
    {
        await using var host = await HostedNode.StartAsync(
            services => services.AddRateLimiter(options =>
            {
                options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
                options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, int>(_ => RateLimitPartition.GetConcurrencyLimiter(
                    0, _ => new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 0 }));
            }),
            app => app.UseRateLimiter());
        await using var first = await TestNode.StartAsync();
        await using var second = await TestNode.StartAsync(options => options.Reconnect.MaxAttempts = 1);
        await host.AssertAnswersAsync(first);

        Assert.Contains("HTTP 429", await host.RefusalOfAsync(second), StringComparison.Ordinal);

        await host.AssertAnswersAsync(first, "still here");
    }

    [Fact]
    public async Task RequestTimeout_ForEveryRequest_IsNotForStreams()
    {
        await using var host = await HostedNode.StartAsync(
            services => services.AddRequestTimeouts(options => options.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromMilliseconds(100) }),
            app => app.UseRequestTimeouts(),
            app => app.MapGet("/slow", async (HttpContext context) =>
            {
                var late = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using var registration = context.RequestAborted.Register(late.SetResult);
                await late.Task;
                return "timed out";
            }));
        await using var peer = await TestNode.StartAsync();
        await host.AssertAnswersAsync(peer);

        // A request that came after the stream is over already.
        Assert.Equal("timed out", await host.GetAsync("/slow"));

        await host.AssertAnswersAsync(peer, "still here");
        Assert.Empty(await peer.PublishedAsync<EndpointReconnecting>());
    }

    [Fact]
    public async Task HttpLogging_WithBodies_DoesNotHoldMessagesBack()
    {
        await using var host = await HostedNode.StartAsync(
            services => services.AddHttpLogging(options =>
            {
                options.LoggingFields = HttpLoggingFields.All;
                options.MediaTypeOptions.AddText("application/grpc");
            }),
            app => app.UseHttpLogging());
        await using var peer = await TestNode.StartAsync();
        await using var client = await TestNode.StartClientAsync();

        for (var i = 0; i < 100; i++)
        {
            await host.AssertAnswersAsync(peer, $"{i}");
            await host.AssertAnswersAsync(client, $"{i}");
        }

        Assert.Contains(host.Log.Lines, line => line.Category.Contains("HttpLogging", StringComparison.Ordinal));
    }

    /// <summary>A client without a listener gets its answers on the response; what takes compressed ones says so.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ResponseCompression_OfEveryKindOfContent_LeavesStreamsAlone(bool isAskedFor)
    {
        await using var host = await HostedNode.StartAsync(
            services => services.AddResponseCompression(options => options.MimeTypes = ["*/*"]), app => app.UseResponseCompression(), app => app.MapGet("/text", () => new string('x', 1000)));
        var headers = isAskedFor ? new Metadata { { "accept-encoding", "gzip" } } : [];
        await using var client = await TestNode.StartClientAsync(setup: setup => setup.Change(config => config.WithCallOptions(new CallOptions(headers))));

        await host.AssertAnswersAsync(client);
        await host.AssertAnswersAsync(client, "still here");

        Assert.Empty(await client.PublishedAsync<EndpointReconnecting>());
        Assert.Equal(1000, (await host.GetAsync("/text")).Length);
    }

    [Fact]
    public async Task HealthChecks_OfTheApplication_Answer()
    {
        await using var host = await HostedNode.StartAsync(
            services => services.AddGrpcHealthChecks().AddCheck("well", () => HealthCheckResult.Healthy()), map: app => app.MapGrpcHealthChecksService());
        await using var peer = await TestNode.StartAsync();
        await host.AssertAnswersAsync(peer);
        using var channel = PlayedCalls.PlainChannel(host.Address);

        var health = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest()).ResponseAsync.Within("the check");

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
    }

    [Fact]
    public async Task Reflection_ListsTheServiceAndItsMethods()
    {
        await using var host = await HostedNode.StartAsync(services => services.AddGrpcReflection(), map: app => app.MapGrpcReflectionService());
        using var channel = PlayedCalls.PlainChannel(host.Address);
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();

        var services = await AskAsync(new ServerReflectionRequest { ListServices = "" });
        var file = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = "remote.Remoting" });

        Assert.Contains("remote.Remoting", services.ListServicesResponse.Service.Select(service => service.Name));
        var described = file.FileDescriptorResponse.FileDescriptorProto.Select(FileDescriptorProto.Parser.ParseFrom).SelectMany(proto => proto.Service).Single(service => service.Name == "Remoting");
        Assert.Equal(["GetProcessDiagnostics", "ListProcesses", "Receive"], described.Method.Select(method => method.Name).Order());

        async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest request)
        {
            await call.RequestStream.WriteAsync(request).Within("a question");
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within("an answer"));
            return call.ResponseStream.Current;
        }
    }

    [Fact]
    public async Task OtherServicesAndRest_GoOnBesideTheNode()
    {
        await using var host = await HostedNode.StartAsync(
            services =>
            {
                services.AddGrpc();
                services.AddGrpcHealthChecks();
            },
            map: app =>
            {
                app.MapGet("/hello", () => "hello");
                app.MapGrpcHealthChecksService();
            });
        await using var peer = await TestNode.StartAsync();
        await host.AssertAnswersAsync(peer);
        using var channel = PlayedCalls.PlainChannel(host.Address);

        Assert.Equal("hello", await host.GetAsync("/hello"));
        Assert.Equal(
            StatusCode.Unimplemented,
            (await Assert.ThrowsAsync<RpcException>(() => new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo().ResponseStream.MoveNext(CancellationToken.None)
                .Within("the refusal"))).StatusCode);
    }

    private sealed class SeenCalls
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _methods = new();

        public IEnumerable<string> Methods => _methods;

        public Status? Refusal { get; init; }

        public void Add(string method) => _methods.Enqueue(method);
    }

    private sealed class CallInterceptor(SeenCalls seen) : Interceptor
    {
        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation)
        {
            seen.Add(context.Method);
            return seen.Refusal is { } refusal ? throw new RpcException(refusal) : continuation(requestStream, responseStream, context);
        }
    }
}
