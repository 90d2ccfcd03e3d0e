using Google.Protobuf;
using Remote;

namespace Backpressure;

/// <summary>The producer: offers messages at a rate, whether there is room or not, or as fast as there is.</summary>
internal sealed class Flood(ProducerNode node, RunOptions options, TimeProvider time)
{
    // Those that wait wait side by side: that many are seen waiting.
    private const int Senders = 8;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    private readonly ByteString _payload = ByteString.CopyFrom(new byte[options.Size]);
    private long _offered;
    private long _sum;
    private volatile bool _isOver;

    /// <summary>Parcels that somebody sent, or began to.</summary>
    public long Offered => Interlocked.Read(ref _offered);

    /// <summary>The sum of their numbers.</summary>
    public long Sum => Interlocked.Read(ref _sum);

    /// <summary>Whether the producer has had its time.</summary>
    public bool IsOver => _isOver;

    /// <summary>Goes on for the time that was asked for; then all that was begun is sent.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await (options.Waits
            ? Task.WhenAll(Enumerable.Range(1, Senders).Select(sender => RunAsync(sender, Senders, cancellation)))
            : RunAsync(sender: 1, senders: 1, cancellation));
        _isOver = true;
    }

    private async Task RunAsync(int sender, int senders, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var number = 0L;
        while (time.GetElapsedTime(start) is var elapsed && elapsed < options.Flood)
        {
            // Counted from the start: whoever was kept waiting catches up, so that the rate asked for is the rate offered.
            var due = (long)(elapsed.TotalSeconds * options.Rate / senders);
            if (number >= due)
            {
                await Task.Delay(Tick, time, cancellation);
                continue;
            }

            await SendAsync(new Parcel { Sender = sender, Number = ++number, Payload = _payload }, cancellation);
        }
    }

    private async ValueTask SendAsync(Parcel parcel, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _offered);
        Interlocked.Add(ref _sum, parcel.Number);
        if (!options.Waits)
        {
            node.Send(parcel);
            return;
        }

        try
        {
            await node.SendAsync(parcel, cancellation);
        }
        catch (OperationCanceledException)
        {
            // It waited for room and is not sent at all.
            Interlocked.Decrement(ref _offered);
            Interlocked.Add(ref _sum, -parcel.Number);
            throw;
        }
        catch (RemoteException)
        {
            // It is a dead letter now, and counted there.
        }
    }
}
