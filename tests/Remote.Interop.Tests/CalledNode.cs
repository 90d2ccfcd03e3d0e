using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Interop.Tests;

/// <summary>A node in an application that looks at the metadata of its calls, with an actor "echo". Started once for all tests that call it.</summary>
public sealed class CalledNode : IAsyncLifetime
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly WebApplication _application;
    private readonly MetadataEcho _metadata = new();

    public CalledNode()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(_metadata);
        builder.Services.AddGrpc(static options => options.Interceptors.Add<MetadataEcho>());
        builder.Services.AddGrpcReflection();
        builder.Services.AddRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor));
        _application = builder.Build();
        _application.MapRemote();
        _application.MapGrpcReflectionService();
        System.EventStream.Subscribe<object>(Events.Record);
    }

    internal EventProbe Events { get; } = new();

    public string Address => System.Address;

    /// <summary>The last value of a header that a call had.</summary>
    public string? Seen(string key) => _metadata.Seen.GetValueOrDefault(key);

    private ActorSystem System => _application.Services.GetRequiredService<ActorSystem>();

    public async Task InitializeAsync()
    {
        System.Root.SpawnNamed(
            Props.FromFunc(static context =>
            {
                if (context.Message is StringValue text)
                {
                    context.Respond(text);
                }

                return Task.CompletedTask;
            }),
            "echo");
        await _application.StartAsync().WaitAsync(Ceiling);
    }

    public async Task DisposeAsync()
    {
        await _application.DisposeAsync().AsTask().WaitAsync(Ceiling);
        Events.Dispose();
    }

    /// <summary>Metadata named x-echo comes back as a header, x-echo-bin as a trailer.</summary>
    private sealed class MetadataEcho : Interceptor
    {
        public ConcurrentDictionary<string, string> Seen { get; } = new();

        public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            await EchoAsync(context);
            return await continuation(request, context);
        }

        public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation)
        {
            await EchoAsync(context);
            await continuation(requestStream, responseStream, context);
        }

        private async Task EchoAsync(ServerCallContext context)
        {
            foreach (var entry in context.RequestHeaders.Where(static entry => !entry.IsBinary))
            {
                Seen[entry.Key] = entry.Value;
            }

            if (context.RequestHeaders.GetValue("x-echo") is { } text)
            {
                await context.WriteResponseHeadersAsync(new Metadata { { "x-echo", text } });
            }

            if (context.RequestHeaders.GetValueBytes("x-echo-bin") is { } bytes)
            {
                context.ResponseTrailers.Add("x-echo-bin", bytes);
            }
        }
    }
}
