using System.Net;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A listener and a channel to it, over TCP on loopback unless told otherwise. An error in the log that was not announced fails the test.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    private Loopback(NodeListener listener, PeerChannel channel, TestLog log) => (Listener, Channel, Log) = (listener, channel, log);

    public NodeListener Listener { get; }

    public PeerChannel Channel { get; }

    public TestLog Log { get; }

    /// <param name="serve">Serves each call of Receive.</param>
    /// <param name="network">Instead of sockets.</param>
    /// <param name="listen">Changes how it listens.</param>
    /// <param name="dial">Changes how it dials.</param>
    public static async Task<Loopback> StartAsync(
        Func<AcceptedCall, Task> serve,
        InMemoryNetwork? network = null,
        Func<ListenerSettings, ListenerSettings>? listen = null,
        Func<ChannelSettings, ChannelSettings>? dial = null)
    {
        var log = new TestLog();
        var settings = new ListenerSettings(new IPEndPoint(IPAddress.Loopback, 0), new PlayedCalls.PlayedHandler(serve)) { ListenerFactory = network, LoggerFactory = log };
        var listener = await NodeListener.StartAsync(listen?.Invoke(settings) ?? settings).Within("the start of a listener");
        return new Loopback(listener, ChannelTo(listener.Address, network, dial), log);
    }

    /// <summary>A channel of its own.</summary>
    public static PeerChannel ChannelTo(string address, InMemoryNetwork? network = null, Func<ChannelSettings, ChannelSettings>? dial = null)
    {
        var settings = new ChannelSettings(4 * 1024 * 1024, TimeSpan.FromSeconds(30), new TransportOptions(), TimeProvider.System)
        {
            Connect = network is null ? null : network.ConnectAsync,
        };
        return new PeerChannel(address, dial?.Invoke(settings) ?? settings);
    }

    /// <summary>Opens a call and sees its handler answer.</summary>
    public async Task<DialledCall> ConverseAsync(string text = "hello")
    {
        var call = Channel.Receive();
        await call.AssertEchoAsync(text);
        return call;
    }

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        await Listener.DisposeAsync().AsTask().Within("the stop of a listener");
        Log.VerifyNoErrors();
    }
}

/// <summary>What the tests of calls do with them.</summary>
internal static class LoopbackCalls
{
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(this FrameReader reader) => Encoding.UTF8.GetString(reader.Message.Span);

    public static Task WriteTextAsync(this IGrpcStream call, string text) => call.WriteAsync(Bytes(text)).AsTask().Within($"writing {text}");

    public static Task AssertEchoAsync(this DialledCall call, string text) => call.AssertAnswerAsync(text, text);

    public static async Task AssertAnswerAsync(this DialledCall call, string text, string answer)
    {
        await call.WriteTextAsync(text);
        Assert.True(await call.Reader.ReadAsync().AsTask().Within($"the answer to {text}"));
        Assert.Equal(answer, call.Reader.Text());
    }

    /// <summary>Answers each message with itself.</summary>
    public static async Task EchoAsync(AcceptedCall call)
    {
        while (await call.Reader.ReadAsync())
        {
            await call.WriteAsync(call.Reader.Message);
        }
    }

    public static async Task<RpcException> FailsAsync(Func<Task> act, StatusCode code)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(act);
        Assert.True(failure.StatusCode == code, $"Expected {code}, got {failure}");
        return failure;
    }

    public static Task<RpcException> ReadFailsAsync(this IGrpcStream call, StatusCode code) =>
        FailsAsync(() => call.Reader.ReadAsync().AsTask().Within($"the end as {code}"), code);

    /// <summary>A message with gRPC's prefix, as it is on the wire.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message, bool compressed = false) =>
        [(byte)(compressed ? 1 : 0), (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];

    /// <summary>The socket of the connection that carries a call.</summary>
    public static System.Net.Sockets.Socket Socket(this AcceptedCall call) => call.HttpContext.Features.Get<IConnectionSocketFeature>()!.Socket;
}

/// <summary>A handler of Receive that waits for the end of its call and keeps it.</summary>
internal sealed class WatchedCall
{
    private readonly TaskCompletionSource<AcceptedCall> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<RpcException> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The call, once it has begun.</summary>
    public Task<AcceptedCall> Opened => _opened.Task.Within("the call at the server");

    /// <summary>What its reader failed with.</summary>
    public Task<RpcException> Ended => _ended.Task.Within("the end of the server's reader");

    /// <summary>Its token was cancelled.</summary>
    public Task Cancelled => _cancelled.Task.Within("the token of the call at the server");

    /// <summary>Echoes until the call ends.</summary>
    public async Task ServeAsync(AcceptedCall call)
    {
        await using var registration = call.CancellationToken.Register(() => _cancelled.TrySetResult());
        _opened.TrySetResult(call);
        try
        {
            await LoopbackCalls.EchoAsync(call);
        }
        catch (RpcException exception)
        {
            _ended.TrySetResult(exception);
            throw;
        }
    }
}
