using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Remote.Testing.Tests;

/// <summary>A service of grpc-dotnet that sends back what comes, on sockets or on another network.</summary>
[BindServiceMethod(typeof(EchoService), nameof(Bind))]
internal class EchoService(EventProbe probe)
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static bytes => bytes, static bytes => bytes);

    private static Method<byte[], byte[]> Duplex { get; } = new(MethodType.DuplexStreaming, "test.Echo", "Echo", Bytes, Bytes);

    public static void Bind(ServiceBinderBase binder, EchoService? service) =>
        binder.AddMethod(Duplex, service is null ? null : new DuplexStreamingServerMethod<byte[], byte[]>(service.Echo));

    /// <summary>Starts a server.</summary>
    /// <param name="endPoint">Where it listens.</param>
    /// <param name="probe">Is told what fails in a call.</param>
    /// <param name="network">What it listens on; <see langword="null"/> for sockets.</param>
    public static async Task<(WebApplication Server, string Address)> StartAsync(EndPoint endPoint, EventProbe probe, IConnectionListenerFactory? network = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ListenOptions? bound = null;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(endPoint, listen =>
        {
            bound = listen;
            listen.Protocols = HttpProtocols.Http2;
        }));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(probe);
        if (network is not null)
        {
            builder.Services.AddSingleton(network);
        }

        var server = builder.Build();
        server.MapGrpcService<EchoService>();
        await server.StartAsync();
        return (server, bound!.EndPoint is DnsEndPoint name ? $"{name.Host}:{name.Port}" : bound.EndPoint.ToString()!);
    }

    public static AsyncDuplexStreamingCall<byte[], byte[]> Open(GrpcChannel channel) =>
        channel.CreateCallInvoker().AsyncDuplexStreamingCall(Duplex, host: null, default);

    /// <summary>Virtual because gRPC looks for what generated code would have overridden.</summary>
    public virtual async Task Echo(IAsyncStreamReader<byte[]> requests, IServerStreamWriter<byte[]> responses, ServerCallContext context)
    {
        try
        {
            while (await requests.MoveNext())
            {
                await responses.WriteAsync(requests.Current);
            }
        }
        catch (Exception failure)
        {
            probe.Record(failure);
            throw;
        }
    }
}

/// <summary>Waits for the echoes of a call.</summary>
internal static class EchoCalls
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    /// <summary>The next message; false at the end of the stream.</summary>
    public static Task<bool> ReadAsync(this AsyncDuplexStreamingCall<byte[], byte[]> call) => call.ResponseStream.MoveNext().WaitAsync(Ceiling);

    /// <summary>Sends a message and takes it back.</summary>
    public static async Task EchoAsync(this AsyncDuplexStreamingCall<byte[], byte[]> call, byte[] message)
    {
        await call.RequestStream.WriteAsync(message).WaitAsync(Ceiling);
        Assert.True(await call.ReadAsync(), "the stream ended instead of echoing");
        Assert.Equal(message, call.ResponseStream.Current);
    }
}
