using System.Threading.Channels;
using Grpc.Core;
using Proto;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A peer that only accepts: answers the handshake when the test says so, and keeps the batches it gets.</summary>
internal sealed class PlayedAcceptor : IAsyncDisposable
{
    private readonly Channel<Wire.MessageBatch> _batches = Channel.CreateUnbounded<Wire.MessageBatch>();
    private readonly Channel<Wire.RemoteMessage> _requests = Channel.CreateUnbounded<Wire.RemoteMessage>();
    private TaskCompletionSource<Wire.RemoteMessage?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NodeListener _server = null!;
    private readonly Channel<byte[]> _frames = Channel.CreateUnbounded<byte[]>();
    private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RpcException? _refusal;
    private int _streams;
    private AcceptedCall? _present;

    public string Address => _server.Address;

    /// <summary>How many streams were opened.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <param name="reads">Whether it reads what comes after the handshake before it is told to.</param>
    public static async Task<PlayedAcceptor> StartAsync(bool reads = true)
    {
        var peer = new PlayedAcceptor();
        if (reads)
        {
            peer.Read();
        }

        peer._server = await PlayedCalls.ListenAsync(peer.ServeAsync);
        return peer;
    }

    public PID Pid(string id) => new(Address, id);

    /// <summary>Waits for the ConnectRequest and accepts it, and all that follow.</summary>
    public async Task<Wire.ConnectRequest> AcceptAsync(string systemId = "0123456789abcdef0123456789abcdef")
    {
        var request = await NextRequestAsync();
        Answer(new Wire.RemoteMessage { ConnectResponse = new Wire.ConnectResponse { MemberId = systemId } });
        return request;
    }

    public async Task<Wire.ConnectRequest> NextRequestAsync() =>
        (await _requests.Reader.ReadAsync().AsTask().Within("a ConnectRequest")).ConnectRequest;

    /// <summary>Answers every handshake with this message; with nothing: by ending the stream.</summary>
    public void Answer(Wire.RemoteMessage? answer) => _answer.TrySetResult(answer);

    /// <summary>Lets the handshakes that follow wait for another answer.</summary>
    public void Hold() => Volatile.Write(ref _answer, new(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Ends every handshake with a status.</summary>
    public void Refuse(StatusCode code, string detail)
    {
        _refusal = CallFailure.Of(code, detail);
        _answer.TrySetResult(null);
    }

    /// <summary>The next message after the handshake, as it came.</summary>
    public Task<byte[]> NextFrameAsync() => _frames.Reader.ReadAsync().AsTask().Within("a message after the handshake");

    /// <summary>Begins to read what comes after the handshake, if it was started without.</summary>
    public void Read() => _reading.TrySetResult();

    /// <summary>Breaks the stream that was accepted last.</summary>
    public void Cut() => Volatile.Read(ref _present)!.Abort();

    /// <summary>Writes on the stream that was accepted last, as a server does to its clients.</summary>
    public Task SendAsync(Wire.RemoteMessage message) => Volatile.Read(ref _present)!.WriteMessageAsync(message).AsTask().Within("a write");

    /// <summary>Batches until they hold this many messages.</summary>
    public async Task<IReadOnlyList<Wire.MessageBatch>> TakeAsync(int messages)
    {
        List<Wire.MessageBatch> batches = [];
        for (var seen = 0; seen < messages; seen += batches[^1].Envelopes.Count)
        {
            batches.Add(await _batches.Reader.ReadAsync().AsTask().Within($"{messages} messages; {seen} came"));
        }

        return batches;
    }

    public async ValueTask DisposeAsync()
    {
        _answer.TrySetResult(null);
        Read();
        await _server.DisposeAsync().AsTask().Within("stopping a played peer");
    }

    private async Task ServeAsync(AcceptedCall stream)
    {
        Interlocked.Increment(ref _streams);
        if (!await stream.Reader.ReadAsync())
        {
            return;
        }

        _requests.Writer.TryWrite(Parse(stream));
        if (await _answer.Task is not { } answer)
        {
            if (_refusal is { } refusal)
            {
                throw refusal;
            }

            return;
        }

        Volatile.Write(ref _present, stream);
        await stream.WriteMessageAsync(answer);
        await _reading.Task;
        while (await stream.Reader.ReadAsync())
        {
            _frames.Writer.TryWrite(stream.Reader.Message.ToArray());
            if (Parse(stream).MessageBatch is { } batch)
            {
                _batches.Writer.TryWrite(batch);
            }
        }
    }

    private static Wire.RemoteMessage Parse(AcceptedCall stream) => Wire.RemoteMessage.Parser.ParseFrom(stream.Reader.Message.ToArray());
}
