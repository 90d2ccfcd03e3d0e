using System.Threading.Channels;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What our node did on a stream.</summary>
internal abstract record Observed
{
    internal sealed record Handshake(Wire.RemoteMessage Message) : Observed
    {
        public override string ToString() => Message.ToString();
    }

    internal sealed record Envelope(EnvelopeView View) : Observed
    {
        public override string ToString() => View.ToString();
    }

    internal sealed record Disconnect : Observed;

    /// <summary>The peer writes nothing more: half-closed (OK seen by an acceptor), ended with a status, or reset.</summary>
    internal sealed record End(Status Status) : Observed;
}

/// <summary>One stream between a played node and ours: writes recorded messages, and keeps in order what ours does.</summary>
internal sealed class ReplayStream
{
    private readonly IGrpcStream _stream;
    private readonly ReplayLog _log;
    private readonly Channel<Observed> _observed = Channel.CreateUnbounded<Observed>();
    private readonly TaskCompletionSource<Status> _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _pumped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _halfClosed;

    public ReplayStream(string name, IGrpcStream stream, string writer, ReplayLog log)
    {
        Name = name;
        Writer = writer;
        _stream = stream;
        _log = log;
    }

    public string Name { get; set; }

    /// <summary>The address of the node that writes to this end: ours.</summary>
    public string Writer { get; }

    /// <summary>Completes with the status that the played acceptor ends the call with.</summary>
    public Task<Status> Released => _released.Task;

    /// <summary>Completes when a stream that was half-closed has come to its end; at once for another one.</summary>
    public Task LeftAsync() => _halfClosed ? _pumped.Task : Task.CompletedTask;

    /// <summary>Reads until the end. Never fails: how it ended is the last thing observed.</summary>
    public async Task PumpAsync()
    {
        try
        {
            while (await _stream.Reader.ReadAsync())
            {
                Observe(Wire.RemoteMessage.Parser.ParseFrom(_stream.Reader.Message.ToArray()));
            }

            Observe(new Observed.End(Status.DefaultSuccess));
        }
        catch (RpcException exception)
        {
            Observe(new Observed.End(exception.Status));
        }
        catch (Exception exception)
        {
            // Bytes that are no message, or a batch that is not well formed.
            _observed.Writer.TryComplete(exception);
        }

        _observed.Writer.TryComplete();
        _pumped.TrySetResult();
    }

    /// <summary>The next thing our node did on this stream.</summary>
    public async Task<Observed> NextAsync(string phase)
    {
        try
        {
            return await _observed.Reader.ReadAsync().AsTask().WaitAsync(TestTime.Ceiling);
        }
        catch (Exception exception) when (exception is TimeoutException or ChannelClosedException)
        {
            var why = exception is TimeoutException ? $"nothing came within {TestTime.Ceiling}" : exception.InnerException?.Message ?? "the stream was over";
            throw new ReplayException($"{phase}: waited on {Name}, but {why}. So far:{_log}");
        }
    }

    /// <summary>Everything that still comes, to the end of the stream.</summary>
    public IAsyncEnumerable<Observed> ToEndAsync() => _observed.Reader.ReadAllAsync();

    /// <summary>Ends this side, if it is not over already.</summary>
    public async Task LeaveAsync()
    {
        if (_stream is DialledCall && !_pumped.Task.IsCompleted)
        {
            await HalfCloseAsync();
        }

        _released.TrySetResult(Status.DefaultSuccess);
    }

    public async Task WriteAsync(byte[] message)
    {
        _log.Add($"{Name} played: {Wire.RemoteMessage.Parser.ParseFrom(message)}");
        await _stream.WriteAsync(message).AsTask().Within($"writing on {Name}");
    }

    public async Task HalfCloseAsync()
    {
        _log.Add($"{Name} played: half-close");
        _halfClosed = true;
        await _stream.CompleteAsync().AsTask().Within($"half-closing {Name}");
    }

    /// <summary>The played acceptor ends the call.</summary>
    public void Release(Status status)
    {
        _log.Add($"{Name} played: end with {status}");
        _released.TrySetResult(status);
    }

    /// <summary>The connection is gone, as after a kill.</summary>
    public void Cut()
    {
        _log.Add($"{Name} played: cut");
        _stream.Abort();
        _released.TrySetResult(Status.DefaultSuccess);
    }

    private void Observe(Wire.RemoteMessage message)
    {
        if (message.MessageBatch is { } batch)
        {
            // Said once here and never again: a batch of nothing is of no use, and tables hold each entry once.
            Assert.NotEmpty(batch.Envelopes);
            Assert.Distinct(batch.TypeNames);
            Assert.Distinct(batch.Targets);
            Assert.Distinct(batch.Senders);

            // Real nodes may leave their own address out; ours may not, and the comparison fills it in for both.
            Assert.DoesNotContain(batch.Senders, sender => sender.Address.Length == 0);
            foreach (var envelope in batch.Envelopes)
            {
                Observe(new Observed.Envelope(EnvelopeView.Of(batch, envelope, Writer)));
            }
        }
        else
        {
            Observe(message.DisconnectRequest is null ? new Observed.Handshake(message) : new Observed.Disconnect());
        }
    }

    private void Observe(Observed observed)
    {
        _log.Add($"{Name} ours: {observed}");
        _observed.Writer.TryWrite(observed);
    }
}
