using System.Threading.Channels;
using Grpc.Core;

namespace Remote.Tests;

/// <summary>What our node did on a stream.</summary>
/// <param name="Kind">Frame, Complete, End or Reset.</param>
/// <param name="Frame">Of a frame.</param>
/// <param name="Status">Of an end.</param>
internal sealed record ReleaseObserved(ReleaseKind Kind, WireMessage? Frame = null, string Status = "")
{
    public override string ToString() => Frame?.ToString() ?? $"{Kind} {Status}";
}

/// <summary>
/// The end of a stream that a played node holds. Keeps in order what ours does, but for acknowledgements and what is said of slow targets: how many of
/// them there are is a matter of microseconds, so of these only what they come to is kept.
/// </summary>
internal sealed class ReleaseStream(string name, IGrpcStream stream, ReleaseSchema schema, ReplayLog log)
{
    private readonly Channel<ReleaseObserved> _observed = Channel.CreateUnbounded<ReleaseObserved>();
    private readonly List<WireMessage> _targets = [];
    private readonly TaskCompletionSource<Status> _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<string> _faults = [];
    private (ulong Accepted, ulong Messages, ulong Bytes) _acknowledged;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasAnswered;

    /// <summary>The last batch that the played node has written, on whatever stream.</summary>
    public required Func<ulong> LastPlayed { get; init; }

    /// <summary>Completes with the status that the played acceptor ends the call with.</summary>
    public Task<Status> Released => _released.Task;

    /// <summary>What is wrong in itself.</summary>
    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_gate)
            {
                return [.. _faults];
            }
        }
    }

    public async Task PumpAsync(bool isAcceptor)
    {
        try
        {
            while (await stream.Reader.ReadAsync())
            {
                Observe(schema.Read(stream.Reader.Message.ToArray()));
            }

            Observe(new ReleaseObserved(isAcceptor ? ReleaseKind.Complete : ReleaseKind.End, Status: "OK"));
        }
        catch (RpcException exception)
        {
            Observe(new ReleaseObserved(isAcceptor ? ReleaseKind.Reset : ReleaseKind.End, Status: isAcceptor ? "" : $"{exception.StatusCode}"));
        }
        catch (Exception exception)
        {
            // Bytes that are no message.
            _observed.Writer.TryComplete(exception);
        }

        _observed.Writer.TryComplete();
    }

    public async Task<ReleaseObserved> NextAsync(string phase)
    {
        try
        {
            return await _observed.Reader.ReadAsync().AsTask().WaitAsync(TestTime.Ceiling);
        }
        catch (Exception exception) when (exception is TimeoutException or ChannelClosedException)
        {
            throw new ReplayException($"{phase}: {(exception is TimeoutException ? "nothing came" : exception.InnerException?.Message ?? "the stream was over")} on {name}. So far:{log}");
        }
    }

    /// <summary>What was said and not recorded. That a stream ends is no news after it was cut or ended by the other.</summary>
    public IEnumerable<string> Rest()
    {
        while (_observed.Reader.TryRead(out var observed))
        {
            if (observed.Frame is { } frame)
            {
                yield return $"{name} said more than was recorded: {frame}";
            }
        }
    }

    /// <summary>Until the same is said of a slow target.</summary>
    public Task PausedAsync(WireMessage recorded, string phase) => UntilAsync(
        () => _targets.FindIndex(said => Equals(said.Value("target_id"), recorded.Value("target_id")) && said.Number("paused") == recorded.Number("paused")) is >= 0 and var index
            && Take(index),
        $"{phase}: expected {recorded} on {name}");

    /// <summary>Until as much is acknowledged and granted.</summary>
    /// <param name="recorded">How much was.</param>
    /// <param name="growth">How many bytes more were played than recorded: request ids are short and long.</param>
    /// <param name="phase">What the message of a failure begins with.</param>
    public Task AcknowledgedAsync(WireMessage recorded, long growth, string phase) => UntilAsync(
        () => _acknowledged.Accepted >= recorded.Number("accepted")
            && _acknowledged.Messages >= recorded.Number("credit_messages")
            && (long)_acknowledged.Bytes >= (long)recorded.Number("credit_bytes") + growth,
        $"{phase}: expected {recorded} on {name}");

    public async Task WriteAsync(byte[] frame)
    {
        log.Add($"{name} played: {schema.Read(frame)}");
        await stream.WriteAsync(frame).AsTask().Within($"writing on {name}");
    }

    public Task CompleteAsync() => stream.CompleteAsync().AsTask().Within($"half-closing {name}");

    public void Release(Status status) => _released.TrySetResult(status);

    public void Abort()
    {
        stream.Abort();
        _released.TrySetResult(Status.DefaultSuccess);
    }

    private bool Take(int index)
    {
        _targets.RemoveAt(index);
        return true;
    }

    private async Task UntilAsync(Func<bool> condition, string phase)
    {
        while (true)
        {
            Task news;
            lock (_gate)
            {
                if (condition())
                {
                    return;
                }

                news = _news.Task;
            }

            try
            {
                await news.WaitAsync(TestTime.Ceiling);
            }
            catch (TimeoutException)
            {
                throw new ReplayException($"{phase}, and it did not come to that. So far:{log}");
            }
        }
    }

    private void Observe(WireMessage frame)
    {
        // The handshake comes before everything else.
        if (!_hasAnswered && frame.Case is not ("ConnectRequest" or "ConnectResponse"))
        {
            Fault($"{frame} came before the handshake");
        }

        _hasAnswered = true;
        switch (frame.Case)
        {
            case "Acknowledgement":
                Acknowledge(frame.Body);
                break;
            case "TargetPause":
                Pause(frame.Body);
                break;
            default:
                Observe(new ReleaseObserved(ReleaseKind.Frame, frame));
                break;
        }
    }

    private void Observe(ReleaseObserved observed)
    {
        log.Add($"{name} ours: {observed}");
        _observed.Writer.TryWrite(observed);
    }

    private void Pause(WireMessage said)
    {
        log.Add($"{name} ours: {said}");
        lock (_gate)
        {
            _targets.Add(said);
            News();
        }
    }

    private void Acknowledge(WireMessage said)
    {
        log.Add($"{name} ours: {said}");
        var (accepted, messages, bytes) = (said.Number("accepted"), said.Number("credit_messages"), said.Number("credit_bytes"));
        lock (_gate)
        {
            if (accepted < _acknowledged.Accepted || messages < _acknowledged.Messages || bytes < _acknowledged.Bytes)
            {
                Fault($"{said} is less than {_acknowledged}");
            }

            if (accepted > LastPlayed())
            {
                Fault($"{said} came when {LastPlayed()} was the last batch");
            }

            _acknowledged = (accepted, messages, bytes);
            News();
        }
    }

    private void News()
    {
        _news.TrySetResult();
        _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void Fault(string what)
    {
        lock (_gate)
        {
            _faults.Add($"{name}: {what}");
        }
    }
}
