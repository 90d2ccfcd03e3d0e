using Grpc.Core;
using Grpc.Net.Client;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A caller of the administration service, as any gRPC client is one: a channel of its own over a socket.</summary>
internal sealed class AdminKit(string address) : IDisposable
{
    private readonly GrpcChannel _channel = PlayedCalls.PlainChannel(address);

    public Wire.Admin.AdminClient Admin => new(_channel);

    public Task<Wire.GetEndpointsResponse> GetAsync(Wire.GetEndpointsRequest? request = null) =>
        Admin.GetEndpointsAsync(request ?? new Wire.GetEndpointsRequest()).ResponseAsync.Within("GetEndpoints");

    /// <summary>The next message of a stream.</summary>
    public static async Task<T> NextAsync<T>(AsyncServerStreamingCall<T> stream)
    {
        Assert.True(await stream.ResponseStream.MoveNext(default).Within("a message"), "The stream has ended.");
        return stream.ResponseStream.Current;
    }

    /// <summary>Events that come from now on.</summary>
    public async Task<AsyncServerStreamingCall<Wire.EventUpdate>> WatchAsync(Wire.WatchEventsRequest? request = null)
    {
        var stream = Admin.WatchEvents(request ?? new Wire.WatchEventsRequest());
        await stream.ResponseHeadersAsync.Within("the beginning of the watch");
        return stream;
    }

    public static async Task<RpcException> FailsAsync(Task call) => await Assert.ThrowsAsync<RpcException>(() => call.Within("a refusal"));

    public void Dispose() => _channel.Dispose();
}
