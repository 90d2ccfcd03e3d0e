using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Remote.TransportBench;

/// <summary>The same stream as anybody would write it who needs bytes and nothing else.</summary>
internal sealed class StockServer : IBareServer
{
    private readonly WebApplication _application;

    private StockServer(WebApplication application) => _application = application;

    public string Address => new Uri(_application.Urls.First()).Authority;

    public static async Task<StockServer> StartAsync(Func<IBareStream, Task> serve)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.InitialStreamWindowSize = Sides.Transport.InitialStreamWindowBytes;
            kestrel.Limits.Http2.InitialConnectionWindowSize = Sides.Transport.InitialConnectionWindowBytes;
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddSingleton(serve);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(static options => options.MaxReceiveMessageSize = Sides.MaxFrameBytes);
        var application = builder.Build();
        application.MapGrpcService<StockService>();
        await application.StartAsync();
        return new StockServer(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}

/// <summary>The method. It is virtual because gRPC looks for what generated code would have overridden.</summary>
[BindServiceMethod(typeof(StockService), nameof(Bind))]
internal class StockService(Func<IBareStream, Task> serve)
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static bytes => bytes, static bytes => bytes);

    public static Method<byte[], byte[]> Stream { get; } = new(MethodType.DuplexStreaming, "bench.Bare", "Receive", Bytes, Bytes);

    public static void Bind(ServiceBinderBase binder, StockService? service) =>
        binder.AddMethod(Stream, service is null ? null : new DuplexStreamingServerMethod<byte[], byte[]>(service.Receive));

    public virtual Task Receive(IAsyncStreamReader<byte[]> requests, IServerStreamWriter<byte[]> responses, ServerCallContext context) =>
        serve(new StockStream(requests, responses));
}

/// <summary>Either end of it.</summary>
internal class StockStream(IAsyncStreamReader<byte[]> reader, IAsyncStreamWriter<byte[]> writer) : IBareStream
{
    public ValueTask WriteAsync(byte[] frame) => new(writer.WriteAsync(frame));

    public async ValueTask<int> ReadAsync() => await reader.MoveNext() ? reader.Current.Length : -1;
}

/// <summary>The caller of it.</summary>
internal sealed class StockCaller : StockStream, ICallerStream
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<byte[], byte[]> _call;

    public StockCaller(string address)
        : this(GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions
        {
            MaxReceiveMessageSize = Sides.MaxFrameBytes,
            HttpHandler = new SocketsHttpHandler { InitialHttp2StreamWindowSize = Sides.Transport.InitialStreamWindowBytes },
            DisposeHttpClient = true,
        }))
    {
    }

    private StockCaller(GrpcChannel channel)
        : this(channel, channel.CreateCallInvoker().AsyncDuplexStreamingCall(StockService.Stream, host: null, default))
    {
    }

    private StockCaller(GrpcChannel channel, AsyncDuplexStreamingCall<byte[], byte[]> call)
        : base(call.ResponseStream, call.RequestStream) => (_channel, _call) = (channel, call);

    public ValueTask CompleteAsync() => new(_call.RequestStream.CompleteAsync());

    public ValueTask DisposeAsync()
    {
        _call.Dispose();
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }
}
