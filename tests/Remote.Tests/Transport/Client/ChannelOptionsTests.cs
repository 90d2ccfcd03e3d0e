using System.Net;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Grpc.Net.Compression;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Remote.Tests;

/// <summary>What an application wants of channels and calls is done, or refused by name.</summary>
[Trait("Behaviour", "T-18")]
public sealed class ChannelOptionsTests
{
    // Not its defaults.
    private static readonly Dictionary<string, object?> Changed = new()
    {
        [nameof(GrpcChannelOptions.Credentials)] = ChannelCredentials.Insecure,
        [nameof(GrpcChannelOptions.MaxSendMessageSize)] = 77,
        [nameof(GrpcChannelOptions.MaxReceiveMessageSize)] = 78,
        [nameof(GrpcChannelOptions.MaxRetryAttempts)] = 2,
        [nameof(GrpcChannelOptions.MaxRetryBufferSize)] = 79L,
        [nameof(GrpcChannelOptions.MaxRetryBufferPerCallSize)] = 80L,
        [nameof(GrpcChannelOptions.CompressionProviders)] = new List<ICompressionProvider>(),
        [nameof(GrpcChannelOptions.LoggerFactory)] = NullLoggerFactory.Instance,
        [nameof(GrpcChannelOptions.HttpClient)] = new HttpClient(),
        [nameof(GrpcChannelOptions.HttpHandler)] = new SocketsHttpHandler(),
        [nameof(GrpcChannelOptions.DisposeHttpClient)] = true,
        [nameof(GrpcChannelOptions.ThrowOperationCanceledOnCancellation)] = true,
        [nameof(GrpcChannelOptions.UnsafeUseInsecureChannelCallCredentials)] = true,
        [nameof(GrpcChannelOptions.ServiceConfig)] = new ServiceConfig(),
        [nameof(GrpcChannelOptions.DisableResolverServiceConfig)] = true,
        [nameof(GrpcChannelOptions.MaxReconnectBackoff)] = TimeSpan.FromMinutes(7),
        [nameof(GrpcChannelOptions.InitialReconnectBackoff)] = TimeSpan.FromSeconds(7),
        [nameof(GrpcChannelOptions.ServiceProvider)] = new ServiceCollection().BuildServiceProvider(),
        [nameof(GrpcChannelOptions.HttpVersion)] = HttpVersion.Version30,
        [nameof(GrpcChannelOptions.HttpVersionPolicy)] = HttpVersionPolicy.RequestVersionOrLower,
    };

    public static TheoryData<string> Properties => [.. typeof(GrpcChannelOptions).GetProperties().Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(Properties))]
    public void Property_ThatWasChanged_IsTakenOverOrRefusedByName(string name)
    {
        Assert.True(Changed.TryGetValue(name, out var value), $"{name} is new: copy it in ChannelOptionsCopy or refuse it in ChannelRules.");
        var property = typeof(GrpcChannelOptions).GetProperty(name)!;
        var options = new GrpcChannelOptions();
        property.SetValue(options, value);
        if (name == nameof(GrpcChannelOptions.DisposeHttpClient))
        {
            // Without one of the application's there is nothing that it would say.
            options.HttpHandler = new SocketsHttpHandler();
        }

        var refused = ChannelRules.Faults(options, new GrpcChannelOptions()).OfType<string>().ToArray();

        var isCopied = name == nameof(GrpcChannelOptions.MaxReceiveMessageSize)
            ? Equals(ChannelOptionsCopy.MaxReceiveOf(Settings with { Channel = options }), value)
            : Equals(property.GetValue(ChannelOptionsCopy.Of(options)), value);
        var isRefused = refused is [var fault] && fault.StartsWith($"RemoteConfig.ChannelOptions.{name} cannot be honoured: ", StringComparison.Ordinal);
        Assert.True(isCopied || isRefused, $"{name} is neither taken over nor refused; refused is: {string.Join("; ", refused)}");
        Assert.True(isRefused || refused.Length == 0, string.Join("; ", refused));
    }

    [Fact]
    public void ServiceConfig_WithPartsThatHaveNoMeaning_IsRefused()
    {
        var hedging = new MethodConfig { Names = { MethodName.Default }, HedgingPolicy = new HedgingPolicy { MaxAttempts = 2 } };
        var options = new GrpcChannelOptions { ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() }, MethodConfigs = { hedging } } };

        Assert.Equal(
            ["RemoteConfig.ChannelOptions.ServiceConfig.LoadBalancingConfigs", "RemoteConfig.ChannelOptions.ServiceConfig.MethodConfigs"],
            ChannelRules.Faults(options, new GrpcChannelOptions()).OfType<string>().Select(fault => fault.Split(' ')[0]));
    }

    [Fact]
    public void TwoWaysToSend_AreRefused() => Assert.StartsWith(
        "RemoteConfig.ChannelOptions.HttpClient cannot be honoured",
        Assert.Single(ChannelRules.Faults(new GrpcChannelOptions { HttpClient = new HttpClient(), HttpHandler = new SocketsHttpHandler() }, new GrpcChannelOptions()).OfType<string>()),
        StringComparison.Ordinal);

    [Fact]
    public void CallOptions_WithWhatAStreamCannotHave_AreRefused()
    {
        var options = new CallOptions(new Metadata { { "grpc-internal-encoding-request", "gzip" } }, DateTime.UtcNow.AddMinutes(1));

        Assert.Equal(["RemoteConfig.CallOptions.Deadline", "RemoteConfig.CallOptions.Headers"], ChannelRules.Faults(options).OfType<string>().Select(fault => fault.Split(' ')[0]));
    }

    [Theory]
    [InlineData("handler")]
    [InlineData("client")]
    public async Task HttpOfTheApplication_CarriesTheStreams_AndWhatComesIsCounted(string which)
    {
        var requests = new CountingHandler();
        using var client = new HttpClient(requests);
        var options = which == "handler" ? new GrpcChannelOptions { HttpHandler = requests } : new GrpcChannelOptions { HttpClient = client };
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync, dial: settings => settings with { Channel = options });

        var call = await loopback.ConverseAsync();
        var before = call.Reader.BytesReceived;
        await call.AssertEchoAsync("0123456789");
        call.Abort();
        await loopback.Channel.DisposeAsync();

        // The heartbeat of a stream goes by this number.
        Assert.Equal((1, 15), (requests.Count, call.Reader.BytesReceived - before));

        // It is the application's, and the next stream uses it too.
        await using var next = Loopback.ChannelTo(loopback.Listener.Address, dial: settings => settings with { Channel = options });
        await next.Receive().AssertEchoAsync("the next stream");
        Assert.Equal(2, requests.Count);
    }

    [Fact]
    public async Task Interceptors_StandAroundEachStream_TheFirstOneOutermost()
    {
        List<string> seen = [];
        await using var host = await TestNode.StartAsync();
        await using var peer = await TestNode.StartAsync(options =>
        {
            options.Hooks.Interceptors.Add(new NamedInterceptor("outer", seen));
            options.Hooks.Interceptors.Add(new NamedInterceptor("inner", seen));
        });
        host.SpawnEcho();

        Assert.Equal("re:hello", await peer.AskAsync(host.Pid("echo"), "hello"));

        Assert.Equal(["outer /remote.Remoting/Receive", "inner /remote.Remoting/Receive"], seen);
    }

    [Fact]
    public async Task Headers_OfCallOptions_ArriveWithEachStream()
    {
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(
            async call =>
            {
                seen.TrySetResult(call.HttpContext.Request.Headers["x-tenant"]);
                await LoopbackCalls.EchoAsync(call);
            },
            dial: settings => settings with { Call = new CallOptions(new Metadata { { "x-tenant", "blue" } }) });

        await loopback.ConverseAsync();

        Assert.Equal("blue", await seen.Task.Within("the headers"));
    }

    [Fact]
    public async Task MaxReceiveMessageSize_OfTheApplication_GoesBeforeTheNodes()
    {
        await using var loopback = await Loopback.StartAsync(
            LoopbackCalls.EchoAsync, dial: settings => settings with { Channel = new GrpcChannelOptions { MaxReceiveMessageSize = 10 } });
        var call = loopback.Channel.Receive();
        await call.WriteTextAsync("more than ten");

        await call.ReadFailsAsync(StatusCode.ResourceExhausted);
    }

    [Fact]
    public void ChannelOptions_ThatContradictEachOther_AreRefusedWithTheAddress()
    {
        var options = new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure };

        var failure = Assert.Throws<RemoteException>(() => Loopback.ChannelTo("node.example:8000", dial: settings => settings with { Channel = options, UseHttps = true }));

        Assert.Equal((RemoteError.InvalidConfiguration, "node.example:8000"), (failure.Error, failure.Address));
    }

    private static ChannelSettings Settings => new(4, TimeSpan.FromSeconds(1), new TransportOptions(), TimeProvider.System);

    private sealed class CountingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class NamedInterceptor(string name, List<string> seen) : Interceptor
    {
        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            seen.Add($"{name} {context.Method.FullName}");
            return continuation(context);
        }
    }
}
